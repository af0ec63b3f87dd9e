//! The commands as they travel, written by the host and read by the card.

use super::{
    ABANDON, ACTIVATE, BEGIN, CA, CERTIFICATE_BLOCK, GENERATE_KEY, OWN, PINS_TO_BE_SET,
    PUBLIC_KEY_BLOCK, PUBLIC_KEY_PARTS, PersonalisationCommand, READ_PUBLIC_KEY, SECURED, STATUS,
    WRITE_CERTIFICATE, kind_code, kind_of, kinds_of, transaction_of,
};
use crate::{ChannelError, Kind, TransactionId};
use shirushi_apdu::{Command, StatusWord};

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
        let command = |instruction, p1, p2| Command::new(SECURED, instruction, p1, p2).ne(256);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn commands() -> impl Strategy<Value = Command> {
        let instruction = proptest::sample::select(Step::INSTRUCTIONS.as_slice());
        let data = proptest::collection::vec(0..4_u8, 0..24);
        (instruction, 0..4_u8, 0..4_u8, data).prop_map(|(instruction, p1, p2, data)| {
            Command::new(SECURED, instruction, p1, p2)
                .data(data)
                .ne(256)
        })
    }

    proptest! {
        #[test]
        fn any_command_is_a_step_that_is_written_alike_or_refused(command in commands()) {
            if let Ok(step) = Step::parse(&command) {
                prop_assert_eq!(step.to_command(), command);
            }
        }
    }

    #[test]
    fn a_part_beyond_its_certificate_is_refused() {
        let write = |data: &[u8]| {
            let command = Command::new(SECURED, WRITE_CERTIFICATE, 1, 0).data(data);
            Step::parse(&command).map(|_| ())
        };
        assert_eq!(write(&[0, 2, 0, 3, 7]), Ok(()));
        for wrong in [[0, 2, 0, 2, 7], [0xFF, 0xFF, 0, 3, 7]] {
            assert_eq!(write(&wrong), Err(StatusWord::WRONG_DATA));
        }
        assert_eq!(write(&[0, 2, 0, 3]), Err(StatusWord::WRONG_DATA));
        assert_eq!(write(&[0, 2, 0]), Err(StatusWord::WRONG_LENGTH));
    }

    #[test]
    fn a_public_key_that_the_parts_cannot_hold_is_not_cut() {
        let key = vec![0x55; 673];
        assert_eq!(public_key_part(&key, 0), Err(StatusWord::CONDITIONS));
        let parts: Vec<_> = (0..4)
            .map(|part| public_key_part(&key[..672], part).map(<[u8]>::len))
            .collect();
        assert_eq!(parts, [Ok(224), Ok(224), Ok(224), Ok(0)]);
    }
}
