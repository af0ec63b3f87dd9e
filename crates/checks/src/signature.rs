//! Detached signatures (`shirushi_signature`): CMS SignedData of strangers.

use crate::city;
use shirushi_clock::Instant;
use shirushi_path::{Evidence, Requirements};
use shirushi_profile::{Certificate, CertificateKind, CertificateList};
use shirushi_signature::{
    MAX_CMS_LEN,
    report::{check as report, claimed_signer},
    unwrapped, verify,
};
use std::sync::LazyLock;

const FILING: &[u8] = include_bytes!("../../../fuzz/fixtures/filing.xml");
const SIGNATURE: &[u8] = include_bytes!("../../../fuzz/fixtures/filing.p7s");

/// Who signed the filing.
static SIGNER: LazyLock<Certificate> =
    LazyLock::new(|| claimed_signer(SIGNATURE).expect("the fixture is whole"));

/// A list of the filer's municipality, of the day of the filing.
static LIST: LazyLock<CertificateList> = LazyLock::new(|| {
    CertificateList::from_der(include_bytes!("../../../fuzz/fixtures/sign.crl"))
        .expect("the fixture is whole")
});

/// A report is made of any bytes and can be written; only the filer's own signature passes.
pub fn check(bytes: &[u8]) {
    let claimed = claimed_signer(bytes);
    if let Ok(verified) = verify(bytes, FILING) {
        assert_eq!(claimed.as_ref().ok(), Some(verified.signer()));
        assert!(unwrapped(bytes).len() <= MAX_CMS_LEN);
    }
    let evidence = Evidence {
        crls: vec![LIST.clone()],
        ..Evidence::default()
    };
    // 2026-11-29 14:04 UTC.
    let at = Instant::from_unix(1_795_961_040).expect("the fixture is whole");
    let requirements = Requirements::new(CertificateKind::Signature, at);
    let (written, outcome) = report(bytes, FILING, &city::anchors(), &evidence, &requirements);
    assert!(serde_json::to_vec(&written).is_ok());
    match outcome {
        Ok((verified, _)) => assert_eq!(verified.signer().tbs_der(), SIGNER.tbs_der()),
        Err(refusal) => {
            assert!(!refusal.report().reason.ja.is_empty());
            assert_ne!(bytes, SIGNATURE);
        }
    }
}
