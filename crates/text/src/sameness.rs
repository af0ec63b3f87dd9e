//! When two texts of registers are the same: one definition for the register, the counter, filings, certificates and searches.
//!
//! * Two Unicode numbers that the JIS mapping and Microsoft's give to one JIS character are one character ([`JIS_PAIRS`]).
//! * A kana or a Latin letter with its marks written after it is the composed one. Ideographs are left alone: plain NFC would make
//!   other people's characters of 神 (U+FA19) and its like.
//!
//! Nothing else is the same, and no shape of an ideograph stands for another, but where a [`minor`] correction is judged.

use crate::substitution::are_shapes_of_one;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// One JIS character under two numbers: what the JIS mapping has, and what Microsoft's (code page 932) or another has. Of JIS X 0208 the
/// cells 1-17, 1-29, 1-32, 1-33, 1-34, 1-61, 1-79, 1-81, 1-82, 2-44, and of JIS X 0212 the cell 2-35.
const JIS_PAIRS: [(char, char); 11] = [
    ('\u{203e}', '\u{ffe3}'),
    ('\u{2014}', '\u{2015}'),
    ('\u{5c}', '\u{ff3c}'),
    ('\u{301c}', '\u{ff5e}'),
    ('\u{2016}', '\u{2225}'),
    ('\u{2212}', '\u{ff0d}'),
    ('\u{a5}', '\u{ffe5}'),
    ('\u{a2}', '\u{ffe0}'),
    ('\u{a3}', '\u{ffe1}'),
    ('\u{ac}', '\u{ffe2}'),
    ('\u{a6}', '\u{ffe4}'),
];

/// The first place where two texts are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which character, from 1, in the texts as they are compared (composed).
    pub position: usize,
    /// The first text's; none where it has ended.
    pub left: Option<char>,
    /// The second text's; none where it has ended.
    pub right: Option<char>,
}

impl Difference {
    /// The place for a person, in Japanese and in English: the characters with their numbers, since some look alike.
    #[must_use]
    pub fn told(&self) -> (String, String) {
        let told = |side: Option<char>, none: &str| match side {
            Some(character) => Numbered(character).to_string(),
            None => none.to_owned(),
        };
        let (position, left, right) = (self.position, self.left, self.right);
        (
            format!(
                "{position}文字目: {} と {}",
                told(left, "なし"),
                told(right, "なし")
            ),
            format!(
                "character {position}: {} and {}",
                told(left, "none"),
                told(right, "none")
            ),
        )
    }
}

/// A character with its number.
struct Numbered(char);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u32::from(self.0);
        match crate::is_unseen(self.0) {
            true => write!(f, "U+{number:04X}"),
            false => write!(f, "{} (U+{number:04X})", self.0),
        }
    }
}

/// The text with each kana and Latin letter in one piece with the marks written after it; everything else as it is.
#[must_use]
pub fn composed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(base) = rest.next() {
        let mut cluster = String::from(base);
        if takes_marks(base) {
            while let Some(mark) = rest.next_if(|&next| is_mark(next)) {
                cluster.push(mark);
            }
        }
        // One character alone is left as it is: composing is for what was written in pieces.
        match cluster.len() == base.len_utf8() {
            true => out.push(base),
            false => out.extend(cluster.nfc()),
        }
    }
    out
}

/// The text as it is compared: composed, and each JIS character under one number. Two texts are the same when this is equal.
#[must_use]
pub fn unified(text: &str) -> String {
    composed(text)
        .chars()
        .map(one)
        .collect()
}

/// Whether two texts are the same.
#[must_use]
pub fn is_same(left: &str, right: &str) -> bool {
    first_difference(left, right).is_none()
}

/// Where two texts first differ; none where they are the same.
#[must_use]
pub fn first_difference(left: &str, right: &str) -> Option<Difference> {
    differ(left, right, |left, right| one(left) == one(right))
}

/// The first place where the second text is more than another shape of the characters of the first (Reg 20): neither the same
/// character nor one that the table of variants knows as a shape of it.
#[must_use]
pub fn more_than_minor(left: &str, right: &str) -> Option<Difference> {
    differ(left, right, |left, right| {
        one(left) == one(right) || are_shapes_of_one(left, right)
    })
}

fn differ(left: &str, right: &str, same: impl Fn(char, char) -> bool) -> Option<Difference> {
    let (left, right) = (composed(left), composed(right));
    let (mut left, mut right) = (left.chars(), right.chars());
    for position in 1.. {
        let (left, right) = (left.next(), right.next());
        match (left, right) {
            (None, None) => return None,
            (Some(left), Some(right)) if same(left, right) => {}
            _ => {
                return Some(Difference {
                    position,
                    left,
                    right,
                });
            }
        }
    }
    None
}

/// Whether a character has another number as well, so that what is sought by it may stand under that.
#[must_use]
pub fn has_two_numbers(character: char) -> bool {
    JIS_PAIRS
        .iter()
        .any(|(jis, other)| *jis == character || *other == character)
}

/// The one number of a JIS character that has two.
fn one(character: char) -> char {
    JIS_PAIRS
        .iter()
        .find(|(jis, other)| *jis == character || *other == character)
        .map_or(character, |(jis, _)| *jis)
}

/// Kana and Latin letters, narrow ones.
fn takes_marks(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{3041}'..='\u{30ff}')
}

fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_jis_character_is_one_under_both_numbers() {
        for (jis, other) in JIS_PAIRS {
            let text = |c| format!("東京都印市朱肉１{c}２");
            assert!(is_same(&text(jis), &text(other)), "{jis} {other}");
        }
        // What only looks alike is not the same.
        for (left, right) in [
            ('\u{2212}', 'ー'),
            ('\u{2212}', '\u{2010}'),
            ('一', 'ー'),
            ('－', '-'),
        ] {
            assert!(!is_same(&left.to_string(), &right.to_string()));
        }
    }

    #[test]
    fn what_is_written_in_pieces_is_composed_and_ideographs_are_left() {
        for (pieces, whole) in [
            ("カ\u{3099}ハ\u{309a}", "ガパ"),
            ("か\u{3099}", "が"),
            ("ウ\u{3099}ワ\u{3099}", "ヴヷ"),
            ("e\u{301}", "é"),
            ("Nguye\u{302}\u{303}n", "Nguyễn"),
            ("Nguyê\u{303}n", "Nguyễn"),
        ] {
            assert_eq!(composed(pieces), whole);
            assert!(is_same(pieces, whole));
        }
        // NFC would change each of these.
        for kept in [
            "\u{fa19}",
            "\u{f907}",
            "葛\u{e0100}",
            "\u{212b}",
            "\u{fa10}田",
        ] {
            assert_eq!(composed(kept), kept);
        }
        assert!(!is_same("\u{fa19}", "神"));
    }

    #[test]
    fn the_first_difference_is_told_with_its_place_and_numbers() {
        assert_eq!(first_difference("印　太郎", "印　太郎"), None);
        let difference = first_difference("カ\u{3099}１－２", "ガ１ー２").unwrap();
        assert_eq!(
            difference,
            Difference {
                position: 3,
                left: Some('－'),
                right: Some('ー')
            }
        );
        let (ja, en) = difference.told();
        assert_eq!(ja, "3文字目: － (U+FF0D) と ー (U+30FC)");
        assert_eq!(en, "character 3: － (U+FF0D) and ー (U+30FC)");
        let (ja, en) = first_difference("印\u{200b}", "印")
            .unwrap()
            .told();
        assert_eq!(ja, "2文字目: U+200B と なし");
        assert_eq!(en, "character 2: U+200B and none");
    }

    #[test]
    fn another_shape_is_minor_and_another_character_is_not() {
        for (left, right) in [("髙﨑　\u{fa19}", "高崎　神"), ("１－２", "１\u{2212}２")]
        {
            assert_eq!(more_than_minor(left, right), None, "{left} {right}");
            assert_eq!(more_than_minor(right, left), None, "{left} {right}");
        }
        let at = |left, right| more_than_minor(left, right).map(|found| found.position);
        assert_eq!(at("印　太郎", "全然　違人"), Some(1));
        assert_eq!(at("印　太郎", "印　太"), Some(4));
        assert_eq!(at("印　太郎", "印　次郎"), Some(3));
        assert_eq!(at("Nguyễn", "Nguyến"), Some(5));
    }

    proptest! {
        #[test]
        fn composing_twice_is_composing_once(text in "[か-ヿ\u{3099}\u{309a}a-z\u{300}-\u{310}\u{fa10}-\u{fa20}一-亐]*") {
            let once = composed(&text);
            prop_assert_eq!(composed(&once), once.clone());
            prop_assert!(is_same(&text, &once));
            prop_assert_eq!(unified(&text), unified(&once));
        }
    }
}
