//! `cert export`

use super::Cards;
use crate::{
    arguments::Exported,
    attended::{AtCard, attended},
    certificates::to_pem,
    failure::Failure,
    output::{Output, Wanted},
    told::of_card,
};
use serde_json::json;
use shirushi_card::{CardError, Credential};
use std::{path::Path, process::ExitCode};

pub(super) async fn run(
    cards: Cards,
    which: Exported,
    path: &Path,
    is_der: bool,
    is_forced: bool,
) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    let inputs: Vec<&Path> = cards
        .card
        .which
        .file
        .as_deref()
        .into_iter()
        .collect();
    let wanted = Wanted {
        is_forced,
        is_binary: is_der,
        is_private: false,
        inputs: &inputs,
    };
    let output = Output::at(path, &wanted, language)?;
    let certificate = attended(language, move || {
        if which.credential == Credential::Signature && !which.is_ca {
            return cards.signature_certificate();
        }
        let mut card = cards.open()?;
        let _busy = AtCard::begin();
        let der = match which.is_ca {
            true => card.ca_certificate(which.credential),
            false => card.certificate(which.credential, None),
        };
        if matches!(der, Err(CardError::NotVerified { .. })) {
            // A telephone's, which shows no certificate without a PIN.
            drop(card);
            return cards.certificate_behind_pin(which.credential);
        }
        super::parse(&der.map_err(|error| of_card(&error, language))?, language)
    })
    .await?;
    match is_der {
        true => output.write(certificate.der(), language)?,
        false => output.write(to_pem(certificate.der()).as_bytes(), language)?,
    }
    let path = output.path().display();
    match is_json {
        true => output.tell_json(&json!({
            "file": path.to_string(),
            "serial": certificate.serial().to_string(),
            "sha256": hex::encode(certificate.sha256()),
        }))?,
        false => output.tell(&format!(
            "{}: {path}",
            language.pick("書き出しました", "Written")
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}
