//! A city of its own for each test, and what is fetched from it.

use crate::{
    http,
    run::{Said, openssl, run},
};
use shirushi_tour::{Artefacts, Listener, Step, tell};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};
use tempfile::TempDir;

/// Founds a city that answers until the test ends.
pub(crate) async fn found(residents: Residents) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::open(TownConfig {
        folder: folder.path().join("city"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        residents,
        pages: PagesAt::default(),
        records: Records::default(),
    })
    .await
    .unwrap();
    let base = town.base();
    tokio::spawn(town.serve(std::future::pending()));
    (folder, base)
}

/// Something that is looked at after one step of the story.
pub(crate) type Look = (&'static str, fn(&Exhibits));

/// Tells the story and looks after the steps named, each of which must come.
pub(crate) async fn tell_and_look(looks: &'static [Look]) -> TempDir {
    let (folder, base) = found(Residents::Nobody).await;
    let exhibits = folder.path().join("exhibits");
    std::fs::create_dir(&exhibits).unwrap();
    let mut onlooker = Onlooker {
        exhibits: Exhibits {
            base: base.clone(),
            folder: exhibits,
        },
        looks,
        looked: 0,
    };
    let story = tell(&base, &mut onlooker)
        .await
        .unwrap();
    assert!(story.is_good(), "{:#?}", story.steps.last());
    assert_eq!(onlooker.looked, looks.len());
    folder
}

struct Onlooker {
    exhibits: Exhibits,
    looks: &'static [Look],
    looked: usize,
}

impl Listener for Onlooker {
    fn step(&mut self, step: &Step, artefacts: &Artefacts) {
        for (name, look) in self.looks {
            if step.step == *name {
                for (file, bytes) in artefacts.iter() {
                    std::fs::write(self.exhibits.folder.join(file), bytes).unwrap();
                }
                look(&self.exhibits);
                self.looked += 1;
            }
        }
    }
}

/// A folder with the story's artefacts, and the city that they are of.
pub(crate) struct Exhibits {
    pub(crate) base: String,
    pub(crate) folder: PathBuf,
}

impl Exhibits {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Fetches the authority's certificate, as `sign-ca.pem`, and turns the holder's into `sign.pem`.
    pub(crate) fn certificates(&self, kind: &str) {
        let (ca, held) = (format!("{kind}-ca.pem"), format!("{kind}.pem"));
        let url = format!("{}/ca/{kind}.cer", self.base);
        self.openssl(&["x509", "-in", &url, "-out", &ca]);
        let cer = format!("{kind}.cer");
        self.openssl(&["x509", "-inform", "DER", "-in", &cer, "-out", &held]);
    }

    /// Fetches the list that `address` names into `name`, in PEM, afresh.
    pub(crate) fn list(&self, address: &str, name: &str) {
        self.openssl(&["crl", "-in", address, "-out", name]);
    }

    /// The address of the list, as it stands in the holder's certificate.
    pub(crate) fn list_address(&self, kind: &str) -> String {
        let held = format!("{kind}.pem");
        let said = self.openssl(&[
            "x509",
            "-in",
            &held,
            "-noout",
            "-ext",
            "crlDistributionPoints",
        ]);
        let (_, address) = said
            .answer
            .split_once("URI:")
            .unwrap_or_else(|| panic!("no address in {}", said.text));
        address.trim().to_owned()
    }

    /// The address of the responder, as it stands in the holder's certificate.
    pub(crate) fn responder_address(&self, kind: &str) -> String {
        let held = format!("{kind}.pem");
        let said = self.openssl(&["x509", "-in", &held, "-noout", "-ocsp_uri"]);
        said.answer.trim().to_owned()
    }

    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = http::get(&self.base, path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    }

    /// Waits until both lists of the kind have an entry: a task makes them right after a revocation, which does not wait for it.
    pub(crate) fn until_listed(&self, kind: &str) {
        let begun = std::time::Instant::now();
        for file in ["13998", "complete"] {
            let path = format!("/crl/{kind}/{file}.crl");
            while shirushi_profile::CertificateList::from_der(&self.bytes(&path))
                .unwrap()
                .is_empty()
            {
                assert!(begun.elapsed().as_secs() < 20, "{path} stays empty");
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> Said {
        openssl(&self.folder, arguments)
    }

    /// OpenSSL may refuse here.
    pub(crate) fn ask_openssl(&self, arguments: &[&str]) -> Said {
        run(&self.folder, "openssl", arguments)
    }
}
