//! A lab with a copy of the card in its reader, and programs that are run there.

use crate::{
    city::city,
    said::{Said, ended},
};
use shirushi_lab::{Inserted, Lab, program};
use std::{
    ffi::OsStr,
    fmt::Debug,
    path::{Path, PathBuf},
    process::Command,
};

/// A lab. Its programs run in its folder, which is their home too, in English.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) lab: Lab,
}

impl Desk {
    /// A lab with a copy of the card as `taro.card`, outside the reader.
    pub(crate) fn new() -> Self {
        let desk = Self { lab: Lab::start() };
        std::fs::copy(city().card(), desk.path("taro.card")).unwrap();
        desk
    }

    /// A file in the desk's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.lab.folder().join(name)
    }

    /// Writes a file in the desk's folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Puts the card into the reader; `options` are those of `card serve`.
    pub(crate) fn insert(&self, options: &[&str]) -> Inserted<'_> {
        let mut serve = self.command(env!("CARGO_BIN_EXE_shirushi"));
        serve
            .args(["card", "serve", "taro.card"])
            .args(options);
        self.lab.insert(serve)
    }

    /// A program in the desk's folder, with nothing of this process's surroundings that a client might listen to.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = self.lab.command("env");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .arg(format!("--chdir={}", self.lab.folder().display()))
            .arg("-i")
            .arg(format!("PATH={path}:/usr/sbin:/sbin"))
            .arg(format!("HOME={}", self.lab.folder().display()))
            .arg("LC_ALL=C.UTF-8")
            .arg(program.as_ref());
        command
    }

    /// A program that `./test` unpacks, with the libraries unpacked beside it. What it starts ends with it, and it ends by itself.
    pub(crate) fn unpacked(&self, program: impl AsRef<Path>) -> Command {
        let mut command = self.command("timeout");
        command
            .args([
                "300",
                "unshare",
                "--pid",
                "--fork",
                "--kill-child=KILL",
                "--mount-proc",
                "env",
            ])
            .arg(format!("LD_LIBRARY_PATH={}", unpacked_libraries()))
            .arg(program.as_ref());
        command
    }

    /// Runs a program to its end.
    pub(crate) fn run<A: AsRef<OsStr> + Debug>(&self, program: &str, arguments: &[A]) -> Said {
        self.run_with(program, arguments, "")
    }

    /// Runs a program that reads this from its standard input.
    pub(crate) fn run_with<A: AsRef<OsStr> + Debug>(
        &self,
        program: &str,
        arguments: &[A],
        input: &str,
    ) -> Said {
        ended(self.command(program).args(arguments), input)
    }

    /// Writes the DigestInfo of a file's SHA-256 (RFC 8017 §9.2, note 1).
    pub(crate) fn write_digest_info(&self, content: &str, name: &str) {
        let said = self.run("openssl", &["dgst", "-sha256", "-r", content]);
        let info = format!(
            "3031300d060960864801650304020105000420{}",
            &said.good()[..64]
        );
        self.write(name, hex::decode(info).unwrap());
    }

    /// Checks a signature over a file with OpenSSL, by SHA-256 unless another digest is named.
    pub(crate) fn assert_signed(&self, word: &str, digest: &str, content: &str, signature: &str) {
        let key = city().key(word);
        let verify = |key: &Path| {
            let mut arguments: Vec<&OsStr> = vec!["dgst".as_ref(), digest.as_ref()];
            arguments.extend([OsStr::new("-verify"), key.as_os_str()]);
            arguments.extend(["-signature", signature, content].map(OsStr::new));
            self.run("openssl", &arguments)
        };
        let said = verify(&key);
        assert_eq!(
            (said.code, said.answer.as_str()),
            (Some(0), "Verified OK\n"),
            "{said:?}"
        );
        // By the other key it is not: the check can fail.
        let other = if word == "auth" { "sign" } else { "auth" };
        assert_eq!(verify(&city().key(other)).answer, "Verification failure\n");
    }

    /// What OpenSSL says of a detached signature (CMS) by the holder of a certificate, with the authority that issued it.
    pub(crate) fn verify_cms(&self, word: &str, signature: &str, content: &str) -> Said {
        let authority = city().pem(&format!("{word}-ca"));
        let arguments = [
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            signature,
            "-content",
            content,
            "-purpose",
            "any",
            "-CAfile",
            authority.to_str().unwrap(),
        ];
        self.run("openssl", &arguments)
    }
}

/// Where a shared library of Debian is, whatever the machine's architecture.
///
/// # Panics
/// When it is not on this machine.
pub(crate) fn library(name: &str) -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap();
    let mut paths = folders.map(|folder| folder.unwrap().path().join(name));
    paths
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is not on this machine; ./test installs it"))
        .into_os_string()
        .into_string()
        .unwrap()
}

/// The folders of the libraries that `./test` unpacks, as `LD_LIBRARY_PATH` has them.
pub(crate) fn unpacked_libraries() -> String {
    let root = unpacked_root();
    let mut folders = Vec::new();
    for folder in ["usr/lib", "lib"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let folder = entry.unwrap().path();
            // Debian's name of the architecture: x86_64-linux-gnu.
            if folder
                .to_str()
                .unwrap()
                .ends_with("-linux-gnu")
            {
                folders.push(folder.to_str().unwrap().to_owned());
            }
        }
    }
    assert!(!folders.is_empty(), "{} is empty", root.display());
    folders.join(":")
}

/// Where `./test` unpacks what is not installed.
pub(crate) fn unpacked_root() -> PathBuf {
    let nginx = program("nginx").canonicalize().unwrap();
    let root = nginx.ancestors().nth(3).unwrap();
    assert!(root.join("packages").is_file(), "{}", root.display());
    root.to_owned()
}

/// The tries left of both PINs, as OpenSC reads them.
pub(crate) fn tries(desk: &Desk) -> Vec<u8> {
    let said = desk.run("pkcs15-tool", &["--list-pins"]);
    said.good()
        .lines()
        .filter_map(|line| line.split_once("Tries left     : "))
        .map(|(_, tries)| tries.parse().unwrap())
        .collect()
}
