//! What a card that speaks T=0 is sent for a command (ISO/IEC 7816-3 §12.2): the APDU's bytes, but a fifth byte always, and no
//! Le behind data. Such a card says 61xx where it has an answer to data, and 6Cxx where Le is not the answer's length; whoever
//! sends the command deals with both, for a card that speaks T=1 may say them too.

use zeroize::Zeroizing;

/// The bytes for T=0 where they are not the command's own. They may hold a PIN, and are wiped when dropped.
pub(super) fn bytes(command: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    match command {
        // Case 1: P3 is there, and zero.
        [_, _, _, _] => {
            let mut bytes = Zeroizing::new(Vec::with_capacity(5));
            bytes.extend_from_slice(command);
            bytes.push(0);
            Some(bytes)
        }
        // Case 4: P3 is Lc. The answer is fetched with GET RESPONSE.
        [short @ .., _le] if is_case_4(command) => Some(Zeroizing::new(short.to_vec())),
        // Cases 2 and 3 are as they are. A command of extended length is not for T=0: the card will say so.
        _ => None,
    }
}

/// Whether Lc, data and Le are there, in short form.
fn is_case_4(command: &[u8]) -> bool {
    match command.get(4) {
        None | Some(0) => false,
        Some(lc) => command.len() == 5 + usize::from(*lc) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn each_case_of_iso_7816_3() {
        let t0 = |command: &[u8]| bytes(command).map(|bytes| bytes.to_vec());
        assert_eq!(t0(&[0, 0x20, 0, 0x80]), Some(vec![0, 0x20, 0, 0x80, 0]));
        assert_eq!(t0(&[0, 0xB0, 0, 0, 0]), None);
        assert_eq!(t0(&[0, 0xA4, 2, 0x0C, 2, 0, 0x17]), None);
        assert_eq!(
            t0(&[0x80, 0x2A, 0, 0x80, 2, 1, 2, 0]),
            Some(vec![0x80, 0x2A, 0, 0x80, 2, 1, 2])
        );
        let mut longest = vec![0x80, 0x2A, 0, 0x80, 0xFF];
        longest.extend_from_slice(&[7; 256]);
        assert_eq!(t0(&longest), Some(longest[..260].to_vec()));
        // Extended: Lc is 00 and two bytes.
        assert_eq!(t0(&[0, 0xB0, 0, 0, 0, 1, 0]), None);
        assert_eq!(t0(&[0x80, 0x2A, 0, 0x80, 0, 0, 1, 9, 0, 0]), None);
        assert_eq!(t0(&[0, 0xB0]), None);
    }
}
