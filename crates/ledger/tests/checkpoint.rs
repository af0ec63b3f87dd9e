//! What must hold of checkpoints and commitments:
//!
//! * a note made by another implementation verifies, and its key id is computed alike;
//! * OpenSSL verifies our signature over the body;
//! * what was signed comes back; with any byte changed, another name or another key it does not;
//! * a checkpoint is written in one way only;
//! * a commitment depends on salt and entry, and the salt never shows.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use base64ct::{Base64, Encoding as _};
use shirushi_crypto::{KeyKind, PublicKey, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_ledger::{Checkpoint, CheckpointError, Hash, NoteError, Salt, commitment, leaf_hash};
use std::{fs, process::Command};

const NAME: &str = "ca.sandbox.example/issuance";

/// The example of Go's package `golang.org/x/mod/sumdb/note`: verifier key and note.
const GO_NAME: &str = "PeterNeumann";
const GO_KEY: &str = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_note_of_another_implementation_is_opened() {
    let key = Base64::decode_vec(GO_KEY).unwrap();
    // One byte of type, then the key; the rest of a SubjectPublicKeyInfo is fixed (RFC 8410 §4).
    let prefix = hex::decode("302a300506032b6570032100").unwrap();
    let key = PublicKey::from_spki_der(&[&prefix, &key[1..]].concat()).unwrap();
    // The note holds, and only then is its text found to be no checkpoint.
    assert_eq!(
        Checkpoint::verify(GO_NOTE, GO_NAME, &key),
        Err(CheckpointError::Malformed)
    );
    let forged = GO_NOTE.replace("answer", "Answer");
    assert_eq!(
        Checkpoint::verify(&forged, GO_NAME, &key),
        Err(CheckpointError::Note(NoteError::SignatureInvalid))
    );
}

#[test]
fn openssl_verifies_the_signature_over_the_body() {
    let key = key();
    let checkpoint = checkpoint();
    let note = checkpoint.sign(NAME, &key).unwrap();
    let line = note.lines().last().unwrap();
    let encoded = line.rsplit(' ').next().unwrap();
    let signature = Base64::decode_vec(encoded)
        .unwrap()
        .split_off(4);

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let key_file = file("key.der", key.public_key().spki_der());
    let signature_file = file("signature", &signature);
    let verify = |body: &str| {
        Command::new("openssl")
            .args([
                "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey",
            ])
            .arg(&key_file)
            .arg("-sigfile")
            .arg(&signature_file)
            .arg("-in")
            .arg(file("body", body.as_bytes()))
            .output()
            .expect("openssl is installed")
            .status
            .success()
    };
    assert!(verify(&checkpoint.body()));
    assert!(!verify(&checkpoint.body().replace("42", "43")));
}

#[test]
fn what_was_signed_comes_back_in_the_form_of_the_specification() {
    let key = key();
    let checkpoint = checkpoint();
    let root = Base64::encode_string(&leaf_hash(b"a").0);
    assert_eq!(checkpoint.body(), format!("{NAME}\n42\n{root}\n"));
    let note = checkpoint.sign(NAME, &key).unwrap();
    assert!(note.starts_with(&format!("{}\n— {NAME} ", checkpoint.body())));
    assert_eq!(
        Checkpoint::verify(&note, NAME, key.public_key()),
        Ok(checkpoint)
    );
}

#[test]
fn a_checkpoint_with_any_byte_changed_is_refused() {
    let key = key();
    let note = checkpoint().sign(NAME, &key).unwrap();
    let mut refused = 0;
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            // What is not UTF-8 never gets as far.
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(
                Checkpoint::verify(&changed, NAME, key.public_key()).is_err(),
                "bit {bit} of byte {at}"
            );
            refused += 1;
        }
        let cut = note.get(..at).unwrap_or_default();
        assert!(Checkpoint::verify(cut, NAME, key.public_key()).is_err());
    }
    assert!(refused > 7 * note.len() - 50, "{refused}");
}

#[test]
fn another_name_and_another_key_are_refused() {
    let (key, other) = (key(), key());
    let note = checkpoint().sign(NAME, &key).unwrap();
    let verify = |name, key: &SoftwareKey| Checkpoint::verify(&note, name, key.public_key());
    let not_signed = Err(CheckpointError::Note(NoteError::NotSigned));
    assert_eq!(verify("ca.sandbox.example/other", &key), not_signed);
    assert_eq!(verify(NAME, &other), not_signed);
}

#[test]
fn a_witness_may_sign_beside_the_log() {
    let (key, witness) = (key(), key());
    let mut note = checkpoint().sign(NAME, &key).unwrap();
    let witnessed = checkpoint()
        .sign("witness.example", &witness)
        .unwrap();
    note.push_str(witnessed.lines().last().unwrap());
    note.push('\n');
    for (name, key) in [(NAME, &key), ("witness.example", &witness)] {
        assert_eq!(
            Checkpoint::verify(&note, name, key.public_key()),
            Ok(checkpoint())
        );
    }
}

#[test]
fn a_second_line_by_the_log_must_verify_too() {
    let key = key();
    let note = checkpoint().sign(NAME, &key).unwrap();
    let mut other = checkpoint();
    other.size += 1;
    let other = other.sign(NAME, &key).unwrap();
    for (first, second, verdict) in [
        (&note, &note, Ok(checkpoint())),
        (
            &note,
            &other,
            Err(CheckpointError::Note(NoteError::SignatureInvalid)),
        ),
    ] {
        let both = format!("{first}{}\n", second.lines().last().unwrap());
        assert_eq!(Checkpoint::verify(&both, NAME, key.public_key()), verdict);
    }
}

#[test]
fn only_an_ed25519_key_with_a_proper_name_signs() {
    let p256 = SoftwareKey::generate(KeyKind::P256).unwrap();
    assert_eq!(
        checkpoint().sign(NAME, &p256),
        Err(CheckpointError::Note(NoteError::KeyKind))
    );
    for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b"] {
        assert_eq!(
            checkpoint().sign(name, &key()),
            Err(CheckpointError::Note(NoteError::KeyName)),
            "{name:?}"
        );
    }
    for origin in ["", "a\nb", "a\rb"] {
        let mut checkpoint = checkpoint();
        checkpoint.origin = origin.to_owned();
        assert_eq!(
            checkpoint.sign(NAME, &key()),
            Err(CheckpointError::Origin),
            "{origin:?}"
        );
    }
}

#[test]
fn a_signed_text_that_is_written_otherwise_is_no_checkpoint() {
    let root = Base64::encode_string(&leaf_hash(b"a").0);
    let short = Base64::encode_string(&[0; 31]);
    let key = key();
    for body in [
        format!("a\n042\n{root}\n"),
        format!("a\n+42\n{root}\n"),
        format!("a\n18446744073709551616\n{root}\n"),
        format!("a\n\n{root}\n"),
        format!("\n42\n{root}\n"),
        format!("a\n42\n{short}\n"),
        format!("a\n42\n{}\n", root.trim_end_matches('=')),
        format!("a\n42\n{root}\n\nb\n"),
        "a\n42\n".to_owned(),
    ] {
        let note = sign_text(&body, &key);
        assert_eq!(
            Checkpoint::verify(&note, NAME, key.public_key()),
            Err(CheckpointError::Malformed),
            "{body:?}"
        );
    }
    let extended = sign_text(&format!("a\n42\n{root}\nan extension\n"), &key);
    let read = Checkpoint::verify(&extended, NAME, key.public_key()).unwrap();
    assert_eq!((read.size, read.root), (42, leaf_hash(b"a")));
}

#[test]
fn a_note_is_bounded() {
    let key = key();
    let note = checkpoint().sign(NAME, &key).unwrap();
    let line = note.lines().last().unwrap();
    let malformed = Err(CheckpointError::Note(NoteError::Malformed));
    let many = format!("{note}{}", format!("{line}\n").repeat(64));
    assert_eq!(Checkpoint::verify(&many, NAME, key.public_key()), malformed);
    let long = format!("{}{note}", "a".repeat(70_000));
    assert_eq!(Checkpoint::verify(&long, NAME, key.public_key()), malformed);
}

#[test]
fn a_commitment_depends_on_salt_and_entry_and_is_the_documented_hash() {
    let salt = Salt::from_bytes([7; 32]);
    let other = Salt::random(&SystemRandom);
    let expected = [
        b"shirushi ledger commitment v1\0".as_slice(),
        &[7; 32],
        b"entry",
    ]
    .concat();
    assert_eq!(
        commitment(&salt, b"entry"),
        shirushi_crypto::sha256(&expected)
    );
    assert_ne!(commitment(&salt, b"entry"), commitment(&salt, b"entrz"));
    assert_ne!(commitment(&salt, b"entry"), commitment(&other, b"entry"));
    assert_ne!(other, Salt::random(&SystemRandom));
    assert_eq!(other.expose().len(), 32);
    assert!(!format!("{salt:?}").contains("07"), "{salt:?}");
    assert!(!format!("{salt:?}").contains("7, 7"), "{salt:?}");
}

fn key() -> SoftwareKey {
    SoftwareKey::generate(KeyKind::Ed25519).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: NAME.to_owned(),
        size: 42,
        root: leaf_hash(b"a"),
    }
}

/// Signs any text as a note, with the key id computed here from the specification.
fn sign_text(text: &str, key: &SoftwareKey) -> String {
    let public = key.public_key();
    let named = [NAME.as_bytes(), b"\n\x01", public.key_bits()].concat();
    let mut line = shirushi_crypto::sha256(&named)[..4].to_vec();
    line.extend(key.sign(text.as_bytes()).unwrap());
    format!("{text}\n— {NAME} {}\n", Base64::encode_string(&line))
}

#[test]
fn a_hash_is_shown_in_hexadecimal() {
    assert_eq!(format!("{:?}", Hash([0xab; 32])), "ab".repeat(32));
}
