//! What the role CA makes, judged by OpenSSL, and what its folder outlives.

use crate::kit::{City, DAY, DAYS, peer};
use shirushi_clock::Clock as _;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::RevocationReason;
use shirushi_roles::{
    IdentityFolder, Role, RoleAuthority, RoleError, Standing, Which, requested_key,
};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

const VERIFY: &str = "verify -x509_strict -crl_check -CAfile ca/ca.pem -CRLfile ca/crl.pem";

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn openssl_takes_every_identity_for_both_ends_and_its_names_are_the_roles() {
    let city = City::new();
    for (role, kind) in [
        (Role::Register, KeyKind::P256),
        (Role::Counter, KeyKind::P384),
        (Role::Desk, KeyKind::Ed25519),
    ] {
        let name = format!("{role}-1");
        let folder = city.issue_with(kind, role, &name);
        for purpose in ["sslserver", "sslclient"] {
            let dns = format!("-verify_hostname {role}.roles.shirushi.internal");
            city.openssl_does(&format!(
                "{VERIFY} -purpose {purpose} {dns} {name}/identity.pem"
            ));
        }
        let other = "-verify_hostname portal.roles.shirushi.internal";
        assert!(
            !city
                .openssl(&format!("{VERIFY} {other} {name}/identity.pem"))
                .0
        );
        let text = city.openssl_does(&format!("x509 -in {name}/identity.pem -noout -text"));
        for part in [
            format!("URI:spiffe://roles.shirushi.internal/{role}/{name}"),
            format!("Subject: O = Shirushi roles, OU = {role}, CN = {name}"),
            "TLS Web Server Authentication, TLS Web Client Authentication".to_owned(),
        ] {
            assert!(text.contains(&part), "no {part} in {text}");
        }
        assert_eq!(mode(&folder.join("identity.key")), 0o600);
    }
    assert_eq!(mode(&city.path("ca/ca.key")), 0o600);
    assert_eq!(mode(&city.path("ca")), 0o700);
    let text = city.openssl_does("x509 -in ca/ca.pem -noout -text");
    for part in [
        "CA:TRUE, pathlen:0",
        "Permitted:\n                  DNS:roles.shirushi.internal",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn the_longest_subject_fits_where_a_database_cuts_it() {
    let city = City::new();
    let name = "a".repeat(24);
    city.issue(Role::Authority, &name);
    let subject = city.openssl_does(&format!(
        "x509 -in {name}/identity.pem -noout -subject -nameopt compat"
    ));
    let (_, line) = subject
        .trim_end()
        .split_once("subject=")
        .unwrap();
    assert!(line.is_ascii() && line.len() <= 63, "{line}");
}

#[test]
fn a_revocation_is_in_the_list_before_it_is_acknowledged_and_openssl_sees_it() {
    let city = City::new();
    for name in ["counter-1", "counter-2"] {
        city.issue(Role::Counter, name);
    }
    city.revoke("counter-1", &["counter-2"]);
    let (is_good, text) = city.openssl(&format!("{VERIFY} counter-1/identity.pem"));
    assert!(!is_good && text.contains("certificate revoked"), "{text}");
    city.openssl_does(&format!("{VERIFY} counter-2/identity.pem"));
    let list = city.openssl_does("crl -in counter-2/crl.pem -noout -text -CAfile ca/ca.pem");
    for part in ["verify OK", "Key Compromise", "Version 2"] {
        assert!(list.contains(part), "no {part} in {list}");
    }
    // Nothing of it is alive any more.
    let which = Which::Of("counter-1".parse().unwrap());
    let again = city
        .authority()
        .revoke(&which, RevocationReason::Unspecified, city.clock.now());
    assert!(matches!(again, Err(RoleError::Unknown { .. })));
}

#[test]
fn issued_renewed_and_revoked_ones_are_numbered_and_stay_on_record() {
    let city = City::new();
    city.issue(Role::Counter, "counter-1");
    city.renew("counter-1");
    city.issue(Role::Portal, "portal-1");
    let now = city.clock.now();
    let mut authority = city.authority();
    let service = "counter-1".parse().unwrap();
    let kept = authority
        .renew(&service, None, DAYS, now, &SystemRandom)
        .unwrap();
    assert_eq!(
        kept.certificate.public_key(),
        authority.issued()[1]
            .certificate
            .public_key()
    );
    authority
        .revoke(&Which::Numbered(1), RevocationReason::Superseded, now)
        .unwrap();
    drop(authority);
    let authority = city.authority();
    let later = now.plus_seconds((i64::from(DAYS) + 1) * DAY);
    let standings: Vec<_> = authority
        .issued()
        .iter()
        .map(|issued| (issued.number, issued.standing(now), issued.standing(later)))
        .collect();
    use Standing::{Alive, Expired, Revoked};
    assert_eq!(
        standings,
        [
            (1, Revoked, Revoked),
            (2, Alive, Expired),
            (3, Alive, Expired),
            (4, Alive, Expired)
        ]
    );
    let serials: std::collections::HashSet<_> = authority
        .issued()
        .iter()
        .map(|issued| *issued.certificate.serial())
        .collect();
    assert_eq!(serials.len(), 4);
}

#[test]
fn a_name_is_one_services_alone_and_a_certificate_ends_with_the_role_ca() {
    let city = City::new();
    city.issue(Role::Counter, "one");
    let now = city.clock.now();
    let mut authority = city.authority();
    let key = SoftwareKey::generate(KeyKind::P256).unwrap();
    let mut issue = |name: &str, days, now| {
        authority.issue(
            &peer(Role::Portal, name),
            key.public_key(),
            days,
            now,
            &SystemRandom,
        )
    };
    assert!(matches!(
        issue("one", DAYS, now),
        Err(RoleError::Taken { .. })
    ));
    let late = now.plus_seconds((20 * 365 - i64::from(DAYS) + 1) * DAY);
    let refused = issue("two", DAYS, late);
    assert!(matches!(refused, Err(RoleError::OutlivesAuthority { .. })));
    issue("two", DAYS - 2, late).unwrap();
    let rsa = SoftwareKey::generate(KeyKind::Rsa2048).unwrap();
    let refused = authority.issue(
        &peer(Role::Portal, "three"),
        rsa.public_key(),
        DAYS,
        now,
        &SystemRandom,
    );
    assert!(matches!(refused, Err(RoleError::KeyKind)));
}

#[test]
fn a_key_stays_on_its_machine_with_a_request() {
    let city = City::new();
    let folder = city.path("counter-1");
    fs::create_dir(&folder).unwrap();
    city.openssl_does(
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out counter-1/identity.key",
    );
    city.openssl_does("req -new -key counter-1/identity.key -subj /CN=anything -out request.pem");
    let key = requested_key(&city.path("request.pem")).unwrap();
    let mut authority = city.authority();
    let to = IdentityFolder::beside_its_key(&folder).unwrap();
    let (counter, now) = (peer(Role::Counter, "counter-1"), city.clock.now());
    let issued = authority
        .issue(&counter, &key, DAYS, now, &SystemRandom)
        .unwrap();
    let before = fs::read(folder.join("identity.key")).unwrap();
    to.take(&authority.handed(&issued, None).unwrap())
        .unwrap();
    assert_eq!(fs::read(folder.join("identity.key")).unwrap(), before);
    assert_eq!(city.open("counter-1").own(), counter);
    // One whose content is another than what was signed, and what is none.
    let der = city.path("request.der");
    city.openssl_does("req -in request.pem -outform DER -out request.der");
    let mut bytes = fs::read(&der).unwrap();
    let place = bytes
        .windows(8)
        .position(|w| w == b"anything")
        .unwrap();
    bytes[place] ^= 1;
    fs::write(&der, bytes).unwrap();
    city.openssl_does("req -inform DER -in request.der -out forged.pem");
    for name in ["forged.pem", "ca/ca.pem"] {
        let refused = requested_key(&city.path(name)).unwrap_err();
        assert!(matches!(refused, RoleError::NoRequest { .. }), "{refused}");
        assert!(refused.to_string().contains(name));
    }
}

#[test]
fn a_cut_between_record_and_list_loses_no_revocation() {
    let city = City::new();
    city.issue(Role::Counter, "counter-1");
    let before = fs::read(city.path("ca/crl.pem")).unwrap();
    city.revoke("counter-1", &[]);
    for lost in [Some(&before[..]), Some(b"half a lis"), None] {
        match lost {
            Some(bytes) => fs::write(city.path("ca/crl.pem"), bytes).unwrap(),
            None => fs::remove_file(city.path("ca/crl.pem")).unwrap(),
        }
        drop(city.authority());
        let (_, text) = city.openssl(&format!("{VERIFY} counter-1/identity.pem"));
        assert!(text.contains("certificate revoked"), "{text}");
    }
}

#[test]
fn damage_of_the_role_ca_is_told_by_file_and_nothing_begins_anew() {
    let city = City::new();
    city.issue(Role::Counter, "counter-1");
    let records = fs::read(city.path("ca/identities.json")).unwrap();
    city.revoke("counter-1", &[]);
    let open = || RoleAuthority::open(&city.path("ca"), city.clock.now());
    let found = || RoleAuthority::found(&city.path("ca"), city.clock.now(), &SystemRandom);
    // A record from before: the list knows of a revocation that it has not.
    let newest = fs::read(city.path("ca/identities.json")).unwrap();
    for (name, bytes) in [
        ("identities.json", &records[..]),
        ("identities.json", b"{"),
        ("ca.key", b"none"),
        ("ca.pem", b"none"),
    ] {
        let path = city.path("ca").join(name);
        let right = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let Err(RoleError::Damaged { path: told }) = open() else {
            panic!("{name} was taken");
        };
        assert_eq!(told, path);
        assert!(matches!(found(), Err(RoleError::Occupied { .. })));
        fs::write(&path, right).unwrap();
    }
    assert_eq!(fs::read(city.path("ca/identities.json")).unwrap(), newest);
    fs::remove_file(city.path("ca/identities.json")).unwrap();
    assert!(matches!(open(), Err(RoleError::Damaged { .. })));
    let nowhere = RoleAuthority::open(&city.path("nowhere"), city.clock.now());
    assert!(matches!(nowhere, Err(RoleError::NoAuthority { .. })));
}

#[test]
fn an_identity_is_written_over_no_other() {
    let city = City::new();
    city.issue(Role::Counter, "counter-1");
    let folder = city.path("counter-1");
    let fresh = IdentityFolder::fresh(&folder).unwrap_err();
    assert!(matches!(fresh, RoleError::HasIdentity { .. }));
    let other = IdentityFolder::of(&folder, &"counter-2".parse().unwrap()).unwrap_err();
    assert!(matches!(other, RoleError::OtherIdentity { .. }));
    let elsewhere = City::new();
    let stranger = IdentityFolder::trusting(&folder, elsewhere.authority().certificate());
    assert!(matches!(stranger, Err(RoleError::NoIdentity { .. })));
}
