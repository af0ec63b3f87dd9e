//! The card's end of the channel.

use crate::commands::{
    self, EXTERNAL_AUTHENTICATE, INITIALIZE_UPDATE, KEY_INFORMATION, PLAIN, SECURED, Step,
};
use crate::session::{CHALLENGE_LEN, MAC_LEN, MOST_ANSWER, SecurityLevel, Session};
use crate::{CardKeys, CardStatus, Kind, TransactionId};
use shirushi_apdu::{Command, Response, StatusWord};
use shirushi_crypto::{Random, constant_time_eq, sha256};

/// 6300: the host's cryptogram is wrong (Amendment D §7.1.2.7).
const NOT_THE_HOST: StatusWord = StatusWord(0x6300);

/// What a card offers to its issuer. Every call that changes something is durable when it returns, so that a card which
/// loses power resumes from there; a refusal changes nothing.
pub trait Personalisable {
    /// The number under which the issuer knows the card.
    fn card_number(&self) -> String;

    /// The keys that the issuer derived for this card.
    fn keys(&self) -> &CardKeys;

    /// How far the card has come.
    fn status(&self) -> CardStatus;

    /// Begins a transaction: nothing changes when it is pending already with these kinds; another pending one is dropped.
    ///
    /// # Errors
    /// The status word to answer.
    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord>;

    /// Makes the pending key of a kind, unless it is made already.
    ///
    /// # Errors
    /// The status word to answer: [`StatusWord::CONDITIONS`] outside the transaction's kinds or stage.
    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord>;

    /// SubjectPublicKeyInfo (DER) of the pending key of a kind.
    ///
    /// # Errors
    /// The status word to answer: [`StatusWord::REFERENCED_DATA_NOT_FOUND`] when there is none.
    fn public_key(&self, kind: Kind) -> Result<Vec<u8>, StatusWord>;

    /// Closes the making of keys; nothing changes when that was done before.
    ///
    /// # Errors
    /// The status word to answer: [`StatusWord::CONDITIONS`] while a key is missing.
    fn pins_to_be_set(&mut self) -> Result<(), StatusWord>;

    /// Takes `part` of a certificate of `total` bytes at `offset`; parts come in order, offset 0 begins anew, the
    /// certificate counts once its last byte is there. `offset + part.len()` is at most `total`, which is at most 65535.
    ///
    /// # Errors
    /// The status word to answer: [`StatusWord::CONDITIONS`] before the PINs are set, [`StatusWord::WRONG_DATA`] for a gap.
    fn write_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord>;

    /// The same for the certificate of the CA that issued it.
    ///
    /// # Errors
    /// As [`Personalisable::write_certificate`].
    fn write_ca_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord>;

    /// Makes the pending set live, all at once; nothing changes when this transaction is the one activated last.
    ///
    /// # Errors
    /// The status word to answer: [`StatusWord::CONDITIONS`] while something is missing, or for another transaction.
    fn activate(&mut self, transaction: TransactionId) -> Result<(), StatusWord>;

    /// Drops the pending set of this transaction; nothing changes when it is not pending.
    ///
    /// # Errors
    /// The status word to answer.
    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord>;
}

/// The card's end: the state of its one session.
#[derive(Default)]
pub struct CardEnd {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    /// The host knows the card's challenge and owes its cryptogram.
    Challenged {
        session: Session,
        host_cryptogram: [u8; CHALLENGE_LEN],
    },
    Open {
        session: Session,
    },
}

impl CardEnd {
    /// An end without a session.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops the session: at power-off, and when another application is selected.
    pub fn reset(&mut self) {
        self.state = State::Closed;
    }

    /// Answers a command that arrives while the issuer's domain is selected.
    ///
    /// Not authenticated: 6982. A broken C-MAC, or data that do not decipher: 6988. Whatever is not answered with 9000 ends the session, so that the rest
    /// of a batch is not carried out after one of its commands failed.
    pub fn answer(
        &mut self,
        command: &Command,
        applet: &mut dyn Personalisable,
        random: &dyn Random,
    ) -> Response {
        let state = std::mem::take(&mut self.state);
        let answered = match (command.class, command.instruction) {
            (PLAIN, INITIALIZE_UPDATE) => greet(command, applet, random),
            (SECURED, EXTERNAL_AUTHENTICATE) => authenticate(state, command),
            (SECURED, _) => carry_out(state, command, applet),
            (PLAIN, instruction) if Step::INSTRUCTIONS.contains(&instruction) => {
                Err(StatusWord::SECURITY_STATUS)
            }
            (PLAIN, _) => Err(StatusWord::INSTRUCTION),
            _ => Err(StatusWord::CLASS),
        };
        match answered {
            Ok((state, data)) => {
                self.state = state;
                Response::ok(data)
            }
            Err(status) => Response::from(status),
        }
    }
}

impl std::fmt::Debug for CardEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Closed => "closed",
            State::Challenged { .. } => "challenged",
            State::Open { .. } => "open",
        };
        write!(f, "CardEnd({state})")
    }
}

type Answered = Result<(State, Vec<u8>), StatusWord>;

/// INITIALIZE UPDATE (Amendment D §7.1.1).
fn greet(command: &Command, applet: &dyn Personalisable, random: &dyn Random) -> Answered {
    let version = KEY_INFORMATION[0];
    if ![0, version].contains(&command.p1) {
        return Err(StatusWord::REFERENCED_DATA_NOT_FOUND);
    }
    if command.p2 != 0 {
        return Err(StatusWord::WRONG_PARAMETERS);
    }
    let host_challenge: [u8; CHALLENGE_LEN] = command
        .data
        .as_slice()
        .try_into()
        .map_err(|_| StatusWord::WRONG_LENGTH)?;
    let mut challenge = [0; CHALLENGE_LEN];
    random.fill(&mut challenge);
    let (session, cryptograms) = Session::derive(applet.keys(), host_challenge, challenge)
        .map_err(|_| StatusWord::DIAGNOSIS)?;
    // Diversification data are ours to choose: they tell two cards apart without showing the number.
    let mut data = sha256(applet.card_number().as_bytes())[..10].to_vec();
    data.extend_from_slice(&KEY_INFORMATION);
    data.extend_from_slice(&challenge);
    data.extend_from_slice(&cryptograms.card);
    let state = State::Challenged {
        session,
        host_cryptogram: cryptograms.host,
    };
    Ok((state, data))
}

/// EXTERNAL AUTHENTICATE (Amendment D §7.1.2).
fn authenticate(state: State, command: &Command) -> Answered {
    let State::Challenged {
        mut session,
        host_cryptogram,
    } = state
    else {
        return Err(StatusWord::CONDITIONS);
    };
    let level = SecurityLevel::from_p1(command.p1)
        .filter(|_| command.p2 == 0)
        .ok_or(StatusWord::WRONG_PARAMETERS)?;
    if command.data.len() != CHALLENGE_LEN + MAC_LEN {
        return Err(StatusWord::WRONG_LENGTH);
    }
    let command = session
        .verify_authentication(command, level)
        .map_err(|_| StatusWord::SM_OBJECTS)?;
    if !constant_time_eq(&command.data, &host_cryptogram) {
        return Err(NOT_THE_HOST);
    }
    Ok((State::Open { session }, Vec::new()))
}

/// A command of the table, in an open session.
fn carry_out(state: State, command: &Command, applet: &mut dyn Personalisable) -> Answered {
    let State::Open { mut session } = state else {
        return Err(StatusWord::SECURITY_STATUS);
    };
    let (command, answered) = session
        .verify(command)
        .map_err(|_| StatusWord::SM_OBJECTS)?;
    let data = perform(Step::parse(&command)?, applet)?;
    if data.len() > MOST_ANSWER {
        return Err(StatusWord::DIAGNOSIS);
    }
    let data = session
        .protect_response(answered, data)
        .map_err(|_| StatusWord::DIAGNOSIS)?;
    Ok((State::Open { session }, data))
}

fn perform(step: Step<'_>, applet: &mut dyn Personalisable) -> Result<Vec<u8>, StatusWord> {
    match step {
        Step::Status => return Ok(commands::encode_status(&applet.status())),
        Step::PublicKeyPart(kind, part) => {
            let key = applet.public_key(kind)?;
            return commands::public_key_part(&key, part).map(<[u8]>::to_vec);
        }
        Step::Begin(transaction, kinds) => applet.begin(transaction, kinds)?,
        Step::GenerateKey(kind) => applet.generate_key(kind)?,
        Step::PinsToBeSet => applet.pins_to_be_set()?,
        Step::CertificatePart(part) if part.ca => {
            applet.write_ca_certificate(part.kind, part.offset, part.total, part.part)?;
        }
        Step::CertificatePart(part) => {
            applet.write_certificate(part.kind, part.offset, part.total, part.part)?;
        }
        Step::Activate(transaction) => applet.activate(transaction)?,
        Step::Abandon(transaction) => applet.abandon(transaction)?,
    }
    Ok(Vec::new())
}
