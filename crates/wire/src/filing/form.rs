//! The form of each item, asked by the writer and by the reader.

use super::{Attachment, FilingFault, MOST_ATTACHMENTS, MOST_FIELDS};
use shirushi_clock::Date;
use shirushi_text::{Unfit, fit};
use std::collections::BTreeSet;

/// The most characters of a name, an address or a file's name.
const LONGEST_LINE: usize = 200;
/// The most characters of a field's name.
const LONGEST_FIELD_NAME: usize = 64;
/// The most characters of a field's value.
const LONGEST_VALUE: usize = 10_000;

/// A text on one line.
pub(super) fn line(item: &'static str, text: &str) -> Result<(), FilingFault> {
    length(item, text, LONGEST_LINE)?;
    characters(item, text, false)
}

/// The name and the value of a field. A value may be empty and may have line feeds.
pub(super) fn field(name: &str, value: &str) -> Result<(), FilingFault> {
    length("field name", name, LONGEST_FIELD_NAME)?;
    characters("field name", name, false)?;
    if !value.is_empty() {
        length("field value", value, LONGEST_VALUE)?;
    }
    characters("field value", value, true)
}

pub(super) fn attachment(attachment: &Attachment) -> Result<(), FilingFault> {
    line("attachment name", &attachment.name)?;
    if attachment.name.contains(['/', '\\']) || matches!(attachment.name.as_str(), "." | "..") {
        return Err(FilingFault::Malformed {
            item: "attachment name",
            wanted: "a file name without a path",
        });
    }
    let media_type = attachment.media_type.split_once('/');
    if media_type.is_none_or(|(kind, subkind)| !restricted_name(kind) || !restricted_name(subkind))
    {
        return Err(FilingFault::Malformed {
            item: "media type",
            wanted: "type/subtype in lower case",
        });
    }
    Ok(())
}

/// Dates of birth have four digits of year: others have no one form in text.
pub(super) fn birth_date(date: Date) -> Result<(), FilingFault> {
    if date.year() < 1 {
        return Err(FilingFault::Malformed {
            item: "birth date",
            wanted: "a date of our era",
        });
    }
    Ok(())
}

pub(super) fn fields(form: &[(String, String)]) -> Result<(), FilingFault> {
    many("field", MOST_FIELDS, form.iter().map(|(name, _)| name))
}

pub(super) fn attachments(attachments: &[Attachment]) -> Result<(), FilingFault> {
    let names = attachments.iter().map(|a| &a.name);
    many("attachment", MOST_ATTACHMENTS, names)
}

fn many<'a>(
    item: &'static str,
    most: usize,
    names: impl ExactSizeIterator<Item = &'a String>,
) -> Result<(), FilingFault> {
    let count = names.len();
    if count > most {
        return Err(FilingFault::TooMany { item, count, most });
    }
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(FilingFault::Repeated {
                item,
                name: name.clone(),
            });
        }
    }
    Ok(())
}

fn length(item: &'static str, text: &str, most: usize) -> Result<(), FilingFault> {
    let characters = text.chars().count();
    if (1..=most).contains(&characters) {
        return Ok(());
    }
    Err(FilingFault::Length {
        item,
        characters,
        most,
    })
}

/// What is not seen would let a filing be signed that is read otherwise than it is shown. Controls besides have no place in XML (§2.2),
/// or do not survive its parsers (§2.11).
fn characters(item: &'static str, text: &str, line_feeds: bool) -> Result<(), FilingFault> {
    let control = text
        .chars()
        .position(|c| c.is_control() && !(line_feeds && c == '\n'))
        .zip(
            text.chars()
                .find(|c| c.is_control() && !(line_feeds && *c == '\n')),
        )
        .map(|(at, character)| Unfit {
            position: at + 1,
            character,
        });
    let first = [control, fit(text, line_feeds).err()]
        .into_iter()
        .flatten()
        .min_by_key(|unfit| unfit.position);
    match first {
        Some(unfit) => Err(FilingFault::Character { item, unfit }),
        None => Ok(()),
    }
}

/// RFC 6838 §4.2, in lower case.
fn restricted_name(name: &str) -> bool {
    let first = name.bytes().next();
    name.len() <= 127
        && first.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
}
