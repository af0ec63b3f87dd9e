//! The card in a reader, held: a handle to it and a transaction, until it is dropped.

use super::{
    abi::{Code, Dword, LEAVE_CARD, Long, PROTOCOL_T0, RESET_CARD, UNPOWER_CARD},
    api::Api,
    context::Context,
    t0,
    traces::Traces,
};
use crate::ReaderError;
use shirushi_apdu::{Transmit, TransmitError};
use std::{
    ffi::{CStr, CString},
    sync::Arc,
    time::Duration,
};
use zeroize::{Zeroize as _, Zeroizing};

/// The longest answer: 65536 bytes of data, and the status word.
const LONGEST: usize = 0x1_0002;
/// How long the service may take to notice that a card is out. pcsc-lite looks every 0.4 seconds.
const NOTICE: Duration = Duration::from_secs(1);
/// How long a holder of the reader is waited for before it is tried again, where the end of that is not told.
const AGAIN: Duration = Duration::from_millis(100);

/// The card, held against all other programs: they wait. Once anything has failed it is of no use any more, for whatever answered
/// then might be another card, or this one with nothing selected.
pub(super) struct Held {
    card: Handle,
    context: Context,
    reader: CString,
    /// Where answers arrive. They may hold what only the holder may know.
    buffer: Zeroizing<Vec<u8>>,
    traces: Traces,
    /// A command has been sent.
    is_begun: bool,
    /// How it has failed.
    failure: Option<Failure>,
}

#[derive(Clone, Copy)]
enum Failure {
    Gone,
    Way(Code),
}

impl Held {
    /// Takes the card, and waits for whoever holds it as long as `is_wanted`. Between the tries only: pcsc-lite waits by itself, in
    /// `SCardConnect` as well as in `SCardBeginTransaction`, and cannot be told to stop.
    pub(super) fn take(
        context: Context,
        reader: CString,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Self, ReaderError> {
        let card = loop {
            match Handle::connect(&context, &reader) {
                Err(Code::SHARING_VIOLATION) if is_wanted() => context.pause(&reader, AGAIN),
                Err(code) => return Err(ReaderError::of(code)),
                Ok(mut card) => match card.begin() {
                    // Reset by whoever had it: that handle is of the card as it was.
                    Err(Code::RESET_CARD) if is_wanted() => drop(card),
                    Err(Code::SHARING_VIOLATION) if is_wanted() => {
                        drop(card);
                        context.pause(&reader, AGAIN);
                    }
                    Err(code) => return Err(ReaderError::of(code)),
                    Ok(()) => break card,
                },
            }
        };
        Ok(Self {
            card,
            context,
            reader,
            buffer: Zeroizing::new(vec![0; LONGEST]),
            traces: Traces::default(),
            is_begun: false,
            failure: None,
        })
    }

    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Failure> {
        let failed = match self
            .card
            .transmit(command, &mut self.buffer)
        {
            // No answer: so vpcd's driver tells a card that is out, also when it is back at once.
            Ok(0 | 1) => Code::UNRESPONSIVE_CARD,
            Ok(length) => {
                let answer = self.buffer[..length].to_vec();
                self.buffer[..length].zeroize();
                return Ok(answer);
            }
            // Another program has reset the card before we had it: nothing of ours is lost.
            Err(Code::RESET_CARD) if !self.is_begun => {
                self.is_begun = true;
                match self.card.reconnect() {
                    Ok(()) => return self.exchange(command),
                    Err(_) => return Err(Failure::Gone),
                }
            }
            Err(code) => code,
        };
        // A card that is pulled inside a command is a failed command first, and missed a little later.
        let is_gone = failed.is_of_a_card_gone()
            || self
                .context
                .is_pulled_within(&self.reader, NOTICE);
        Err(match is_gone {
            true => Failure::Gone,
            false => Failure::Way(failed),
        })
    }
}

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        if !self.context.is_ours() {
            return Err(Failure::Way(Code::INVALID_HANDLE).into());
        }
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        let answer = self.exchange(command);
        self.is_begun = true;
        self.traces
            .note(command, answer.as_deref().ok());
        answer.map_err(|failure| {
            self.failure = Some(failure);
            failure.into()
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.context.is_ours() {
            // A reset alone clears nothing on a real card (facts/card.md §11). After another application was selected it tells other
            // programs that the card is not as they left it. Where no PIN was sent, it is.
            self.card.disposition = match (self.traces.is_open(), self.traces.was_open()) {
                (true, _) => UNPOWER_CARD,
                (false, true) => RESET_CARD,
                (false, false) => LEAVE_CARD,
            };
        }
    }
}

impl From<Failure> for TransmitError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Gone => Self::CardGone,
            Failure::Way(code) => Self::other(ReaderError::of(code)),
        }
    }
}

/// A card handle, disconnected when it is dropped.
struct Handle {
    api: Arc<Api>,
    raw: Long,
    protocol: Dword,
    is_in_transaction: bool,
    /// What becomes of the card at the end.
    disposition: Dword,
    process: u32,
}

impl Handle {
    fn connect(context: &Context, reader: &CStr) -> Result<Self, Code> {
        let (raw, protocol) = context
            .api
            .connect(context.raw(), reader)?;
        Ok(Self {
            api: Arc::clone(&context.api),
            raw,
            protocol,
            is_in_transaction: false,
            disposition: LEAVE_CARD,
            process: std::process::id(),
        })
    }

    fn begin(&mut self) -> Result<(), Code> {
        self.api.begin_transaction(self.raw)?;
        self.is_in_transaction = true;
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), Code> {
        self.protocol = self.api.reconnect(self.raw)?;
        Ok(())
    }

    fn transmit(&self, command: &[u8], answer: &mut [u8]) -> Result<usize, Code> {
        let for_t0 = (self.protocol == PROTOCOL_T0)
            .then(|| t0::bytes(command))
            .flatten();
        let bytes = for_t0
            .as_deref()
            .map_or(command, Vec::as_slice);
        self.api
            .transmit(self.raw, self.protocol, bytes, answer)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            return;
        }
        // The card loses power while it is still ours: between the transaction and the disconnection another program may have it.
        let ended = match self.is_in_transaction {
            true => self
                .api
                .end_transaction(self.raw, self.disposition),
            false => Ok(()),
        };
        let disposition = match ended {
            Ok(()) => LEAVE_CARD,
            Err(_) => self.disposition,
        };
        // Nothing can be done about a service that does not take it.
        let _ = self
            .api
            .disconnect(self.raw, disposition);
    }
}
