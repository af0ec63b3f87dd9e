//! The keys are made once, are whole or not there, and belong to the address in the certificates.

use crate::{
    bench::{BASE, hold},
    people::start,
};
use shirushi_authority::{Ceremony, CeremonyError};
use shirushi_crypto::SystemRandom;
use shirushi_profile::CertificateKind;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

fn open(folder: &Path) -> Result<Ceremony, CeremonyError> {
    Ceremony::open_or_hold(folder, BASE, start(), &SystemRandom)
}

#[test]
fn a_ceremony_is_held_once() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    // A draft that was not finished is no ceremony.
    fs::create_dir(folder.path().join("keys.draft")).unwrap();
    fs::write(
        folder
            .path()
            .join("keys.draft/sign-ca.key"),
        b"half",
    )
    .unwrap();
    let first = hold(&keys);
    assert!(
        !folder
            .path()
            .join("keys.draft")
            .exists()
    );
    let second = hold(&keys);
    for kind in CertificateKind::ALL {
        let [first, second] = [&first, &second].map(|held| held.ceremony.certificate(kind));
        assert_eq!(first.der(), second.der());
    }
    assert_eq!(first.log_key, second.log_key);
    let mode = |path: &Path| {
        fs::metadata(path)
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&keys), 0o700);
    for file in fs::read_dir(&keys).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn keys_for_another_address_are_refused_with_both_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    hold(&keys);
    let other = "http://127.0.0.1:8100";
    let refused = Ceremony::open_or_hold(&keys, other, start(), &SystemRandom);
    assert!(matches!(
        refused,
        Err(CeremonyError::OtherAddress { held, asked }) if held == BASE && asked == other
    ));
}

#[test]
fn a_damaged_lost_or_exchanged_key_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    hold(&keys);
    let names = [
        "sign-ca.key",
        "sign-ocsp.key",
        "auth-ca.key",
        "auth-ocsp.key",
        "sign-ca.cer",
        "auth-ocsp.cer",
        "log.key",
        "master.key",
    ];
    for name in names {
        let path = keys.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let refused = open(&keys).unwrap_err();
        assert!(
            matches!(&refused, CeremonyError::Damaged { path: p } if *p == path),
            "{name}: {refused}"
        );
        fs::remove_file(&path).unwrap();
        let refused = open(&keys).unwrap_err();
        assert!(matches!(&refused, CeremonyError::File { path: p, .. } if *p == path));
        fs::write(&path, whole).unwrap();
    }
    for (name, other) in [
        ("sign-ca.key", "auth-ca.key"),
        ("auth-ocsp.key", "auth-ca.key"),
    ] {
        let whole = fs::read(keys.join(name)).unwrap();
        fs::copy(keys.join(other), keys.join(name)).unwrap();
        let refused = open(&keys).unwrap_err();
        assert!(matches!(&refused, CeremonyError::Damaged { path } if path.ends_with(name)));
        fs::write(keys.join(name), whole).unwrap();
    }
    open(&keys).unwrap();
}
