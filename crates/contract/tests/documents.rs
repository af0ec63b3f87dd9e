//! The committed descriptions are those of the definitions.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_contract::{ROLES, described};
use std::{fs, path::Path};

/// `SHIRUSHI_WRITE_API=1` writes them anew.
#[test]
fn the_descriptions_are_those_of_the_definitions() {
    for role in ROLES {
        let described = described(role);
        let file = format!("docs/api/{}.json", role.name);
        if std::env::var_os("SHIRUSHI_WRITE_API").is_some() {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            fs::write(root.join(&file), &described).unwrap();
        } else {
            assert!(
                role.document == described,
                "{file}: write it anew with SHIRUSHI_WRITE_API=1"
            );
        }
    }
}
