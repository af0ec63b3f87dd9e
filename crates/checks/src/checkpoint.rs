//! Checkpoints of the log, and the signed notes that they are (`shirushi_ledger`).

use base64ct::{Base64, Encoding as _};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, sha256};
use shirushi_ledger::Checkpoint;
use std::sync::LazyLock;

const NAME: &str = "ca.example/log";

static KEY: LazyLock<SoftwareKey> =
    LazyLock::new(|| SoftwareKey::generate(KeyKind::Ed25519).expect("a key can be made"));

/// Nothing passes that the key has not signed. Of what it has signed, a checkpoint is read the same when it is signed again.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let key = KEY.public_key();
    assert!(Checkpoint::verify(text, NAME, key).is_err());
    let Ok(checkpoint) = Checkpoint::verify(&signed(text), NAME, key) else {
        return;
    };
    let again = checkpoint.sign(NAME, &*KEY);
    let again = again.map(|note| Checkpoint::verify(&note, NAME, key));
    assert_eq!(again, Ok(Ok(checkpoint)));
}

/// `text` as a note: not with the room's own signing, which signs checkpoints alone.
fn signed(text: &str) -> String {
    let key = KEY.public_key();
    let id = sha256(&[NAME.as_bytes(), b"\n\x01", key.key_bits()].concat());
    let signature = KEY
        .sign(text.as_bytes())
        .expect("the key signs");
    let line = Base64::encode_string(&[&id[..4], &signature].concat());
    format!("{text}\n— {NAME} {line}\n")
}
