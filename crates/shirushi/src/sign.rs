//! `sign`: a document signed with the card.

use crate::{
    arguments::Sign,
    at_card::{WithPin, wrong_application},
    attended::attended,
    failure::Failure,
    language::Language,
    output::{Output, print, print_json, read},
    readers::source,
    told::{code, of_client, told},
};
use serde_json::json;
use shirushi_card::Credential;
use shirushi_client::{PinName, Signing, sign_with};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_profile::CertificateKind;
use shirushi_signature::MAX_CONTENT_LEN;
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
    let output = Output::at(&path, sign.is_forced, language)?;
    let content = read(&sign.file)?;
    let known = sign
        .certificate
        .as_deref()
        .map(|path| crate::certificates::one(path, language))
        .transpose()?;
    if content.len() > MAX_CONTENT_LEN {
        return Err(too_large(language));
    }
    if let Some(known) = &known
        && known.kind() != Some(kind_of(sign.key))
    {
        return Err(wrong_kind(language));
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
    let at = SystemClock.now();
    let signed = attended(language, move || {
        card.run(|access, pin| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(wrong_application(language));
            };
            sign_with(card, &signing, pin, &content, at)
                .map_err(|error| of_client(&error, language))
        })
    })
    .await?;
    output.write(&signed.cms, language)?;
    let path = output.path().display().to_string();
    let serial = signed.certificate.serial().to_string();
    match (is_json, language) {
        (true, _) => print_json(&json!({ "signature": path, "certificate": serial }))?,
        (false, Language::Japanese) => print(&format!("署名しました: {path}"))?,
        (false, Language::English) => print(&format!("Signed: {path}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn kind_of(key: Credential) -> CertificateKind {
    match key {
        Credential::Signature => CertificateKind::Signature,
        Credential::Authentication => CertificateKind::Authentication,
    }
}

fn too_large(language: Language) -> Failure {
    let most = MAX_CONTENT_LEN >> 20;
    told(
        code::FAILED,
        language,
        &format!("署名できるファイルは {most} MiB までです。"),
        &format!("A file of at most {most} MiB can be signed."),
    )
}

fn wrong_kind(language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        "--certificate の電子証明書は、使う鍵（--key）のものではありません。",
        "The certificate given with --certificate is not of the key that is to sign (--key).",
    )
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".p7s");
    PathBuf::from(name)
}
