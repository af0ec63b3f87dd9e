//! Each corpus of the fuzz targets, replayed without libFuzzer: what a parser was led to once, it stands now.
//!
//! * Each target has its corpus, and each corpus its target; a corpus is small.
//! * No input of a corpus breaks what its target holds of every input: no panic, limits, and what is read means the same when it is
//!   written again.
//!
//! What is held of an input stands in this crate, which the targets share with this test.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_checks::{
    card_answers, card_file, card_session, certificate, checkpoint, command, filing, list, message,
    residents, signature, status_request, status_response, tlv,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What a target does with an input.
type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 14] = [
    ("card_answers", card_answers::check),
    ("card_file", card_file::check),
    ("card_session", card_session::check),
    ("certificate", certificate::check),
    ("checkpoint", checkpoint::check),
    ("command", command::check),
    ("filing", filing::check),
    ("list", list::check),
    ("message", message::check),
    ("residents", residents::check),
    ("signature", signature::check),
    ("status_request", status_request::check),
    ("status_response", status_response::check),
    ("tlv", tlv::check),
];

/// The most files of a corpus, and the most bytes of them all.
const MOST_FILES: usize = 300;
const MOST_BYTES: usize = 1 << 20;

#[test]
fn no_input_of_a_corpus_breaks_what_its_target_holds() {
    for (target, check) in TARGETS {
        let inputs = inputs(target);
        let bytes: usize = inputs
            .iter()
            .map(|(_, input)| input.len())
            .sum();
        assert!(
            (1..=MOST_FILES).contains(&inputs.len()) && bytes <= MOST_BYTES,
            "{target}: {} files of {bytes} bytes; minimise it (fuzz/README.md)",
            inputs.len()
        );
        for (path, input) in inputs {
            // The panic's own message stands above.
            let held = std::panic::catch_unwind(|| check(&input));
            assert!(held.is_ok(), "{}", path.display());
        }
    }
}

#[test]
fn each_target_has_its_corpus_and_its_replay() {
    let here: BTreeSet<String> = TARGETS
        .map(|(target, _)| target.to_owned())
        .into();
    assert_eq!(names("fuzz_targets"), here);
    assert_eq!(names("corpus"), here);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for target in here {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join("corpus").join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// What stands in a folder, without endings.
fn names(of: &str) -> BTreeSet<String> {
    fs::read_dir(folder().join(of))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}
