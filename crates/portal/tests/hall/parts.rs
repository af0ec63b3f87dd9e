//! What the citizens' browser and agent send, and what they read from an answer.

use super::Held;
use axum::{body::to_bytes, http::header, response::Response};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Instant;
use shirushi_crypto::SigningKey as _;
use shirushi_signature::prepare;

/// A right form, whose applicant bears this name.
pub(crate) fn form_of(name: &str) -> [(&str, &str); 7] {
    [
        ("applicant-name", name),
        ("applicant-birth-date", "1990-04-01"),
        ("applicant-address", "東京都印市朱肉一丁目２番３号"),
        ("field-tax-year", "２０２６"),
        ("field-total-income", "3,210,000"),
        ("field-tax-due", "123400"),
        ("review", "1"),
    ]
}

pub(crate) fn cms(statement: &[u8], held: &Held, at: Instant) -> String {
    let prepared = prepare(statement, &held.certificate, at).unwrap();
    let signature = held
        .key
        .sign(prepared.to_be_signed())
        .unwrap();
    let der = prepared
        .assemble(&signature, &[])
        .unwrap();
    Base64::encode_string(&der)
}

pub(crate) fn location(response: &Response) -> &str {
    response
        .headers()
        .get(header::LOCATION)
        .map_or("", |to| to.to_str().unwrap())
}

pub(crate) async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 24)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn cookie(response: &Response) -> String {
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap();
    set.split(';')
        .next()
        .unwrap()
        .to_owned()
}

pub(crate) fn token(page: &str) -> String {
    page.split("name=\"form-token\" value=\"")
        .nth(1)
        .unwrap()[..32]
        .to_owned()
}
