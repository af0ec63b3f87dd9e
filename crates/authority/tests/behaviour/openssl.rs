//! OpenSSL as the judge of certificates, lists and OCSP answers. A missing program fails the test.

use shirushi_clock::Instant;
use std::{collections::HashSet, path::PathBuf, process::Command};
use tempfile::TempDir;

/// A folder in which openssl runs.
pub(crate) struct Judge {
    folder: TempDir,
}

impl Judge {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Writes DER values under this label of RFC 7468, one after the other.
    pub(crate) fn write_pem<'a>(
        &self,
        name: &str,
        label: &str,
        ders: impl IntoIterator<Item = &'a [u8]>,
    ) {
        use base64ct::{Base64, Encoding as _};
        let mut text = String::new();
        for der in ders {
            text.push_str(&format!("-----BEGIN {label}-----\n"));
            for line in der.chunks(48) {
                text.push_str(&Base64::encode_string(line));
                text.push('\n');
            }
            text.push_str(&format!("-----END {label}-----\n"));
        }
        self.write(name, text.as_bytes());
    }

    /// Runs openssl with the words of `line`; everything that it says.
    pub(crate) fn said(&self, line: &str) -> String {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("the program openssl is needed for this test");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Which of these files with a certificate stand at this instant, by all anchors of `trust` and the lists of `lists`.
    pub(crate) fn standing(
        &self,
        trust: &str,
        lists: &str,
        at: Instant,
        files: &[String],
    ) -> (Vec<bool>, String) {
        let line = format!(
            "verify -no-CAfile -no-CApath -CAfile {trust} -crl_check -CRLfile {lists} -attime {} {}",
            at.unix(),
            files.join(" ")
        );
        let said = self.said(&line);
        let standing: HashSet<&str> = said
            .lines()
            .filter_map(|line| line.strip_suffix(": OK"))
            .collect();
        let stand = files
            .iter()
            .map(|file| standing.contains(file.as_str()))
            .collect();
        (stand, said)
    }
}
