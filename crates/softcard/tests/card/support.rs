//! A card on a disk in memory, an issuer for it, and hexadecimal both ways.

use crate::openssl;
use shirushi_clock::Date;
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_kit_card::Channel;
use shirushi_personalisation::{Answer, CardKeys, Kind, PersonalisationCommand, TransactionId};
use shirushi_softcard::{CardKind, Disk, HolderText, Manufacture, Sex, SoftCard, Variant};
use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

pub(crate) const CARD_NUMBER: &str = "0000000020610042";
pub(crate) const AUTHENTICATION_PIN: &str = "4829";
pub(crate) const SIGNATURE_PASSWORD: &str = "SHIRUSHI7Q";
pub(crate) const TEXT_PIN: &str = "7713";
/// Its check digit would be 8.
pub(crate) const INDIVIDUAL_NUMBER: &str = "123456789013";

/// A disk in memory that can be told to fail.
#[derive(Default)]
pub(crate) struct MemoryDisk(Mutex<Content>);

#[derive(Clone, Default)]
struct Content {
    bytes: Option<Vec<u8>>,
    replaced: usize,
    fails_at: Option<usize>,
}

impl MemoryDisk {
    pub(crate) fn holding(bytes: Vec<u8>) -> Arc<Self> {
        let disk = Self::default();
        disk.0.lock().unwrap().bytes = Some(bytes);
        Arc::new(disk)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap()
            .bytes
            .clone()
            .unwrap()
    }

    /// How often it was written.
    pub(crate) fn replaced(&self) -> usize {
        self.0.lock().unwrap().replaced
    }

    /// Fails at the `nth` write from now on, 0 being the next, and at that one only.
    pub(crate) fn fail_at(&self, nth: usize) {
        let mut content = self.0.lock().unwrap();
        content.fails_at = Some(content.replaced + nth);
    }
}

impl Disk for MemoryDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().bytes.clone())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        let number = content.replaced;
        content.replaced += 1;
        if content.fails_at == Some(number) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        content.bytes = Some(bytes.to_vec());
        Ok(())
    }
}

pub(crate) fn keys() -> CardKeys {
    shirushi_kit_card::keys(CARD_NUMBER)
}

/// The issuer's end of a channel to the card.
pub(crate) fn open_channel(card: &mut SoftCard) -> Channel {
    Channel::open(card, keys())
}

pub(crate) fn holder() -> HolderText {
    HolderText {
        name: "印野\u{3000}花子".to_owned(),
        address: "架空県見本市本町一丁目二番三号".to_owned(),
        birth: Date::new(1980, 2, 17).unwrap(),
        sex: Sex::Female,
        individual_number: Secret::from(INDIVIDUAL_NUMBER.as_bytes()),
        pin: Secret::from(TEXT_PIN.as_bytes()),
        municipality: "99201".to_owned(),
        expires: Date::new(2035, 2, 17).unwrap(),
        security_code: Secret::from(b"2285".as_slice()),
    }
}

pub(crate) fn manufacture(variant: Variant) -> Manufacture {
    Manufacture {
        kind: CardKind::IndividualNumberCard,
        card_number: CARD_NUMBER.to_owned(),
        keys: keys(),
        text: Some(holder()),
        variant,
    }
}

/// A card as it leaves the factory.
pub(crate) fn blank(variant: Variant) -> (SoftCard, Arc<MemoryDisk>) {
    let disk = Arc::new(MemoryDisk::default());
    let card = SoftCard::make(disk.clone(), manufacture(variant), Arc::new(SystemRandom));
    (card.unwrap(), disk)
}

/// A card with both certificates; made once, copied after that.
pub(crate) fn personalised() -> (SoftCard, Arc<MemoryDisk>) {
    static STATE: OnceLock<Vec<u8>> = OnceLock::new();
    let state = STATE.get_or_init(|| {
        let (mut card, disk) = blank(Variant::default());
        personalise(&mut card, &FIRST);
        disk.bytes()
    });
    let disk = MemoryDisk::holding(state.clone());
    (open(&disk), disk)
}

/// A card with both certificates and this variant.
pub(crate) fn personalised_as(variant: Variant) -> SoftCard {
    let (mut card, _) = blank(variant);
    // Thrown away: the variant may be one that swallows the first command, which the issuer does not repeat.
    send(&mut card, SELECT_ISSUER);
    personalise(&mut card, &FIRST);
    card.power_off();
    card.power_on();
    card
}

pub(crate) fn open(disk: &Arc<MemoryDisk>) -> SoftCard {
    SoftCard::open(disk.clone(), Arc::new(SystemRandom)).unwrap()
}

/// One personalisation: what the authority and the holder bring to it.
pub(crate) struct Visit {
    pub(crate) transaction: [u8; 16],
    pub(crate) kinds: &'static [Kind],
    pub(crate) signature_password: &'static str,
    pub(crate) authentication_pin: &'static str,
}

pub(crate) static FIRST: Visit = Visit {
    transaction: [0x11; 16],
    kinds: &Kind::ALL,
    signature_password: SIGNATURE_PASSWORD,
    authentication_pin: AUTHENTICATION_PIN,
};

/// What a personalisation wrote.
#[derive(Clone, Default)]
pub(crate) struct Written {
    pub(crate) certificates: Vec<(Kind, Vec<u8>)>,
    pub(crate) authorities: Vec<(Kind, Vec<u8>)>,
}

/// Personalises the card as the authority and the agent do, in two channels.
pub(crate) fn personalise(card: &mut SoftCard, visit: &Visit) -> Written {
    let mut channel = open_channel(card);
    let transaction = TransactionId::new(visit.transaction);
    let kinds = visit.kinds.to_vec();
    channel.run(card, &PersonalisationCommand::Begin { transaction, kinds });
    let mut public_keys = Vec::new();
    for kind in visit.kinds {
        channel.run(card, &PersonalisationCommand::GenerateKey(*kind));
        let read = PersonalisationCommand::ReadPublicKey(*kind);
        let Answer::PublicKey(key) = channel.run(card, &read) else {
            panic!("a public key is answered");
        };
        public_keys.push((*kind, key));
    }
    channel.run(card, &PersonalisationCommand::PinsToBeSet);

    set_pins(card, visit);

    let mut channel = open_channel(card);
    let mut written = Written::default();
    for (kind, key) in public_keys {
        let der = openssl::certificate(&key);
        channel.run(
            card,
            &PersonalisationCommand::WriteCertificate {
                kind,
                der: der.clone(),
            },
        );
        written.certificates.push((kind, der));
        let der = openssl::authority().certificate.clone();
        channel.run(
            card,
            &PersonalisationCommand::WriteCaCertificate {
                kind,
                der: der.clone(),
            },
        );
        written.authorities.push((kind, der));
    }
    channel.run(card, &PersonalisationCommand::Activate { transaction });
    written
}

/// The holder sets the PINs.
pub(crate) fn set_pins(card: &mut SoftCard, visit: &Visit) {
    assert_eq!(send(card, SELECT_JPKI), "9000");
    for kind in visit.kinds {
        let pin = match kind {
            Kind::Signature => visit.signature_password,
            Kind::Authentication => visit.authentication_pin,
        };
        let pin = Secret::from(pin.as_bytes());
        let command = shirushi_personalisation::initial_pin::set_initial_pin(*kind, &pin);
        assert_eq!(card.answer(&command.to_bytes()), [0x90, 0x00]);
    }
}

pub(crate) const SELECT_JPKI: &str = "00A4040C 0A D392F000260100000001";
pub(crate) const SELECT_TEXT: &str = "00A4040C 0A D3921000310001010408";
pub(crate) const SELECT_SURFACE: &str = "00A4040C 0A D3921000310001010402";
pub(crate) const SELECT_COMMON: &str = "00A4040C 0A D3921000310001010100";
pub(crate) const SELECT_BASIC_REGISTER: &str = "00A4040C 0A D3921000310001010401";
pub(crate) const SELECT_ISSUER: &str = "00A4040C 07 A0000001510000";

/// Sends a command in hexadecimal, blanks ignored; the answer in upper-case hexadecimal.
pub(crate) fn send(card: &mut SoftCard, command: &str) -> String {
    hex::encode_upper(card.answer(&bytes(command)))
}

/// Sends each command and checks each answer; the line of the first difference is in the message.
pub(crate) fn exchange(card: &mut SoftCard, lines: &[(&str, &str)]) {
    for (number, (command, expected)) in lines.iter().enumerate() {
        let expected: String = expected.split_whitespace().collect();
        assert_eq!(send(card, command), expected, "line {number}: {command}");
    }
}

/// `00 20 00 P2` with this PIN.
pub(crate) fn verify(card: &mut SoftCard, p2: u8, pin: &str) -> String {
    let command = [&[0x00, 0x20, 0x00, p2, pin.len() as u8], pin.as_bytes()].concat();
    hex::encode_upper(card.answer(&command))
}

/// Reads the current EF in blocks of 256 bytes until 6B00.
pub(crate) fn read_physical(card: &mut SoftCard) -> Vec<u8> {
    let mut file = Vec::new();
    loop {
        let [high, low] = (file.len() as u16).to_be_bytes();
        let answer = card.answer(&[0x00, 0xB0, high, low, 0x00]);
        let (data, status) = answer.split_at(answer.len() - 2);
        match status {
            [0x90, 0x00] => file.extend_from_slice(data),
            [0x6B, 0x00] => return file,
            other => panic!("READ BINARY at {}: {other:02X?}", file.len()),
        }
    }
}

/// The certificate in an EF, without its filler.
pub(crate) fn read_certificate(card: &mut SoftCard, identifier: u16) -> Vec<u8> {
    assert_eq!(send(card, &format!("00A4020C02{identifier:04X}")), "9000");
    let mut file = read_physical(card);
    let length = shirushi_apdu::ber::first_object_length(&file).unwrap();
    file.truncate(length);
    file
}

pub(crate) fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: String = hexadecimal.split_whitespace().collect();
    hex::decode(digits).unwrap()
}

/// Whether a file can be read now, by what was verified before.
pub(crate) fn opens(card: &mut SoftCard, identifier: &str) -> bool {
    assert_eq!(send(card, &format!("00A4020C02{identifier}")), "9000");
    match send(card, "00B00000 00").as_str() {
        "6982" => false,
        answer => answer.ends_with("9000"),
    }
}
