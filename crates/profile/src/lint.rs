//! One linter over the exact bytes: before a key signs them, in tests, and by verifiers.
//!
//! It reads what stands in the bytes and compares it with the profile; it does not ask the builder. No finding means that the bytes
//! are what `facts/profile-and-rules.md` A.2–A.6 and the table of [`crate::deviations`] say. A finding is a reason not to sign.

mod authority;
mod certificate;
mod holder;
mod items;
mod list;
mod responder;

pub use authority::lint_ca;
pub use holder::lint_end_entity;
pub use list::lint_crl;
pub use responder::lint_responder;

/// One departure from the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, by a stable name such as `certificate.key-usage`.
    pub rule: &'static str,
    /// What was found.
    pub text: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    /// A finding of `rule`, unless `holds`.
    fn require(&mut self, rule: &'static str, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.0
                .push(Finding { rule, text: text() });
        }
    }
}
