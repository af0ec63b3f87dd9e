//! PINs as they come in: typed at the terminal, not shown; or from a file descriptor, a line each. Never from arguments or the
//! environment, which other programs can read.

mod terminal;

use crate::{
    arguments::PinOptions,
    attended::{given_up, say},
    failure::Failure,
    input::take_for_pins,
    language::Language,
    told::{code, of_refusal, refusal_text, told},
};
use shirushi_client::{PinName, TypedPin};
use shirushi_crypto::Secret;
use shirushi_rules::{LAST_TRY_CONFIRMED, PIN_TRIES};
use std::{fs::File, io::Read as _};
use terminal::Terminal;

pub(crate) use terminal::restore;

/// Longest line that is taken, in bytes: four times the longest PIN, so that a longer one is told by its form.
const LONGEST: usize = 64;
/// What confirms the last try, in both languages; the agent asks for the same.
const WORDS: (&str, &str) = ("はい", "yes");

/// Where PINs come from.
#[derive(Debug)]
pub(crate) struct PinEntry {
    from: From,
    is_last_try_confirmed: bool,
    language: Language,
}

#[derive(Debug)]
enum From {
    Terminal(Terminal),
    Lines(File),
}

/// Why a line was not had.
#[derive(Debug)]
enum NoLine {
    /// The person has given up.
    GivenUp,
    /// There are no more lines.
    End,
    Fault(std::io::Error),
}

/// What a PIN is asked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Present,
    New,
    Again,
}

impl PinEntry {
    /// # Errors
    /// [`Failure::Told`] without a terminal, and without a descriptor that can be read.
    pub(crate) fn open(options: &PinOptions, language: Language) -> Result<Self, Failure> {
        let from = match options.fd {
            Some(fd) => {
                if fd == 0 {
                    take_for_pins()?;
                }
                let lines = descriptor(fd).map_err(|source| Failure::Told {
                    code: code::USAGE,
                    text: format!(
                        "{} {fd}: {source}",
                        language.pick("読めないファイル記述子です:", "This file descriptor cannot be read:")
                    ),
                })?;
                From::Lines(lines)
            }
            None => From::Terminal(Terminal::open().ok_or_else(|| {
                told(
                    code::USAGE,
                    language,
                    "暗証番号を入力する端末がありません。\n  端末で実行するか、--pin-fd N で、暗証番号を1行ずつ読むファイル記述子を指定してください。",
                    "There is no terminal to type the PIN at.\n  Run this at one, or name a file descriptor with a PIN a line: --pin-fd N.",
                )
            })?),
        };
        Ok(Self {
            from,
            is_last_try_confirmed: options.is_last_try_confirmed,
            language,
        })
    }

    /// Whether somebody can be asked.
    pub(crate) fn has_terminal() -> bool {
        Terminal::open().is_some()
    }

    /// At the terminal, whatever the PIN comes from: for what is confirmed or shown nowhere else.
    ///
    /// # Errors
    /// [`Failure::Told`] without one.
    pub(crate) fn at_terminal(language: Language) -> Result<Self, Failure> {
        if !Self::has_terminal() {
            return Err(told(
                code::USAGE,
                language,
                "端末がありません。これは端末でだけ確認し、端末にだけ表示します。暗証番号は読んでいません。\n  端末で実行してください。",
                "There is no terminal, and this is confirmed and shown at one alone. No PIN was read.\n  Run this at a terminal.",
            ));
        }
        Self::open(&PinOptions::default(), language)
    }

    /// Shows what must not be kept, at the terminal alone.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn show_secret(&self, label: &str, secret: &Secret) -> Result<(), Failure> {
        match &self.from {
            From::Terminal(terminal) => terminal
                .show(label, secret)
                .map_err(Failure::Output),
            // Never made for this.
            From::Lines(_) => Ok(()),
        }
    }

    /// Whether a person is asked. Otherwise everything is known beforehand, and the card need not be let go meanwhile.
    pub(crate) fn asks_a_person(&self) -> bool {
        matches!(self.from, From::Terminal(_))
    }

    /// Tells the tries left, before any is spent; the last one needs a confirmation.
    ///
    /// # Errors
    /// [`Failure::Told`]: locked, or not confirmed. Nothing was sent to the card.
    pub(crate) fn tell_tries(&mut self, name: PinName, tries: u8) -> Result<(), Failure> {
        let language = self.language;
        PIN_TRIES
            .require(tries > 0, [("pin", both_names(name))])
            .map_err(|refusal| of_refusal(&refusal, language))?;
        let most = name.most_tries();
        let pin = pin_name(name, language);
        self.say(&match language {
            Language::Japanese => format!("{pin}: 残り{tries}回（最大{most}回）"),
            Language::English => format!("{pin}: {tries} of {most} tries left"),
        });
        if tries > 1 || self.is_last_try_confirmed {
            return Ok(());
        }
        let word = language.pick(WORDS.0, WORDS.1);
        let refusal = LAST_TRY_CONFIRMED.refusal([("word", word.to_owned())]);
        if !self.asks_a_person() {
            let text = format!(
                "{}\n  {}",
                refusal_text(&refusal, language),
                language.pick(
                    "--pin-fd で最後の1回を使うには、--confirm-last-try も指定してください。",
                    "To spend the last try with --pin-fd, give --confirm-last-try as well.",
                )
            );
            return Err(Failure::Told {
                code: code::GIVEN_UP,
                text,
            });
        }
        let question = match language {
            Language::Japanese => format!(
                "あと1回間違えるとロックされ、市区町村の窓口でしか解除できません。暗証番号に確信があれば「{word}」と入力してください: "
            ),
            Language::English => format!(
                "One more wrong entry locks it, and only the municipality's counter can undo that. If you are sure of the PIN, type \"{word}\": "
            ),
        };
        if self.typed(&question)? == word {
            return Ok(());
        }
        Err(Failure::Told {
            code: code::GIVEN_UP,
            text: refusal_text(&refusal, language),
        })
    }

    /// The PIN that is set.
    ///
    /// # Errors
    /// [`Failure::Told`]: there is none, or it has the wrong form; at the terminal it is asked for again then.
    pub(crate) fn pin(&mut self, name: PinName) -> Result<TypedPin, Failure> {
        self.of_form(name, Asked::Present)
            .map(|(pin, _)| pin)
    }

    /// A PIN to be set; a person types it twice.
    ///
    /// # Errors
    /// As [`PinEntry::pin`].
    pub(crate) fn new_pin(&mut self, name: PinName) -> Result<TypedPin, Failure> {
        loop {
            let (pin, typed) = self.of_form(name, Asked::New)?;
            if !self.asks_a_person() {
                return Ok(pin);
            }
            let (_, again) = self.of_form(name, Asked::Again)?;
            if typed == again {
                return Ok(pin);
            }
            self.say(self.language.pick(
                "2回の入力が違います。新しい暗証番号から入力し直してください。",
                "The two entries differ. Type the new one again, twice.",
            ));
        }
    }

    /// Asks for a word to be typed, as the sign that it is meant.
    ///
    /// # Errors
    /// [`Failure::Told`] when another is typed, or nobody is there to type it.
    pub(crate) fn confirm(&mut self, question: &str, word: &str) -> Result<(), Failure> {
        if self.typed(question)? == word {
            return Ok(());
        }
        Err(told(
            code::GIVEN_UP,
            self.language,
            "確認の言葉が入力されなかったので、やめました。何も変わっていません。",
            "The confirmation was not typed. Given up; nothing was changed.",
        ))
    }

    fn of_form(&mut self, name: PinName, asked: Asked) -> Result<(TypedPin, Secret), Failure> {
        loop {
            let secret = self.secret(&prompt(name, asked, self.language))?;
            // What is no text is no PIN; the empty text says the same.
            let text = std::str::from_utf8(secret.expose()).unwrap_or_default();
            match TypedPin::new(name, text) {
                // What is typed once more is compared with what will be set.
                Ok(pin) if name.has_letters() => {
                    let folded = Secret::filled(secret.len(), |to| {
                        to.copy_from_slice(secret.expose());
                        to.make_ascii_uppercase();
                    });
                    return Ok((pin, folded));
                }
                Ok(pin) => return Ok((pin, secret)),
                Err(refusal) if self.asks_a_person() => {
                    self.say(&refusal_text(&refusal, self.language));
                }
                Err(refusal) => return Err(of_refusal(&refusal, self.language)),
            }
        }
    }

    fn say(&self, text: &str) {
        match &self.from {
            From::Terminal(terminal) => terminal.say(text),
            From::Lines(_) => say(text),
        }
    }

    /// A line that is not shown.
    fn secret(&mut self, question: &str) -> Result<Secret, Failure> {
        let line = match &mut self.from {
            From::Terminal(terminal) => terminal.secret(question),
            From::Lines(file) => line(|byte| match file.read(byte)? {
                0 => Ok(None),
                _ => Ok(Some(())),
            }),
        };
        line.map_err(|cause| self.no_line(cause))
    }

    /// A line that is shown while it is typed.
    fn typed(&mut self, question: &str) -> Result<String, Failure> {
        match &self.from {
            From::Terminal(terminal) => terminal
                .shown(question)
                .map_err(|cause| self.no_line(cause)),
            From::Lines(_) => Err(told(
                code::GIVEN_UP,
                self.language,
                "確認を入力する端末がありません。端末で実行してください。何も変わっていません。",
                "There is no terminal to type the confirmation at; run this at one. Nothing was changed.",
            )),
        }
    }

    fn no_line(&self, cause: NoLine) -> Failure {
        match cause {
            NoLine::GivenUp => given_up(self.language),
            NoLine::End => told(
                code::USAGE,
                self.language,
                "--pin-fd の行が足りません。暗証番号を、求められる順に1行ずつ渡してください。",
                "--pin-fd has too few lines: give each PIN on a line, in the order in which they are asked for.",
            ),
            NoLine::Fault(source) => Failure::Told {
                code: code::FAILED,
                text: format!(
                    "{}: {source}",
                    self.language
                        .pick("暗証番号を読めません", "The PIN cannot be read")
                ),
            },
        }
    }
}

/// Reads a line where it stays, byte by byte: nothing behind it is read, and nothing of it is buffered elsewhere.
fn line(mut next: impl FnMut(&mut [u8]) -> std::io::Result<Option<()>>) -> Result<Secret, NoLine> {
    let mut length = 0;
    let mut outcome = Ok(());
    let buffer = Secret::filled(LONGEST, |to| {
        loop {
            let mut byte = [0];
            match next(&mut byte) {
                Ok(Some(())) if byte == *b"\n" => break,
                Ok(Some(())) => {
                    if let Some(place) = to.get_mut(length) {
                        [*place] = byte;
                        length += 1;
                    }
                }
                Ok(None) if length == 0 => {
                    outcome = Err(NoLine::End);
                    break;
                }
                Ok(None) => break,
                Err(error) => {
                    outcome = Err(NoLine::Fault(error));
                    break;
                }
            }
        }
    });
    outcome?;
    let line = buffer
        .expose()
        .get(..length)
        .unwrap_or_default();
    Ok(Secret::from(line.strip_suffix(b"\r").unwrap_or(line)))
}

/// The open file that a number names. A copy of the descriptor itself where the system gives one: a pipe that another user has made,
/// or a socket, cannot be opened by its name.
fn descriptor(number: u32) -> std::io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        if let Ok(raw) = i32::try_from(number)
            && let Ok(own) = pidfd_open(getpid(), PidfdFlags::empty())
            && let Ok(copy) = pidfd_getfd(&own, raw, PidfdGetfdFlags::empty())
        {
            return Ok(File::from(copy));
        }
    }
    File::open(format!("/dev/fd/{number}"))
}

/// What a PIN is called.
pub(crate) fn pin_name(name: PinName, language: Language) -> &'static str {
    match name {
        PinName::Authentication => language.pick("利用者証明用暗証番号", "authentication PIN"),
        PinName::Signature => language.pick("署名用パスワード", "signature password"),
        PinName::Text => language.pick("券面事項入力補助用暗証番号", "text PIN"),
    }
}

/// What it is called, as a fact of a refusal.
fn both_names(name: PinName) -> String {
    format!(
        "{} / {}",
        pin_name(name, Language::Japanese),
        pin_name(name, Language::English)
    )
}

/// What it must look like.
pub(crate) fn pin_form(name: PinName, language: Language) -> &'static str {
    match name {
        PinName::Authentication | PinName::Text => language.pick("数字4桁", "4 digits"),
        PinName::Signature => language.pick(
            "英字と数字の両方を含む6～16文字。小文字は大文字として扱う",
            "6 to 16 letters and digits, at least one of each; small letters count as capitals",
        ),
    }
}

fn prompt(name: PinName, asked: Asked, language: Language) -> String {
    let pin = pin_name(name, language);
    match (asked, language) {
        (Asked::Present, Language::Japanese) => format!("{pin}: "),
        (Asked::Present, Language::English) => format!("Your {pin}: "),
        (Asked::New, Language::Japanese) => format!("新しい{pin}: "),
        (Asked::New, Language::English) => format!("The new {pin}: "),
        (Asked::Again, Language::Japanese) => format!("新しい{pin}（もう一度）: "),
        (Asked::Again, Language::English) => format!("The new {pin}, once more: "),
    }
}
