//! One linter over the exact bytes: before signing, in tests, and by verifiers.

/// One departure from the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, by a stable name.
    pub rule: &'static str,
    /// What was found.
    pub text: String,
}
