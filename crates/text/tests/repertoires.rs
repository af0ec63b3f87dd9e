//! The committed tables against Python's codecs, which are independent of this crate.
//!
//! * each repertoire is, character by character, what the codec has (count and SHA-256 of the listing);
//! * the generated files are what the committed script writes today.

use shirushi_text::Repertoire;
use std::{fmt::Write as _, process::Command};

#[test]
fn each_repertoire_is_what_the_codec_has() {
    let expected = include_str!("repertoires.txt");
    let mut seen = String::new();
    for (name, repertoire) in [
        ("JIS_X_0208", Repertoire::JisX0208),
        ("JIS_X_0212", Repertoire::JisX0212),
        ("JIS_X_0213", Repertoire::JisX0213),
    ] {
        let mut listing = String::new();
        let mut count = 0;
        for character in ('\0'..=char::MAX).filter(|&c| repertoire.contains(c)) {
            count += 1;
            writeln!(listing, "U+{:04X}", u32::from(character)).unwrap();
        }
        let digest = hex::encode(shirushi_crypto::sha256(listing.as_bytes()));
        writeln!(seen, "{name} {count} {digest}").unwrap();
    }
    assert_eq!(seen, expected);
}

#[test]
fn the_generated_files_are_what_the_script_writes() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/repertoires.py");
    let run = Command::new("python3")
        .args([script, "--check"])
        .output()
        .expect("python3 is installed");
    assert!(
        run.status.success(),
        "stale: {}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
