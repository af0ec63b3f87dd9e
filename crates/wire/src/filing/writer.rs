//! The one form in bytes.
//!
//! UTF-8; the declaration; each element on a line of its own, no indentation. What follows the declaration is Canonical XML 1.0
//! (inclusive, as e-Tax signs it): attributes in the order of their names; in text `&`, `<` and `>` are escaped, in attributes
//! `&`, `<` and `"`; nothing else is.

use super::{Attachment, Filing, FilingFault, LARGEST_DOCUMENT, form};
use base64ct::{Base64, Encoding as _};
use shirushi_crypto::sha256;

/// The namespace of the document.
pub(super) const NAMESPACE: &str = "urn:x-shirushi:filing:1";

pub(super) fn write(filing: &Filing) -> Result<Vec<u8>, FilingFault> {
    check(filing)?;
    let mut out = Writer(String::with_capacity(size_hint(filing)));
    let procedure = filing.procedure.as_str();
    out.line("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>");
    out.line(&format!("<DATA xmlns=\"{NAMESPACE}\" id=\"DATA\">"));
    out.line(&format!("<{procedure} id=\"{procedure}\">"));
    out.line("<CATALOG id=\"CATALOG\">");
    out.element("filing", &filing.id.to_string());
    out.element("prepared-at", &filing.prepared_at.to_string());
    out.line("<applicant>");
    out.element("name", &filing.applicant.name);
    out.element("birth-date", &filing.applicant.birth_date.to_string());
    out.element("address", &filing.applicant.address);
    out.line("</applicant>");
    out.line("</CATALOG>");
    out.line("<CONTENTS id=\"CONTENTS\">");
    out.line("<form>");
    for (name, value) in &filing.form {
        out.field(name, value);
    }
    out.line("</form>");
    for attachment in &filing.attachments {
        out.attachment(attachment);
    }
    out.line("</CONTENTS>");
    out.line(&format!("</{procedure}>"));
    out.line("</DATA>");
    within_limit(out.0.len())?;
    Ok(out.0.into_bytes())
}

pub(super) fn within_limit(size: usize) -> Result<(), FilingFault> {
    if size > LARGEST_DOCUMENT {
        return Err(FilingFault::TooLarge {
            size,
            limit: LARGEST_DOCUMENT,
        });
    }
    Ok(())
}

fn check(filing: &Filing) -> Result<(), FilingFault> {
    within_limit(size_hint(filing))?;
    form::line("name", &filing.applicant.name)?;
    form::birth_date(filing.applicant.birth_date)?;
    form::line("address", &filing.applicant.address)?;
    form::fields(&filing.form)?;
    for (name, value) in &filing.form {
        form::field(name, value)?;
    }
    form::attachments(&filing.attachments)?;
    filing
        .attachments
        .iter()
        .try_for_each(form::attachment)
}

/// What the attachments will need at least.
fn size_hint(filing: &Filing) -> usize {
    filing
        .attachments
        .iter()
        .fold(1024_usize, |sum, attachment| {
            sum.saturating_add(attachment.content.len().div_ceil(3) * 4)
        })
}

struct Writer(String);

impl Writer {
    fn line(&mut self, markup: &str) {
        self.0.push_str(markup);
        self.0.push('\n');
    }

    fn element(&mut self, name: &str, text: &str) {
        self.line(&format!("<{name}>{}</{name}>", escape_text(text)));
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(&format!(
            "<field name=\"{}\">{}</field>",
            escape_attribute(name),
            escape_text(value)
        ));
    }

    fn attachment(&mut self, attachment: &Attachment) {
        self.0.push_str(&format!(
            "<attachment media-type=\"{}\" name=\"{}\" sha256=\"{}\" size=\"{}\">",
            escape_attribute(&attachment.media_type),
            escape_attribute(&attachment.name),
            hex::encode(sha256(&attachment.content)),
            attachment.content.len(),
        ));
        self.0
            .push_str(&Base64::encode_string(&attachment.content));
        self.line("</attachment>");
    }
}

fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn escape_attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
