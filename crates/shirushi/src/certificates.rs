//! Certificates that are named on the command line or written into files: PEM (RFC 7468) or DER.

use crate::{
    failure::Failure,
    input::read_at_most,
    language::Language,
    told::{code, told},
};
use base64ct::{Base64, Encoding as _};
use shirushi_client::{LONGEST_CERTIFICATES, certificates_in};
use shirushi_profile::Certificate;
use std::path::Path;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// Characters on a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// The largest file of certificates, in bytes.
pub(crate) const LARGEST: usize = LONGEST_CERTIFICATES;

/// The certificates in a file.
///
/// # Errors
/// As [`read_at_most`]; [`Failure::Told`] when there is none, or one cannot be read.
pub(crate) fn all(path: &Path, language: Language) -> Result<Vec<Certificate>, Failure> {
    let bytes = read_at_most(path, LARGEST)?;
    certificates_in(&bytes).ok_or_else(|| {
        let path = path.display();
        told(
            code::NO_INPUT,
            language,
            &format!("{path} は証明書のファイル（PEMかDER）ではありません。"),
            &format!("{path} is no file of certificates (PEM or DER)."),
        )
    })
}

/// The one certificate in a file, or the first of several.
///
/// # Errors
/// As [`all`].
pub(crate) fn one(path: &Path, language: Language) -> Result<Certificate, Failure> {
    let mut all = all(path, language)?;
    Ok(all.swap_remove(0))
}

/// A certificate as PEM.
pub(crate) fn to_pem(der: &[u8]) -> String {
    let body = Base64::encode_string(der);
    let mut text = format!("{BEGIN}\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(END);
    text.push('\n');
    text
}
