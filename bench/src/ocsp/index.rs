//! `index.txt`, the database of `openssl ca`: both sides read what they know from the same file.

use crate::Failure;
use shirushi_profile::SerialNumber;
use shirushi_wire::IssuedCertificate;
use std::{collections::HashSet, fs, path::Path};

/// Writes one valid entry for each certificate.
pub(super) fn write(path: &Path, certificates: &[&IssuedCertificate]) -> Result<(), Failure> {
    let lines: String = certificates
        .iter()
        .map(|certificate| {
            entry(
                &certificate.not_after.to_string(),
                &certificate.serial.to_string(),
            )
        })
        .collect();
    fs::write(path, lines).map_err(Failure::at(path))
}

/// The serial numbers of the valid entries.
pub(super) fn read(path: &Path) -> Result<HashSet<SerialNumber>, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::at(path))?;
    Ok(valid(&text))
}

/// Status, end (`YYMMDDHHMMSSZ`), no revocation, serial number in upper case, no file, a name.
fn entry(not_after: &str, serial: &str) -> String {
    let end: String = not_after
        .chars()
        .skip(2)
        .filter(char::is_ascii_alphanumeric)
        .filter(|c| *c != 'T')
        .collect();
    let serial = serial.to_uppercase();
    format!("V\t{end}\t\t{serial}\tunknown\t/CN={serial}\n")
}

fn valid(index: &str) -> HashSet<SerialNumber> {
    index
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            let is_valid = fields.next() == Some("V");
            let serial = fields.nth(2)?.to_lowercase();
            is_valid.then(|| serial.parse().ok())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let serial = "40ab00000000000000000000000000ff";
        let line = entry("2031-02-17T14:59:59Z", serial);
        assert_eq!(
            line,
            "V\t310217145959Z\t\t40AB00000000000000000000000000FF\tunknown\t/CN=40AB00000000000000000000000000FF\n"
        );
        let index = format!("{line}R\t310217145959Z\t260101000000Z\t0B\tunknown\t/CN=b\ngarbled\n");
        assert_eq!(valid(&index), HashSet::from([serial.parse().unwrap()]));
    }
}
