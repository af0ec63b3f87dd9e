//! The openssl program, an implementation that shares nothing with ours. A missing program fails the test.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A directory in which openssl runs.
pub struct Openssl {
    directory: TempDir,
}

impl Openssl {
    pub fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), bytes).unwrap();
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path(file)).unwrap()
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Runs `openssl` with the words of `line`, whatever comes out.
    pub fn try_run(&self, line: &str) -> Output {
        Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.directory())
            .output()
            .expect("the program openssl is needed for this test")
    }

    /// Runs `openssl` and expects it to succeed.
    #[track_caller]
    pub fn run(&self, line: &str) -> Vec<u8> {
        let output = self.try_run(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}: {said}");
        output.stdout
    }

    /// Writes DER as the PEM that openssl's lists of certificates have to be.
    pub fn write_pem(&self, file: &str, label: &str, ders: &[&[u8]]) {
        let mut text = String::new();
        for der in ders {
            self.write("one.der", der);
            let kind = if label == "X509 CRL" { "crl" } else { "x509" };
            let pem = self.run(&format!("{kind} -inform DER -in one.der"));
            text.push_str(&String::from_utf8(pem).unwrap());
        }
        self.write(file, text);
    }
}

/// Runs `openssl`, which must succeed: what it prints.
#[track_caller]
pub fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = try_openssl(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    output.stdout
}

/// Runs `openssl`, whatever comes out.
pub fn try_openssl(arguments: &[&str]) -> Output {
    Command::new("openssl")
        .args(arguments)
        .output()
        .expect("the program openssl is needed for this test")
}
