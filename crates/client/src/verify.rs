//! A signature judged, with its report, and the report in words.

use crate::{
    Inquiry, StatusNetwork,
    city::may_be_of_a_city,
    inquire,
    words::{both, pick},
};
use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_path::{Evidence, Indication, Requirements, SubIndication, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{
    ALREADY_VALID, Language, Refusal, Rule, SIGNATURE_VERIFIES, TRUSTED_ISSUER, rule,
};
use shirushi_signature::{
    MAX_CMS_LEN,
    report::{Outcome, ValidationReport, check_read, claimed_signer_among},
};
use std::io;

/// The longest file of a signature that is kept while it is read, in bytes: base64 is a third longer than what it stands for.
pub const LONGEST_SIGNATURE: usize = MAX_CMS_LEN / 2 * 3;

/// By what a signature is judged.
#[derive(Debug)]
pub struct ToVerify<'v> {
    /// The file of the signature: DER, PEM or base64. Of a longer one the beginning, of [`LONGEST_SIGNATURE`] and one byte more.
    pub signature: &'v [u8],
    /// Certificates beside those in it.
    pub certificates: &'v [Certificate],
    /// Authorities that are trusted.
    pub anchors: &'v TrustAnchors,
    /// Evidence that is at hand.
    pub evidence: Evidence,
    /// Which key must have signed.
    pub kind: CertificateKind,
}

/// What came of it.
#[derive(Debug)]
pub struct Judged {
    /// The report.
    pub report: ValidationReport,
    /// By which rule it did not pass.
    pub refusal: Option<Refusal>,
    /// What was asked of the authority, where somebody was to be asked.
    pub inquiry: Option<Inquiry>,
    /// Whether somebody was to be asked.
    pub is_online: bool,
    /// Whether a sandbox city on this machine may have issued the certificate, and it was judged by this machine's time.
    is_judged_without_its_city: bool,
}

/// The status is asked here.
pub struct Online<'o> {
    /// The way there.
    pub network: &'o dyn StatusNetwork,
    /// For nonces.
    pub random: &'o dyn Random,
}

/// Judges a detached signature over `content`, which is read to its end. `time_of` the certificate of whoever claims to have signed is
/// the time of the judgement where somebody is asked, and `now` elsewhere.
///
/// # Errors
/// When the content cannot be read.
pub fn verify_read(
    wanted: ToVerify<'_>,
    content: &mut dyn io::Read,
    online: Option<Online<'_>>,
    now: Instant,
    time_of: impl FnOnce(&Certificate) -> Instant,
) -> io::Result<Judged> {
    let ToVerify {
        signature,
        certificates,
        anchors,
        mut evidence,
        kind,
    } = wanted;
    let mut at = now;
    let is_online = online.is_some();
    let signer = claimed_signer_among(signature, certificates).ok();
    let may_be_of_a_city = signer
        .as_ref()
        .is_some_and(may_be_of_a_city);
    let inquiry = online
        .zip(signer)
        .map(|(online, signer)| {
            at = time_of(&signer);
            inquire(&signer, anchors, online.network, online.random, at)
        });
    if let Some(inquiry) = &inquiry {
        let found = inquiry.evidence.clone();
        evidence.crls.extend(found.crls);
        evidence.ocsp.extend(found.ocsp);
        evidence.missed.extend(found.missed);
    }
    let requirements = Requirements::new(kind, at);
    let (report, outcome) = check_read(
        signature,
        content,
        certificates,
        anchors,
        &evidence,
        &requirements,
    )?;
    Ok(Judged {
        report,
        refusal: outcome.err(),
        inquiry,
        is_online,
        is_judged_without_its_city: may_be_of_a_city && at == now,
    })
}

/// A report in words. Whoever shows it adds how further files are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportInWords {
    /// Passed, failed or indeterminate, with the sub-indication.
    pub verdict: String,
    /// By which rule it did not pass, and what to do.
    pub reasons: Vec<String>,
    /// What is odd and refuses nothing.
    pub notes: Vec<String>,
    /// Signer, certificate, issuer, time, evidence: each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// Each rule with its outcome.
    pub findings: Vec<(Outcome, String)>,
}

impl Judged {
    /// The report in words, its times in UTC.
    #[must_use]
    pub fn in_words(&self, language: Language) -> ReportInWords {
        self.in_words_with(language, |at| at.to_string())
    }

    /// The same, with times as `moment` writes them.
    #[must_use]
    pub fn in_words_with(
        &self,
        language: Language,
        moment: impl Fn(Instant) -> String,
    ) -> ReportInWords {
        let report = &self.report;
        let verdict = match report.indication {
            Indication::Passed => pick(
                language,
                "合格: 署名は有効です",
                "PASSED: the signature is valid",
            ),
            Indication::Failed => pick(
                language,
                "不合格: 署名は無効です",
                "FAILED: the signature is not valid",
            ),
            Indication::Indeterminate => pick(
                language,
                "判定できません: 有効とみなさないでください",
                "INDETERMINATE: not to be taken as valid",
            ),
        };
        let reasons = [
            self.refusal
                .as_ref()
                .map(|refusal| refusal.reason(language).to_string()),
            report
                .advice
                .as_ref()
                .map(|advice| both(advice, language).to_owned()),
        ];
        ReportInWords {
            verdict: match report.sub_indication {
                Some(sub) => format!("{verdict} [{}]", word(sub)),
                None => verdict.to_owned(),
            },
            reasons: reasons.into_iter().flatten().collect(),
            notes: report
                .warnings
                .iter()
                .map(|warning| both(&warning.told(), language).to_owned())
                .collect(),
            facts: self.facts(language, moment),
            findings: self.findings(language),
        }
    }

    /// What further could be named, that may help.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        match self.report.sub_indication? {
            SubIndication::NoSigningCertificateFound => Some(Missing::Certificate),
            SubIndication::NoCertificateChainFound => Some(Missing::Authority),
            SubIndication::TryLater if !self.is_online => Some(Missing::Status),
            SubIndication::OutOfBoundsNoPoe
                if self.is_judged_without_its_city && self.is_broken(&ALREADY_VALID) =>
            {
                Some(Missing::CityTime)
            }
            _ => None,
        }
    }

    fn is_broken(&self, rule: &Rule) -> bool {
        self.report
            .findings
            .iter()
            .any(|finding| finding.rule == rule.id && finding.outcome == Outcome::Broken)
    }

    fn facts(
        &self,
        language: Language,
        moment: impl Fn(Instant) -> String,
    ) -> Vec<(&'static str, String)> {
        let report = &self.report;
        let mut facts = Vec::new();
        let mut fact = |ja, en, value: &str| {
            facts.push((pick(language, ja, en), value.to_owned()));
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
                (Some(name), true) => fact("署名者", "Signer", name),
                (Some(name), false) => fact(
                    "証明書にある氏名（確かめられていません）",
                    "Name in the certificate, not confirmed",
                    name,
                ),
                (None, _) => {}
            }
            fact("署名者の証明書", "Signer's certificate", &signer.subject);
            fact("発行者", "Issuer", &signer.issuer);
            fact("シリアル番号", "Serial number", &signer.serial);
        }
        if let Some(at) = report.signing_time {
            fact(
                "署名時刻（署名者の申告）",
                "Signing time (as the signer claims)",
                &moment(at),
            );
        }
        if let Some(evidence) = &report.evidence {
            fact(
                "状態の証拠",
                "Evidence of the status",
                &format!(
                    "{} ({})",
                    evidence.kind.to_uppercase(),
                    moment(evidence.made_at)
                ),
            );
        }
        facts
    }

    fn findings(&self, language: Language) -> Vec<(Outcome, String)> {
        let told = self
            .report
            .findings
            .iter()
            .map(|finding| {
                let mark = match finding.outcome {
                    Outcome::Holds => "○",
                    Outcome::Broken => "×",
                    Outcome::NotAsked => "－",
                };
                let unasked = match finding.outcome {
                    Outcome::NotAsked => pick(language, "、確かめていません", ", not asked"),
                    _ => "",
                };
                let citation = rule(&finding.rule).map_or("", |rule| rule.citation);
                let told = format!("{mark} {} ({citation}{unasked})", finding.rule);
                (finding.outcome, told)
            });
        told.collect()
    }
}

/// What was not at hand, and could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The signer's certificate.
    Certificate,
    /// The authority's.
    Authority,
    /// The status.
    Status,
    /// The time of the sandbox city that has issued the certificate: not yet valid by this machine's clock, it may be by the city's.
    CityTime,
}

/// The word of EN 319 102-1.
fn word(sub: SubIndication) -> String {
    serde_json::to_value(sub)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
