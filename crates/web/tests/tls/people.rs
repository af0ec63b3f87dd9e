//! Towards people.

use crate::city::{City, Service};
use shirushi_web::{Deadlines, TlsDoor, TlsFileError};
use std::fs;

/// A certificate that signs itself, for `site.example`, with a key of this kind, as `NAME.pem` and `NAME.key`.
fn site(city: &City, name: &str, key: &str) {
    let made = city.openssl(
        &format!(
            "req -x509 -newkey {key} -nodes -keyout {name}.key -out {name}.pem -subj /CN={name} -days 5 \
             -addext subjectAltName=DNS:site.example"
        ),
        "",
    );
    assert!(
        city.path(&format!("{name}.pem"))
            .exists(),
        "{made}"
    );
}

fn door(city: &City, chain: &str, key: &str) -> Result<TlsDoor, TlsFileError> {
    TlsDoor::towards_people(&city.path(chain), &city.path(key))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_served_with_tls_1_2_and_1_3_on_an_address_that_others_reach() {
    let city = City::new();
    site(&city, "elliptic", "ec -pkeyopt ec_paramgen_curve:P-256");
    site(&city, "rsa", "rsa:2048");
    for name in ["elliptic", "rsa"] {
        let door = door(&city, &format!("{name}.pem"), &format!("{name}.key")).unwrap();
        let mut service = Service::with(door, "0.0.0.0:0", 64, Deadlines::default()).await;
        service
            .address
            .set_ip([127, 0, 0, 1].into());
        for (version, shown) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let options = format!(
                "{version} -alpn h2,http/1.1 -CAfile {name}.pem -verify_hostname site.example"
            );
            let told = city
                .s_client(service.address, "/who", &options)
                .await;
            for part in [
                shown,
                "None of account",
                "Verify return code: 0 (ok)",
                "ALPN protocol: http/1.1",
            ] {
                assert!(told.contains(part), "no {part} in {told}");
            }
            // Nobody is a role there.
            let told = city
                .s_client(service.address, "/counters", version)
                .await;
            assert!(told.contains("\"problem\":\"peer-nothing\""), "{told}");
        }
        let told = city
            .s_client(service.address, "/who", "-tls1_1")
            .await;
        assert!(!told.contains("of account"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_from_the_next_connection_on_and_a_broken_one_never() {
    let city = City::new();
    let key = "ec -pkeyopt ec_paramgen_curve:P-256";
    site(&city, "before", key);
    site(&city, "after", key);
    fs::copy(city.path("before.pem"), city.path("site.pem")).unwrap();
    fs::copy(city.path("before.key"), city.path("site.key")).unwrap();
    let door = door(&city, "site.pem", "site.key").unwrap();
    let service = Service::behind(door.clone()).await;
    let shown = async || {
        let told = city
            .s_client(service.address, "/who", "")
            .await;
        told.lines()
            .find(|line| line.starts_with("subject="))
            .unwrap()
            .to_owned()
    };
    assert!(shown().await.ends_with("before"));
    assert!(door.trouble().is_none());
    fs::copy(city.path("after.pem"), city.path("site.pem")).unwrap();
    assert!(shown().await.ends_with("before"));
    assert!(matches!(
        *door.trouble().unwrap(),
        TlsFileError::Apart { .. }
    ));
    fs::copy(city.path("after.key"), city.path("site.key")).unwrap();
    assert!(shown().await.ends_with("after"));
    assert!(door.trouble().is_none());
    fs::remove_file(city.path("site.pem")).unwrap();
    assert!(shown().await.ends_with("after"));
}

#[test]
fn files_of_no_use_are_named_in_both_languages() {
    let city = City::new();
    site(&city, "site", "ec -pkeyopt ec_paramgen_curve:P-256");
    site(&city, "other", "ec -pkeyopt ec_paramgen_curve:P-256");
    for (chain, key, named) in [
        ("none.pem", "site.key", "none.pem"),
        ("site.pem", "none.key", "none.key"),
        ("site.key", "site.key", "site.key"),
        ("site.pem", "site.pem", "site.pem"),
        ("site.pem", "other.key", "other.key"),
    ] {
        let refused = door(&city, chain, key)
            .unwrap_err()
            .in_both();
        assert!(
            refused.en.contains(named) && refused.ja.contains(named),
            "{refused:?}"
        );
    }
}
