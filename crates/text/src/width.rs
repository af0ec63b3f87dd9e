//! Full-width forms: how registers and certificates write Latin letters, digits and kana.

/// ASCII and half-width katakana in their full-width forms, a space as U+3000; everything else as it is. A sound mark after
/// a half-width kana is joined to it (ｶﾞ becomes ガ).
///
/// This changes only the width; the shapes that JIS X 0208 lacks (＂ ＇) are left to [`substitute`](crate::substitute).
#[must_use]
pub fn to_full_width(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for character in text.chars() {
        match (character, out.chars().last()) {
            ('ﾞ', Some(last)) => join(&mut out, last, voiced(last), '゛'),
            ('ﾟ', Some(last)) => join(&mut out, last, half_voiced(last), '゜'),
            _ => out.push(wide(character)),
        }
    }
    out
}

/// Whether the text has no ASCII, half-width or control character.
#[must_use]
pub fn is_full_width(text: &str) -> bool {
    !text
        .chars()
        .any(|c| c.is_ascii() || c.is_control() || ('\u{ff61}'..='\u{ffdc}').contains(&c))
}

/// The full-width katakana for U+FF61 to U+FF9F, in order.
const KATAKANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";

fn wide(character: char) -> char {
    match character {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character),
        '\u{ff61}'..='\u{ff9f}' => KATAKANA
            .chars()
            .nth((u32::from(character) - 0xff61) as usize)
            .unwrap_or(character),
        _ => character,
    }
}

fn join(out: &mut String, last: char, joined: Option<char>, alone: char) {
    match joined {
        Some(joined) => {
            out.truncate(out.len() - last.len_utf8());
            out.push(joined);
        }
        None => out.push(alone),
    }
}

fn voiced(kana: char) -> Option<char> {
    const TAKES: &str = "カキクケコサシスセソタチツテトハヒフヘホ";
    match kana {
        'ウ' => Some('ヴ'),
        _ if TAKES.contains(kana) => char::from_u32(u32::from(kana) + 1),
        _ => None,
    }
}

fn half_voiced(kana: char) -> Option<char> {
    "ハヒフヘホ"
        .contains(kana)
        .then(|| char::from_u32(u32::from(kana) + 2))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_change_and_nothing_else() {
        assert_eq!(
            to_full_width("John O'Neil 1-2"),
            "Ｊｏｈｎ　Ｏ＇Ｎｅｉｌ　１－２"
        );
        assert_eq!(to_full_width("ｶﾞｷﾞｸﾞ ﾊﾟﾝｳﾞ｡ﾝﾞ"), "ガギグ　パンヴ。ン゛");
        assert_eq!(to_full_width("髙﨑　\u{fa19}"), "髙﨑　\u{fa19}");
        assert!(is_full_width("Ｊｏｈｎ　印"));
        assert!(!is_full_width("John"));
        assert!(!is_full_width("ｱ"));
        assert!(!is_full_width("印\t"));
    }

    proptest! {
        #[test]
        fn printable_text_becomes_full_width_and_stays_so(text in "[ -~ｱ-ﾟぁ-ん一-龠]*") {
            let wide = to_full_width(&text);
            prop_assert!(is_full_width(&wide));
            prop_assert_eq!(to_full_width(&wide), wide.clone());
        }
    }
}
