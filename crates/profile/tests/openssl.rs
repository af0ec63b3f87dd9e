//! Certificates as OpenSSL decodes them, field by field against the test cards (`facts/card.md` §7.2, `facts/profile-and-rules.md`
//! A.2–A.5); what differs stands in `shirushi_profile::deviations`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/asn1parse.rs"]
mod asn1parse;
#[path = "fixture/fixture.rs"]
mod fixture;

use asn1parse::*;
use fixture::*;
use shirushi_crypto::SigningKey;
use shirushi_profile::CertificateKind::{self, Authentication, Signature};
use std::path::Path;

fn authority_name(kind: CertificateKind) -> Vec<String> {
    let unit = match kind {
        Signature => "JPKI for digital signature",
        Authentication => "JPKI for user authentication",
    };
    [
        "OBJECT countryName",
        "PRINTABLESTRING JP",
        "OBJECT organizationName",
        "UTF8STRING JPKI-SANDBOX",
        "OBJECT organizationalUnitName",
        &format!("UTF8STRING {unit}"),
        "OBJECT organizationalUnitName",
        "UTF8STRING Shirushi Sandbox, not the real JPKI",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn japanese_name(kind: CertificateKind) -> Vec<String> {
    let unit = match kind {
        Signature => "印（実験環境）署名用",
        Authentication => "印（実験環境）利用者証明用",
    };
    [
        "OBJECT countryName",
        "PRINTABLESTRING JP",
        "OBJECT organizationName",
        "UTF8STRING 印（実験環境）",
        "OBJECT organizationalUnitName",
        &format!("UTF8STRING {unit}"),
        "OBJECT organizationalUnitName",
        "UTF8STRING 本物の公的個人認証サービスではない",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn extension_table(rows: &[(&str, bool)]) -> Vec<(String, bool)> {
    rows.iter()
        .map(|(name, critical)| ((*name).to_owned(), *critical))
        .collect()
}

/// What stands before the extensions: version 3, the number, the algorithm with NULL, issuer, validity, subject, RSA key.
fn fields_before_extensions(directory: &Path, file: &str, serial: &str) -> Vec<String> {
    let lines = asn1(directory, file, &[]);
    let end = lines
        .iter()
        .position(|l| l.tag == "cont [ 3 ]")
        .unwrap();
    let null = lines.iter().any(|l| l.tag == "NULL");
    assert!(null, "the algorithm's parameters are NULL");
    let fields = leaves(&lines[..end]);
    assert_eq!(
        fields[..3],
        [
            "INTEGER 02".to_owned(),
            format!("INTEGER {}", serial.to_uppercase()),
            "OBJECT sha256WithRSAEncryption".to_owned()
        ]
    );
    assert_eq!(fields.last().unwrap(), "OBJECT rsaEncryption");
    fields[3..fields.len() - 1].to_vec()
}

#[test]
fn the_authorities_have_each_field_of_the_real_roots() {
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let directory = directory_of(&authority);
        let directory = directory.path();
        let serial = authority
            .certificate
            .serial()
            .to_string();
        let mut expected = authority_name(kind);
        // The end of the day before, ten years on, in Japan.
        expected.push("UTCTIME 261023000000Z".to_owned());
        expected.push("UTCTIME 361022145959Z".to_owned());
        expected.extend(authority_name(kind));
        assert_eq!(
            fields_before_extensions(directory, "ca.der", &serial),
            expected
        );
        assert_eq!(
            names_and_criticality(directory, "ca.der"),
            extension_table(&[
                ("X509v3 Key Usage", true),
                ("X509v3 Subject Alternative Name", false),
                ("X509v3 Basic Constraints", true),
                ("X509v3 CRL Distribution Points", false),
                ("X509v3 Subject Key Identifier", false),
            ])
        );
        let found = extensions(directory, "ca.der");
        assert_eq!(
            (found[0].3.as_str(), found[2].3.as_str()),
            ("03020106", "30030101FF")
        );
        assert_eq!(
            content(directory, "ca.der", "X509v3 Subject Alternative Name"),
            japanese_name(kind)
        );
        assert_eq!(
            content(directory, "ca.der", "X509v3 CRL Distribution Points"),
            authority_name(kind)
        );
    }
}

#[test]
fn the_signature_certificate_has_each_field_of_the_test_card() {
    let authority = Authority::new(Signature);
    let directory = directory_of(&authority);
    let directory = directory.path();
    let holder = &authority.holder;
    let fields = fields_before_extensions(directory, "holder.der", &holder.serial().to_string());
    let mut expected = authority_name(Signature);
    expected.extend(["UTCTIME 261122000000Z", "UTCTIME 310217145959Z"].map(str::to_owned));
    expected.extend(
        [
            "OBJECT countryName",
            "PRINTABLESTRING JP",
            "OBJECT localityName",
            "UTF8STRING Tokyo-to",
            "OBJECT localityName",
            "UTF8STRING Shirushi-shi",
            "OBJECT commonName",
        ]
        .map(str::to_owned),
    );
    let (common_name, before) = fields.split_last().unwrap();
    assert_eq!(before, expected);
    // Time of issue in Japan, five digits, the municipality, 003A.
    let common_name = common_name
        .strip_prefix("UTF8STRING ")
        .unwrap();
    assert_eq!(common_name.len(), 28);
    assert!(common_name.starts_with("20261122090000"));
    assert!(common_name.ends_with("13998003A"));
    assert!(
        common_name[14..19]
            .bytes()
            .all(|b| b.is_ascii_digit())
    );
    assert_eq!(
        names_and_criticality(directory, "holder.der"),
        extension_table(&[
            ("X509v3 Key Usage", true),
            ("X509v3 Subject Alternative Name", false),
            ("X509v3 Certificate Policies", true),
            ("X509v3 Issuer Alternative Name", false),
            ("X509v3 CRL Distribution Points", false),
            ("Authority Information Access", false),
            ("X509v3 Authority Key Identifier", false),
            ("X509v3 Subject Key Identifier", false),
        ])
    );
    assert_eq!(extensions(directory, "holder.der")[0].3, "030206C0");
    assert_eq!(
        content(directory, "holder.der", "X509v3 Subject Alternative Name"),
        [
            "OBJECT 1.2.392.200149.8.5.5.1",
            // The name's first character is outside the repertoire.
            "UTF8STRING 吉印　太郎",
            "OBJECT 1.2.392.200149.8.5.5.4",
            "UTF8STRING 319800217",
            "OBJECT 1.2.392.200149.8.5.5.3",
            "UTF8STRING 1",
            "OBJECT 1.2.392.200149.8.5.5.5",
            "UTF8STRING 東京都印市朱肉一丁目１番１号",
            "OBJECT 1.2.392.200149.8.5.5.2",
            "UTF8STRING 10000",
            "OBJECT 1.2.392.200149.8.5.5.6",
            "UTF8STRING 00000000000000",
        ]
    );
    assert_eq!(
        content(directory, "holder.der", "Authority Information Access"),
        [
            "OBJECT OCSP",
            "cont [ 6 ] http://127.0.0.1:8080/ocsp/sign",
            "OBJECT CA Issuers",
            "cont [ 6 ] http://127.0.0.1:8080/ca/sign-1.cer",
        ]
    );
    check_common_extensions(directory, &authority, "1.2.392.200149.8.5.1.0.20");
}

#[test]
fn the_authentication_certificate_has_each_field_of_the_test_card_and_nothing_of_the_person() {
    let authority = Authority::new(Authentication);
    let directory = directory_of(&authority);
    let directory = directory.path();
    let holder = &authority.holder;
    let fields = fields_before_extensions(directory, "holder.der", &holder.serial().to_string());
    let mut expected = authority_name(Authentication);
    expected.extend(
        [
            "UTCTIME 261122000000Z",
            "UTCTIME 310217145959Z",
            "OBJECT countryName",
            "PRINTABLESTRING JP",
            "OBJECT commonName",
        ]
        .map(str::to_owned),
    );
    let (common_name, before) = fields.split_last().unwrap();
    assert_eq!(before, expected);
    // Eight hexadecimal digits, six letters, the municipality, 003A.
    let common_name = common_name
        .strip_prefix("UTF8STRING ")
        .unwrap();
    assert_eq!(common_name.len(), 23);
    assert!(u32::from_str_radix(&common_name[..8], 16).is_ok());
    assert!(
        common_name[8..14]
            .bytes()
            .all(|b| b.is_ascii_uppercase())
    );
    assert_eq!(&common_name[14..], "13998003A");
    assert_eq!(
        names_and_criticality(directory, "holder.der"),
        extension_table(&[
            ("X509v3 Key Usage", true),
            ("X509v3 Extended Key Usage", false),
            ("X509v3 Certificate Policies", true),
            ("X509v3 Issuer Alternative Name", false),
            ("X509v3 CRL Distribution Points", false),
            ("Authority Information Access", false),
            ("X509v3 Authority Key Identifier", false),
            ("X509v3 Subject Key Identifier", false),
        ])
    );
    assert_eq!(extensions(directory, "holder.der")[0].3, "03020780");
    assert_eq!(
        content(directory, "holder.der", "X509v3 Extended Key Usage"),
        ["OBJECT TLS Web Client Authentication"]
    );
    assert_eq!(
        content(directory, "holder.der", "Authority Information Access"),
        ["OBJECT OCSP", "cont [ 6 ] http://127.0.0.1:8080/ocsp/auth"]
    );
    check_common_extensions(directory, &authority, "1.2.392.200149.8.5.1.0.30");
    let person = taro();
    let text = String::from_utf8_lossy(authority.holder.der());
    for part in ["太郎", "印市", "19800217", person.address.as_str()] {
        assert!(!text.contains(part), "{part}");
    }
}

#[test]
fn the_responder_is_delegated_and_bears_no_policy() {
    let authority = Authority::new(Signature);
    let directory = directory_of(&authority);
    let directory = directory.path();
    assert_eq!(
        names_and_criticality(directory, "responder.der"),
        extension_table(&[
            ("X509v3 Key Usage", true),
            ("X509v3 Extended Key Usage", false),
            ("Authority Information Access", false),
            ("OCSP No Check", false),
            ("X509v3 Authority Key Identifier", false),
            ("X509v3 Subject Key Identifier", false),
        ])
    );
    assert_eq!(
        content(directory, "responder.der", "X509v3 Extended Key Usage"),
        ["OBJECT OCSP Signing"]
    );
    assert_eq!(authority.responder.kind(), None);
}

/// Policy with the practice statement, issuer's name in Japanese, distribution point, and both key identifiers.
fn check_common_extensions(directory: &Path, authority: &Authority, policy: &str) {
    let kind = authority.kind;
    assert_eq!(
        content(directory, "holder.der", "X509v3 Certificate Policies"),
        [
            format!("OBJECT {policy}"),
            "OBJECT Policy Qualifier CPS".to_owned(),
            "IA5STRING http://127.0.0.1:8080/cps.html".to_owned()
        ]
    );
    assert_eq!(
        content(directory, "holder.der", "X509v3 Issuer Alternative Name"),
        japanese_name(kind)
    );
    let mut point = authority_name(kind);
    point[7] = "UTF8STRING CRL Distribution Points".to_owned();
    point.extend(
        [
            "OBJECT organizationalUnitName",
            "UTF8STRING Tokyo-to",
            "OBJECT commonName",
            "UTF8STRING Shirushi-shi CRLDP",
        ]
        .map(str::to_owned),
    );
    let path = kind.path();
    point.push(format!(
        "cont [ 6 ] http://127.0.0.1:8080/crl/{path}/13998.crl"
    ));
    assert_eq!(
        content(directory, "holder.der", "X509v3 CRL Distribution Points"),
        point
    );
    let upper = |bytes: &[u8]| hex::encode_upper(bytes);
    let mut authority_key = vec![format!(
        "cont [ 0 ] {}",
        upper(
            &authority
                .key
                .public_key()
                .key_identifier()
        )
    )];
    authority_key.extend(authority_name(kind));
    authority_key.push(format!(
        "cont [ 2 ] {}",
        upper(
            authority
                .certificate
                .serial()
                .as_bytes()
        )
    ));
    let found = content(directory, "holder.der", "X509v3 Authority Key Identifier");
    assert_eq!(found, authority_key);
    let own = upper(
        &authority
            .holder_key
            .public_key()
            .key_identifier(),
    );
    assert_eq!(
        content(directory, "holder.der", "X509v3 Subject Key Identifier"),
        [format!("OCTET STRING {own}")]
    );
}
