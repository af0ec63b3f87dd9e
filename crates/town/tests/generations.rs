//! A whole city over the roll of its authority's keys, by its clock.
//!
//! * A year ahead it is said where operators, officers and relying parties look, and nothing is called wrong.
//! * After it, a certificate of before and one of after are told right by lists, OCSP and the agency, each by its own generation;
//!   also when one of them is revoked.
//! * Signatures of both are valid by all roots of one file; by the roots of before alone, only the one of before is.
//! * OpenSSL says the same of both.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "desk/city.rs"]
#[allow(dead_code, reason = "shared with the tests of the desk")]
mod city;

use base64ct::{Base64, Encoding as _};
use city::{City, TARO};
use serde_json::{Value, json};
use shirushi_card::{Card, Pin};
use shirushi_client::sign_detached;
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, SystemRandom};
use shirushi_path::{Evidence, Requirements, TrustAnchors};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList,
    ocsp::{CertId, CertificateStatus, ReceivedResponse, build_request},
};
use shirushi_signature::report::{check, claimed_signer};
use shirushi_softcard::SoftCard;
use shirushi_tour::{READY_PASSWORD, make_ready, order_card};
use std::{collections::BTreeSet, fs, path::PathBuf, process::Command, sync::Arc, time::Duration};
use tempfile::TempDir;

const DAY: i64 = 86_400;
const HANAKO: &str = "90000000021";
const CONTENT: &[u8] = "朱肉".as_bytes();

/// A signature with the certificate that made it.
struct Signed {
    cms: Vec<u8>,
    signer: Certificate,
}

/// The city, and where OpenSSL finds its files.
struct Seen {
    city: City,
    folder: TempDir,
}

impl Seen {
    async fn open() -> Self {
        Self {
            city: City::open().await,
            folder: TempDir::new().unwrap(),
        }
    }

    async fn passes(&self, days: i64) {
        let order = json!({ "advance_seconds": days * DAY });
        let (status, answer) = self
            .city
            .json("/sandbox/clock", Some(order))
            .await;
        assert!(status.is_success(), "{answer}");
    }

    async fn now(&self) -> Instant {
        let (_, clock) = self
            .city
            .json("/sandbox/clock", None)
            .await;
        serde_json::from_value(clock["now"].clone()).unwrap()
    }

    async fn keys(&self) -> Value {
        let (_, keys) = self
            .city
            .json("/authority/keys", None)
            .await;
        keys
    }

    async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self
            .city
            .client
            .get(format!("{}{path}", self.city.base))
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    async fn roots(&self) -> Vec<Certificate> {
        let text = String::from_utf8(self.bytes("/ca/all.pem").await).unwrap();
        fs::write(self.file("all.pem"), &text).unwrap();
        text.split("-----BEGIN CERTIFICATE-----\n")
            .skip(1)
            .map(|one| {
                let (body, _) = one.split_once("-----END").unwrap();
                let der = Base64::decode_vec(&body.replace('\n', "")).unwrap();
                Certificate::from_der(&der).unwrap()
            })
            .collect()
    }

    /// The resident gets a card with certificates, and signs with it.
    async fn signs(&self, resident: &str) -> Signed {
        let base = &self.city.base;
        let ordered = order_card(base, resident, "individual-number-card")
            .await
            .unwrap();
        let file = self.file(&format!("{resident}.card"));
        fs::write(&file, &ordered.file).unwrap();
        let mut card = SoftCard::open_file(&file, Arc::new(SystemRandom)).unwrap();
        make_ready(base, resident, &mut card)
            .await
            .unwrap();
        let now = self.now().await;
        let mut card = Card::open(&mut card).unwrap();
        let pin = Pin::signature(READY_PASSWORD).unwrap();
        let cms = sign_detached(&mut card, &pin, CONTENT, now)
            .unwrap()
            .cms;
        let signer = claimed_signer(&cms).unwrap();
        fs::write(self.file(&format!("{resident}.cer")), signer.der()).unwrap();
        Signed { cms, signer }
    }

    async fn list(&self, of: &str) -> CertificateList {
        let der = self
            .bytes(&format!("/crl/{of}/complete.crl"))
            .await;
        CertificateList::from_der(&der).unwrap()
    }

    /// Whether the signature is valid now, by these roots and the newest lists of both generations.
    async fn is_valid(&self, signed: &Signed, roots: &[Certificate], lists: &[&str]) -> bool {
        let mut evidence = Evidence::default();
        for of in lists {
            evidence.crls.push(self.list(of).await);
        }
        let requirements = Requirements::new(CertificateKind::Signature, self.now().await);
        let anchors = TrustAnchors::new(roots.to_vec());
        let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements);
        outcome.is_ok()
    }

    /// What OCSP says, asked under the name of this issuer.
    async fn status(&self, certificate: &Certificate, issuer: &Certificate) -> CertificateStatus {
        let id = CertId::new(issuer, certificate.serial(), DigestAlgorithm::Sha256).unwrap();
        let answer = self
            .city
            .client
            .post(format!("{}/ocsp/sign", self.city.base))
            .header("content-type", "application/ocsp-request")
            .body(build_request(&[id], None).unwrap())
            .send()
            .await
            .unwrap();
        let response = ReceivedResponse::from_der(&answer.bytes().await.unwrap()).unwrap();
        response.statuses()[0].status
    }

    async fn agency_says(&self, certificate: &Certificate) -> Value {
        let order = json!({ "certificate": Base64::encode_string(certificate.der()) });
        let (_, answer) = self
            .city
            .json("/agency/certificate-checks", Some(order))
            .await;
        answer
    }

    /// Which of the residents' certificates stand by OpenSSL, now, with all roots and the lists of both generations, for each
    /// certificate of the path: the complete ones, or the municipality's and those of authorities.
    async fn stand_by_openssl(&self, residents: &[&str]) -> BTreeSet<String> {
        let complete = self.stand_by_lists(residents, &["complete"]);
        let parts = self.stand_by_lists(residents, &["13998", "authorities"]);
        let complete = complete.await;
        assert_eq!(parts.await, complete);
        complete
    }

    async fn stand_by_lists(&self, residents: &[&str], names: &[&str]) -> BTreeSet<String> {
        let mut lists = String::new();
        for of in ["sign", "sign-2"] {
            for name in names {
                lists.push_str("-----BEGIN X509 CRL-----\n");
                let list = self
                    .bytes(&format!("/crl/{of}/{name}.crl"))
                    .await;
                for line in list.chunks(48) {
                    lists.push_str(&Base64::encode_string(line));
                    lists.push('\n');
                }
                lists.push_str("-----END X509 CRL-----\n");
            }
        }
        fs::write(self.file("lists.pem"), lists).unwrap();
        let now = self.now().await.unix().to_string();
        residents
            .iter()
            .filter(|resident| {
                let said = Command::new("openssl")
                    .args(["verify", "-no-CAfile", "-no-CApath", "-CAfile"])
                    .arg(self.file("all.pem"))
                    .args(["-crl_check_all", "-CRLfile"])
                    .arg(self.file("lists.pem"))
                    .args(["-attime", &now])
                    .arg(self.file(&format!("{resident}.cer")))
                    .output()
                    .unwrap();
                said.status.success()
            })
            .map(|resident| (*resident).to_owned())
            .collect()
    }

    /// What OpenSSL's own client is told by OCSP, and verifies.
    async fn openssl_asks(&self, resident: &str, issuer: &str) -> String {
        let url = format!("{}/ocsp/sign", self.city.base);
        let (roots, issuer) = (self.file("all.pem"), self.file(issuer));
        let certificate = self.file(&format!("{resident}.cer"));
        let now = self.now().await.unix().to_string();
        let asked = tokio::task::spawn_blocking(move || {
            Command::new("openssl")
                // It judges the response's own times by the machine's clock, which the city has left four years behind.
                .args(["ocsp", "-validity_period", "200000000"])
                .args(["-url", &url, "-attime", &now, "-CAfile"])
                .arg(roots)
                .arg("-issuer")
                .arg(issuer)
                .arg("-cert")
                .arg(certificate)
                .output()
                .unwrap()
        });
        let said = asked.await.unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        );
        assert!(text.contains("Response verify OK"), "{text}");
        text
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn issuer_of<'r>(roots: &'r [Certificate], certificate: &Certificate) -> &'r Certificate {
    roots
        .iter()
        .find(|root| {
            root.subject_key_identifier() == certificate.authority_key_identifier()
                && root.subject_der() == certificate.issuer_der()
        })
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_lives_over_the_roll_of_its_keys() {
    let seen = Seen::open().await;
    let before = seen.signs(TARO).await;
    let first_roots = seen.roots().await;
    assert_eq!(first_roots.len(), 2);
    assert_eq!(seen.keys().await["warnings"], json!([]));

    // Three years: within a year of the roll.
    seen.passes(3 * 365).await;
    let keys = seen.keys().await;
    let warned: BTreeSet<&str> = keys["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["what"].as_str().unwrap())
        .collect();
    assert_eq!(warned, BTreeSet::from(["next-generation"]), "{keys}");
    assert_eq!(
        keys["warnings"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let (status, report) = seen
        .city
        .json("/authority/status", None)
        .await;
    assert!(status.is_success(), "{report}");
    assert!(
        report
            .to_string()
            .contains("generation 2"),
        "{report}"
    );

    // Four years: it has been.
    seen.passes(365).await;
    let keys = seen.keys().await;
    assert_eq!(keys["warnings"], json!([]));
    assert_eq!(
        keys["generations"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let after = seen.signs(HANAKO).await;
    let roots = seen.roots().await;
    assert_eq!(roots.len(), 4);
    let (old, new) = (
        issuer_of(&roots, &before.signer),
        issuer_of(&roots, &after.signer),
    );
    assert_ne!(old, new);
    assert_eq!(old.subject_der(), new.subject_der());
    for (name, issuer) in [("old.cer", old), ("new.cer", new)] {
        fs::write(seen.file(name), issuer.der()).unwrap();
    }
    let start = seen.city.visitor().await.get("/").await;
    for path in [
        "/ca/sign-1.cer",
        "/ca/sign-2.cer",
        "/ca/auth-1.cer",
        "/ca/auth-2.cer",
        "/crl/sign/complete.crl",
        "/crl/sign-2/complete.crl",
        "/crl/sign/authorities.crl",
        "/crl/sign-2/authorities.crl",
    ] {
        assert!(
            start.contains(&format!("{}{path}", seen.city.base)),
            "{path}"
        );
        seen.bytes(path).await;
    }

    let both = ["sign", "sign-2"];
    for signed in [&before, &after] {
        assert!(
            seen.is_valid(signed, &roots, &both)
                .await
        );
    }
    assert!(
        seen.is_valid(&before, &first_roots, &both)
            .await
    );
    assert!(
        !seen
            .is_valid(&after, &first_roots, &both)
            .await
    );
    // The list of one generation says nothing of the other's certificates.
    assert!(
        !seen
            .is_valid(&before, &roots, &["sign-2"])
            .await
    );
    assert!(
        !seen
            .is_valid(&after, &roots, &["sign"])
            .await
    );
    let good = CertificateStatus::Good;
    assert_eq!(seen.status(&before.signer, old).await, good);
    assert_eq!(seen.status(&after.signer, new).await, good);
    let unknown = CertificateStatus::Unknown;
    assert_eq!(seen.status(&before.signer, new).await, unknown);
    assert_eq!(seen.status(&after.signer, old).await, unknown);
    for signed in [&before, &after] {
        let said = seen.agency_says(&signed.signer).await;
        assert!(said["rule"].is_null(), "{said}");
    }
    let standing = seen
        .stand_by_openssl(&[TARO, HANAKO])
        .await;
    assert_eq!(standing, [TARO, HANAKO].map(str::to_owned).into());
    for (resident, issuer) in [(TARO, "old.cer"), (HANAKO, "new.cer")] {
        let said = seen
            .openssl_asks(resident, issuer)
            .await;
        assert!(said.contains(": good"), "{said}");
    }

    // Who has a certificate of before moves house: it is revoked by its own generation.
    let change = json!({
        "resident": TARO,
        "occurred_on": seen.city.date().await,
        "what": { "kind": "move-within", "data": { "address": "東京都印市朱肉九丁目９番９号" } },
    });
    let (_, told) = seen
        .city
        .json("/sandbox/events", Some(change))
        .await;
    assert_eq!(told["delivered"], true, "{told}");
    let is_revoked = |status| matches!(status, CertificateStatus::Revoked { .. });
    assert!(is_revoked(seen.status(&before.signer, old).await));
    assert_eq!(seen.status(&before.signer, new).await, unknown);
    assert_eq!(seen.status(&after.signer, new).await, good);
    let listed = async {
        for list in ["complete", "13998"] {
            let is_there = async || {
                let list = seen
                    .bytes(&format!("/crl/sign/{list}.crl"))
                    .await;
                let list = CertificateList::from_der(&list).unwrap();
                list.entry(before.signer.serial())
                    .is_some()
            };
            while !is_there().await {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), listed)
        .await
        .unwrap();
    assert!(seen.list("sign-2").await.is_empty());
    assert!(
        !seen
            .is_valid(&before, &roots, &both)
            .await
    );
    assert!(
        seen.is_valid(&after, &roots, &both)
            .await
    );
    let standing = seen
        .stand_by_openssl(&[TARO, HANAKO])
        .await;
    assert_eq!(standing, [HANAKO].map(str::to_owned).into());
    let said = seen.openssl_asks(TARO, "old.cer").await;
    assert!(said.contains(": revoked"), "{said}");
    let said = seen.agency_says(&before.signer).await;
    assert!(
        said.to_string()
            .contains("filing/not-revoked"),
        "{said}"
    );
}
