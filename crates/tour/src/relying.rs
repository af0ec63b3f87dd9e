//! The relying party's side: documents, the agency, and the responder.

use crate::{Failure, city::City, desk::Held, people::Person};
use serde_json::{Value, json};
use shirushi_card::{Card, Credential, Pin};
use shirushi_client::{SignedContent, sign_detached, sign_with_authentication_key};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_profile::{Certificate, CertificateKind, ocsp};
use shirushi_wire::filing::{Attachment, Filing, FilingApplicant, FilingId, ProcedureId};

use crate::desk::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD};

/// 所得税の確定申告
pub(crate) const INCOME_TAX: &str = "RKO0010";

/// A filing by `person`: a form and a PDF attached.
pub(crate) fn filing(
    person: &Person,
    now: Instant,
    random: &dyn Random,
) -> Result<Filing, Failure> {
    let mut id = [0; 16];
    random.fill(&mut id);
    Ok(Filing {
        id: FilingId::from_bytes(id),
        procedure: INCOME_TAX
            .parse::<ProcedureId>()
            .map_err(Failure::broken)?,
        prepared_at: now,
        applicant: FilingApplicant {
            name: person.name.to_owned(),
            birth_date: person.birth,
            address: person.address.clone(),
        },
        form: vec![
            ("tax-year".to_owned(), "2026".to_owned()),
            ("total-income".to_owned(), "3210000".to_owned()),
            ("tax-due".to_owned(), "123400".to_owned()),
        ],
        attachments: vec![Attachment {
            name: "源泉徴収票.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            content: pdf(),
        }],
    })
}

/// A small PDF: one empty page.
fn pdf() -> Vec<u8> {
    let objects = [
        "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\nendobj\n",
    ];
    let mut text = String::from("%PDF-1.7\n");
    let mut table = String::from("xref\n0 4\n0000000000 65535 f \n");
    for object in objects {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(object);
    }
    let start = text.len();
    text.push_str(&table);
    text.push_str(&format!(
        "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    ));
    text.into_bytes()
}

/// Signs with the signature certificate, as at home.
pub(crate) fn sign(held: &mut Held, content: &[u8], at: Instant) -> Result<SignedContent, Failure> {
    let mut card = Card::open(&mut held.card)?;
    let signed = sign_detached(&mut card, &Pin::signature(SIGNATURE_PASSWORD)?, content, at);
    card.leave()?;
    Ok(signed?)
}

/// Signs with the authentication certificate, which no agency may accept under a filing.
pub(crate) fn sign_with_the_wrong_key(
    held: &mut Held,
    content: &[u8],
    at: Instant,
) -> Result<SignedContent, Failure> {
    let mut card = Card::open(&mut held.card)?;
    let pin = Pin::authentication(AUTHENTICATION_PIN)?;
    let signed = sign_with_authentication_key(&mut card, &pin, content, at);
    card.leave()?;
    Ok(signed?)
}

/// Reads a certificate from the card, with the PIN where it needs one.
pub(crate) fn certificate(held: &mut Held, kind: CertificateKind) -> Result<Certificate, Failure> {
    let mut card = Card::open(&mut held.card)?;
    let der = match kind {
        CertificateKind::Authentication => card.certificate(Credential::Authentication, None)?,
        CertificateKind::Signature => {
            let pin = Pin::signature(SIGNATURE_PASSWORD)?;
            let verified = card.verify(Credential::Signature, &pin)?;
            card.certificate(Credential::Signature, Some(&verified))?
        }
    };
    card.leave()?;
    Certificate::from_der(&der).map_err(Failure::broken)
}

/// Asks the agency whether a certificate will do, before any form is filled.
pub(crate) async fn check(city: &City, certificate: &Certificate) -> Result<Value, Failure> {
    let encoded = <base64ct::Base64 as base64ct::Encoding>::encode_string(certificate.der());
    city.send(
        "/agency/certificate-checks",
        None,
        &json!({ "certificate": encoded }),
    )
    .await
}

/// Asks the responder.
pub(crate) async fn status(
    city: &City,
    certificate: &Certificate,
    kind: CertificateKind,
) -> Result<ocsp::CertificateStatus, Failure> {
    let short = match kind {
        CertificateKind::Signature => "sign",
        CertificateKind::Authentication => "auth",
    };
    let ca = city
        .bytes(&format!("/ca/{short}.cer"))
        .await?;
    let issuer = Certificate::from_der(&ca).map_err(Failure::broken)?;
    let id = ocsp::CertId::new(&issuer, certificate.serial(), DigestAlgorithm::Sha256)
        .map_err(Failure::broken)?;
    let request = ocsp::build_request(std::slice::from_ref(&id), None).map_err(Failure::broken)?;
    let response = city
        .send_bytes(
            &format!("/ocsp/{short}"),
            "application/ocsp-request",
            request,
        )
        .await?;
    let response = ocsp::ReceivedResponse::from_der(&response).map_err(Failure::broken)?;
    response
        .statuses()
        .first()
        .map(|single| single.status)
        .ok_or_else(|| Failure::Broken("the response says nothing".to_owned()))
}
