//! What the city leaves on the disk and in its log: nothing outside its folder, nothing that others can read, no secret.

use crate::{
    citizen::{AUTHENTICATION_PIN, OFFICER_PASSWORD, Officer, SIGNATURE_PASSWORD},
    place::{ENGLISH, Place, everything_in},
};
use base64ct::{Base64, Base64Unpadded, Encoding as _};
use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// What the tour's people choose (crates/tour).
const TOUR_PASSWORD: &str = "SHIRUSHI2026";
const TOUR_PIN: &str = "2600";

/// A secret, and the only file it may stand in.
struct Hidden {
    what: &'static str,
    secret: String,
    home: Option<&'static str>,
}

#[test]
fn nothing_is_written_elsewhere_nothing_is_readable_by_others_and_no_secret_is_written_at_all() {
    let place = Place::new();
    let up = place.up_with(Some("127.0.0.1:0"), &[], "trace");
    let tour = place.run_with(
        ENGLISH,
        &["tour", "--url", &up.url, "--json"],
        &[("SHIRUSHI_LOG", "trace")],
    );
    assert_eq!(tour.code, 0, "{}", tour.err);
    std::fs::write(place.path("tour.log"), format!("{}{}", tour.err, tour.out)).unwrap();

    let officer = Officer::enrolled(&up.url);
    let cards = place.path("cards");
    std::fs::create_dir(&cards).unwrap();
    let mut citizen = officer.issue(&cards);
    let signature = citizen.sign("001a", &[0x30; 19]);
    assert_eq!(signature.len(), 256);
    let individual_number = citizen.individual_number();
    let first_code = up.announced["officer_enrolment_code"]
        .as_str()
        .unwrap()
        .to_owned();
    up.stop();

    for name in ["home", "tmp"] {
        assert_eq!(everything_in(&place.path(name)), [].into(), "{name}");
    }
    readable_by_the_owner_only(&place.city());

    let token = std::fs::read_to_string(place.city().join("role-token")).unwrap();
    let hidden = |what, secret: &str| Hidden {
        what,
        secret: secret.to_owned(),
        home: None,
    };
    let secrets = [
        hidden("the tour's password", TOUR_PASSWORD),
        hidden("the tour's PIN", TOUR_PIN),
        hidden("the signature password", SIGNATURE_PASSWORD),
        hidden("the authentication PIN", AUTHENTICATION_PIN),
        hidden("the officer's password", OFFICER_PASSWORD),
        hidden("the officer's session", &officer.session),
        hidden("a used enrolment code", &officer.code),
        hidden("the first enrolment code", &first_code),
        hidden("the individual number", &individual_number),
        Hidden {
            what: "the role token",
            secret: token,
            home: Some("role-token"),
        },
    ];
    let mut files: Vec<PathBuf> = everything_in(&place.city())
        .into_iter()
        .map(|path| place.city().join(path))
        .filter(|path| path.is_file())
        .collect();
    files.extend([place.path("up.log"), place.path("tour.log")]);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for Hidden { what, secret, home } in &secrets {
            if home.is_some_and(|home| file == place.city().join(home)) {
                assert!(contains(&bytes, secret), "{what} is not where it must be");
                continue;
            }
            for form in forms(secret) {
                assert!(
                    !contains(&bytes, &form),
                    "{what} as {form:?} in {}",
                    file.display()
                );
            }
        }
        if file.ends_with("up.log") || file.ends_with("tour.log") {
            // It is the log of everything: each of them has the requests in it.
            assert!(contains(&bytes, "TRACE"), "{}", file.display());
        }
    }
}

#[test]
fn secrets_are_found_in_every_form_that_is_looked_for() {
    // In the middle of other bytes, so that base64 begins at each of its three places.
    for shift in 0..3 {
        let mut bytes = vec![b'.'; shift];
        bytes.extend(SIGNATURE_PASSWORD.as_bytes());
        bytes.extend(b"...");
        let encoded = Base64::encode_string(&bytes);
        let found = forms(SIGNATURE_PASSWORD)
            .iter()
            .any(|form| encoded.contains(form));
        assert!(found, "{shift}: {encoded}");
    }
    for text in [
        format!("{{\"pin\":\"{AUTHENTICATION_PIN}\"}}"),
        format!("pin={AUTHENTICATION_PIN} "),
        format!("{:?}", AUTHENTICATION_PIN.as_bytes()),
        hex::encode(AUTHENTICATION_PIN),
    ] {
        let found = forms(AUTHENTICATION_PIN)
            .iter()
            .any(|form| text.contains(form));
        assert!(found, "{text}");
    }
}

fn readable_by_the_owner_only(folder: &Path) {
    let mut all = vec![folder.to_owned()];
    all.extend(
        everything_in(folder)
            .into_iter()
            .map(|path| folder.join(path)),
    );
    assert!(all.len() > 25, "{all:?}");
    for path in all {
        let mode = path
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", path.display());
    }
}

/// The ways in which a secret could get into a file: as it is, as bytes in hexadecimal, decimal or base64. Four digits alone stand in
/// many a number, so a PIN is looked for where it stands for itself.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let decimal: Vec<String> = bytes
        .iter()
        .map(u8::to_string)
        .collect();
    let mut forms = vec![
        hex::encode(bytes),
        hex::encode_upper(bytes),
        decimal.join(", "),
        decimal.join(","),
    ];
    if secret.len() <= 4 {
        forms.extend([format!("\"{secret}\""), format!("={secret} ")]);
        return forms;
    }
    forms.push(secret.to_owned());
    for shift in 0..3 {
        let shifted = [&vec![0; shift], bytes].concat();
        let whole = shifted.len() / 3 * 3;
        let encoded = Base64Unpadded::encode_string(&shifted[..whole]);
        // The first characters have bits of what stands before.
        forms.push(encoded[[0, 2, 3][shift]..].to_owned());
    }
    forms
}

fn contains(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest
        .iter()
        .position(|byte| *byte == text[0])
    {
        if rest[at..].starts_with(text) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}
