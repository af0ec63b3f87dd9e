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
//! | read public key | E4 | kind | part | – | up to 224 bytes of SubjectPublicKeyInfo from part × 224; empty beyond its end |
//! | PINs to be set | E6 | 00 | 00 | – | – |
//! | write certificate | E8 | kind | 00 own, 01 CA | offset (2), total (2), up to 200 bytes | – |
//! | activate | EA | 00 | 00 | transaction (16) | – |
//! | abandon | EC | 00 | 00 | transaction (16) | – |

mod status;
mod step;

use crate::{Kind, Stage, TransactionId};
use shirushi_apdu::{Command, ISSUER_AID, StatusWord, select};
pub(crate) use status::{encode_status, parse_status};
pub(crate) use step::{Step, public_key_part};

/// CLA of a proprietary command without secure messaging.
pub(crate) const PLAIN: u8 = 0x80;
/// CLA of a proprietary command with secure messaging.
pub(crate) const SECURED: u8 = 0x84;
/// INITIALIZE UPDATE.
pub(crate) const INITIALIZE_UPDATE: u8 = 0x50;
/// EXTERNAL AUTHENTICATE.
pub(crate) const EXTERNAL_AUTHENTICATE: u8 = 0x82;
/// The key set's version, SCP03, and its "i": S8 mode, random card challenge, R-MAC and R-ENCRYPTION supported (Amendment D
/// §5.1, table 5-1).
pub(crate) const KEY_INFORMATION: [u8; 3] = [0x01, 0x03, 0x60];

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
const PUBLIC_KEY_BLOCK: usize = 224;
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
/// Everything else (VERIFY, COMPUTE SIGNATURE, CHANGE REFERENCE DATA, other applications) has no business there (DESIGN.md
/// §5: the relay is no signing oracle).
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
