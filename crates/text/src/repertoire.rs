//! Which characters a standard has.

mod tables;

use tables::Page;

/// A Japanese character set, as the set of Unicode characters it maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repertoire {
    /// JIS X 0208: non-kanji and kanji of levels 1 and 2 (第一・第二水準), 6 879 characters.
    JisX0208,
    /// JIS X 0212: the supplementary set (補助漢字), 6 067 characters.
    JisX0212,
    /// JIS X 0213:2004, both planes; characters written as a sequence of two scalars are left out.
    JisX0213,
}

impl Repertoire {
    /// Whether the set has `character`, by the mapping of the EUC codecs (JIS's own, not Microsoft's).
    #[must_use]
    pub fn contains(self, character: char) -> bool {
        let pages = match self {
            Self::JisX0208 => tables::JIS_X_0208,
            Self::JisX0212 => tables::JIS_X_0212,
            Self::JisX0213 => tables::JIS_X_0213,
        };
        has(pages, u32::from(character))
    }
}

/// The same JIS codes under other Unicode numbers: Microsoft's mapping (～ ∥ － ￠ ￡ ￢ ￤) and the other dash.
const OTHER_MAPPING: [char; 8] = [
    '\u{2014}', '\u{2225}', '\u{ff0d}', '\u{ff5e}', '\u{ffe0}', '\u{ffe1}', '\u{ffe2}', '\u{ffe4}',
];

/// Whether a certificate can carry `character` as it is: JIS X 0208 and JIS X 0212 (`facts/profile-and-rules.md` D.3).
///
/// The full-width hyphen of addresses is U+FF0D where Windows wrote it and U+2212 by the standard; both are the same
/// character of JIS X 0208, and both are in (our choice, likewise for the seven others that differ in this way).
#[must_use]
pub fn in_certificate_repertoire(character: char) -> bool {
    Repertoire::JisX0208.contains(character)
        || Repertoire::JisX0212.contains(character)
        || OTHER_MAPPING.contains(&character)
}

fn has(pages: &[Page], point: u32) -> bool {
    let Ok(page) = u16::try_from(point >> 8) else {
        return false;
    };
    let found = pages.binary_search_by_key(&page, |&(number, _)| number);
    let word = (point >> 6 & 3) as usize;
    found.is_ok_and(|at| pages[at].1[word] >> (point & 63) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Repertoire::{JisX0208, JisX0212, JisX0213};

    #[test]
    fn well_known_characters_are_where_the_standards_put_them() {
        for (character, expected) in [
            ('高', [true, false, true]),
            ('齋', [true, false, true]),
            ('髙', [false, false, false]),
            ('﨑', [false, false, true]),
            ('德', [false, false, true]),
            ('𠮷', [false, false, false]),
            ('𠮟', [false, false, true]),
            ('丂', [false, true, true]),
            ('é', [false, true, true]),
            ('A', [false, false, false]),
            ('Ａ', [true, false, true]),
            ('\u{10ffff}', [false, false, false]),
        ] {
            let seen = [JisX0208, JisX0212, JisX0213].map(|r| r.contains(character));
            assert_eq!(seen, expected, "{character}");
        }
    }

    #[test]
    fn both_mappings_of_the_full_width_hyphen_are_in() {
        assert!(in_certificate_repertoire('\u{ff0d}'));
        assert!(in_certificate_repertoire('\u{2212}'));
        assert!(!in_certificate_repertoire('-'));
    }
}
