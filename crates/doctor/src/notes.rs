//! What has been found so far.

use crate::{Check, Finding, Outcome, Report, check::in_both, table::CHECKS};
use shirushi_rules::{Fact, InBoth};

/// What has been found so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    findings: Vec<Finding>,
}

/// What is put into the text of a fix, by name.
pub(crate) type Facts<'a> = &'a [(&'static str, Fact)];

impl Notes {
    /// Whether a check has been made.
    pub(crate) fn has(&self, check: &'static Check) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.check == check)
    }

    pub(crate) fn ok(&mut self, check: &'static Check, seen: InBoth) {
        self.note(check, Outcome::Ok, seen, None);
    }

    pub(crate) fn warn(&mut self, check: &'static Check, seen: InBoth, facts: Facts<'_>) {
        self.note(check, Outcome::Warning, seen, Some(facts));
    }

    pub(crate) fn fault(&mut self, check: &'static Check, seen: InBoth, facts: Facts<'_>) {
        self.note(check, Outcome::Fault, seen, Some(facts));
    }

    pub(crate) fn not_looked_at(&mut self, check: &'static Check, why: InBoth) {
        self.note(check, Outcome::NotLookedAt, why, None);
    }

    /// None of these checks has anything to look at.
    pub(crate) fn not_concerned(&mut self, checks: &[&'static Check], why: &InBoth) {
        for check in checks {
            self.note(check, Outcome::NotConcerned, why.clone(), None);
        }
    }

    /// All of it, in the order of the table; what nobody has looked at is said to be so.
    pub(crate) fn report(self) -> Report {
        let findings = CHECKS
            .iter()
            .map(|check| {
                let found = self
                    .findings
                    .iter()
                    .find(|finding| finding.check == *check);
                found
                    .cloned()
                    .unwrap_or_else(|| Finding {
                        check,
                        outcome: Outcome::NotLookedAt,
                        seen: said(
                            "先に見つかった問題のために、ここまで進めませんでした",
                            "What was found before kept the doctor from getting here",
                        ),
                        fix: None,
                    })
            })
            .collect();
        Report { findings }
    }

    fn note(
        &mut self,
        check: &'static Check,
        outcome: Outcome,
        seen: InBoth,
        facts: Option<Facts<'_>>,
    ) {
        self.findings.push(Finding {
            check,
            outcome,
            seen,
            fix: facts.map(|facts| in_both(check.fix, facts)),
        });
    }
}

/// A text in both languages.
pub(crate) fn said(ja: impl Into<String>, en: impl Into<String>) -> InBoth {
    InBoth {
        ja: ja.into(),
        en: en.into(),
    }
}
