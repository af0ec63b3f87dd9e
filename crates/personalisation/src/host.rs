//! The authority's end of the channel.

use crate::commands::{
    self, EXTERNAL_AUTHENTICATE, INITIALIZE_UPDATE, KEY_INFORMATION, PLAIN, PersonalisationCommand,
    SECURED, Step,
};
use crate::session::{Answered, CHALLENGE_LEN, NotAuthentic, SecurityLevel, Session};
use crate::{CardKeys, CardStatus, ChannelError};
use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, ber, select};
use shirushi_crypto::constant_time_eq;
use std::collections::VecDeque;

/// Length of the key diversification data that INITIALIZE UPDATE answers first (Amendment D §7.1.1.6).
const DIVERSIFICATION_LEN: usize = 10;

/// One session with one card. It gives out command APDUs and takes the response APDUs to them, in the same order.
///
/// Any error ends the session; the only way on is a new one.
pub struct HostSession {
    state: State,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// The SubjectPublicKeyInfo asked for, DER.
    PublicKey(Vec<u8>),
    /// The status asked for.
    Status(CardStatus),
}

enum State {
    Challenged {
        keys: CardKeys,
        challenge: [u8; CHALLENGE_LEN],
    },
    Authenticating {
        session: Session,
        status: Answered,
    },
    Open {
        session: Session,
        sent: VecDeque<Sent>,
    },
    Ended,
}

/// A command on its way: the instruction of each of its APDUs, and what binds the response to it.
struct Sent {
    command: PersonalisationCommand,
    apdus: Vec<(u8, Answered)>,
}

impl HostSession {
    /// Starts a session with the card that holds `keys`; the challenge is random. The commands are SELECT of the issuer's
    /// domain and INITIALIZE UPDATE.
    #[must_use]
    pub fn start(keys: CardKeys, host_challenge: [u8; 8]) -> (Self, Vec<Vec<u8>>) {
        let initialize = Command::new(PLAIN, INITIALIZE_UPDATE, 0, 0)
            .data(host_challenge)
            .ne(256);
        let commands = vec![
            select::application(&ISSUER_AID).to_bytes(),
            initialize.to_bytes(),
        ];
        let state = State::Challenged {
            keys,
            challenge: host_challenge,
        };
        (Self { state }, commands)
    }

    /// Takes the responses to [`HostSession::start`], checks that the card holds the keys, and gives EXTERNAL AUTHENTICATE
    /// and the first status.
    ///
    /// # Errors
    /// [`ChannelError::OtherCard`] when the card's cryptogram is wrong, and the others when an answer is missing, refused or malformed.
    pub fn authenticate(&mut self, responses: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, ChannelError> {
        let State::Challenged { keys, challenge } = self.take() else {
            return Err(ChannelError::OutOfOrder);
        };
        let instructions = [0xA4, INITIALIZE_UPDATE];
        let answers = successes(&instructions, responses)?;
        let malformed = ChannelError::Malformed {
            instruction: INITIALIZE_UPDATE,
        };
        let greeting = answers
            .last()
            .and_then(|data| Greeting::parse(data))
            .ok_or(malformed)?;
        let (mut session, cryptograms) = Session::derive(&keys, challenge, greeting.challenge)?;
        if !constant_time_eq(&cryptograms.card, &greeting.cryptogram) {
            return Err(ChannelError::OtherCard);
        }
        let level = SecurityLevel::FULL;
        let authenticate =
            Command::new(SECURED, EXTERNAL_AUTHENTICATE, level.p1(), 0).data(cryptograms.host);
        let authenticate = session.protect_authentication(authenticate, level)?;
        let (status, answered) = session.protect(Step::Status.to_command())?;
        self.state = State::Authenticating {
            session,
            status: answered,
        };
        Ok(vec![authenticate.to_bytes(), status.to_bytes()])
    }

    /// Takes the responses to [`HostSession::authenticate`]; the channel is open then.
    ///
    /// # Errors
    /// [`ChannelError`] when an answer is missing, refused, not authentic or malformed.
    pub fn status(&mut self, responses: &[Vec<u8>]) -> Result<CardStatus, ChannelError> {
        let State::Authenticating {
            session,
            status: answered,
        } = self.take()
        else {
            return Err(ChannelError::OutOfOrder);
        };
        let instruction = Step::Status.to_command().instruction;
        let answers = successes(&[EXTERNAL_AUTHENTICATE, instruction], responses)?;
        // The answer to EXTERNAL AUTHENTICATE is the last one without R-MAC, and empty.
        let [authenticated, status] = answers.as_slice() else {
            return Err(ChannelError::OutOfOrder);
        };
        if !authenticated.is_empty() {
            return Err(ChannelError::Malformed {
                instruction: EXTERNAL_AUTHENTICATE,
            });
        }
        let data = session.verify_response(answered, status)?;
        let status =
            commands::parse_status(&data).ok_or(ChannelError::Malformed { instruction })?;
        self.state = State::Open {
            session,
            sent: VecDeque::new(),
        };
        Ok(status)
    }

    /// The APDUs of a command: one, or several for what does not fit one. The APDUs of several commands may be sent as one
    /// batch, in the order in which they were wrapped.
    ///
    /// # Errors
    /// [`ChannelError::OutOfOrder`] when the channel is not open, [`ChannelError::TooLong`] when a certificate has no or more than
    /// 65535 bytes.
    pub fn wrap(&mut self, command: &PersonalisationCommand) -> Result<Vec<Vec<u8>>, ChannelError> {
        let State::Open {
            mut session,
            mut sent,
        } = self.take()
        else {
            return Err(ChannelError::OutOfOrder);
        };
        let mut apdus = Vec::new();
        let mut bytes = Vec::new();
        for step in command.steps()? {
            let (protected, answered) = session.protect(step.to_command())?;
            apdus.push((protected.instruction, answered));
            bytes.push(protected.to_bytes());
        }
        sent.push_back(Sent {
            command: command.clone(),
            apdus,
        });
        self.state = State::Open { session, sent };
        Ok(bytes)
    }

    /// Takes the responses to the oldest command that was wrapped and whose answer was not taken yet, which must be `command`; checks
    /// every status and every R-MAC, and deciphers what was answered.
    ///
    /// # Errors
    /// [`ChannelError`] when an answer is missing, refused, not authentic or malformed, or the command is another one.
    pub fn take_answer(
        &mut self,
        command: &PersonalisationCommand,
        responses: &[Vec<u8>],
    ) -> Result<Answer, ChannelError> {
        let State::Open { session, mut sent } = self.take() else {
            return Err(ChannelError::OutOfOrder);
        };
        let oldest = sent
            .pop_front()
            .filter(|oldest| oldest.command == *command)
            .ok_or(ChannelError::OutOfOrder)?;
        let instructions: Vec<u8> = oldest
            .apdus
            .iter()
            .map(|(instruction, _)| *instruction)
            .collect();
        let mut data = Vec::new();
        for (answer, (_, answered)) in successes(&instructions, responses)?
            .iter()
            .zip(&oldest.apdus)
        {
            data.extend(session.verify_response(*answered, answer)?);
        }
        let answer = answer_of(command, data).ok_or(ChannelError::Malformed {
            instruction: instructions
                .first()
                .copied()
                .unwrap_or(0),
        })?;
        self.state = State::Open { session, sent };
        Ok(answer)
    }

    /// The state, leaving the session ended: whoever succeeds puts the next state in.
    fn take(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Ended)
    }
}

impl std::fmt::Debug for HostSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Challenged { .. } => "challenged",
            State::Authenticating { .. } => "authenticating",
            State::Open { .. } => "open",
            State::Ended => "ended",
        };
        write!(f, "HostSession({state})")
    }
}

/// What a card answers to INITIALIZE UPDATE (Amendment D §7.1.1.6): diversification data, key information, challenge,
/// cryptogram.
struct Greeting {
    challenge: [u8; CHALLENGE_LEN],
    cryptogram: [u8; CHALLENGE_LEN],
}

impl Greeting {
    fn parse(data: &[u8]) -> Option<Self> {
        let (_, data) = data.split_first_chunk::<DIVERSIFICATION_LEN>()?;
        let (information, data) = data.split_first_chunk::<3>()?;
        let (challenge, data) = data.split_first_chunk::<CHALLENGE_LEN>()?;
        if *information != KEY_INFORMATION {
            return None;
        }
        Some(Self {
            challenge: *challenge,
            cryptogram: data.try_into().ok()?,
        })
    }
}

/// The data of the responses, when there is one with 9000 to each instruction.
fn successes(instructions: &[u8], responses: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, ChannelError> {
    let mut answers = Vec::with_capacity(responses.len());
    for (&instruction, response) in instructions.iter().zip(responses) {
        let response =
            Response::parse(response).map_err(|_| ChannelError::Malformed { instruction })?;
        if response.status != StatusWord::OK {
            let status = response.status;
            return Err(ChannelError::Refused {
                instruction,
                status,
            });
        }
        answers.push(response.data);
    }
    if instructions.len() != responses.len() {
        return Err(ChannelError::Unanswered {
            sent: instructions.len(),
            answered: responses.len(),
        });
    }
    Ok(answers)
}

impl From<NotAuthentic> for ChannelError {
    fn from(_: NotAuthentic) -> Self {
        Self::ResponseMac
    }
}

/// The answer that authentic data mean; none when they are malformed.
fn answer_of(command: &PersonalisationCommand, data: Vec<u8>) -> Option<Answer> {
    match command {
        PersonalisationCommand::ReadPublicKey(_) => {
            let whole = ber::first_object_length(&data) == Some(data.len());
            whole.then_some(Answer::PublicKey(data))
        }
        PersonalisationCommand::Status => commands::parse_status(&data).map(Answer::Status),
        _ => data.is_empty().then_some(Answer::Done),
    }
}
