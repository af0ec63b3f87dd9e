//! All that one role can be asked.

use crate::{Document, Endpoint, Nothing, Operation, register, responder};

/// What a role serves to programs.
pub struct RoleContract {
    /// Its name, as `shirushi serve` has it.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub is: &'static str,
    /// Its endpoints.
    pub operations: &'static [&'static dyn Operation],
    /// Its description, as it is committed in `docs/api` and served.
    pub document: &'static str,
}

/// The roles whose endpoints are defined here.
pub static ROLES: [&RoleContract; 2] = [&register::CONTRACT, &responder::CONTRACT];

impl RoleContract {
    /// What the role of this name can be asked.
    #[must_use]
    pub fn of(role: &str) -> Option<&'static Self> {
        ROLES
            .into_iter()
            .find(|contract| contract.name == role)
    }
}

impl std::fmt::Debug for RoleContract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Each role tells what it can be asked.
pub static DESCRIPTION: Endpoint<Nothing, Document> =
    Endpoint::get("/openapi.json", "What can be asked here: this document.");
