//! At home a filing is signed; the agency accepts it, and refuses everything that is not quite it.

use crate::{
    Failure,
    acts::{Cards, now},
    desk::Desk,
    people::Cast,
    relying,
    teller::{Stop, Teller},
};
use serde_json::Value;
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_profile::{
    Certificate, CertificateKind, EndEntityRequest, SerialNumber, Urls, assemble,
    ca_certificate_tbs, end_entity_tbs, municipality,
};
use shirushi_rules::{
    COMPLETE, NOT_FILED_TWICE, READ_BY_FILER, SIGNATURE_CERTIFICATE, SIGNATURE_VERIFIES,
    SIGNER_IS_APPLICANT, SIZE_LIMIT, TRUSTED_ISSUER, UNCHANGED, WELL_FORMED,
};
use shirushi_signature::prepare;

/// What later acts need of this one.
pub(crate) struct Filed {
    pub(crate) certificate: Certificate,
    pub(crate) authentication: Certificate,
}

pub(crate) async fn tell(
    teller: &mut Teller<'_>,
    _desk: &Desk,
    cast: &Cast,
    cards: &mut Cards,
) -> Result<Filed, Stop> {
    let city = teller.city.clone();
    let random = teller.random;
    let (xml, signed, at) = teller
        .accept("a-filing-is-signed-at-home", async {
            let at = now(&city).await?;
            let xml = relying::filing(&cast.filer, at, random)?
                .to_xml()
                .map_err(Failure::broken)?;
            let signed = relying::sign(&mut cards.filer, &xml, at)?;
            let evidence = format!(
                "{} bytes, serial {}",
                xml.len(),
                signed.certificate.serial()
            );
            Ok(((xml, signed, at), evidence))
        })
        .await?;
    teller
        .accept("the-certificate-is-checked-before-the-form", async {
            let answer = relying::check(&city, &signed.certificate).await?;
            Ok(((), answer.to_string()))
        })
        .await?;
    keep_artefacts(teller, &xml, &signed.cms, cards).await?;
    let mut key = [0; 16];
    random.fill(&mut key);
    let key = hex::encode(key);
    let receipt = teller
        .accept("the-agency-accepts-the-filing", async {
            let answer = city
                .file_with(xml.clone(), signed.cms.clone(), &key)
                .await?;
            let receipt = answer["receipt"]
                .as_str()
                .ok_or_else(|| Failure::Broken("no receipt".to_owned()))?
                .to_owned();
            Ok((receipt.clone(), format!("receipt {receipt}")))
        })
        .await?;
    teller
        .accept("the-receipt-has-its-evidence", async {
            let kept: Value = city
                .read_as(&format!("/agency/filings/{receipt}"), &key)
                .await?;
            let document = city
                .bytes_as(
                    &format!("/agency/filings/{receipt}/evidence/document"),
                    &key,
                )
                .await?;
            if document == xml {
                Ok(((), format!("evidence: {}", kept["evidence"])))
            } else {
                Err(Failure::Broken("the document kept is another".to_owned()))
            }
        })
        .await?;
    teller
        .refuse("the-receipt-number-alone", &READ_BY_FILER, async {
            city.bytes(&format!("/agency/filings/{receipt}/evidence/document"))
                .await
        })
        .await?;
    teller
        .refuse(
            "the-same-filing-again",
            &NOT_FILED_TWICE,
            city.file(xml.clone(), signed.cms.clone()),
        )
        .await?;
    let tampered = String::from_utf8_lossy(&xml).replacen("123400", "000001", 1);
    teller
        .refuse(
            "a-tampered-copy",
            &UNCHANGED,
            city.file(tampered.into_bytes(), signed.cms.clone()),
        )
        .await?;
    let mut spoiled = signed.cms.clone();
    // The signature value stands at the end of the only SignerInfo, which stands at the end of the container.
    if let Some(last) = spoiled.last_mut() {
        *last ^= 1;
    }
    teller
        .refuse(
            "a-spoiled-signature",
            &SIGNATURE_VERIFIES,
            city.file(xml.clone(), spoiled),
        )
        .await?;
    let stranger = by_a_stranger(&xml, at);
    teller
        .refuse("a-certificate-of-a-stranger", &TRUSTED_ISSUER, async {
            city.file(xml.clone(), stranger?).await
        })
        .await?;
    let wrong_key = relying::sign_with_the_wrong_key(&mut cards.filer, &xml, at);
    teller
        .refuse(
            "signed-with-the-authentication-certificate",
            &SIGNATURE_CERTIFICATE,
            async {
                city.file(xml.clone(), wrong_key?.cms)
                    .await
            },
        )
        .await?;
    let neighbours = relying::sign(&mut cards.neighbour, &xml, at);
    teller
        .refuse("signed-by-the-neighbour", &SIGNER_IS_APPLICANT, async {
            city.file(xml.clone(), neighbours?.cms)
                .await
        })
        .await?;
    unfit_documents(teller, &city, cards, &xml, at).await?;
    let authentication = relying::certificate(&mut cards.filer, CertificateKind::Authentication);
    let authentication = teller
        .accept("the-authentication-certificate-is-good", async {
            let authentication = authentication?;
            let status =
                relying::status(&city, &authentication, CertificateKind::Authentication).await?;
            good(&status)?;
            Ok((authentication, format!("{status:?}")))
        })
        .await?;
    Ok(Filed {
        certificate: signed.certificate,
        authentication,
    })
}

async fn unfit_documents(
    teller: &mut Teller<'_>,
    city: &crate::city::City,
    cards: &mut Cards,
    xml: &[u8],
    at: Instant,
) -> Result<(), Stop> {
    let spaced = [xml, b"\n"].concat();
    let signed = relying::sign(&mut cards.filer, &spaced, at);
    teller
        .refuse("a-document-that-is-not-canonical", &COMPLETE, async {
            city.file(spaced.clone(), signed?.cms)
                .await
        })
        .await?;
    teller
        .refuse(
            "a-signature-that-is-none",
            &WELL_FORMED,
            city.file(xml.to_vec(), b"not a signature".to_vec()),
        )
        .await?;
    let huge = vec![b' '; 17 * 1024 * 1024];
    teller
        .refuse(
            "a-document-that-is-too-large",
            &SIZE_LIMIT,
            city.file(huge, Vec::new()),
        )
        .await
}

pub(crate) fn good(status: &shirushi_profile::ocsp::CertificateStatus) -> Result<(), Failure> {
    match status {
        shirushi_profile::ocsp::CertificateStatus::Good => Ok(()),
        other => Err(Failure::Broken(format!("the responder says {other:?}"))),
    }
}

/// Leaves certificates, CRLs and the filing behind, so that other programs can judge them.
async fn keep_artefacts(
    teller: &mut Teller<'_>,
    xml: &[u8],
    cms: &[u8],
    cards: &mut Cards,
) -> Result<(), Stop> {
    let city = teller.city.clone();
    let kept = teller
        .accept("everything-needed-to-judge-it-is-public", async {
            let mut kept = vec![("filing.xml", xml.to_vec()), ("filing.p7s", cms.to_vec())];
            for (name, kind) in [
                ("sign.cer", CertificateKind::Signature),
                ("auth.cer", CertificateKind::Authentication),
            ] {
                let certificate = relying::certificate(&mut cards.filer, kind)?;
                kept.push((name, certificate.der().to_vec()));
            }
            for (name, path) in [
                ("sign-ca.cer", "/ca/sign.cer"),
                ("auth-ca.cer", "/ca/auth.cer"),
                ("sign.crl", "/crl/sign/13998.crl"),
                ("auth.crl", "/crl/auth/13998.crl"),
                ("sign-complete.crl", "/crl/sign/complete.crl"),
            ] {
                kept.push((name, city.bytes(path).await?));
            }
            let evidence = format!("{} files", kept.len());
            Ok((kept, evidence))
        })
        .await?;
    for (name, bytes) in kept {
        teller.keep(name, &bytes);
    }
    Ok(())
}

/// A signature that is right in everything but the authority, which someone made at home.
fn by_a_stranger(content: &[u8], at: Instant) -> Result<Vec<u8>, Failure> {
    let ca_key = SoftwareKey::generate(KeyKind::Rsa2048).map_err(Failure::broken)?;
    let key = SoftwareKey::generate(KeyKind::Rsa2048).map_err(Failure::broken)?;
    let random = &shirushi_crypto::SystemRandom;
    let begin = at.plus_seconds(-3600);
    let tbs = ca_certificate_tbs(
        CertificateKind::Signature,
        &SerialNumber::random(random),
        begin,
        ca_key.public_key(),
    )
    .map_err(Failure::broken)?;
    let sign = |key: &SoftwareKey, tbs: &[u8]| -> Result<Certificate, Failure> {
        let signature = key.sign(tbs).map_err(Failure::broken)?;
        Certificate::from_der(&assemble(tbs, key.algorithm(), &signature)).map_err(Failure::broken)
    };
    let ca = sign(&ca_key, &tbs)?;
    let here = crate::people::HERE
        .parse()
        .map_err(Failure::broken)?;
    let tbs = end_entity_tbs(
        &ca,
        &Urls::new("http://127.0.0.1:1").map_err(Failure::broken)?,
        &EndEntityRequest {
            kind: CertificateKind::Signature,
            serial: &SerialNumber::random(random),
            not_before: begin,
            not_after: at.plus_seconds(86_400),
            public_key: key.public_key(),
            municipality: municipality(&here)
                .ok_or_else(|| Failure::Broken("no such municipality".to_owned()))?,
            holder: &shirushi_profile::Holder {
                name: "偽印　つくる".to_owned(),
                birth_date: shirushi_clock::Date::new(1980, 1, 1).map_err(Failure::broken)?,
                sex: shirushi_profile::Sex::Unknown,
                address: "東京都印市偽造１丁目".to_owned(),
            },
        },
    )
    .map_err(Failure::broken)?;
    let certificate = sign(&ca_key, &tbs)?;
    let prepared = prepare(content, &certificate, at).map_err(Failure::broken)?;
    let signature = key
        .sign(prepared.to_be_signed())
        .map_err(Failure::broken)?;
    prepared
        .assemble(&signature, &[ca])
        .map_err(Failure::broken)
}
