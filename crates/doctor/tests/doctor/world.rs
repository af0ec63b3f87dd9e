//! Surroundings in which nothing is wrong.

use crate::{
    home::Home,
    pki::{NOW, ResponseDraft, Said},
    server::{Plain, Server, ocsp},
};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_doctor::{Cards, Finding, Outcome, Report, Surroundings, examine};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::InBoth;
use shirushi_softcard::SoftCard;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// A machine with a card in its reader.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) home: Home,
    /// Answers for the certificate's status.
    pub(crate) responder: Server,
}

/// What is in a reader.
#[derive(Clone)]
pub(crate) enum Slot {
    Card(Arc<Mutex<dyn Transmit + Send>>),
    Fails(fn() -> ReaderError),
}

/// Readers, by name.
pub(crate) struct Readers(pub(crate) Vec<(&'static str, Slot)>);

/// Readers that cannot be told.
pub(crate) struct NoReaders(pub(crate) fn() -> ReaderError);

impl World {
    pub(crate) fn new() -> Self {
        Self::answering(Said::Good)
    }

    /// Whose responder says this.
    pub(crate) fn answering(said: Said) -> Self {
        let home = Home::new();
        let draft = ResponseDraft::about(&home.authentication, &home.authority.certificate, said);
        let response = draft.sign_der(&home.authority.key);
        Self::with(home, Server::start(move |_| ocsp(&response, NOW)))
    }

    pub(crate) fn with(home: Home, responder: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self {
            folder,
            home,
            responder,
        };
        world.write("root/usr/sbin/pcscd", "");
        world.write("root/usr/bin/chromium", "");
        let library = "usr/lib/x86_64-linux-gnu/pkcs11/libshirushi_pkcs11.so";
        world.write(&format!("root/{library}"), "");
        world.write(
            "root/usr/share/p11-kit/modules/shirushi.module",
            "module: libshirushi_pkcs11.so\n",
        );
        world.write(
            "home/.pki/nssdb/pkcs11.txt",
            format!(
                "library=\nname=NSS Internal PKCS #11 Module\n\nlibrary=/{library}\nname=Shirushi\n"
            ),
        );
        world.plug(
            "1-1",
            ["054c", "0dc8"],
            "FeliCa Port/PaSoRi 4.0",
            "0b",
            Some("usbfs"),
        );
        world.write(
            "root/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
            plist(&[("0x072F", "0x2200"), ("0x054C", "0x0DC8")]),
        );
        let agent = world.path("home/.local/share/shirushi-agent/cards");
        fs::create_dir_all(&agent).unwrap();
        fs::set_permissions(agent.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
        world
    }

    /// Puts a device with one interface, of this class and held by this driver, into a port.
    pub(crate) fn plug(
        &self,
        port: &str,
        numbers: [&str; 2],
        name: &str,
        class: &str,
        driver: Option<&str>,
    ) {
        let device = format!("root/sys/bus/usb/devices/{port}");
        let interface = format!("{device}:1.0");
        for (file, content) in [
            (format!("{device}/idVendor"), numbers[0]),
            (format!("{device}/idProduct"), numbers[1]),
            (format!("{device}/product"), name),
            (format!("{interface}/bInterfaceClass"), class),
        ] {
            self.write(&file, format!("{content}\n"));
        }
        if let Some(driver) = driver {
            let link = self.path(&format!("{interface}/driver"));
            let there = format!("../../../../../../bus/usb/drivers/{driver}");
            std::os::unix::fs::symlink(there, link).unwrap();
        }
    }

    /// Takes what is in a port out of it.
    pub(crate) fn unplug(&self, port: &str) {
        for name in [port.to_owned(), format!("{port}:1.0")] {
            fs::remove_dir_all(self.path(&format!("root/sys/bus/usb/devices/{name}"))).unwrap();
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The surroundings as they are when nothing is wrong, with the card in a reader.
    pub(crate) fn surroundings(&mut self) -> Surroundings {
        let card = std::mem::replace(&mut self.home.card, crate::home::blank());
        self.around(Cards::readers(vec![("Reader 0", Slot::card(card))]))
    }

    /// The same with other cards.
    pub(crate) fn around(&self, cards: Cards) -> Surroundings {
        Surroundings {
            root: self.path("root"),
            home: Some(self.path("home")),
            environment: BTreeMap::from([("LANG".to_owned(), "ja_JP.UTF-8".into())]),
            now: crate::pki::now(),
            cards,
            web: Box::new(Plain),
            agent: free_address(),
            agent_folder: Some(self.path("home/.local/share/shirushi-agent")),
            is_online: true,
            responder: Some(self.responder.url()),
            city: None,
            anchors: vec![self.home.authority.certificate.clone()],
            locks_memory: true,
        }
    }
}

/// The list of a driver of pcscd's, with these readers and one that is commented out.
pub(crate) fn plist(readers: &[(&str, &str)]) -> String {
    let (mut vendors, mut products) = (String::new(), String::new());
    for (vendor, product) in readers {
        vendors.push_str(&format!("\t\t<string>{vendor}</string>\n"));
        products.push_str(&format!("\t\t<string>{product}</string>\n"));
    }
    format!(
        "<plist><dict>\n\t<key>CFBundleName</key>\n\t<string>CCIDCLASSDRIVER</string>\n\t<key>ifdVendorID</key>\n\t<array>\n\
         \t\t<!-- <string>0x072F</string> -->\n{vendors}\t</array>\n\t<key>ifdProductID</key>\n\t<array>\n\
         \t\t<!-- <string>0x221B</string> -->\n{products}\t</array>\n</dict></plist>\n"
    )
}

/// An address on which nobody listens.
pub(crate) fn free_address() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Short for making [`Cards`].
pub(crate) trait OfReaders {
    fn readers(slots: Vec<(&'static str, Slot)>) -> Cards;
    fn failing(error: fn() -> ReaderError) -> Cards;
}

impl OfReaders for Cards {
    fn readers(slots: Vec<(&'static str, Slot)>) -> Cards {
        Cards::Readers {
            source: Box::new(Readers(slots)),
            name: None,
        }
    }

    fn failing(error: fn() -> ReaderError) -> Cards {
        Cards::Readers {
            source: Box::new(NoReaders(error)),
            name: None,
        }
    }
}

impl Slot {
    pub(crate) fn card(card: SoftCard) -> Self {
        Self::Card(Arc::new(Mutex::new(card)))
    }
}

struct Held(Arc<Mutex<dyn Transmit + Send>>);

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        // VERIFY with data, CHANGE REFERENCE DATA: what a doctor never sends.
        let is_pin = matches!(command, [_, 0x20, _, _, _, _, ..] | [_, 0x24, ..]);
        assert!(!is_pin, "a PIN was sent: {command:02X?}");
        self.0.lock().unwrap().transmit(command)
    }
}

impl CardSource for Readers {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        let reader = |(name, slot): &(&str, Slot)| Reader {
            id: (*name).to_owned(),
            name: InBoth {
                ja: (*name).to_owned(),
                en: (*name).to_owned(),
            },
            has_card: !matches!(slot, Slot::Fails(error) if matches!(error(), ReaderError::NoCard)),
            changes: 0,
        };
        Ok(self.0.iter().map(reader).collect())
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        let slot = self
            .0
            .iter()
            .find(|(name, _)| *name == reader);
        match slot.map(|(_, slot)| slot) {
            Some(Slot::Card(card)) => Ok(Box::new(Held(card.clone()))),
            Some(Slot::Fails(error)) => Err(error()),
            None => Err(ReaderError::NoReader),
        }
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.readers()
    }
}

impl CardSource for NoReaders {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Err((self.0)())
    }

    fn connect(&self, _: &str) -> Result<Connection, ReaderError> {
        Err((self.0)())
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.readers()
    }
}

/// The finding of one check, which must have come out so, and with a fix where something is wrong.
pub(crate) fn named(report: &Report, id: &str, outcome: Outcome) -> Finding {
    let finding = report.finding(id).unwrap().clone();
    assert_eq!(finding.outcome, outcome, "{id}: {finding:?}");
    let is_wrong = matches!(outcome, Outcome::Fault | Outcome::Warning);
    assert_eq!(finding.fix.is_some(), is_wrong, "{id}");
    let fix = finding
        .fix
        .iter()
        .flat_map(|fix| [&fix.ja, &fix.en]);
    for text in fix {
        assert!(!text.contains('{'), "a fact is missing: {text}");
    }
    finding
}

/// That this is the only fault.
pub(crate) fn only_fault(surroundings: &Surroundings, id: &str) -> Finding {
    let report = examine(surroundings);
    let faults: Vec<_> = report
        .with(Outcome::Fault)
        .map(|finding| finding.check.id)
        .collect();
    assert_eq!(faults, [id], "{report:#?}");
    assert_eq!(report.worst(), Some(Outcome::Fault));
    named(&report, id, Outcome::Fault)
}

/// That there is no fault, and this warning alone.
pub(crate) fn only_warning(surroundings: &Surroundings, id: &str) -> Finding {
    let report = examine(surroundings);
    assert_eq!(report.with(Outcome::Fault).count(), 0, "{report:#?}");
    let warnings: Vec<_> = report
        .with(Outcome::Warning)
        .map(|finding| finding.check.id)
        .collect();
    assert_eq!(warnings, [id], "{report:#?}");
    named(&report, id, Outcome::Warning)
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let mut world = World::new();
    let report = examine(&world.surroundings());
    for finding in &report.findings {
        let well = match finding.check.id {
            "card/named" | "card/file" | "city/keys" => Outcome::NotConcerned,
            _ => Outcome::Ok,
        };
        assert_eq!(finding.outcome, well, "{finding:?}");
    }
    assert_eq!(report.worst(), None);
}
