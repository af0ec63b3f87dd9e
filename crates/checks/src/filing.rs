//! Filings (`shirushi_wire::filing`): the canonical document.

use shirushi_wire::filing::{Filing, LARGEST_DOCUMENT, Procedure};

/// What is a filing is exactly what the writer makes of it; what is none is told in both languages.
pub fn check(bytes: &[u8]) {
    match Filing::parse(bytes) {
        Ok(filing) => {
            assert_eq!(filing.to_xml().as_deref(), Ok(bytes));
            assert!(bytes.len() <= LARGEST_DOCUMENT);
            if let Some(procedure) = Procedure::find(&filing.procedure) {
                for field in procedure.fields {
                    let _ = filing
                        .field(field.name)
                        .map(|value| field.form.fits(value));
                }
            }
        }
        Err(error) => {
            let _ = (error.is_no_document(), error.place());
            let told = error.what.in_both_languages();
            assert!(!told.ja.is_empty() && !told.en.is_empty());
        }
    }
}
