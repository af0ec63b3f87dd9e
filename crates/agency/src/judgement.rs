//! The judgement of a filing: every rule, in order, each in one place.

use crate::Submission;
use shirushi_clock::Instant;
use shirushi_path::{Evidence, Requirements, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind, HolderItems};
use shirushi_rules::{
    Bilingual, COMPLETE, Facts, InBoth, PROCEDURE_KNOWN, Refusal, SIGNER_IS_APPLICANT, SIZE_LIMIT,
    WELL_FORMED,
};
use shirushi_signature::{
    MAX_CMS_LEN,
    report::{ValidationReport, check},
};
use shirushi_wire::filing::{
    Filing, FilingApplicant, FilingError, FilingFault, FilingId, LARGEST_DOCUMENT, Procedure,
};

/// What was found about a submission, whether it may be accepted or not.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The id of the filing; none when the document is no filing.
    pub filing: Option<FilingId>,
    /// Who files and about which procedure, as the document says; none when it is no filing.
    pub about: Option<(String, String)>,
    /// The validation of the signature; none when it was not reached.
    pub report: Option<ValidationReport>,
    /// Nothing but [`shirushi_rules::NOT_FILED_TWICE`] stands against it, which only the records know; or the first refusal.
    pub outcome: Result<(), Refusal>,
}

/// Judges a submission at the instant `at` with the evidence at hand.
///
/// The order: size and form; the signature and its certificate (`shirushi_signature::report`); whether the document is complete,
/// about a known procedure, and by the signer.
#[must_use]
pub fn judge(
    submission: &Submission,
    anchors: &TrustAnchors,
    evidence: &Evidence,
    at: Instant,
) -> Judgement {
    let mut judgement = Judgement {
        filing: None,
        about: None,
        report: None,
        outcome: Ok(()),
    };
    judgement.outcome = judgement.ask(submission, anchors, evidence, at);
    judgement
}

impl Judgement {
    fn ask(
        &mut self,
        submission: &Submission,
        anchors: &TrustAnchors,
        evidence: &Evidence,
        at: Instant,
    ) -> Result<(), Refusal> {
        let Submission {
            document,
            signature,
        } = submission;
        within_limit("document", document.len(), LARGEST_DOCUMENT)?;
        within_limit("signature", signature.len(), MAX_CMS_LEN)?;
        let filing = Filing::parse(document);
        self.filing = filing
            .as_ref()
            .ok()
            .map(|filing| filing.id);
        self.about = filing
            .as_ref()
            .ok()
            .map(|filing| (filing.applicant.name.clone(), filing.procedure.to_string()));
        well_formed(&filing)?;

        let requirements = Requirements::new(CertificateKind::Signature, at);
        let (report, checked) = check(signature, document, anchors, evidence, &requirements);
        self.report = Some(report);
        let (verified, _) = checked?;

        let procedure = filing
            .as_ref()
            .ok()
            .and_then(|filing| Procedure::find(&filing.procedure));
        complete(&filing, procedure)?;
        // Without a filing, completeness has been left out in a test build.
        let Ok(filing) = filing else {
            return Ok(());
        };
        PROCEDURE_KNOWN.require(
            procedure.is_some(),
            [("procedure", filing.procedure.to_string())],
        )?;
        signer_is_applicant(verified.signer(), &filing.applicant)
    }
}

fn within_limit(part: &str, size: usize, limit: usize) -> Result<(), Refusal> {
    SIZE_LIMIT.require(
        size <= limit,
        Facts::new()
            .and("part", part)
            .and("limit", limit)
            .and("size", size),
    )
}

fn well_formed(filing: &Result<Filing, FilingError>) -> Result<(), Refusal> {
    let fault = filing
        .as_ref()
        .err()
        .filter(|error| error.is_no_document());
    WELL_FORMED.require(
        fault.is_none(),
        fault.map_or_else(Facts::new, |fault| {
            Facts::new()
                .and("where", place(fault))
                .and("fault", said(fault))
        }),
    )
}

/// The one form in bytes, and the fields that the procedure asks for.
fn complete(
    filing: &Result<Filing, FilingError>,
    procedure: Option<&Procedure>,
) -> Result<(), Refusal> {
    let fault = match filing {
        Err(error) => {
            let (place, said) = (place(error), said(error));
            Some(InBoth::new(
                format!("{}: {}", place.ja, said.ja),
                format!("{}: {}", place.en, said.en),
            ))
        }
        Ok(filing) => procedure.and_then(|procedure| missing_field(filing, procedure)),
    };
    match fault {
        Some(fault) => COMPLETE.require(false, Facts::new().and("fault", fault)),
        None => Ok(()),
    }
}

fn missing_field(filing: &Filing, procedure: &Procedure) -> Option<InBoth> {
    let wrong = procedure.fields.iter().find(|field| {
        filing
            .field(field.name)
            .is_none_or(|value| !field.form.fits(value))
    })?;
    let (ja, en, name) = (wrong.label.ja, wrong.label.en, wrong.name);
    Some(match filing.field(name) {
        None => InBoth::new(
            format!("「{ja}」がありません"),
            format!("{en} ({name}) is absent"),
        ),
        Some(_) => InBoth::new(
            format!("「{ja}」の形式が違います"),
            format!("{en} ({name}) has the wrong form"),
        ),
    })
}

fn signer_is_applicant(signer: &Certificate, applicant: &FilingApplicant) -> Result<(), Refusal> {
    let facts = match signer.holder() {
        None => Some(
            Facts::new()
                .and("applicant", applicant.name.as_str())
                .and(
                    "signer",
                    Bilingual::new("氏名のない証明書", "a certificate without a name"),
                )
                .and("difference", Bilingual::new("氏名", "the name")),
        ),
        Some(items) => difference(applicant, &items).map(|(stated, carried, first)| {
            Facts::new()
                .and("applicant", stated)
                .and("signer", carried)
                .and("difference", first)
        }),
    };
    match facts {
        Some(facts) => SIGNER_IS_APPLICANT.require(false, facts),
        None => Ok(()),
    }
}

/// The first item in which the applicant stated and the holder certified differ, as each has it. A certificate carries substitutes
/// (代替文字) for characters outside its repertoire, so the statement is compared after the same substitution, by
/// [`shirushi_text::is_same`]
/// (`facts/profile-and-rules.md` A.5, D.3). A birth date that the certificate does not know whole is not compared.
fn difference(
    applicant: &FilingApplicant,
    items: &HolderItems,
) -> Option<(String, String, InBoth)> {
    let differ = |stated: &str, carried: &str| {
        let stated = shirushi_text::substitute(&shirushi_text::composed(stated)).text;
        let (ja, en) = shirushi_text::first_difference(&stated, carried)?.told();
        Some(InBoth::new(ja, en))
    };
    if let Some(first) = differ(&applicant.name, &items.name) {
        return Some((applicant.name.clone(), items.name.clone(), first));
    }
    let birth = items.birth_date();
    if let Some(birth) = birth
        && birth != applicant.birth_date
    {
        return Some((
            format!("{} {}", applicant.name, applicant.birth_date),
            format!("{} {birth}", items.name),
            InBoth::new(
                format!("{} と {birth}", applicant.birth_date),
                format!("{} and {birth}", applicant.birth_date),
            ),
        ));
    }
    if let Some(first) = differ(&applicant.address, &items.address) {
        return Some((
            format!("{} {}", applicant.name, applicant.address),
            format!("{} {}", items.name, items.address),
            first,
        ));
    }
    None
}

fn place(error: &FilingError) -> InBoth {
    error
        .place()
        .unwrap_or_else(|| InBoth::new("文書", "document"))
}

fn said(error: &FilingError) -> InBoth {
    FilingFault::in_both_languages(&error.what)
}
