//! Work that a person attends to and may give up: on a thread of its own, with an eye on Ctrl-C.
//!
//! What the card is doing is let finish, for a command that is cut leaves nobody knowing what it did; everything else ends at once,
//! and says what was and was not done.

use crate::{
    failure::Failure,
    language::Language,
    pin_entry,
    signals::Signals,
    told::{code, told},
};
use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What giving up means at this moment.
struct Moment {
    /// Commands are on their way to the card.
    at_card: bool,
    /// What is to be said instead of "nothing was changed".
    unsettled: Option<String>,
}

static MOMENT: Mutex<Moment> = Mutex::new(Moment {
    at_card: false,
    unsettled: None,
});

fn moment() -> MutexGuard<'static, Moment> {
    MOMENT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// While it lives, commands are on their way to the card.
#[derive(Debug)]
pub(crate) struct AtCard(());

impl AtCard {
    pub(crate) fn begin() -> Self {
        moment().at_card = true;
        Self(())
    }
}

impl Drop for AtCard {
    fn drop(&mut self) {
        moment().at_card = false;
    }
}

/// From now on, giving up leaves this behind.
pub(crate) fn unsettled(text: &str) {
    moment().unsettled = Some(text.to_owned());
}

/// Nothing is left behind any more.
pub(crate) fn settled() {
    moment().unsettled = None;
}

/// Runs work to its end, or ends the program when the person gives it up.
pub(crate) async fn attended<T: Send + 'static>(
    language: Language,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut signals = Signals::listen().map_err(Failure::Signals)?;
    let mut task = tokio::task::spawn_blocking(work);
    let mut is_asked = false;
    loop {
        tokio::select! {
            done = &mut task => {
                return done.unwrap_or_else(|_| Err(told(
                    code::FAILED,
                    language,
                    "このプログラムの内部で障害が起きました。",
                    "A fault happened inside this program.",
                )));
            }
            () = signals.next() => {
                if moment().at_card && !is_asked {
                    is_asked = true;
                    say(language.pick(
                        "カードが今の処理を終えるのを待っています。もう一度Ctrl-Cを押すと、待たずにやめます。",
                        "Waiting for the card to finish what it is doing. Ctrl-C once more does not wait.",
                    ));
                    continue;
                }
                given_up(language);
            }
        }
    }
}

/// Ends the program: the person has given up.
pub(crate) fn given_up(language: Language) -> ! {
    pin_entry::restore();
    let moment = moment();
    let text = match (&moment.unsettled, moment.at_card) {
        (Some(text), _) => text.as_str(),
        (None, true) => language.pick(
            "やめました。カードが何をしたかは、確かめられていません。",
            "Given up. What the card has done is not known.",
        ),
        (None, false) => language.pick(
            "やめました。何も変わっていません。",
            "Given up. Nothing was changed.",
        ),
    };
    say(text);
    let code = i32::from(code::GIVEN_UP);
    if moment.at_card {
        // A command with a PIN in it may be on its way: wiped under the hands of who sends it, it would be a wrong one.
        process::exit(code)
    }
    // The moment is held: no command begins any more.
    shirushi_crypto::exit(code)
}

/// To standard error, as answers are printed; nothing can be done if it is closed.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{}", shirushi_text::shown(text));
}
