//! A card on the bench, in a reader whose cable can be pulled, and an authority that resumes.

use crate::applet::Applet;
use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, ber, select};
use shirushi_crypto::{Random, Secret};
use shirushi_personalisation::{
    Answer, CardEnd, CardKeys, CardStatus, ChannelError, HostSession, Kind, MasterKey,
    PersonalisationCommand, Stage, TransactionId, diversify, initial_pin,
};
use std::sync::atomic::{AtomicU8, Ordering};

pub(crate) const NUMBER: &str = "0000000012345678";

pub(crate) fn transaction() -> TransactionId {
    TransactionId::new([0x11; 16])
}

pub(crate) fn keys(number: &str) -> CardKeys {
    let master = MasterKey::new(Secret::new(vec![0x42; 16])).unwrap();
    diversify(&master, number).unwrap()
}

/// Every block another one, so that no two keys and challenges are equal.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, out: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        out.fill(n);
    }
}

/// A card in a reader whose cable can be pulled.
#[derive(Debug)]
pub(crate) struct Reader {
    pub applet: Applet,
    end: CardEnd,
    random: Counting,
    /// APDUs until the cable is pulled.
    pub pull_after: Option<usize>,
    /// Whether the last APDU is still carried out when it is.
    pub last_arrives: bool,
}

/// The cable was pulled.
#[derive(Debug, PartialEq)]
pub(crate) struct Pulled;

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            applet: Applet::new(),
            end: CardEnd::new(),
            random: Counting::default(),
            pull_after: None,
            last_arrives: false,
        }
    }

    /// One APDU to the card.
    pub(crate) fn send(&mut self, apdu: &[u8]) -> Vec<u8> {
        let command = Command::parse(apdu).unwrap();
        if command == select::application(&ISSUER_AID) {
            self.end.reset();
            return Response::from(StatusWord::OK).to_bytes();
        }
        if let Some((kind, pin)) = initial_pin::parse(&command) {
            let status = match self
                .applet
                .slot(kind, &[Stage::KeysMade])
            {
                Ok(slot) => {
                    slot.pin = Some(pin.expose().to_vec());
                    StatusWord::OK
                }
                Err(status) => status,
            };
            return Response::from(status).to_bytes();
        }
        let response = self
            .end
            .answer(&command, &mut self.applet, &self.random);
        assert!(response.data.len() <= 256);
        response.to_bytes()
    }

    /// A batch, unless the cable is pulled on the way.
    pub(crate) fn batch(&mut self, apdus: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Pulled> {
        let mut responses = Vec::new();
        for apdu in apdus {
            if let Some(left) = &mut self.pull_after {
                if *left == 0 {
                    if self.last_arrives {
                        self.send(apdu);
                    }
                    self.pull_after = None;
                    self.end.reset();
                    return Err(Pulled);
                }
                *left -= 1;
            }
            responses.push(self.send(apdu));
        }
        Ok(responses)
    }
}

/// Opens a channel.
pub(crate) fn open(
    reader: &mut Reader,
    challenge: u8,
) -> Result<(HostSession, CardStatus), Pulled> {
    let (mut host, apdus) = HostSession::start(keys(NUMBER), [challenge; 8]);
    let apdus = host
        .authenticate(&reader.batch(&apdus)?)
        .unwrap();
    let status = host
        .status(&reader.batch(&apdus)?)
        .unwrap();
    Ok((host, status))
}

/// Sends commands as one batch and takes their answers in order.
pub(crate) fn carry_out(
    host: &mut HostSession,
    reader: &mut Reader,
    commands: &[PersonalisationCommand],
) -> Result<Vec<Answer>, Pulled> {
    let wrapped: Vec<_> = commands
        .iter()
        .map(|command| host.wrap(command).unwrap())
        .collect();
    let mut responses = reader
        .batch(&wrapped.concat())?
        .into_iter();
    let answers: Result<Vec<Answer>, ChannelError> = commands
        .iter()
        .zip(&wrapped)
        .map(|(command, apdus)| {
            let responses: Vec<_> = responses
                .by_ref()
                .take(apdus.len())
                .collect();
            host.take_answer(command, &responses)
        })
        .collect();
    Ok(answers.unwrap())
}

/// The certificate for a key: some 1,600 bytes that contain it.
pub(crate) fn certificate(kind: Kind, key: &[u8]) -> Vec<u8> {
    ber::encode(0x30, &[&[kind as u8; 1300], key].concat())
}

pub(crate) fn ca_certificate(kind: Kind) -> Vec<u8> {
    ber::encode(0x30, &[0x80 | kind as u8; 1301])
}

/// The authority and the agent: one visit, from wherever the card stands to the end.
pub(crate) fn personalise(reader: &mut Reader, challenge: u8) -> Result<(), Pulled> {
    use PersonalisationCommand as P;
    let transaction = transaction();
    let (mut host, mut status) = open(reader, challenge)?;
    if status.completed == Some(transaction) {
        return Ok(());
    }
    if status.transaction != Some(transaction) || status.stage == Stage::Idle {
        let commands = [
            P::Begin {
                transaction,
                kinds: Kind::ALL.to_vec(),
            },
            P::GenerateKey(Kind::Signature),
            P::GenerateKey(Kind::Authentication),
            P::PinsToBeSet,
            P::Status,
        ];
        let mut answers = carry_out(&mut host, reader, &commands)?;
        let Some(Answer::Status(now)) = answers.pop() else {
            panic!("no status");
        };
        status = now;
    }
    if status.stage == Stage::KeysMade {
        let pins = [
            (Kind::Signature, b"ABC123".as_slice()),
            (Kind::Authentication, b"1234"),
        ];
        for (kind, pin) in pins {
            let command = initial_pin::set_initial_pin(kind, &Secret::from(pin));
            let answers = reader.batch(&[command.to_bytes()])?;
            // Once every PIN is set, one that is set again is refused.
            assert!([[0x90, 0x00], [0x69, 0x85]].contains(&answers[0][..].try_into().unwrap()));
        }
    }
    let read = Kind::ALL.map(P::ReadPublicKey);
    let keys = carry_out(&mut host, reader, &read)?;
    let mut commands = Vec::new();
    for (kind, key) in Kind::ALL.into_iter().zip(keys) {
        let Answer::PublicKey(key) = key else {
            panic!("no key");
        };
        let der = certificate(kind, &key);
        commands.push(P::WriteCertificate { kind, der });
        let der = ca_certificate(kind);
        commands.push(P::WriteCaCertificate { kind, der });
    }
    commands.push(P::Activate { transaction });
    carry_out(&mut host, reader, &commands)?;
    Ok(())
}
