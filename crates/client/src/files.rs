//! Certificates in files: PEM (RFC 7468) or DER.

use base64ct::{Base64, Encoding as _};
use shirushi_profile::Certificate;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The largest file of certificates, in bytes: a thousand of them in PEM.
pub const LONGEST_CERTIFICATES: usize = 2 << 20;

/// The certificates in a file; none when there is not at least one, or one of them cannot be read.
#[must_use]
pub fn certificates_in(file: &[u8]) -> Option<Vec<Certificate>> {
    if file.first() == Some(&0x30) {
        return Some(vec![Certificate::from_der(file).ok()?]);
    }
    let mut rest = std::str::from_utf8(file).ok()?;
    let mut found = Vec::new();
    while let Some((_, behind)) = rest.split_once(BEGIN) {
        let (body, behind) = behind.split_once(END)?;
        let body: String = body
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .collect();
        let der = Base64::decode_vec(&body).ok()?;
        found.push(Certificate::from_der(&der).ok()?);
        rest = behind;
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::certificates_in;

    #[test]
    fn what_is_no_certificate_is_none() {
        for bytes in [
            &b""[..],
            b"\x30\x03\x02\x01\x01",
            b"-----BEGIN CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
        ] {
            assert!(certificates_in(bytes).is_none());
        }
    }
}
