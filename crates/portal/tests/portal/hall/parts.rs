//! What the citizens' browser and agent send, and what they read from an answer.

use super::Held;
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
