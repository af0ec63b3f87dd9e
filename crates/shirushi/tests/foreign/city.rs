//! One city for all tests, and the card of 印　太郎 with certificates of it; another for whoever ends certificates.

use crate::{citizen::Officer, http::get};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use std::{
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{OnceLock, mpsc},
    thread,
};

/// What is known of the city and of the card.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) base: String,
    /// Who issued the card.
    pub(crate) officer: Officer,
    /// Gone when the process ends.
    folder: PathBuf,
}

impl City {
    /// Founds a city that answers until the process ends, and has the card issued.
    pub(crate) fn found() -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        remove_at_the_end(&folder);
        let base = serve(folder.join("city"));
        let officer = Officer::enrolled(&base);
        let mut citizen = officer.issue(&folder);
        let city = Self {
            base,
            officer,
            folder,
        };
        for (word, bytes) in [
            ("auth", citizen.certificate("000a")),
            ("sign", citizen.certificate("0001")),
            ("auth-ca", get(&city.base, "/ca/auth.cer").body),
            ("sign-ca", get(&city.base, "/ca/sign.cer").body),
        ] {
            let der = city.folder.join(format!("{word}.cer"));
            std::fs::write(&der, bytes).unwrap();
            let (der, pem, key) = (der, city.pem(word), city.key(word));
            let openssl = |arguments: &[&str]| {
                let mut command = Command::new("openssl");
                let ended = command
                    .args(["x509", "-inform", "DER", "-in"])
                    .arg(&der)
                    .args(arguments)
                    .output()
                    .unwrap();
                assert!(ended.status.success(), "{ended:?}");
                ended.stdout
            };
            std::fs::write(pem, openssl(&[])).unwrap();
            std::fs::write(key, openssl(&["-noout", "-pubkey"])).unwrap();
        }
        city
    }

    /// The card's file. Tests use copies.
    pub(crate) fn card(&self) -> PathBuf {
        self.folder.join("taro.card")
    }

    /// A certificate as DER, by the word of [`CERTIFICATES`].
    pub(crate) fn certificate(&self, word: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(format!("{word}.cer"))).unwrap()
    }

    /// The file of a certificate as PEM, by the word of [`CERTIFICATES`].
    pub(crate) fn pem(&self, word: &str) -> PathBuf {
        self.folder.join(format!("{word}.pem"))
    }

    /// The file of a certificate's public key, by the word of [`CERTIFICATES`].
    pub(crate) fn key(&self, word: &str) -> PathBuf {
        self.folder.join(format!("{word}.key"))
    }
}

/// The certificates on the card, in the order of OpenSC's identifiers 01 to 04.
pub(crate) const CERTIFICATES: [&str; 4] = ["auth", "sign", "auth-ca", "sign-ca"];

/// The city. The first who asks has it founded.
pub(crate) fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(City::found)
}

/// Founds the city and lets it answer as long as this process lives.
fn serve(folder: PathBuf) -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let town = Town::open(TownConfig {
                folder,
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                residents: Residents::Sample,
                pages: PagesAt::default(),
                records: Records::default(),
            })
            .await
            .unwrap();
            tell.send(town.base()).unwrap();
            town.serve(std::future::pending())
                .await
                .unwrap();
        });
    });
    told.recv().unwrap()
}

/// Nothing in a `static` is dropped. A shell waits for the end of this process, however it ends, and removes the folder then.
fn remove_at_the_end(folder: &Path) {
    let shell = Command::new("sh")
        .args(["-c", "read _; rm -rf -- \"$1\"", "sh"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What ends this process's group does not end the shell.
        .process_group(0)
        .spawn()
        .unwrap();
    // Its standard input stays open until the end.
    std::mem::forget(shell);
}
