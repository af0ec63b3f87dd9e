//! `verify`: a signature judged, with a report.

use crate::{
    arguments::Verify,
    attended::{attended, say},
    certificates,
    city::time_for,
    failure::Failure,
    language::Language,
    network::Http,
    output::{print, print_data, read},
    told::{code, refusal_text, told},
};
use shirushi_client::inquire;
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_path::{Evidence, Indication, Requirements, TrustAnchors};
use shirushi_profile::CertificateList;
use shirushi_rules::{RULES, Refusal};
use shirushi_signature::report::{ValidationReport, check, claimed_signer};
use std::process::ExitCode;

/// `verify`
pub(crate) async fn run(verify: Verify, language: Language) -> Result<ExitCode, Failure> {
    let network = match verify.is_online {
        true => Some(Http::new()?),
        false => None,
    };
    let is_json = verify.is_json;
    let (report, refusal) =
        attended(language, move || judge(&verify, network.as_ref(), language)).await?;
    match is_json {
        true => print_data(
            &serde_json::to_string(&report).map_err(|source| Failure::Output(source.into()))?,
        )?,
        false => print(&in_words(&report, refusal.as_ref(), language))?,
    }
    Ok(ExitCode::from(match report.indication {
        Indication::Passed => 0,
        Indication::Failed => code::FAILED,
        Indication::Indeterminate => code::INDETERMINATE,
    }))
}

fn judge(
    verify: &Verify,
    network: Option<&Http>,
    language: Language,
) -> Result<(ValidationReport, Option<Refusal>), Failure> {
    let cms = read(&verify.signature)?;
    let content = read(&verify.content)?;
    let mut trusted = Vec::new();
    for path in &verify.trust {
        trusted.extend(certificates::all(path, language)?);
    }
    let anchors = TrustAnchors::new(trusted);
    let mut evidence = Evidence::default();
    for path in &verify.lists {
        let list = CertificateList::from_der(&read(path)?).map_err(|fault| {
            let path = path.display();
            told(
                code::FAILED,
                language,
                &format!("{path} は失効リスト（DER）ではありません（{fault}）。"),
                &format!("{path} is no revocation list in DER ({fault})."),
            )
        })?;
        evidence.crls.push(list);
    }
    let mut now = SystemClock.now();
    if let Some(network) = network
        && let Ok(signer) = claimed_signer(&cms)
    {
        now = time_for(&signer, Some(anchors.certificates()), network, language);
        say(language.pick("認証局に問い合わせています…", "Asking the authority…"));
        let found = inquire(&signer, &anchors, network, &SystemRandom).evidence;
        evidence.crls.extend(found.crls);
        evidence.ocsp.extend(found.ocsp);
    }
    let requirements = Requirements::new(verify.kind, now);
    let (report, outcome) = check(&cms, &content, &anchors, &evidence, &requirements);
    Ok((report, outcome.err()))
}

fn in_words(report: &ValidationReport, refusal: Option<&Refusal>, language: Language) -> String {
    let verdict = match report.indication {
        Indication::Passed => {
            language.pick("合格: 署名は有効です", "PASSED: the signature is valid")
        }
        Indication::Failed => language.pick(
            "不合格: 署名は無効です",
            "FAILED: the signature is not valid",
        ),
        Indication::Indeterminate => language.pick(
            "判定できません: 有効とみなさないでください",
            "INDETERMINATE: not to be taken as valid",
        ),
    };
    let mut lines = vec![verdict.to_owned()];
    if let Some(refusal) = refusal {
        lines.push(format!("  {}", refusal_text(refusal, language)));
    }
    if let Some(signer) = &report.signer {
        lines.push(format!(
            "  {}: {}",
            language.pick("署名者の証明書", "Signer's certificate"),
            signer.subject
        ));
        lines.push(format!(
            "  {}: {}",
            language.pick("発行者", "Issuer"),
            signer.issuer
        ));
        lines.push(format!(
            "  {}: {}",
            language.pick("シリアル番号", "Serial number"),
            signer.serial
        ));
    }
    if let Some(at) = report.signing_time {
        lines.push(format!(
            "  {}: {at}",
            language.pick(
                "署名時刻（署名者の申告）",
                "Signing time (as the signer claims)"
            )
        ));
    }
    if let Some(evidence) = &report.evidence {
        lines.push(format!(
            "  {}: {} ({})",
            language.pick("状態の証拠", "Evidence of the status"),
            evidence.kind.to_uppercase(),
            evidence.made_at
        ));
    }
    for finding in &report.findings {
        let rule = RULES
            .iter()
            .find(|rule| rule.id == finding.rule);
        let mark = match finding.passed {
            true => "○",
            false => "×",
        };
        let citation = rule.map_or("", |rule| rule.citation);
        lines.push(format!("  {mark} {} ({citation})", finding.rule));
    }
    lines.join("\n")
}
