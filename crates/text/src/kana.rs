//! Furigana: full-width kana, and the way from one kana to the other.

/// A furigana with a character that is no full-width kana.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {position} ({character}) is no full-width kana")]
pub struct NotKana {
    /// Its place, counted in characters from 1.
    pub position: usize,
    /// The character; U+3000 stands for a misplaced separator and for an empty text.
    pub character: char,
}

/// Checks a 振り仮名 (Juki 7 no. 1-2): full-width hiragana or katakana with ー and ・, its parts separated by one U+3000.
///
/// # Errors
/// [`NotKana`] names the first character that does not belong.
pub fn check_furigana(text: &str) -> Result<(), NotKana> {
    let mut before = '\u{3000}';
    let mut position = 0;
    for character in text.chars() {
        position += 1;
        let fits = is_kana(character) || (character == '\u{3000}' && before != '\u{3000}');
        if !fits {
            return Err(NotKana {
                position,
                character,
            });
        }
        before = character;
    }
    if before == '\u{3000}' {
        return Err(NotKana {
            position: position.max(1),
            character: before,
        });
    }
    Ok(())
}

/// Whether [`check_furigana`] finds nothing.
#[must_use]
pub fn is_furigana(text: &str) -> bool {
    check_furigana(text).is_ok()
}

/// Hiragana as katakana; everything else as it is.
#[must_use]
pub fn to_katakana(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => moved(c, 0x60),
            _ => c,
        })
        .collect()
}

/// Katakana as hiragana; everything else, also the four katakana without a hiragana (ヷ ヸ ヹ ヺ), as it is.
#[must_use]
pub fn to_hiragana(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'ァ'..='ヶ' | 'ヽ' | 'ヾ' => moved(c, -0x60),
            _ => c,
        })
        .collect()
}

fn is_kana(character: char) -> bool {
    matches!(character, 'ぁ'..='ゖ' | 'ゝ' | 'ゞ' | 'ァ'..='ヺ' | '・' | 'ー' | 'ヽ' | 'ヾ')
}

fn moved(kana: char, steps: i32) -> char {
    u32::from(kana)
        .checked_add_signed(steps)
        .and_then(char::from_u32)
        .unwrap_or(kana)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn furigana_is_kana_in_parts() {
        for good in [
            "シルシ　タロウ",
            "しるし　たろう",
            "アン・マリー",
            "ヴァイ",
            "ゔ",
        ] {
            assert_eq!(check_furigana(good), Ok(()), "{good}");
        }
        for (bad, position) in [
            ("", 1),
            ("　シルシ", 1),
            ("シルシ　", 4),
            ("シルシ　　タロウ", 5),
            ("シルシ タロウ", 4),
            ("ｼﾙｼ", 1),
            ("印", 1),
            ("シa", 2),
            ("か\u{3099}", 2),
        ] {
            let fault = check_furigana(bad).unwrap_err();
            assert_eq!(fault.position, position, "{bad}");
            assert!(!is_furigana(bad));
        }
    }

    #[test]
    fn both_kana_turn_into_each_other() {
        assert_eq!(to_katakana("しるし　ゔゝー漢A"), "シルシ　ヴヽー漢A");
        assert_eq!(to_hiragana("シルシ　ヶヷー漢A"), "しるし　ゖヷー漢A");
    }

    proptest! {
        #[test]
        fn katakana_of_hiragana_of_any_text_is_its_katakana(text in any::<String>(), kana in "[ぁ-ゖァ-ヺーヽヾ]*") {
            for text in [text, kana] {
                let katakana = to_katakana(&text);
                prop_assert_eq!(to_katakana(&to_hiragana(&text)), katakana.clone());
                prop_assert_eq!(text.chars().count(), katakana.chars().count());
            }
        }
    }
}
