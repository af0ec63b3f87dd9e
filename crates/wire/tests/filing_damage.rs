//! Damaged documents: no input makes the reader panic, and what it reads it would write again.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "filing/sample.rs"]
mod sample;

use sample::document;
use shirushi_wire::filing::Filing;

#[test]
fn ten_thousand_damaged_documents_are_read_in_one_form_or_refused() {
    let original = document();
    let lines: Vec<&str> = original.split_inclusive('\n').collect();
    let mut dice = Dice(0x5eed_0001);
    let (mut well_formed, mut accepted) = (0, 0);
    for _ in 0..10_000 {
        let damaged = damage(&mut dice, &original, &lines);
        let text = std::str::from_utf8(&damaged).ok();
        well_formed += u32::from(text.is_some_and(|t| roxmltree::Document::parse(t).is_ok()));
        if let Ok(read) = Filing::parse(&damaged) {
            accepted += 1;
            assert_eq!(read.to_xml().unwrap(), damaged);
        }
    }
    assert!(well_formed >= 3_000, "{well_formed} were well-formed");
    assert!(accepted >= 100, "{accepted} were accepted");
}

fn damage(dice: &mut Dice, original: &str, lines: &[&str]) -> Vec<u8> {
    let mut bytes = original.as_bytes().to_vec();
    match dice.below(6) {
        // Any byte.
        0 => {
            let at = dice.below(bytes.len());
            bytes[at] = dice.below(256) as u8;
        }
        // A letter or digit for another.
        1 => {
            let at = dice.below(bytes.len());
            if bytes[at].is_ascii_alphanumeric() {
                bytes[at] = b"0123456789abcdefABCDEF"[dice.below(22)];
            }
        }
        // A line away, twice, or moved.
        2 => {
            let mut lines = lines.to_vec();
            let line = lines.remove(dice.below(lines.len()));
            for _ in 0..dice.below(3) {
                lines.insert(dice.below(lines.len() + 1), line);
            }
            bytes = lines.concat().into_bytes();
        }
        // Markup where text or markup ends.
        3 => {
            let pieces = [
                "<x/>", "<!--c-->", "&#10;", "&amp;", " ", "\r", "<?p?>", "]]>", "\u{0}",
            ];
            let piece = pieces[dice.below(pieces.len())];
            let ends: Vec<_> = original
                .match_indices(['<', '>', '"'])
                .collect();
            let at = ends[dice.below(ends.len())].0;
            bytes.splice(at..at, piece.bytes());
        }
        // The end or the middle cut off.
        4 => {
            let (a, b) = (dice.below(bytes.len()), dice.below(bytes.len()));
            bytes.drain(a.min(b)..a.max(b));
        }
        // A value for another.
        _ => {
            let pairs = [
                ("2026", "令和八年"),
                ("text/plain", "image/png"),
                ("tax-year", "note"),
                ("1990-04-01", "1990-02-30"),
                ("RKO0010", "RKO0011"),
                ("印　花子", ""),
                ("size=\"11\"", "size=\"-1\""),
                ("5a5a", "ffff"),
            ];
            let (this, by) = pairs[dice.below(pairs.len())];
            bytes = original.replace(this, by).into_bytes();
        }
    }
    bytes
}

/// xorshift64*: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self
            .0
            .wrapping_mul(0x2545_f491_4f6c_dd1d)
            >> 33) as usize
            % bound
    }
}
