//! Characters that a reader does not see, or that change the order in which the others are read, and how they are shown.
//!
//! Whoever signs a text has to see all of it. A text can hold characters without a picture of their own: they turn the direction
//! of reading (Unicode Standard Annex 9), join or part their neighbours, fill places that look empty, or carry data that nobody
//! sees (variation selectors, tags). The set is that of `Default_Ignorable_Code_Point` (Unicode 16.0, DerivedCoreProperties),
//! with the controls, the separators, the other format characters without a picture, what looks empty without being white
//! space, and what has no meaning that two machines agree upon (private use, noncharacters,
//! numbers that are not assigned).

use std::borrow::Cow;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether a character is not seen, wherever it stands.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    turns_direction(character)
        || character.is_control()
        || is_variation_selector(character)
        || is_without_meaning(character)
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{13430}'..='\u{13440}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character changes the direction or the lines in which its neighbours are read: with it a text reads otherwise than it
/// is (UAX 9 §2; the separators U+2028 and U+2029).
#[must_use]
pub fn turns_direction(character: char) -> bool {
    matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// A piece of a text, as it is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Characters that are seen.
    Seen(&'t str),
    /// One that is not, as often as it stands there in a row, which a mark has to stand for.
    Unseen(char, usize),
}

/// The pieces of a text of several lines: line feeds (also after a carriage return) and tabs are seen as what they are.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    cut(text, true)
}

/// The text in one line with each unseen character, and each end of a line, replaced by its mark (`[U+202E right-to-left override]`): for a
/// title, a name, a terminal.
#[must_use]
pub fn shown_in_line(text: &str) -> Cow<'_, str> {
    marked(text, false)
}

/// The text, of several lines, with each unseen character replaced by its mark.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    marked(text, true)
}

/// A character that no input may have, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its place, from 1.
    pub position: usize,
    /// Which it is.
    pub character: char,
}

impl Unfit {
    /// The same in Japanese, as a clause without a full stop.
    #[must_use]
    pub fn in_japanese(self) -> String {
        let Self {
            position,
            character,
        } = self;
        let number = u32::from(character);
        let kind = kind(character).0;
        format!(
            "{position}文字目のU+{number:04X}{}は、{kind}です",
            in_parentheses(character)
        )
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            position,
            character,
        } = *self;
        let number = u32::from(character);
        let kind = kind(character).1;
        let name = in_parentheses(character);
        write!(f, "character {position} is U+{number:04X}{name}: {kind}")
    }
}

impl std::error::Error for Unfit {}

/// Whether a text may be a name, an address, a reason or any other thing that is put in. All of it is seen (a selector that tells an
/// ideograph's form is part of it; line feeds and tabs where the text `has_lines`), nothing changes the direction of the rest, and
/// each character is the same one everywhere.
///
/// # Errors
/// The first character for which this is not so, or what a failed decoding leaves.
pub fn fit(text: &str, has_lines: bool) -> Result<(), Unfit> {
    let mut before = 0;
    let unfit = |position, character| Unfit {
        position,
        character,
    };
    for piece in cut(text, has_lines) {
        match piece {
            Piece::Unseen(character, _) => return Err(unfit(before + 1, character)),
            Piece::Seen(seen) => {
                let failed = seen
                    .chars()
                    .position(|c| c == char::REPLACEMENT_CHARACTER);
                if let Some(at) = failed {
                    return Err(unfit(before + at + 1, char::REPLACEMENT_CHARACTER));
                }
                before += seen.chars().count();
            }
        }
    }
    Ok(())
}

fn in_parentheses(character: char) -> String {
    match name(character) {
        "" => String::new(),
        name => format!(" ({name})"),
    }
}

/// Why a character is not taken, in Japanese and in English.
fn kind(character: char) -> (&'static str, &'static str) {
    match character {
        char::REPLACEMENT_CHARACTER => ("文字化けの跡", "what a failed decoding leaves"),
        _ if turns_direction(character) => (
            "文字の並ぶ向きや行を変える、見えない文字",
            "not seen, and changes the direction or the lines in which the others are read",
        ),
        '\u{034F}' | '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FEFF}' => {
            ("前後をつなぐ、見えない文字", "a joiner that is not seen")
        }
        '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}' | '\u{3164}'
        | '\u{FFA0}' => ("空白に見えて空白でない文字", "a filler that looks empty"),
        _ if is_variation_selector(character) => (
            "漢字の字形を示していない異体字セレクター",
            "a selector that tells no ideograph's form",
        ),
        _ if character.is_control() => ("制御文字", "a control character"),
        _ if is_private(character) => (
            "外字（機械ごとに違う文字）",
            "another character on each machine",
        ),
        _ if is_without_meaning(character) => (
            "文字が割り当てられていない番号",
            "a number to which no character is assigned",
        ),
        _ => ("見えない文字", "not seen"),
    }
}

/// The mark of a character: its number, its name where it is one that is met, and how often it stands there if more than once.
#[must_use]
pub fn mark(character: char, times: usize) -> String {
    let number = u32::from(character);
    let name = match name(character) {
        "" => String::new(),
        name => format!(" {name}"),
    };
    match times {
        1 => format!("[U+{number:04X}{name}]"),
        times => format!("[U+{number:04X}{name} ×{times}]"),
    }
}

/// The name of an unseen character, as Unicode has it; of a kind where the kind says it all; empty for the rest.
#[must_use]
pub fn name(character: char) -> &'static str {
    if is_variation_selector(character) {
        return "variation selector";
    }
    if is_private(character) {
        return "private use";
    }
    match character {
        '\0' => "null",
        '\u{07}' => "bell",
        '\u{08}' => "backspace",
        '\t' => "tab",
        '\n' => "line feed",
        '\r' => "carriage return",
        '\u{1B}' => "escape",
        '\u{7F}' => "delete",
        '\u{00AD}' => "soft hyphen",
        '\u{034F}' => "combining grapheme joiner",
        '\u{061C}' => "Arabic letter mark",
        '\u{115F}' => "Hangul choseong filler",
        '\u{1160}' => "Hangul jungseong filler",
        '\u{180E}' => "Mongolian vowel separator",
        '\u{200B}' => "zero width space",
        '\u{200C}' => "zero width non-joiner",
        '\u{200D}' => "zero width joiner",
        '\u{200E}' => "left-to-right mark",
        '\u{200F}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202A}' => "left-to-right embedding",
        '\u{202B}' => "right-to-left embedding",
        '\u{202C}' => "pop directional formatting",
        '\u{202D}' => "left-to-right override",
        '\u{202E}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{206A}'..='\u{206F}' => "deprecated format character",
        '\u{2800}' => "Braille pattern blank",
        '\u{3164}' => "Hangul filler",
        '\u{FEFF}' => "zero width no-break space",
        '\u{FFA0}' => "halfwidth Hangul filler",
        '\u{FFF9}'..='\u{FFFB}' => "interlinear annotation",
        '\u{FFFC}' => "object replacement",
        '\u{E0000}'..='\u{E007F}' => "tag",
        _ if character.is_control() => "control",
        _ => "",
    }
}

fn marked(text: &str, has_lines: bool) -> Cow<'_, str> {
    match cut(text, has_lines).as_slice() {
        [] => Cow::Borrowed(""),
        [Piece::Seen(all)] => Cow::Borrowed(*all),
        pieces => Cow::Owned(
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Seen(text) => (*text).to_owned(),
                    Piece::Unseen(character, times) => mark(*character, *times),
                })
                .collect(),
        ),
    }
}

fn cut(text: &str, has_lines: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut before = None;
    for (at, character) in text.char_indices() {
        let after = text[at..].chars().nth(1);
        let is_layout = has_lines && is_layout(character, after);
        // One selector behind an ideograph is how a registered name tells its form of the character (葛󠄀).
        let is_form = tells_form(character) && before.is_some_and(is_ideograph);
        if is_unseen(character) && !is_layout && !is_form {
            if begin < at {
                pieces.push(Piece::Seen(&text[begin..at]));
            }
            match pieces.last_mut() {
                Some(Piece::Unseen(last, times)) if *last == character => *times += 1,
                _ => pieces.push(Piece::Unseen(character, 1)),
            }
            begin = at + character.len_utf8();
        }
        before = Some(character);
    }
    if begin < text.len() {
        pieces.push(Piece::Seen(&text[begin..]));
    }
    pieces
}

fn is_layout(character: char, after: Option<char>) -> bool {
    match character {
        '\n' | '\t' => true,
        '\r' => after == Some('\n'),
        _ => false,
    }
}

/// Whether a character tells the form of the one before it. Alone it is not seen; behind an ideograph it belongs to a registered name.
#[must_use]
pub fn is_variation_selector(character: char) -> bool {
    matches!(
        character,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

/// Of an ideograph: in a registered sequence (Unicode Technical Standard 37), or a standardised one.
fn tells_form(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE02}' | '\u{E0100}'..='\u{E01EF}')
}

pub(crate) fn is_ideograph(character: char) -> bool {
    matches!(
        character,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}'
    )
}

fn is_private(character: char) -> bool {
    matches!(
        character,
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}'
    )
}

fn is_without_meaning(character: char) -> bool {
    let number = u32::from(character);
    is_private(character)
        || (0xFDD0..=0xFDEF).contains(&number)
        || number & 0xFFFE == 0xFFFE
        || character.general_category() == GeneralCategory::Unassigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_shown_as_it_is() {
        for text in [
            "",
            "印\u{3000}太郎",
            "髙﨑　𠮷德",
            "葛\u{E0100}城",
            "\u{FA19}\u{FE00}",
            "Nguyễn Văn An, Ｎａｍ",
            "e\u{301}",
            "一行目\r\n二行目\n\t三行目",
            "ｶﾞ・ー〜～☎️".trim_end_matches('\u{FE0F}'),
        ] {
            assert_eq!(shown(text), text);
            assert!(matches!(shown(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_nobody_sees_is_shown_by_number_and_name() {
        for (text, wanted) in [
            ("1\u{202E}00", "1[U+202E right-to-left override]00"),
            ("a\u{200B}b", "a[U+200B zero width space]b"),
            ("a\u{200D}", "a[U+200D zero width joiner]"),
            ("\u{3164}\u{3164}\u{3164}", "[U+3164 Hangul filler ×3]"),
            (
                "\u{2066}x\u{2069}",
                "[U+2066 left-to-right isolate]x[U+2069 pop directional isolate]",
            ),
            ("\u{FEFF}x", "[U+FEFF zero width no-break space]x"),
            ("a\u{E0041}", "a[U+E0041 tag]"),
            ("\u{1B}[2J", "[U+001B escape][2J"),
            ("a\rb", "a[U+000D carriage return]b"),
            ("\u{E000}", "[U+E000 private use]"),
            ("\u{FFFE}", "[U+FFFE]"),
            ("\u{9B}", "[U+009B control]"),
            // One selector tells a form; behind it, and behind what has no forms, selectors carry what nobody sees.
            (
                "葛\u{E0100}\u{E0101}",
                "葛\u{E0100}[U+E0101 variation selector]",
            ),
            ("a\u{FE0F}", "a[U+FE0F variation selector]"),
            ("金\u{FE0F}", "金[U+FE0F variation selector]"),
        ] {
            assert_eq!(shown(text), wanted);
            assert_eq!(shown_in_line(text), wanted);
        }
        assert_eq!(shown_in_line("a\nb\t"), "a[U+000A line feed]b[U+0009 tab]");
    }

    #[test]
    fn what_no_input_may_have_is_found_with_its_place() {
        for good in ["", "印\u{3000}太郎", "葛\u{E0100}城", "Nguyễn", "髙﨑　𠮷"] {
            assert_eq!(fit(good, false), Ok(()), "{good}");
        }
        for (bad, position, character, why) in [
            ("印\u{61c}太郎", 2, '\u{61c}', "direction"),
            ("印\u{ad}太郎", 2, '\u{ad}', "not seen"),
            ("印太\u{200d}郎", 3, '\u{200d}', "joiner"),
            ("\u{3164}", 1, '\u{3164}', "filler"),
            ("印\u{378}", 2, '\u{378}', "assigned"),
            ("印\u{e0100}\u{e0101}", 3, '\u{e0101}', "selector"),
            ("a\u{fe00}", 2, '\u{fe00}', "selector"),
            ("印\u{fffd}", 2, '\u{fffd}', "decoding"),
            ("印\u{e000}", 2, '\u{e000}', "each machine"),
            ("印\n", 2, '\n', "control"),
        ] {
            let unfit = Unfit {
                position,
                character,
            };
            assert_eq!(fit(bad, false), Err(unfit), "{bad:?}");
            let number = format!("U+{:04X}", u32::from(character));
            let (ja, en) = (unfit.in_japanese(), unfit.to_string());
            assert!(en.contains(&number) && en.contains(why), "{en}");
            assert!(
                ja.contains(&number) && ja.contains(&format!("{position}文字目")),
                "{ja}"
            );
        }
        assert_eq!(
            fit("1\u{202E}0", false)
                .unwrap_err()
                .to_string(),
            "character 2 is U+202E (right-to-left override): not seen, and changes the direction or the lines in which the others are read"
        );
        assert_eq!(fit("一\n二\t三", true), Ok(()));
    }

    #[test]
    fn all_that_unicode_has_ignored_by_default_is_unseen() {
        // DerivedCoreProperties-16.0.0, Default_Ignorable_Code_Point.
        let ranges = [
            (0xAD, 0xAD),
            (0x34F, 0x34F),
            (0x61C, 0x61C),
            (0x115F, 0x1160),
            (0x17B4, 0x17B5),
            (0x180B, 0x180F),
            (0x200B, 0x200F),
            (0x202A, 0x202E),
            (0x2060, 0x206F),
            (0x3164, 0x3164),
            (0xFE00, 0xFE0F),
            (0xFEFF, 0xFEFF),
            (0xFFA0, 0xFFA0),
            (0xFFF0, 0xFFF8),
            (0x1BCA0, 0x1BCA3),
            (0x1D173, 0x1D17A),
            (0xE0000, 0xE0FFF),
        ];
        for (from, to) in ranges {
            for number in from..=to {
                assert!(is_unseen(char::from_u32(number).unwrap()), "{number:X}");
            }
        }
    }

    #[test]
    fn every_piece_of_any_text_is_still_there() {
        for number in 0..=0x10_FFFF {
            let Some(character) = char::from_u32(number) else {
                continue;
            };
            let text = format!("a{character}b");
            let whole: String = pieces(&text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Seen(text) => text.to_owned(),
                    Piece::Unseen(character, times) => character.to_string().repeat(times),
                })
                .collect();
            assert_eq!(whole, text);
        }
    }
}
