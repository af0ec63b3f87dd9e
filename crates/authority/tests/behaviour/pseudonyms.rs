//! By what relying parties know a holder again:
//!
//! * the same for all authentication certificates of one person, over renewals, lives and ends;
//! * another for each person, and for each relying party; nothing of the resident code in it;
//! * of no signature certificate, and of nothing that this authority has not issued.

use crate::{
    bench::Bench,
    people::{application, code, renewal},
};
use shirushi_profile::{
    CertificateKind::{Authentication, Signature},
    SerialNumber,
};
use shirushi_wire::{Application, IssuedCertificate};

async fn issued(bench: &Bench, application: &Application) -> (SerialNumber, SerialNumber) {
    let issued = bench.issue(application).await.unwrap();
    let serial = |kind| {
        let of_kind = |certificate: &&IssuedCertificate| certificate.kind == kind;
        issued
            .iter()
            .find(of_kind)
            .unwrap()
            .serial
    };
    (serial(Authentication), serial(Signature))
}

#[tokio::test]
async fn a_holder_is_the_same_over_renewals_and_to_one_relying_party_only() {
    let bench = Bench::new().await;
    let (first, signature) = issued(&bench, &application(1)).await;
    let (renewed, _) = issued(&bench, &renewal(1)).await;
    let (neighbour, _) = issued(&bench, &application(2)).await;
    let unknown = SerialNumber::random(&shirushi_crypto::SystemRandom);
    let asked = [first, renewed, neighbour, signature, unknown];
    let ask = async |relying_party| {
        bench
            .authority
            .holders(relying_party, &asked)
            .await
            .unwrap()
    };
    let portal = ask("portal").await;
    assert_eq!(portal.len(), 3, "{portal:?}");
    assert_eq!(portal[&first], portal[&renewed]);
    assert_ne!(portal[&first], portal[&neighbour]);
    for (serial, holder) in &portal {
        assert_eq!(holder.len(), 32);
        assert!(!holder.contains(code(1).as_str()), "{serial}");
    }
    let other = ask("library").await;
    assert_ne!(other[&first], portal[&first]);
    // Asked again, the same.
    assert_eq!(ask("portal").await, portal);
}
