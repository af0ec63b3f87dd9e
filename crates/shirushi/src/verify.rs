//! `verify`: a signature judged, with a report.

use crate::{
    arguments::Verify,
    attended::{attended, say},
    causes::{source_json, source_told},
    certificates,
    city::time_for,
    failure::Failure,
    input::{Pieces, read_at_most},
    language::Language,
    network::{Http, http},
    output::{print, print_json},
    told::{code, told},
};
use serde_json::{Value, json};
use shirushi_client::{Judged, LONGEST_SIGNATURE, Missing, Online, ToVerify, verify_read};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_path::{Evidence, Indication, TrustAnchors};
use shirushi_profile::{Certificate, CertificateList};
use shirushi_signature::unwrapped;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The longest file of a list, in bytes: some 800,000 entries, and a third more for PEM.
const LONGEST_LIST: usize = 48 << 20;

/// `verify`
pub(crate) async fn run(verify: Verify, language: Language) -> Result<ExitCode, Failure> {
    let network = match verify.is_online {
        true => Some(http()?),
        false => None,
    };
    let is_json = verify.is_json;
    let judged = attended(language, move || judge(&verify, network.as_ref(), language)).await?;
    match is_json {
        true => print_json(&in_json(&judged)?)?,
        false => print(&in_words(&judged, language))?,
    }
    Ok(ExitCode::from(match judged.report.indication {
        Indication::Passed => 0,
        Indication::Failed => code::FAILED,
        Indication::Indeterminate => code::INDETERMINATE,
    }))
}

fn judge(verify: &Verify, network: Option<&Http>, language: Language) -> Result<Judged, Failure> {
    let signature = Pieces::of(&verify.signature)?.start(LONGEST_SIGNATURE)?;
    let certificates = all(&verify.certificates, language)?;
    let anchors = TrustAnchors::new(all(&verify.trust, language)?);
    let mut evidence = Evidence::default();
    for path in &verify.lists {
        evidence
            .crls
            .push(list(path, language)?);
    }
    let online = network.map(|network| Online {
        network,
        random: &SystemRandom,
    });
    let time_of = |signer: &_| {
        let here = SystemClock.now();
        let at = network.map_or(here, |network| {
            time_for(signer, Some(anchors.certificates()), network, language)
        });
        say(language.pick("認証局に問い合わせています…", "Asking the authority…"));
        at
    };
    let wanted = ToVerify {
        signature: &signature.bytes,
        certificates: &certificates,
        anchors: &anchors,
        evidence,
        kind: verify.kind,
    };
    let mut content = Pieces::of(&verify.content)?;
    let mut judged = verify_read(wanted, &mut content, online, SystemClock.now(), time_of)
        .map_err(|fault| content.unreadable(fault))?;
    judged.report.signature_sha256 = hex::encode(&signature.sha256);
    Ok(judged)
}

/// The certificates of these files.
fn all(paths: &[PathBuf], language: Language) -> Result<Vec<Certificate>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(certificates::all(path, language)?);
    }
    Ok(found)
}

fn list(path: &Path, language: Language) -> Result<CertificateList, Failure> {
    let unusable = |ja: &str, en: &str| {
        let path = path.display();
        told(
            code::NO_INPUT,
            language,
            &format!("{path} は失効リスト（DERかPEM）として使えません（{ja}）。"),
            &format!("{path} cannot be used as a revocation list in DER or PEM ({en})."),
        )
    };
    let file = read_at_most(path, LONGEST_LIST)?;
    CertificateList::from_der(&unwrapped(&file))
        .map_err(|fault| unusable(&fault.to_string(), &fault.to_string()))
}

fn in_json(judged: &Judged) -> Result<Value, Failure> {
    let mut report =
        serde_json::to_value(&judged.report).map_err(|source| Failure::Output(source.into()))?;
    if let (Some(inquiry), Some(fields)) = (&judged.inquiry, report.as_object_mut()) {
        let asked = json!({
            "ocsp": source_json(&inquiry.ocsp),
            "crl": source_json(&inquiry.list),
        });
        fields.insert("asked".to_owned(), asked);
    }
    Ok(report)
}

fn in_words(judged: &Judged, language: Language) -> String {
    let told = judged.in_words(language.of_rules());
    let mut lines = told.reasons;
    lines.extend(option(judged, language).map(str::to_owned));
    let note = language.pick("注意", "Note");
    lines.extend(
        told.notes
            .iter()
            .map(|told| format!("{note}: {told}")),
    );
    lines.extend(
        told.facts
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    // Nobody is asked about a certificate that no trusted authority has signed.
    if let Some(inquiry) = &judged.inquiry {
        for (name, asked) in [("OCSP", &inquiry.ocsp), ("CRL", &inquiry.list)] {
            lines.extend(source_told(name, asked, language));
        }
    }
    lines.extend(
        told.findings
            .into_iter()
            .map(|(_, told)| told),
    );
    std::iter::once(told.verdict)
        .chain(
            lines
                .iter()
                .map(|line| format!("  {line}")),
        )
        .collect::<Vec<_>>()
        .join("\n")
}

/// The option of this command that may help.
fn option(judged: &Judged, language: Language) -> Option<&'static str> {
    Some(match judged.missing()? {
        Missing::Certificate => language.pick(
            "証明書のファイルは --certificate で指定できます。",
            "--certificate names the file of a certificate.",
        ),
        Missing::Authority => language.pick(
            "認証局の証明書のファイルは --trust で指定できます。",
            "--trust names the file of an authority's certificate.",
        ),
        Missing::Status => language.pick(
            "--online で問い合わせるか、--crl で失効リストのファイルを指定できます。",
            "--online asks for it, and --crl names the file of a revocation list.",
        ),
        Missing::CityTime if judged.is_online => language.pick(
            "この機械の練習用の市が発行した証明書です。市の時計は進めてあることがあります。市が動いているか（shirushi up）確かめて、検証し直してください。",
            "A sandbox city on this machine has issued the certificate, and its clock may have been moved ahead: see that the city runs (shirushi up), and verify again.",
        ),
        Missing::CityTime => language.pick(
            "この機械の練習用の市が発行した証明書です。市の時計は進めてあることがあり、--online なら市の時計で確かめます。",
            "A sandbox city on this machine has issued the certificate, and its clock may have been moved ahead: --online judges by the city's time.",
        ),
    })
}
