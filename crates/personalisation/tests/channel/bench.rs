//! A card on the bench: the smallest applet that keeps the promises of [`Personalisable`], a reader that can be unplugged, and an
//! authority that resumes.

use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, ber, select};
use shirushi_crypto::{Random, Secret, sha256};
use shirushi_personalisation::{
    Answer, CardEnd, CardKeys, CardStatus, ChannelError, HostSession, Kind, MasterKey,
    Personalisable, PersonalisationCommand, Stage, TransactionId, diversify, initial_pin,
};
use std::collections::BTreeMap;
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

/// What a certificate file has received.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Certificate {
    bytes: Vec<u8>,
    total: usize,
}

impl Certificate {
    fn write(&mut self, offset: usize, total: usize, part: &[u8]) -> Result<(), StatusWord> {
        if offset == 0 {
            *self = Self {
                bytes: Vec::new(),
                total,
            };
        }
        if offset != self.bytes.len() || total != self.total {
            return Err(StatusWord::WRONG_DATA);
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.total > 0 && self.bytes.len() == self.total).then_some(&self.bytes)
    }
}

/// One kind's key, PIN and certificates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Slot {
    pub key: Option<Vec<u8>>,
    pub pin: Option<Vec<u8>>,
    pub own: Certificate,
    pub ca: Certificate,
}

/// A pending set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pending {
    transaction: TransactionId,
    closed: bool,
    slots: BTreeMap<Kind, Slot>,
}

/// The applet; what it holds is durable.
#[derive(Debug)]
pub(crate) struct Applet {
    keys: CardKeys,
    random: Counting,
    pub keys_made: usize,
    pub pending: Option<Pending>,
    pub completed: Option<TransactionId>,
    pub live: BTreeMap<Kind, Slot>,
}

impl Applet {
    fn slot(&mut self, kind: Kind, at: &[Stage]) -> Result<&mut Slot, StatusWord> {
        let stage = self.status().stage;
        let pending = self
            .pending
            .as_mut()
            .ok_or(StatusWord::CONDITIONS)?;
        let slot = pending
            .slots
            .get_mut(&kind)
            .ok_or(StatusWord::CONDITIONS)?;
        if at.contains(&stage) {
            Ok(slot)
        } else {
            Err(StatusWord::CONDITIONS)
        }
    }
}

const WRITING: [Stage; 2] = [Stage::PinsSet, Stage::CertificatesWritten];

impl Personalisable for Applet {
    fn card_number(&self) -> String {
        NUMBER.to_owned()
    }

    fn keys(&self) -> &CardKeys {
        &self.keys
    }

    fn status(&self) -> CardStatus {
        let slots = self
            .pending
            .as_ref()
            .map(|pending| &pending.slots);
        let all =
            |holds: &dyn Fn(&Slot) -> bool| slots.is_some_and(|slots| slots.values().all(holds));
        let stage = match &self.pending {
            Some(pending) if pending.closed => {
                let written = |s: &Slot| s.own.whole().is_some() && s.ca.whole().is_some();
                if all(&written) {
                    Stage::CertificatesWritten
                } else if all(&|s| s.pin.is_some()) {
                    Stage::PinsSet
                } else {
                    Stage::KeysMade
                }
            }
            _ => Stage::Idle,
        };
        let shown = match stage {
            Stage::Idle => &self.live,
            _ => slots.unwrap_or(&self.live),
        };
        CardStatus {
            card_number: self.card_number(),
            transaction: self
                .pending
                .as_ref()
                .map(|pending| pending.transaction),
            completed: self.completed,
            stage,
            kinds: slots
                .map(|slots| slots.keys().copied().collect())
                .unwrap_or_default(),
            certificate_digests: shown
                .iter()
                .filter_map(|(kind, slot)| Some((*kind, sha256(slot.own.whole()?))))
                .collect(),
        }
    }

    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord> {
        let same = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.transaction == transaction);
        if !same {
            self.pending = Some(Pending {
                transaction,
                closed: false,
                slots: kinds
                    .into_iter()
                    .map(|kind| (kind, Slot::default()))
                    .collect(),
            });
        }
        Ok(())
    }

    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord> {
        // Has the length of the SubjectPublicKeyInfo of an RSA-2048 key: two parts.
        let mut key = [0; 290];
        self.random.fill(&mut key);
        let slot = self.slot(kind, &[Stage::Idle, Stage::KeysMade])?;
        if slot.key.is_none() {
            slot.key = Some(ber::encode(0x30, &key));
            self.keys_made += 1;
        }
        Ok(())
    }

    fn public_key(&self, kind: Kind) -> Result<Vec<u8>, StatusWord> {
        self.pending
            .as_ref()
            .and_then(|pending| pending.slots.get(&kind)?.key.clone())
            .ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)
    }

    fn pins_to_be_set(&mut self) -> Result<(), StatusWord> {
        let pending = self
            .pending
            .as_mut()
            .ok_or(StatusWord::CONDITIONS)?;
        if pending
            .slots
            .values()
            .any(|slot| slot.key.is_none())
        {
            return Err(StatusWord::CONDITIONS);
        }
        pending.closed = true;
        Ok(())
    }

    fn write_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot(kind, &WRITING)?
            .own
            .write(offset, total, part)
    }

    fn write_ca_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot(kind, &WRITING)?
            .ca
            .write(offset, total, part)
    }

    fn activate(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        if self.completed == Some(transaction) {
            return Ok(());
        }
        if self.status().stage != Stage::CertificatesWritten {
            return Err(StatusWord::CONDITIONS);
        }
        let pending = self
            .pending
            .take_if(|pending| pending.transaction == transaction)
            .ok_or(StatusWord::CONDITIONS)?;
        self.live = pending.slots;
        self.completed = Some(transaction);
        Ok(())
    }

    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        self.pending
            .take_if(|pending| pending.transaction == transaction);
        Ok(())
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
            applet: Applet {
                keys: keys(NUMBER),
                random: Counting::default(),
                keys_made: 0,
                pending: None,
                completed: None,
                live: BTreeMap::new(),
            },
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
            host.unwrap(command, &responses)
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
