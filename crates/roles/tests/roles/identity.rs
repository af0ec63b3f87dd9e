//! What a service finds at its start, and while it runs.

use crate::kit::{City, DAY, DAYS, replace_in};
use shirushi_roles::{Fault, Identity, IdentityError, Role};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};

/// A city with an identity at `one`, and what is wrong after `harm` was done to a folder like it.
fn harmed(harm: impl FnOnce(&City)) -> IdentityError {
    let city = City::new();
    city.issue(Role::Counter, "one");
    city.issue(Role::Counter, "other");
    assert_eq!(city.open("one").own().role, Role::Counter);
    harm(&city);
    city.try_open("one").unwrap_err()
}

fn assert_told(error: &IdentityError, file: &str, en: &str, ja: &str) {
    let (told, in_japanese) = (error.to_string(), error.in_japanese());
    assert!(error.path.ends_with(file), "{told}");
    assert!(told.contains(file) && told.contains(en), "{told}");
    assert!(
        in_japanese.contains(file) && in_japanese.contains(ja),
        "{in_japanese}"
    );
}

#[test]
fn what_is_missing_or_no_pem_is_named() {
    for file in ["identity.key", "identity.pem", "ca.pem", "crl.pem"] {
        let gone = harmed(|city| fs::remove_file(city.path("one").join(file)).unwrap());
        assert_told(&gone, file, "cannot be read", "を読めません");
        let empty = harmed(|city| fs::write(city.path("one").join(file), "nothing").unwrap());
        assert_told(&empty, file, "does not hold one", "がありません");
        let twice = harmed(|city| {
            let path = city.path("one").join(file);
            let text = fs::read(&path).unwrap();
            fs::write(path, [&text[..], &text].concat()).unwrap();
        });
        assert_told(&twice, file, "does not hold one", "がありません");
    }
}

#[test]
fn a_key_that_others_can_read_or_that_is_anothers_is_refused() {
    for mode in [0o644, 0o660, 0o602] {
        let open = harmed(|city| {
            let key = city.path("one/identity.key");
            fs::set_permissions(key, Permissions::from_mode(mode)).unwrap();
        });
        assert_told(&open, "identity.key", "other accounts", "ほかのアカウント");
    }
    let other = harmed(|city| {
        fs::copy(
            city.path("other/identity.key"),
            city.path("one/identity.key"),
        )
        .unwrap();
    });
    assert_told(
        &other,
        "identity.pem",
        "not the certificate of the key",
        "隣の鍵",
    );
    let rsa = harmed(|city| {
        city.openssl_does("genpkey -algorithm RSA -out one/identity.key");
        city.openssl_does("req -new -key one/identity.key -subj /CN=a -out request.pem");
        fs::write(
            city.path("extensions"),
            "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n\
             subjectAltName=DNS:counter.roles.shirushi.internal,URI:spiffe://roles.shirushi.internal/counter/one\n",
        )
        .unwrap();
        city.openssl_does(
            "x509 -req -in request.pem -CA ca/ca.pem -CAkey ca/ca.key -days 5 -extfile extensions -out one/identity.pem",
        );
    });
    assert_told(
        &rsa,
        "identity.key",
        "a key that cannot be used",
        "使えません",
    );
}

#[test]
fn a_certificate_or_list_of_another_role_ca_is_refused() {
    let elsewhere = City::new();
    elsewhere.issue(Role::Counter, "one");
    for file in ["identity.pem", "crl.pem"] {
        let foreign = harmed(|city| {
            fs::copy(
                elsewhere.path("one").join(file),
                city.path("one").join(file),
            )
            .unwrap();
        });
        assert_told(
            &foreign,
            file,
            "not issued by the role CA",
            "発行したものではありません",
        );
    }
    let no_authority = harmed(|city| {
        fs::copy(city.path("one/identity.pem"), city.path("one/ca.pem")).unwrap();
    });
    assert_told(
        &no_authority,
        "ca.pem",
        "no role CA",
        "役割認証局の証明書ではありません",
    );
}

#[test]
fn what_is_not_in_its_time_or_revoked_is_refused_at_the_start() {
    let expired = harmed(|city| {
        city.clock
            .advance((i64::from(DAYS) + 1) * DAY);
    });
    assert_told(&expired, "identity.pem", "renew it", "更新");
    let overdue = harmed(|city| {
        city.clock.advance(400 * DAY);
        // Its list is the old one.
        let old = fs::read(city.path("one/crl.pem")).unwrap();
        city.renew("one");
        fs::write(city.path("one/crl.pem"), old).unwrap();
    });
    assert_told(&overdue, "crl.pem", "renew it", "更新");
    let revoked = harmed(|city| city.revoke("one", &["one"]));
    assert!(matches!(revoked.fault, Fault::Revoked));
    assert_told(&revoked, "identity.pem", "revoked", "失効");
}

#[test]
fn what_cannot_be_used_later_leaves_the_one_before_and_is_told() {
    let city = City::new();
    let identity = city.identity(Role::Counter, "one");
    city.issue(Role::Counter, "other");
    let trouble = |identity: &Identity| {
        let trouble = identity.health().trouble;
        trouble.map(|error| error.to_string())
    };
    assert_eq!(trouble(&identity), None);
    let list = city.path("one/crl.pem");
    let right = fs::read(&list).unwrap();
    fs::write(&list, "half").unwrap();
    assert!(
        trouble(&identity)
            .unwrap()
            .contains("crl.pem")
    );
    assert_eq!(identity.own().name.as_str(), "one");
    fs::write(&list, right).unwrap();
    assert_eq!(trouble(&identity), None);
    // Key first, certificate then: in between, they do not belong together.
    for (file, expected) in [
        ("identity.key", "the key beside it"),
        ("identity.pem", "another service"),
    ] {
        fs::copy(city.path("other").join(file), city.path("one").join(file)).unwrap();
        assert!(
            trouble(&identity)
                .unwrap()
                .contains(expected)
        );
        assert_eq!(identity.own().name.as_str(), "one");
    }
}

#[test]
fn a_list_from_before_brings_nobody_back() {
    let city = City::new();
    let identity = city.identity(Role::Counter, "one");
    city.issue(Role::Counter, "other");
    let before = fs::read(city.path("one/crl.pem")).unwrap();
    city.revoke("other", &["one"]);
    let until = identity.health().list_until;
    fs::write(city.path("one/crl.pem"), before).unwrap();
    let health = identity.health();
    let trouble = health.trouble.unwrap();
    assert_told(
        &trouble,
        "crl.pem",
        "older than the list in use",
        "使用中の失効リストより古い",
    );
    assert_eq!(health.list_until, until);
}

#[test]
fn a_text_that_only_looks_like_a_key_is_none() {
    let broken = harmed(|city| {
        replace_in(&city.path("one/identity.key"), "M", "N");
    });
    assert!(broken.path.ends_with("identity.key"));
}
