//! Pointers and lengths as C gives them: checked here and nowhere else. NULL is refused, and so is a length that nothing of its kind can
//! have, before anything is read, written or reserved for it; of a pointer that is wrong in another way nobody can know.

use cryptoki_sys::{CK_ATTRIBUTE, CK_ULONG, CK_UNAVAILABLE_INFORMATION};
use shirushi_pkcs11::{Fault, Produced, Template};
use std::{ptr, slice};

/// More attributes than any template has.
const MOST_ATTRIBUTES: usize = 256;
/// More bytes than any attribute of a token has.
const MOST_VALUE: usize = 0x1_0000;
/// More bytes than anybody signs, verifies or digests in one piece: 1 GiB.
const MOST_INPUT: usize = 0x4000_0000;
/// More bytes than any PIN has.
pub(crate) const MOST_PIN: usize = 256;

/// Bytes that the caller gives.
///
/// # Safety
/// `pointer` is NULL or readable for `length` bytes during `'a`.
pub(crate) unsafe fn input<'a>(pointer: *const u8, length: CK_ULONG) -> Result<&'a [u8], Fault> {
    let length = usize::try_from(length).map_err(|_| Fault::ArgumentsBad)?;
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Fault::ArgumentsBad),
        (false, length) if length > MOST_INPUT => Err(Fault::ArgumentsBad),
        // SAFETY: readable for `length` bytes, as the caller says, and not longer than memory can be.
        (false, length) => Ok(unsafe { slice::from_raw_parts(pointer, length) }),
    }
}

/// Bytes of a PIN: NULL would ask for a reader's own keypad, which there is none of.
///
/// # Safety
/// As [`input`].
pub(crate) unsafe fn pin<'a>(pointer: *const u8, length: CK_ULONG) -> Result<&'a [u8], Fault> {
    if pointer.is_null() || clamped(length) > MOST_PIN {
        return Err(Fault::ArgumentsBad);
    }
    // SAFETY: as the caller says.
    unsafe { input(pointer, length) }
}

/// Writes what a function gives.
///
/// # Safety
/// `to` is NULL or writable for a `T`.
pub(crate) unsafe fn put<T>(to: *mut T, value: T) -> Result<(), Fault> {
    if to.is_null() {
        return Err(Fault::ArgumentsBad);
    }
    // SAFETY: writable, as the caller says; it need not be aligned.
    unsafe { to.write_unaligned(value) };
    Ok(())
}

/// Refuses a NULL to which something would be written, before anything is done.
pub(crate) fn require<T>(pointer: *const T) -> Result<(), Fault> {
    match pointer.is_null() {
        true => Err(Fault::ArgumentsBad),
        false => Ok(()),
    }
}

/// The convention of §5.2 for functions that give bytes: without a buffer their number is told, with one that is too short, too.
///
/// # Safety
/// `length` is NULL or readable and writable; `buffer` is NULL or writable for what `length` points to.
pub(crate) unsafe fn produce(
    buffer: *mut u8,
    length: *mut CK_ULONG,
    work: impl FnOnce(Option<usize>) -> Result<Produced, Fault>,
) -> Result<(), Fault> {
    require(length)?;
    let room = match buffer.is_null() {
        true => None,
        // SAFETY: not null, and readable, as the caller says.
        false => Some(clamped(unsafe { length.read_unaligned() })),
    };
    match work(room) {
        // SAFETY: not null, and writable, as the caller says.
        Ok(Produced::Length(needed)) => unsafe { put(length, count(needed)) },
        Ok(Produced::Bytes(bytes)) => {
            if room.is_none_or(|room| room < bytes.len()) {
                return Err(Fault::General);
            }
            // SAFETY: the buffer is writable for `room` bytes, which are enough; `bytes` is ours and does not overlap it.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, bytes.len()) };
            // SAFETY: as above.
            unsafe { put(length, count(bytes.len())) }
        }
        Err(fault @ Fault::BufferTooSmall { needed }) => {
            // SAFETY: as above.
            unsafe { put(length, count(needed)) }?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// The same convention for lists of numbers.
///
/// # Safety
/// `length` is NULL or readable and writable; `list` is NULL or writable for as many items as `length` points to.
pub(crate) unsafe fn list<T: Copy>(
    list: *mut T,
    length: *mut CK_ULONG,
    items: &[T],
) -> Result<(), Fault> {
    require(length)?;
    let needed = count(items.len());
    if !list.is_null() {
        // SAFETY: not null, and readable, as the caller says.
        let room = unsafe { length.read_unaligned() };
        if room < needed {
            // SAFETY: writable, as the caller says.
            unsafe { put(length, needed) }?;
            return Err(Fault::BufferTooSmall {
                needed: items.len(),
            });
        }
        for (index, item) in items.iter().enumerate() {
            // SAFETY: the list is writable for `room` items, and `index` is below that.
            unsafe { list.add(index).write_unaligned(*item) };
        }
    }
    // SAFETY: writable, as the caller says.
    unsafe { put(length, needed) }
}

/// What an object must have to be found.
///
/// # Safety
/// `attributes` is NULL or readable for `count` attributes, each of whose values is NULL or readable for its length.
pub(crate) unsafe fn template(
    attributes: *const CK_ATTRIBUTE,
    count: CK_ULONG,
) -> Result<Template, Fault> {
    let count = attribute_count(attributes, count)?;
    let mut template = Template::with_capacity(count);
    for index in 0..count {
        // SAFETY: readable for `count` attributes, as the caller says.
        let attribute = unsafe { attributes.add(index).read_unaligned() };
        if clamped(attribute.ulValueLen) > MOST_VALUE {
            return Err(Fault::ArgumentsBad);
        }
        // SAFETY: the value is readable for its length, as the caller says.
        let value = unsafe { input(attribute.pValue.cast(), attribute.ulValueLen) }?;
        template.push((attribute.type_, value.to_vec()));
    }
    Ok(template)
}

/// Fills a template in by the rules of §5.7.5: each attribute is told or marked as unavailable, and the last fault is answered.
///
/// # Safety
/// `attributes` is NULL or readable and writable for `count` attributes, each of whose values is NULL or writable for its length.
pub(crate) unsafe fn fill(
    attributes: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    value: impl Fn(CK_ULONG) -> Result<Vec<u8>, Fault>,
) -> Result<(), Fault> {
    let count = attribute_count(attributes, count)?;
    let mut result = Ok(());
    for index in 0..count {
        // SAFETY: within `count` attributes, as the caller says.
        let place = unsafe { attributes.add(index) };
        // SAFETY: readable, as the caller says.
        let mut attribute = unsafe { place.read_unaligned() };
        let told = value(attribute.type_).and_then(|bytes| {
            if !attribute.pValue.is_null() {
                if clamped(attribute.ulValueLen) < bytes.len() {
                    return Err(Fault::BufferTooSmall {
                        needed: bytes.len(),
                    });
                }
                // SAFETY: writable for its length, which is enough; `bytes` is ours and does not overlap it.
                unsafe {
                    ptr::copy_nonoverlapping(bytes.as_ptr(), attribute.pValue.cast(), bytes.len());
                }
            }
            Ok(bytes.len())
        });
        attribute.ulValueLen = match told {
            Ok(length) => self::count(length),
            Err(
                fault @ (Fault::AttributeSensitive
                | Fault::AttributeTypeInvalid
                | Fault::BufferTooSmall { .. }),
            ) => {
                result = Err(fault);
                CK_UNAVAILABLE_INFORMATION
            }
            Err(fault) => return Err(fault),
        };
        // SAFETY: writable, as the caller says.
        unsafe { place.write_unaligned(attribute) };
    }
    result
}

/// A text in a field of fixed length, padded with blanks (§2.1.3); never half a character.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    let mut length = text.len().min(N);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
    field
}

/// A count as C has it.
pub(crate) fn count(count: usize) -> CK_ULONG {
    CK_ULONG::try_from(count).unwrap_or(CK_ULONG::MAX)
}

/// A length as Rust has it; one that is larger is as good as the largest.
pub(crate) fn clamped(length: CK_ULONG) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn attribute_count(attributes: *const CK_ATTRIBUTE, count: CK_ULONG) -> Result<usize, Fault> {
    let count = clamped(count);
    if count > MOST_ATTRIBUTES || (count > 0 && attributes.is_null()) {
        return Err(Fault::ArgumentsBad);
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_padded_and_never_cut_within_a_character() {
        assert_eq!(&padded::<6>("abc"), b"abc   ");
        assert_eq!(&padded::<4>("abcdef"), b"abcd");
        assert_eq!(padded::<4>("日本"), *"日 ".as_bytes());
    }

    #[test]
    fn null_has_no_bytes() {
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(input(ptr::null(), 0), Ok(&[][..]));
            assert_eq!(input(ptr::null(), 1), Err(Fault::ArgumentsBad));
            assert_eq!(pin(ptr::null(), 0), Err(Fault::ArgumentsBad));
        }
        let byte = 0;
        // SAFETY: refused for its length, before it is read.
        let refused = unsafe { input(&byte, CK_ULONG::MAX) };
        assert_eq!(refused, Err(Fault::ArgumentsBad));
    }
}
