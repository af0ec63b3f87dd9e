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
    network::Http,
    output::{print, print_json},
    told::{code, told},
};
use serde_json::{Value, json};
use shirushi_client::{Inquiry, inquire};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_path::{Evidence, Indication, Requirements, SubIndication, TrustAnchors};
use shirushi_profile::{Certificate, CertificateList};
use shirushi_rules::{InBoth, Refusal, SIGNATURE_VERIFIES, TRUSTED_ISSUER, rule};
use shirushi_signature::{
    MAX_CMS_LEN,
    report::{Outcome, ValidationReport, check_read, claimed_signer_among},
    unwrapped,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The longest file of a signature that is kept while it is read, in bytes: base64 is a third longer than what it stands for.
const LONGEST_SIGNATURE: usize = MAX_CMS_LEN / 2 * 3;
/// The longest file of a list, in bytes: some 800,000 entries, and a third more for PEM.
const LONGEST_LIST: usize = 48 << 20;

/// What came of it.
struct Judged {
    report: ValidationReport,
    refusal: Option<Refusal>,
    /// What was asked of the authority, with `--online`.
    inquiry: Option<Inquiry>,
    is_online: bool,
}

/// `verify`
pub(crate) async fn run(verify: Verify, language: Language) -> Result<ExitCode, Failure> {
    let network = match verify.is_online {
        true => Some(Http::new()?),
        false => None,
    };
    let is_json = verify.is_json;
    let judged = attended(language, move || judge(&verify, network.as_ref(), language)).await?;
    match is_json {
        true => print_json(&judged.in_json()?)?,
        false => print(&judged.in_words(language))?,
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
    let mut now = SystemClock.now();
    let inquiry = network
        .zip(claimed_signer_among(&signature.bytes, &certificates).ok())
        .map(|(network, signer)| {
            now = time_for(&signer, Some(anchors.certificates()), network, language);
            say(language.pick("認証局に問い合わせています…", "Asking the authority…"));
            inquire(&signer, &anchors, network, &SystemRandom, now)
        });
    if let Some(inquiry) = &inquiry {
        let found = inquiry.evidence.clone();
        evidence.crls.extend(found.crls);
        evidence.ocsp.extend(found.ocsp);
        evidence.missed.extend(found.missed);
    }
    let requirements = Requirements::new(verify.kind, now);
    let mut content = Pieces::of(&verify.content)?;
    let (mut report, outcome) = check_read(
        &signature.bytes,
        &mut content,
        &certificates,
        &anchors,
        &evidence,
        &requirements,
    )
    .map_err(|fault| content.unreadable(fault))?;
    report.signature_sha256 = hex::encode(&signature.sha256);
    Ok(Judged {
        report,
        refusal: outcome.err(),
        inquiry,
        is_online: network.is_some(),
    })
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

impl Judged {
    fn in_json(&self) -> Result<Value, Failure> {
        let mut report =
            serde_json::to_value(&self.report).map_err(|source| Failure::Output(source.into()))?;
        if let (Some(inquiry), Some(fields)) = (&self.inquiry, report.as_object_mut()) {
            let asked = json!({
                "ocsp": source_json(&inquiry.ocsp),
                "crl": source_json(&inquiry.list),
            });
            fields.insert("asked".to_owned(), asked);
        }
        Ok(report)
    }

    fn in_words(&self, language: Language) -> String {
        let report = &self.report;
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
        let mut lines = vec![match report.sub_indication {
            Some(sub) => format!("{verdict} [{}]", word(sub)),
            None => verdict.to_owned(),
        }];
        if let Some(refusal) = &self.refusal {
            lines.push(format!("  {}", refusal.reason(language.of_rules())));
        }
        if let Some(advice) = &report.advice {
            lines.push(format!("  {}", in_one(advice, language)));
        }
        if let Some(option) = self.option(language) {
            lines.push(format!("  {option}"));
        }
        for warning in &report.warnings {
            lines.push(format!(
                "  {}: {}",
                language.pick("注意", "Note"),
                in_one(&warning.told(), language)
            ));
        }
        self.push_signer(&mut lines, language);
        if let Some(evidence) = &report.evidence {
            lines.push(format!(
                "  {}: {} ({})",
                language.pick("状態の証拠", "Evidence of the status"),
                evidence.kind.to_uppercase(),
                evidence.made_at
            ));
        }
        self.push_asked(&mut lines, language);
        for finding in &report.findings {
            let mark = match finding.outcome {
                Outcome::Holds => "○",
                Outcome::Broken => "×",
                Outcome::NotAsked => "－",
            };
            let unasked = match finding.outcome {
                Outcome::NotAsked => language.pick("、確かめていません", ", not asked"),
                _ => "",
            };
            let citation = rule(&finding.rule).map_or("", |rule| rule.citation);
            lines.push(format!("  {mark} {} ({citation}{unasked})", finding.rule));
        }
        lines.join("\n")
    }

    /// The option of this command that may help.
    fn option(&self, language: Language) -> Option<&'static str> {
        match self.report.sub_indication? {
            SubIndication::NoSigningCertificateFound => Some(language.pick(
                "証明書のファイルは --certificate で指定できます。",
                "--certificate names the file of a certificate.",
            )),
            SubIndication::NoCertificateChainFound => Some(language.pick(
                "認証局の証明書のファイルは --trust で指定できます。",
                "--trust names the file of an authority's certificate.",
            )),
            SubIndication::TryLater if !self.is_online => Some(language.pick(
                "--online で問い合わせるか、--crl で失効リストのファイルを指定できます。",
                "--online asks for it, and --crl names the file of a revocation list.",
            )),
            _ => None,
        }
    }

    fn push_signer(&self, lines: &mut Vec<String>, language: Language) {
        let report = &self.report;
        let mut line = |ja, en, value: &str| {
            lines.push(format!("  {}: {value}", language.pick(ja, en)));
        };
        if let Some(signer) = &report.signer {
            let holds = |rule: &str| {
                report
                    .findings
                    .iter()
                    .any(|f| f.rule == rule && f.outcome == Outcome::Holds)
            };
            let is_shown = holds(SIGNATURE_VERIFIES.id) && holds(TRUSTED_ISSUER.id);
            match (&signer.name, is_shown) {
                (Some(name), true) => line("署名者", "Signer", name),
                (Some(name), false) => line(
                    "証明書にある氏名（確かめられていません）",
                    "Name in the certificate, not confirmed",
                    name,
                ),
                (None, _) => {}
            }
            line("署名者の証明書", "Signer's certificate", &signer.subject);
            line("発行者", "Issuer", &signer.issuer);
            line("シリアル番号", "Serial number", &signer.serial);
        }
        if let Some(at) = report.signing_time {
            line(
                "署名時刻（署名者の申告）",
                "Signing time (as the signer claims)",
                &at.to_string(),
            );
        }
    }

    /// What each address answered; nobody is asked about a certificate that no trusted authority has signed.
    fn push_asked(&self, lines: &mut Vec<String>, language: Language) {
        let Some(inquiry) = &self.inquiry else {
            return;
        };
        for (name, asked) in [("OCSP", &inquiry.ocsp), ("CRL", &inquiry.list)] {
            if let Some(told) = source_told(name, asked, language) {
                lines.push(format!("  {told}"));
            }
        }
    }
}

fn in_one(text: &InBoth, language: Language) -> &str {
    match language {
        Language::Japanese => &text.ja,
        Language::English => &text.en,
    }
}

/// The word of EN 319 102-1.
fn word(sub: SubIndication) -> String {
    serde_json::to_value(sub)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
