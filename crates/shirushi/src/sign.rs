//! `sign`: a document signed with the card.

use crate::{
    arguments::Sign,
    at_card::{WithPin, say_if_unlisted, wrong_application},
    attended::attended,
    city::time_for,
    failure::Failure,
    input::{Pieces, STANDARD},
    language::Language,
    network::http,
    output::{Output, Wanted},
    readers::source,
    told::{code, of_client, told},
};
use serde_json::json;
use shirushi_client::{PinName, Signing, require_kind, sign_digest_at_time_of};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// `sign`
pub(crate) async fn run(sign: Sign, language: Language) -> Result<ExitCode, Failure> {
    let path = sign
        .output
        .clone()
        .unwrap_or_else(|| beside(&sign.file));
    let inputs: Vec<&Path> = [
        Some(&sign.file),
        sign.certificate.as_ref(),
        sign.card.file.as_ref(),
    ]
    .into_iter()
    .flatten()
    .map(PathBuf::as_path)
    .collect();
    let wanted = Wanted {
        is_forced: sign.is_forced,
        is_binary: true,
        is_private: false,
        inputs: &inputs,
    };
    let output = Output::at(&path, &wanted, language)?;
    let digests = Pieces::of(&sign.file)?.digests()?;
    let known = sign
        .certificate
        .as_deref()
        .map(|path| crate::certificates::one(path, language))
        .transpose()?;
    if let Some(known) = &known {
        require_kind(sign.key, known).map_err(|_| wrong_kind(language))?;
        say_if_unlisted(known, language);
    }
    let is_json = sign.is_json;
    let name = PinName::of(sign.key);
    let signing = Signing {
        credential: sign.key,
        known,
        with_authority: sign.with_ca,
    };
    let card = WithPin {
        source: source(&sign.card, language)?,
        which: sign.card,
        options: sign.pins,
        name,
        language,
    };
    let network = http()?;
    let signed = attended(language, move || {
        let before = |access: &mut _| match &signing.known {
            Some(known) => Ok(Some(known.clone())),
            None => card.certificate_before_pin(access),
        };
        card.run_after(before, |access, pin, known| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(wrong_application(language));
            };
            let is_told = known.is_some();
            let signing = Signing {
                known,
                ..signing.clone()
            };
            let time_of = |certificate: &_| time_for(certificate, None, &network, language);
            let signed = sign_digest_at_time_of(card, &signing, pin, &digests, time_of)
                .map_err(|error| of_client(&error, language))?;
            if !is_told {
                say_if_unlisted(&signed.certificate, language);
            }
            Ok(signed)
        })
    })
    .await?;
    output.write(&signed.cms, language)?;
    let path = output.path().display().to_string();
    let serial = signed.certificate.serial().to_string();
    match (is_json, language) {
        (true, _) => output.tell_json(&json!({ "signature": path, "certificate": serial }))?,
        (false, Language::Japanese) => output.tell(&format!("署名しました: {path}"))?,
        (false, Language::English) => output.tell(&format!("Signed: {path}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn wrong_kind(language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        "--certificate の電子証明書は、使う鍵（--key）のものではありません。",
        "The certificate given with --certificate is not of the key that is to sign (--key).",
    )
}

/// Where the signature goes if nothing is said: beside the file, or after it.
fn beside(file: &Path) -> PathBuf {
    if file.as_os_str() == STANDARD {
        return file.to_owned();
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".p7s");
    PathBuf::from(name)
}
