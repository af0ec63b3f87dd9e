//! Everything of the channel that travels, in one table: commands, their instruction bytes and their data.
//!
//! INITIALIZE UPDATE and EXTERNAL AUTHENTICATE are GlobalPlatform's (Amendment D §7.1); the rest is ours, in the class that
//! ISO/IEC 7816-4 §5.4.1 leaves to proprietary commands, with secure messaging (CLA 84).
//!
//! | command | INS | P1 | P2 | data | answer |
//! |---|---|---|---|---|---|
//! | status | F2 | 00 | 00 | – | data objects `C0`… |
//! | begin | E0 | 00 | 00 | transaction (16), kinds (1 each) | – |
//! | generate key | E2 | kind | 00 | – | – |
//! | read public key | E4 | kind | part | – | up to 240 bytes of SubjectPublicKeyInfo from part × 240; empty beyond its end |
//! | PINs to be set | E6 | 00 | 00 | – | – |
//! | write certificate | E8 | kind | 00 own, 01 CA | offset (2), total (2), up to 200 bytes | – |
//! | activate | EA | 00 | 00 | transaction (16) | – |
//! | abandon | EC | 00 | 00 | transaction (16) | – |

use crate::{CardStatus, ChannelError, Kind, Stage, TransactionId};
use shirushi_apdu::{Command, ISSUER_AID, StatusWord, ber, select};

/// CLA of a proprietary command without secure messaging.
pub(crate) const PLAIN: u8 = 0x80;
/// CLA of a proprietary command with secure messaging.
pub(crate) const SECURED: u8 = 0x84;
/// INITIALIZE UPDATE.
pub(crate) const INITIALIZE_UPDATE: u8 = 0x50;
/// EXTERNAL AUTHENTICATE.
pub(crate) const EXTERNAL_AUTHENTICATE: u8 = 0x82;
/// P1 of EXTERNAL AUTHENTICATE: C-MAC and R-MAC.
pub(crate) const SECURITY_LEVEL: u8 = 0x11;
/// The key set's version, SCP03, and its "i": random card challenge, R-MAC supported.
pub(crate) const KEY_INFORMATION: [u8; 3] = [0x01, 0x03, 0x20];

const STATUS: u8 = 0xF2;
const BEGIN: u8 = 0xE0;
const GENERATE_KEY: u8 = 0xE2;
const READ_PUBLIC_KEY: u8 = 0xE4;
const PINS_TO_BE_SET: u8 = 0xE6;
const WRITE_CERTIFICATE: u8 = 0xE8;
const ACTIVATE: u8 = 0xEA;
const ABANDON: u8 = 0xEC;

/// Data objects of the status.
const CARD_NUMBER: u32 = 0xC0;
const TRANSACTION: u32 = 0xC1;
const COMPLETED: u32 = 0xC2;
const STAGE: u32 = 0xC3;
const KINDS: u32 = 0xC4;
const DIGEST: u32 = 0xC5;

/// P2 of write certificate.
const OWN: u8 = 0x00;
const CA: u8 = 0x01;

/// Bytes of a certificate in one command.
const CERTIFICATE_BLOCK: usize = 200;
/// Bytes of a public key in one answer.
const PUBLIC_KEY_BLOCK: usize = 240;
/// Parts in which a public key is read, asked for at once whatever its length: enough for RSA-4096.
const PUBLIC_KEY_PARTS: u8 = 3;

/// What the authority can tell a card to do.
#[derive(Clone, PartialEq, Eq)]
pub enum PersonalisationCommand {
    /// Begins a transaction. The same id again changes nothing; another id drops the old pending set.
    Begin {
        /// The transaction.
        transaction: TransactionId,
        /// What it will write.
        kinds: Vec<Kind>,
    },
    /// Makes a key in the card; a second call inside the transaction keeps the key.
    GenerateKey(Kind),
    /// Answers the pending key's SubjectPublicKeyInfo (DER).
    ReadPublicKey(Kind),
    /// Closes the making of keys: the holder's PINs are to be set now.
    PinsToBeSet,
    /// Writes a certificate of the holder.
    WriteCertificate {
        /// Which.
        kind: Kind,
        /// The certificate, DER.
        der: Vec<u8>,
    },
    /// Writes the certificate of the CA that issued the holder's.
    WriteCaCertificate {
        /// Which.
        kind: Kind,
        /// The certificate, DER.
        der: Vec<u8>,
    },
    /// Keys, PINs and certificates of the transaction become live at once.
    Activate {
        /// The transaction.
        transaction: TransactionId,
    },
    /// Drops the transaction.
    Abandon {
        /// The transaction.
        transaction: TransactionId,
    },
    /// Answers the card's status.
    Status,
}

impl std::fmt::Debug for PersonalisationCommand {
    /// Shows no certificate, for it holds a name and an address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begin { transaction, kinds } => write!(f, "Begin({transaction}, {kinds:?})"),
            Self::GenerateKey(kind) => write!(f, "GenerateKey({kind:?})"),
            Self::ReadPublicKey(kind) => write!(f, "ReadPublicKey({kind:?})"),
            Self::PinsToBeSet => f.write_str("PinsToBeSet"),
            Self::WriteCertificate { kind, der } => {
                write!(f, "WriteCertificate({kind:?}, {} bytes)", der.len())
            }
            Self::WriteCaCertificate { kind, der } => {
                write!(f, "WriteCaCertificate({kind:?}, {} bytes)", der.len())
            }
            Self::Activate { transaction } => write!(f, "Activate({transaction})"),
            Self::Abandon { transaction } => write!(f, "Abandon({transaction})"),
            Self::Status => f.write_str("Status"),
        }
    }
}

/// Whether a command belongs to the channel: the list that a relay between an authority and a card lets through.
///
/// Everything else (VERIFY, COMPUTE SIGNATURE, CHANGE REFERENCE DATA, other applications) has no business there (DESIGN.md §5: the
/// relay is no signing oracle).
#[must_use]
pub fn belongs_to_channel(command: &Command) -> bool {
    let Command {
        class, instruction, ..
    } = *command;
    match (class, instruction) {
        (PLAIN, INITIALIZE_UPDATE) | (SECURED, EXTERNAL_AUTHENTICATE) => true,
        (SECURED, instruction) => Step::INSTRUCTIONS.contains(&instruction),
        _ => *command == select::application(&ISSUER_AID),
    }
}

/// One command as it travels, without its MAC; a [`PersonalisationCommand`] is one or several of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Status,
    Begin(TransactionId, Vec<Kind>),
    GenerateKey(Kind),
    PublicKeyPart(Kind, u8),
    PinsToBeSet,
    CertificatePart(CertificatePart<'a>),
    Activate(TransactionId),
    Abandon(TransactionId),
}

/// A part of a certificate.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CertificatePart<'a> {
    pub(crate) kind: Kind,
    pub(crate) ca: bool,
    pub(crate) offset: usize,
    pub(crate) total: usize,
    pub(crate) part: &'a [u8],
}

impl Step<'_> {
    pub(crate) const INSTRUCTIONS: [u8; 8] = [
        STATUS,
        BEGIN,
        GENERATE_KEY,
        READ_PUBLIC_KEY,
        PINS_TO_BE_SET,
        WRITE_CERTIFICATE,
        ACTIVATE,
        ABANDON,
    ];

    /// The command without its MAC. Every answer bears an R-MAC, so each wants one.
    pub(crate) fn to_command(&self) -> Command {
        let command = |instruction, p1, p2| Command::new(SECURED, instruction, p1, p2).expect(256);
        match self {
            Self::Status => command(STATUS, 0, 0),
            Self::Begin(transaction, kinds) => {
                let mut data = transaction.as_bytes().to_vec();
                data.extend(
                    kinds
                        .iter()
                        .map(|kind| kind_code(*kind)),
                );
                command(BEGIN, 0, 0).data(data)
            }
            Self::GenerateKey(kind) => command(GENERATE_KEY, kind_code(*kind), 0),
            Self::PublicKeyPart(kind, part) => command(READ_PUBLIC_KEY, kind_code(*kind), *part),
            Self::PinsToBeSet => command(PINS_TO_BE_SET, 0, 0),
            Self::CertificatePart(part) => {
                let p2 = if part.ca { CA } else { OWN };
                let mut data = Vec::with_capacity(4 + part.part.len());
                for number in [part.offset, part.total] {
                    let [.., high, low] = number.to_be_bytes();
                    data.extend_from_slice(&[high, low]);
                }
                data.extend_from_slice(part.part);
                command(WRITE_CERTIFICATE, kind_code(part.kind), p2).data(data)
            }
            Self::Activate(transaction) => {
                command(ACTIVATE, 0, 0).data(transaction.as_bytes().as_slice())
            }
            Self::Abandon(transaction) => {
                command(ABANDON, 0, 0).data(transaction.as_bytes().as_slice())
            }
        }
    }
}

impl<'a> Step<'a> {
    /// Reads a command whose MAC has been checked and taken off.
    pub(crate) fn parse(command: &'a Command) -> Result<Self, StatusWord> {
        let &Command {
            instruction,
            p1,
            p2,
            ref data,
            ..
        } = command;
        if !Self::INSTRUCTIONS.contains(&instruction) {
            return Err(StatusWord::INSTRUCTION);
        }
        let kind = || kind_of(p1).ok_or(StatusWord::WRONG_PARAMETERS);
        let takes_kind = matches!(
            instruction,
            GENERATE_KEY | READ_PUBLIC_KEY | WRITE_CERTIFICATE
        );
        let takes_p2 = matches!(instruction, READ_PUBLIC_KEY | WRITE_CERTIFICATE);
        if (p1 != 0 && !takes_kind) || (p2 != 0 && !takes_p2) {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let without_data = |step| {
            if data.is_empty() {
                Ok(step)
            } else {
                Err(StatusWord::WRONG_LENGTH)
            }
        };
        match instruction {
            BEGIN => {
                let (id, kinds) = data
                    .split_first_chunk::<16>()
                    .ok_or(StatusWord::WRONG_LENGTH)?;
                let kinds = kinds_of(kinds).ok_or(StatusWord::WRONG_DATA)?;
                Ok(Self::Begin(TransactionId::new(*id), kinds))
            }
            GENERATE_KEY => without_data(Self::GenerateKey(kind()?)),
            READ_PUBLIC_KEY => without_data(Self::PublicKeyPart(kind()?, p2)),
            PINS_TO_BE_SET => without_data(Self::PinsToBeSet),
            WRITE_CERTIFICATE => {
                let ca = match p2 {
                    OWN => false,
                    CA => true,
                    _ => return Err(StatusWord::WRONG_PARAMETERS),
                };
                CertificatePart::parse(kind()?, ca, data).map(Self::CertificatePart)
            }
            ACTIVATE => transaction_of(data).map(Self::Activate),
            ABANDON => transaction_of(data).map(Self::Abandon),
            _ => without_data(Self::Status),
        }
    }
}

impl<'a> CertificatePart<'a> {
    fn parse(kind: Kind, ca: bool, data: &'a [u8]) -> Result<Self, StatusWord> {
        let [offset_high, offset_low, total_high, total_low, part @ ..] = data else {
            return Err(StatusWord::WRONG_LENGTH);
        };
        let offset = usize::from(u16::from_be_bytes([*offset_high, *offset_low]));
        let total = usize::from(u16::from_be_bytes([*total_high, *total_low]));
        if part.is_empty() || offset + part.len() > total {
            return Err(StatusWord::WRONG_DATA);
        }
        Ok(Self {
            kind,
            ca,
            offset,
            total,
            part,
        })
    }
}

impl PersonalisationCommand {
    /// The commands that travel for this one, at least one.
    pub(crate) fn steps(&self) -> Result<Vec<Step<'_>>, ChannelError> {
        Ok(match self {
            Self::Begin { transaction, kinds } => vec![Step::Begin(*transaction, kinds.clone())],
            Self::GenerateKey(kind) => vec![Step::GenerateKey(*kind)],
            Self::ReadPublicKey(kind) => (0..PUBLIC_KEY_PARTS)
                .map(|part| Step::PublicKeyPart(*kind, part))
                .collect(),
            Self::PinsToBeSet => vec![Step::PinsToBeSet],
            Self::WriteCertificate { kind, der } => certificate_parts(*kind, false, der)?,
            Self::WriteCaCertificate { kind, der } => certificate_parts(*kind, true, der)?,
            Self::Activate { transaction } => vec![Step::Activate(*transaction)],
            Self::Abandon { transaction } => vec![Step::Abandon(*transaction)],
            Self::Status => vec![Step::Status],
        })
    }
}

/// The part of a public key that one answer carries.
pub(crate) fn public_key_part(key: &[u8], part: u8) -> Result<&[u8], StatusWord> {
    // A key that the parts asked for cannot hold would arrive cut.
    if key.len() > PUBLIC_KEY_BLOCK * usize::from(PUBLIC_KEY_PARTS) {
        return Err(StatusWord::CONDITIONS);
    }
    let start = key
        .len()
        .min(usize::from(part) * PUBLIC_KEY_BLOCK);
    let end = key.len().min(start + PUBLIC_KEY_BLOCK);
    Ok(&key[start..end])
}

/// The answer to status.
pub(crate) fn encode_status(status: &CardStatus) -> Vec<u8> {
    let mut data = ber::encode(CARD_NUMBER, status.card_number.as_bytes());
    let ids = [
        (TRANSACTION, status.transaction),
        (COMPLETED, status.completed),
    ];
    for (tag, id) in ids {
        if let Some(id) = id {
            data.extend(ber::encode(tag, id.as_bytes()));
        }
    }
    data.extend(ber::encode(STAGE, &[stage_code(status.stage)]));
    let kinds: Vec<u8> = status
        .kinds
        .iter()
        .map(|kind| kind_code(*kind))
        .collect();
    data.extend(ber::encode(KINDS, &kinds));
    for (kind, digest) in &status.certificate_digests {
        let mut value = vec![kind_code(*kind)];
        value.extend_from_slice(digest);
        data.extend(ber::encode(DIGEST, &value));
    }
    data
}

/// Reads the answer to status; none when it is malformed.
pub(crate) fn parse_status(data: &[u8]) -> Option<CardStatus> {
    let mut status = CardStatus {
        card_number: String::new(),
        transaction: None,
        completed: None,
        stage: Stage::Idle,
        kinds: Vec::new(),
        certificate_digests: Vec::new(),
    };
    let mut stage = None;
    for object in ber::Reader::new(data) {
        let object = object.ok()?;
        match object.tag {
            CARD_NUMBER => {
                status.card_number = std::str::from_utf8(object.value)
                    .ok()?
                    .to_owned()
            }
            TRANSACTION => status.transaction = Some(transaction_of(object.value).ok()?),
            COMPLETED => status.completed = Some(transaction_of(object.value).ok()?),
            STAGE => stage = stage_of(object.value),
            KINDS => status.kinds = kinds_of(object.value)?,
            DIGEST => {
                let (kind, digest) = object.value.split_first()?;
                status
                    .certificate_digests
                    .push((kind_of(*kind)?, digest.try_into().ok()?));
            }
            _ => return None,
        }
    }
    status.stage = stage?;
    (!status.card_number.is_empty()).then_some(status)
}

fn certificate_parts(kind: Kind, ca: bool, der: &[u8]) -> Result<Vec<Step<'_>>, ChannelError> {
    let most = usize::from(u16::MAX);
    if der.is_empty() || der.len() > most {
        return Err(ChannelError::TooLong {
            length: der.len(),
            most,
        });
    }
    let part = |(index, part)| {
        Step::CertificatePart(CertificatePart {
            kind,
            ca,
            offset: index * CERTIFICATE_BLOCK,
            total: der.len(),
            part,
        })
    };
    Ok(der
        .chunks(CERTIFICATE_BLOCK)
        .enumerate()
        .map(part)
        .collect())
}

fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Signature => 0x01,
        Kind::Authentication => 0x02,
    }
}

fn kind_of(code: u8) -> Option<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind_code(*kind) == code)
}

/// Kinds without repetition.
fn kinds_of(codes: &[u8]) -> Option<Vec<Kind>> {
    let mut kinds = Vec::new();
    for code in codes {
        let kind = kind_of(*code)?;
        if kinds.contains(&kind) {
            return None;
        }
        kinds.push(kind);
    }
    Some(kinds)
}

fn stage_code(stage: Stage) -> u8 {
    match stage {
        Stage::Idle => 0x00,
        Stage::KeysMade => 0x01,
        Stage::PinsSet => 0x02,
        Stage::CertificatesWritten => 0x03,
    }
}

fn stage_of(value: &[u8]) -> Option<Stage> {
    let stages = [
        Stage::Idle,
        Stage::KeysMade,
        Stage::PinsSet,
        Stage::CertificatesWritten,
    ];
    stages
        .into_iter()
        .find(|stage| value == [stage_code(*stage)])
}

fn transaction_of(data: &[u8]) -> Result<TransactionId, StatusWord> {
    data.try_into()
        .map(TransactionId::new)
        .map_err(|_| StatusWord::WRONG_LENGTH)
}
