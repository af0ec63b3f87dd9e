//! The closed table of what differs from the real service's certificates, and why (DESIGN.md §5).
//!
//! What is not in this table is as in the real service, as far as it is known (`facts/profile-and-rules.md` A.2–A.6).

/// One difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The field of the certificate or list.
    pub field: &'static str,
    /// What the real service has there.
    pub real: &'static str,
    /// What the sandbox has there.
    pub ours: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All differences.
pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        field: "issuer and subject organizationName",
        real: "JPKI (test cards: JPKI-TEST)",
        ours: "JPKI-SANDBOX",
        reason: "nobody may take the sandbox for the real service; its names are refused even by configuration",
    },
    Deviation {
        field: "issuer and subject second organizationalUnitName",
        real: "Japan Agency for Local Authority Information Systems",
        ours: "Shirushi Sandbox, not the real JPKI",
        reason: "as above",
    },
    Deviation {
        field: "issuerAltName, and subjectAltName of authorities",
        real: "C=JP, O=公的個人認証サービス, OU=公的個人認証サービス署名用 (利用者証明用), OU=地方公共団体情報システム機構",
        ours: "C=JP, O=印（実験環境）, OU=印（実験環境）署名用 (利用者証明用), OU=本物の公的個人認証サービスではない",
        reason: "as above",
    },
    Deviation {
        field: "serialNumber",
        real: "counted upwards, at most 4 bytes so far",
        ours: "16 bytes, 126 bits of them random",
        reason: "a serial number must not be guessed, nor tell how many were issued",
    },
    Deviation {
        field: "subject commonName",
        real: "a shape of which time and municipality are understood, the rest is not",
        ours: "the same shape, the unexplained middle taken from a digest of serial number and time",
        reason: "its making is not public",
    },
    Deviation {
        field: "certificatePolicies policyIdentifier",
        real: "1.2.392.200149.8.5.1.1.20 and .3.30 (test cards: .0.20 and .0.30)",
        ours: "1.2.392.200149.8.5.1.0.20 and .0.30",
        reason: "relying parties meet the identifiers of the test cards and never those of production",
    },
    Deviation {
        field: "certificatePolicies cPSuri",
        real: "http://www.jpki.go.jp/cps.html",
        ours: "{base}/cps.html",
        reason: "the practice statement is another's",
    },
    Deviation {
        field: "authorityInfoAccess of the signature certificate",
        real: "absent, as far as is known",
        ours: "id-ad-ocsp {base}/ocsp/sign and id-ad-caIssuers {base}/ca/sign-{generation}.cer",
        reason: "verifiers of the real service are told the address by contract; ours have no contract",
    },
    Deviation {
        field: "authorityInfoAccess of the authentication certificate",
        real: "id-ad-ocsp http://ocspauthnorm.jpki.go.jp",
        ours: "id-ad-ocsp {base}/ocsp/auth",
        reason: "the responder is another's",
    },
    Deviation {
        field: "cRLDistributionPoints of a card's certificates",
        real: "the directory name of the municipality's point",
        ours: "the same directory name under our organizationName, and {base}/crl/sign|auth/{municipality}.crl beside it (from the second generation on {base}/crl/sign|auth-{generation}/{municipality}.crl)",
        reason: "foreign tools fetch lists by HTTP; the real directory is open to contracted verifiers only",
    },
    Deviation {
        field: "order of the signature certificate's extensions",
        real: "not known: two sources disagree",
        ours: "keyUsage, subjectAltName, certificatePolicies, issuerAltName, cRLDistributionPoints, authorityInfoAccess, authorityKeyIdentifier, subjectKeyIdentifier",
        reason: "one of the two, with authorityInfoAccess where the authentication certificate has it",
    },
    Deviation {
        field: "revocation lists",
        real: "fields not public",
        ours: "authorityKeyIdentifier, cRLNumber, critical issuingDistributionPoint with the certificates' point names; a complete list and one of authorities alone (onlyContainsCACerts) beside the municipalities'",
        reason: "RFC 5280 §5 and what foreign tools can use",
    },
    Deviation {
        field: "responder's certificate and OCSP responses",
        real: "profile not public",
        ours: "delegated, id-kp-OCSPSigning, id-pkix-ocsp-nocheck, responder by key, nonce returned",
        reason: "RFC 6960 and RFC 9654",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CertificateKind, names};

    fn ours(field: &str) -> &'static str {
        let mut rows = DEVIATIONS
            .iter()
            .filter(|d| d.field == field);
        let row = rows.next().unwrap();
        assert_eq!(rows.next(), None, "{field} stands there twice");
        row.ours
    }

    #[test]
    fn the_table_says_what_the_builder_writes() {
        assert_eq!(
            ours("issuer and subject organizationName"),
            names::ORGANIZATION
        );
        assert_eq!(
            ours("issuer and subject second organizationalUnitName"),
            names::UNIT
        );
        let policy = ours("certificatePolicies policyIdentifier");
        let [signature, authentication] = CertificateKind::ALL.map(|k| k.policy().to_string());
        let tail = authentication.strip_prefix("1.2.392.200149.8.5.1");
        assert_eq!(policy, format!("{signature} and {}", tail.unwrap()));
        let japanese = names::authority_in_japanese(CertificateKind::Signature);
        for attribute in names::attributes(&japanese).unwrap() {
            let row = ours("issuerAltName, and subjectAltName of authorities");
            assert!(row.contains(&attribute.text), "{}", attribute.text);
        }
    }

    #[test]
    fn every_difference_is_one_and_has_a_reason() {
        for deviation in DEVIATIONS {
            assert_ne!(deviation.real, deviation.ours, "{}", deviation.field);
            assert!(!deviation.reason.is_empty(), "{}", deviation.field);
        }
    }
}
