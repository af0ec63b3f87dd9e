//! Faults on order (`docs/faults.md`): what goes wrong between a card and a program, and when. A [`Script`] says it, [`Faults`]
//! decides it command by command, and whoever stands between the two ends – [`serve`](crate::vpcd::serve) or [`Faulty`] – does it.
//!
//! Nothing here waits, sends or draws by itself: the same script and the same commands give the same faults.

mod chaining;
mod chance;
mod faulty;
mod garbage;
mod script;

use chaining::Chaining;
pub use faulty::{Faulty, FaultySource};
pub use garbage::Garbage;
use garbage::Trap;
pub use script::{Kind, NotAScript, Script, When};
use shirushi_apdu::StatusWord;
use std::{convert::Infallible, time::Duration};

/// Something that goes wrong at one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is gone before it has seen the command.
    TornBefore,
    /// The card carries the command out and is gone before its answer arrives.
    TornAfter,
    /// The card carries the command out, answers, and is taken out.
    PulledAfter,
    /// The card carries the command out, and something else than its answer arrives.
    Garbled(Garbage),
    /// The command does not reach the card, and no answer ever comes.
    Mute,
    /// The command does not reach the card; this status word is the answer.
    Status(StatusWord),
}

/// What becomes of a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These bytes arrive.
    Answer(Vec<u8>),
    /// The card is taken out.
    Removed {
        /// What arrives before that.
        answer: Option<Vec<u8>>,
        /// When it is put in again.
        back_after: Duration,
    },
    /// Nothing arrives.
    Mute {
        /// When the card is taken out; never, if the other end does not give up.
        gone_after: Option<Duration>,
    },
}

/// A script being played: it counts the commands.
#[derive(Debug)]
pub struct Faults {
    script: Script,
    /// Commands seen.
    count: u64,
    /// Of each entry of the script, the commands seen that it counts.
    seen: Vec<u64>,
    chaining: Chaining,
    trap: Option<Trap>,
}

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Script::default())
    }

    /// Begins a script.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self {
            seen: vec![0; script.at.len()],
            script,
            count: 0,
            chaining: Chaining::default(),
            trap: None,
        }
    }

    /// Commands seen until now.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time that `command` takes before anything else becomes of it.
    #[must_use]
    pub fn time_for(&self, command: &[u8]) -> Duration {
        self.script.time_for(command)
    }

    /// What becomes of `command`. `card` carries a command out and gives its answer, `pause` lets time pass.
    pub fn exchange(
        &mut self,
        command: &[u8],
        mut card: impl FnMut(&[u8]) -> Vec<u8>,
        pause: impl FnMut(Duration),
    ) -> Outcome {
        let outcome: Result<Outcome, Infallible> =
            self.try_exchange(command, |command| Ok(card(command)), pause);
        match outcome {
            Ok(outcome) => outcome,
        }
    }

    /// As [`Faults::exchange`], where carrying out may fail.
    ///
    /// # Errors
    /// Those of `card`.
    pub fn try_exchange<E>(
        &mut self,
        command: &[u8],
        card: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
        mut pause: impl FnMut(Duration),
    ) -> Result<Outcome, E> {
        let fault = self.next(command);
        let time = self.script.time_for(command);
        if !time.is_zero() {
            pause(time);
        }
        if let Some(answer) = self.trapped(command) {
            return Ok(Outcome::Answer(answer));
        }
        let back_after = self.script.return_after;
        let removed = |answer| Outcome::Removed { answer, back_after };
        match fault {
            Some(Fault::TornBefore) => return Ok(self.leave(removed(None))),
            Some(Fault::Mute) => {
                let gone_after = self.script.mute_for;
                return Ok(self.leave(Outcome::Mute { gone_after }));
            }
            Some(Fault::Status(status)) => {
                return Ok(Outcome::Answer(status.0.to_be_bytes().to_vec()));
            }
            Some(Fault::Garbled(Garbage::WrongLe)) => {
                // A card that answers so has not carried the command out.
                return Ok(Outcome::Answer(self.set_trap(Trap::wrong_le(command))));
            }
            _ => {}
        }
        let answer = self
            .chaining
            .exchange(&self.script, command, card)?;
        Ok(match fault {
            Some(Fault::TornAfter) => self.leave(removed(None)),
            Some(Fault::PulledAfter) => self.leave(removed(Some(answer))),
            Some(Fault::Garbled(Garbage::MoreData)) => {
                Outcome::Answer(self.set_trap(Trap::more_data()))
            }
            Some(Fault::Garbled(garbage)) => {
                Outcome::Answer(garbage.instead_of(answer, self.script.seed, self.count))
            }
            _ => Outcome::Answer(answer),
        })
    }

    /// Counts a command and decides on its fault: the first of the script that is due, else what chance has.
    fn next(&mut self, command: &[u8]) -> Option<Fault> {
        self.count += 1;
        let mut due = None;
        for ((when, fault), seen) in self
            .script
            .at
            .iter()
            .zip(&mut self.seen)
        {
            if when.kind.includes(command) {
                *seen += 1;
                if *seen == when.nth {
                    due = due.or(Some(*fault));
                }
            }
        }
        due.or_else(|| chance::fault(self.script.rate, self.script.seed, self.count))
    }

    /// The answer of a chain without end, while the other end follows it.
    fn trapped(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let answer = self.trap.as_mut()?.answer(command);
        if answer.is_none() {
            self.trap = None;
        }
        answer
    }

    fn set_trap(&mut self, (trap, answer): (Trap, Vec<u8>)) -> Vec<u8> {
        self.trap = Some(trap);
        answer
    }

    /// What was begun with a card that is gone is not gone on with when it is back.
    fn leave(&mut self, outcome: Outcome) -> Outcome {
        self.chaining = Chaining::default();
        self.trap = None;
        outcome
    }
}
