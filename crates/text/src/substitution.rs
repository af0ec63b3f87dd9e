//! 代替文字: what stands in a certificate for a character that certificates do not have.

mod compatibility;
mod variants;

use crate::{in_certificate_repertoire, unseen::is_ideograph};
use compatibility::COMPATIBILITY;
use variants::VARIANTS;

/// Stands for a character of which no substitute is known (〓, the geta mark, U+3013).
///
/// The real service takes kana instead (`facts/profile-and-rules.md` D.3); that needs the reading, which a character does not
/// tell. The geta mark is the printers' sign for a missing type: nobody takes it for a part of the name. Our choice.
pub const UNKNOWN_SUBSTITUTE: char = '〓';

/// A text as a certificate carries it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Substituted {
    /// The text in the certificate's repertoire, one character for each of the original.
    pub text: String,
    /// 代替文字の使用位置: one digit per character of the original, `0` as registered, `1` substituted.
    pub positions: String,
}

impl Substituted {
    /// Whether any character was substituted.
    #[must_use]
    pub fn is_substituted(&self) -> bool {
        self.positions.contains('1')
    }
}

/// Replaces what a certificate cannot carry (`facts/profile-and-rules.md` A.5, D.3).
///
/// A variation selector (U+FE00–FE0F, U+E0100–E01EF) and a combining mark belong to the character before: together they are
/// one character, and a substituted one, because the certificate keeps only its base. So `text` and `positions` have the
/// same number of characters, and substituting `text` again changes nothing.
#[must_use]
pub fn substitute(original: &str) -> Substituted {
    let mut text = String::with_capacity(original.len());
    let mut positions = String::new();
    let mut rest = original.chars().peekable();
    while let Some(base) = rest.next() {
        let mut mark = None;
        while let Some(next) = rest.next_if(|&next| belongs_to(base, next)) {
            mark.get_or_insert(next);
        }
        let written = match mark {
            None if in_certificate_repertoire(base) => base,
            None => substitute_of(base),
            Some(mark) => with_mark(substitute_or_same(base), mark),
        };
        text.push(written);
        positions.push(if mark.is_none() && written == base {
            '0'
        } else {
            '1'
        });
    }
    Substituted { text, positions }
}

/// Whether `next` only changes the look or sound of the character before it.
fn belongs_to(base: char, next: char) -> bool {
    match next {
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => true,
        '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' => true,
        '\u{ff9e}' | '\u{ff9f}' => ('\u{ff66}'..='\u{ff9d}').contains(&base),
        _ => false,
    }
}

fn substitute_or_same(character: char) -> char {
    if in_certificate_repertoire(character) {
        character
    } else {
        substitute_of(character)
    }
}

fn substitute_of(character: char) -> char {
    known_substitute(character).unwrap_or(UNKNOWN_SUBSTITUTE)
}

fn known_substitute(character: char) -> Option<char> {
    VARIANTS
        .iter()
        .find_map(|table| in_table(table, character))
        .or_else(|| in_table(COMPATIBILITY, character))
}

fn in_table(table: &str, character: char) -> Option<char> {
    let mut characters = table.chars();
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if from == character {
            return Some(to);
        }
    }
    None
}

/// Whether the tables know two ideographs as shapes of one: the one stands for the other, or the same third for both. Letters are
/// never: a substitute has lost their marks.
pub(crate) fn are_shapes_of_one(left: char, right: char) -> bool {
    let of = |character| known_substitute(character).unwrap_or(character);
    is_ideograph(left) && is_ideograph(right) && of(left) == of(right)
}

/// A kana with the sound mark written after it; any other character keeps its base alone.
fn with_mark(base: char, mark: char) -> char {
    const VOICED: &str =
        "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホ";
    const HALF_VOICED: &str = "はひふへほハヒフヘホ";
    let after = |steps: u32| char::from_u32(u32::from(base) + steps).unwrap_or(base);
    match mark {
        '\u{3099}' | '\u{ff9e}' if VOICED.contains(base) => after(1),
        '\u{3099}' | '\u{ff9e}' if matches!(base, 'う' | 'ウ') => 'ヴ',
        '\u{309a}' | '\u{ff9f}' if HALF_VOICED.contains(base) => after(2),
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(original: &str) -> (String, String) {
        let done = substitute(original);
        (done.text, done.positions)
    }

    fn pair(text: &str, positions: &str) -> (String, String) {
        (text.to_owned(), positions.to_owned())
    }

    #[test]
    fn well_known_variants_get_the_character_of_like_shape() {
        assert_eq!(both("髙﨑　𠮷德"), pair("高崎　吉徳", "11011"));
        assert_eq!(
            both("\u{fa10}本　\u{fa1a}\u{fa19}"),
            pair("塚本　祥神", "10011")
        );
        assert_eq!(both("\u{f9dc}　靑"), pair("隆　青", "101"));
    }

    #[test]
    fn what_the_repertoire_has_stays_even_where_a_simpler_form_exists() {
        for name in ["齋藤　龍", "渡邊　澤", "邉　廣", "嶋　惠"] {
            let done = substitute(name);
            assert_eq!(done.text, name);
            assert!(!done.is_substituted(), "{name}");
        }
    }

    #[test]
    fn a_variation_selector_is_no_character_of_its_own() {
        assert_eq!(both("葛\u{e0100}城　辻\u{e0101}"), pair("葛城　辻", "1001"));
        assert_eq!(both("髙\u{e0101}木"), pair("高木", "10"));
    }

    #[test]
    fn kana_marks_are_joined_to_their_kana() {
        assert_eq!(both("か\u{3099}き"), pair("がき", "10"));
        assert_eq!(both("ﾊﾟﾝﾀﾞ"), pair("パンダ", "111"));
        assert_eq!(both("ウ\u{3099}"), pair("ヴ", "1"));
    }

    #[test]
    fn latin_letters_become_full_width_and_keep_what_jis_x_0212_has() {
        assert_eq!(
            both("José Nguyễn"),
            pair("Ｊｏｓé　Ｎｇｕｙｅｎ", "11101111111")
        );
    }

    #[test]
    fn an_unknown_character_is_the_geta_mark() {
        assert_eq!(both("印😀𩸽"), pair("印〓〓", "011"));
        assert_eq!(both("\u{e0100}印"), pair("〓印", "10"));
    }

    #[test]
    fn every_row_of_the_tables_leads_from_outside_the_repertoire_into_it() {
        let rows = VARIANTS
            .iter()
            .chain([&COMPATIBILITY])
            .flat_map(|table| {
                let characters: Vec<char> = table.chars().collect();
                assert_eq!(characters.len() % 2, 0);
                characters
                    .chunks(2)
                    .map(|row| (row[0], row[1]))
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>();
        assert!(rows.len() > 1_000, "{}", rows.len());
        for &(from, to) in &rows {
            assert!(!in_certificate_repertoire(from), "{from}");
            assert!(in_certificate_repertoire(to), "{from} {to}");
        }
        let mut known: Vec<char> = rows.iter().map(|row| row.0).collect();
        known.sort_unstable();
        let total = known.len();
        known.dedup();
        assert_eq!(known.len(), total, "a character stands in two rows");
    }

    proptest! {
        #[test]
        fn the_result_is_in_the_repertoire_aligned_and_final(original in any::<String>()) {
            let done = substitute(&original);
            prop_assert!(done.text.chars().all(in_certificate_repertoire));
            prop_assert_eq!(done.text.chars().count(), done.positions.len());
            prop_assert!(done.positions.bytes().all(|b| b == b'0' || b == b'1'));
            let again = substitute(&done.text);
            prop_assert_eq!(&again.text, &done.text);
            prop_assert!(!again.is_substituted());
            prop_assert_eq!(done.is_substituted(), done.text != original);
        }
    }
}
