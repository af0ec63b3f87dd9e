//! The issuer's end of a channel to a card, and what the holder does between two of them.

use crate::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD};
use shirushi_card::{Card, Credential, Pin};
use shirushi_crypto::Secret;
use shirushi_personalisation::{
    Answer, CardKeys, CardStatus, ChannelError, HostSession, Kind, MasterKey,
    PersonalisationCommand, TransactionId, diversify,
};
use shirushi_softcard::SoftCard;

/// The issuer's end of an open channel.
#[derive(Debug)]
pub struct Channel {
    session: HostSession,
    /// What the card said of itself at the beginning.
    pub status: CardStatus,
}

impl Channel {
    pub fn open(card: &mut SoftCard, keys: CardKeys) -> Self {
        let (mut session, commands) = HostSession::start(keys, [0x5A; 8]);
        let commands = session
            .authenticate(&send_all(card, &commands))
            .unwrap();
        let status = session
            .status(&send_all(card, &commands))
            .unwrap();
        Self { session, status }
    }

    /// Runs a command that must succeed.
    pub fn run(&mut self, card: &mut SoftCard, command: &PersonalisationCommand) -> Answer {
        self.try_run(card, command).unwrap()
    }

    pub fn try_run(
        &mut self,
        card: &mut SoftCard,
        command: &PersonalisationCommand,
    ) -> Result<Answer, ChannelError> {
        let commands = self.session.wrap(command)?;
        let answers = send_all(card, &commands);
        self.session
            .take_answer(command, &answers)
    }

    /// Begins a transaction for both kinds, makes their keys and leaves the PINs to the holder, who sets them: each SubjectPublicKeyInfo.
    pub fn prepare(card: &mut SoftCard, keys: CardKeys) -> [Vec<u8>; 2] {
        let mut channel = Self::open(card, keys);
        channel.run(
            card,
            &PersonalisationCommand::Begin {
                transaction: transaction(),
                kinds: Kind::ALL.to_vec(),
            },
        );
        let made = Kind::ALL.map(|kind| channel.make_key(card, kind));
        channel.run(card, &PersonalisationCommand::PinsToBeSet);
        set_pins(card);
        made
    }

    /// Writes the certificates (DER) of each kind with their authority's, and makes them live.
    pub fn complete(
        card: &mut SoftCard,
        keys: CardKeys,
        certificates: [Vec<u8>; 2],
        authority: &[u8],
    ) {
        let mut channel = Self::open(card, keys);
        for (kind, der) in Kind::ALL.into_iter().zip(certificates) {
            channel.run(
                card,
                &PersonalisationCommand::WriteCertificate { kind, der },
            );
            let der = authority.to_vec();
            channel.run(
                card,
                &PersonalisationCommand::WriteCaCertificate { kind, der },
            );
        }
        let transaction = transaction();
        channel.run(card, &PersonalisationCommand::Activate { transaction });
    }

    fn make_key(&mut self, card: &mut SoftCard, kind: Kind) -> Vec<u8> {
        self.run(card, &PersonalisationCommand::GenerateKey(kind));
        match self.run(card, &PersonalisationCommand::ReadPublicKey(kind)) {
            Answer::PublicKey(der) => der,
            _ => panic!("a public key is answered"),
        }
    }
}

fn transaction() -> TransactionId {
    TransactionId::new([0x11; 16])
}

/// The keys of a card, derived as all here are.
pub fn keys(number: &str) -> CardKeys {
    let master = MasterKey::new(Secret::new(vec![0x4D; 16])).unwrap();
    diversify(&master, number).unwrap()
}

/// The holder sets the PINs.
pub fn set_pins(card: &mut SoftCard) {
    let mut card = Card::open(card).unwrap();
    let password = Pin::signature(SIGNATURE_PASSWORD).unwrap();
    card.set_initial_pin(Credential::Signature, &password)
        .unwrap();
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    card.set_initial_pin(Credential::Authentication, &pin)
        .unwrap();
    card.leave().unwrap();
}

fn send_all(card: &mut SoftCard, commands: &[Vec<u8>]) -> Vec<Vec<u8>> {
    commands
        .iter()
        .map(|command| card.answer(command))
        .collect()
}
