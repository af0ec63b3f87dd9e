//! Typing at the terminal, unseen. Ctrl-C is read as a key here, so that it never finds the terminal with its echo off.

use super::{LONGEST, NoLine};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use shirushi_crypto::Secret;
use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    sync::{Mutex, PoisonError},
};

/// The terminal as it was before its echo was switched off, until it is so again.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const ERASE_LINE: u8 = 0x15;
const DELETE: u8 = 0x7F;

/// The terminal that this program was started at.
#[derive(Debug)]
pub(super) struct Terminal(File);

/// Puts the terminal back as it was, if it was changed.
pub(crate) fn restore() {
    let mut before = BEFORE
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(modes) = before.take()
        && let Some(Terminal(file)) = Terminal::open()
    {
        // It may be gone.
        let _ = tcsetattr(&file, OptionalActions::Flush, &modes);
        let _ = writeln!(&file);
    }
}

/// Restores the terminal when it is dropped.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        restore();
    }
}

impl Terminal {
    pub(super) fn open() -> Option<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .ok()
            .map(Self)
    }

    pub(super) fn say(&self, text: &str) {
        // Who has closed the terminal will read nothing.
        let _ = writeln!(&self.0, "{text}");
    }

    /// Shows a secret, without a buffer between.
    pub(super) fn show(&self, label: &str, secret: &Secret) -> std::io::Result<()> {
        (&self.0).write_all(label.as_bytes())?;
        (&self.0).write_all(secret.expose())?;
        (&self.0).write_all(b"\n")
    }

    /// A line that is not shown.
    pub(super) fn secret(&self, question: &str) -> Result<Secret, NoLine> {
        self.line(question, false)
    }

    /// A line that is shown; at most as long as a PIN may be.
    pub(super) fn shown(&self, question: &str) -> Result<String, NoLine> {
        let line = self.line(question, true)?;
        Ok(String::from_utf8_lossy(line.expose())
            .trim()
            .to_owned())
    }

    fn line(&self, question: &str, is_shown: bool) -> Result<Secret, NoLine> {
        let fault = |error: rustix::io::Errno| NoLine::Fault(error.into());
        let before = tcgetattr(&self.0).map_err(fault)?;
        let mut modes = before.clone();
        modes.local_modes -=
            LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        *BEFORE
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(before);
        let restored = Restored;
        // What was typed before the question was asked is no answer to it.
        tcsetattr(&self.0, OptionalActions::Flush, &modes).map_err(fault)?;
        write!(&self.0, "{question}").map_err(NoLine::Fault)?;
        let line = self.keys(is_shown);
        drop(restored);
        line
    }

    fn keys(&self, is_shown: bool) -> Result<Secret, NoLine> {
        let mut length = 0;
        let mut outcome = Ok(());
        let buffer = Secret::filled(LONGEST, |to| {
            outcome = loop {
                let mut key = [0];
                match (&self.0).read(&mut key) {
                    Ok(0) => break Err(NoLine::GivenUp),
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => break Err(NoLine::Fault(error)),
                }
                match key {
                    [b'\r' | b'\n'] => break Ok(()),
                    [INTERRUPT] => break Err(NoLine::GivenUp),
                    [END] if length == 0 => break Err(NoLine::GivenUp),
                    [END] => break Ok(()),
                    [BACKSPACE | DELETE] => {
                        self.rub_out(to, &mut length, is_shown);
                    }
                    [ERASE_LINE] => {
                        while length > 0 {
                            self.rub_out(to, &mut length, is_shown);
                        }
                    }
                    key => {
                        if let Some(place) = to.get_mut(length) {
                            let [byte] = key;
                            *place = byte;
                            length += 1;
                            if is_shown {
                                let _ = (&self.0).write_all(&key);
                            }
                        }
                    }
                }
            };
        });
        outcome?;
        Ok(Secret::from(
            buffer
                .expose()
                .get(..length)
                .unwrap_or_default(),
        ))
    }

    /// Takes the last character back, all its bytes.
    fn rub_out(&self, line: &mut [u8], length: &mut usize, is_shown: bool) {
        let mut width = 0;
        while let Some(last) = length.checked_sub(1) {
            *length = last;
            let byte = line
                .get(last)
                .copied()
                .unwrap_or_default();
            width += 1;
            if byte & 0xC0 != 0x80 {
                break;
            }
        }
        if is_shown && width > 0 {
            // A character of several bytes is two columns wide.
            let columns = if width > 1 {
                "\u{8}\u{8}  \u{8}\u{8}"
            } else {
                "\u{8} \u{8}"
            };
            let _ = write!(&self.0, "{columns}");
        }
    }
}
