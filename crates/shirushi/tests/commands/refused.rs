//! A role that lives and whose certificate does not do:
//!
//! * another role's: at the door by the log of whoever stands there, and at an address where another role is by the readiness of whoever asks;
//! * put into its folder while it runs: it stays who it was, and says so;
//! * one that has expired, and one that was revoked: refused at every door it comes to, by name in the log there, and in its own readiness;
//! * renewed it comes in, and nobody is started again.

use crate::{
    http,
    six::{PATIENCE, Six},
};
use std::{fs, time::Instant};

const AT_WORK: [&str; 4] = ["register", "authority", "responder", "counter"];
/// What a service shows.
const FILES: [&str; 2] = ["identity.key", "identity.pem"];

impl Six {
    /// Waits until this check of the role's status says all of these words.
    fn until_said(&self, role: &str, check: &str, words: &[&str]) {
        let begun = Instant::now();
        loop {
            let status = http::get(&self.base(role), &format!("/{role}/status")).json();
            let seen = status["checks"]
                .as_array()
                .unwrap()
                .iter()
                .find(|found| found["name"] == check)
                .unwrap_or_else(|| panic!("{role} has no check {check}: {status}"));
            let text = seen["seen"].as_str().unwrap();
            if seen["ok"] == false
                && words
                    .iter()
                    .all(|word| text.contains(word))
            {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{role}, {check}: {words:?} in {text:?}?\n{}",
                self.log(role)
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// The log of this role has a line with all of these words.
    fn assert_logged(&self, role: &str, words: &[&str]) {
        let log = self.log(role);
        assert!(
            log.lines().any(|line| words
                .iter()
                .all(|word| line.contains(word))),
            "{role}: no line with {words:?} in {log}"
        );
    }

    /// Key and certificate of one folder into another. An older list would not be taken.
    fn lay(&self, from: &str, to: &str) {
        for name in FILES {
            fs::copy(
                self.place
                    .path(&format!("{from}/{name}")),
                self.place.path(&format!("{to}/{name}")),
            )
            .unwrap();
        }
    }
}

#[test]
fn a_live_role_is_refused_by_name_and_renewed_comes_in_without_a_restart() {
    let days = |role: &str| if role == "counter" { 1 } else { 365 };
    let mut six = Six::with_a_clock(days);
    for role in AT_WORK {
        six.start(role);
    }
    for role in AT_WORK {
        six.until_well(role);
    }

    // Another role's: at the register's door, and where the portal takes the responder for the authority.
    let asked = six.told(&["register", "show"], "register", "portal.id");
    assert_ne!(asked.code, 0, "{asked:?}");
    assert!(
        asked
            .err
            .contains("refuses the certificate"),
        "{asked:?}"
    );
    six.assert_logged(
        "register",
        &["counter / desk", "portal portal-1", "another role's"],
    );
    let (right, wrong) = (six.door("authority"), six.door("responder"));
    let astray = six
        .config("portal")
        .replace(&right, &wrong);
    fs::write(six.place.path("portal.toml"), astray).unwrap();
    six.start("portal");
    six.until_said(
        "portal",
        "peer-authority",
        &[
            "portal portal-1",
            "that of responder responder-1",
            "another role's",
        ],
    );
    six.assert_logged("portal", &["responder responder-1", "another role's"]);

    // Another's identity in its folder: it stays who it is.
    fs::create_dir(six.place.path("kept.id")).unwrap();
    six.lay("counter.id", "kept.id");
    six.lay("portal.id", "counter.id");
    six.until_said(
        "counter",
        "identity",
        &["counter counter-1 stays as it was", "portal portal-1"],
    );
    six.lay("kept.id", "counter.id");
    six.until_well("counter");

    // Expired.
    fs::write(six.place.path("clock"), "+2d\n").unwrap();
    six.until_said("counter", "identity", &["counter counter-1 ended at"]);
    for door in ["register", "authority"] {
        six.until_said(
            "counter",
            &format!("peer-{door}"),
            &[
                "counter counter-1",
                "refuses the certificate",
                "not valid at this time",
            ],
        );
        six.assert_logged(door, &["counter counter-1", "it has expired"]);
        six.assert_logged("counter", &[door, "counter counter-1", "not valid"]);
    }
    six.until_said(
        "authority",
        "peer-counter",
        &["counter counter-1", "it has expired"],
    );
    six.done(&[
        "role",
        "renew",
        "counter-1",
        "--dir",
        "roles",
        "--out",
        "counter.id",
    ]);
    six.until_well("counter");
    six.until_well("authority");

    // Revoked.
    let doors = ["register", "authority"];
    six.done(&[
        "role",
        "revoke",
        "counter-1",
        "--dir",
        "roles",
        "--out",
        "register.id",
        "--out",
        "authority.id",
    ]);
    for door in doors {
        six.until_said(
            "counter",
            &format!("peer-{door}"),
            &[
                "counter counter-1",
                "refuses the certificate",
                "it is revoked",
            ],
        );
        six.assert_logged(door, &["counter counter-1", "it is revoked"]);
        six.assert_logged("counter", &[door, "counter counter-1", "it is revoked"]);
    }
    six.until_said(
        "authority",
        "peer-counter",
        &["counter counter-1", "it is revoked"],
    );
    six.done(&[
        "role",
        "renew",
        "counter-1",
        "--dir",
        "roles",
        "--out",
        "counter.id",
    ]);
    six.until_well("counter");
    six.until_well("authority");
    six.end();
}
