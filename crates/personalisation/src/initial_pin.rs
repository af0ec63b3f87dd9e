//! SET INITIAL PIN: how the agent beside the card sets the holder's PINs while the card waits for them, outside the channel.
//! The bytes are shared with the room `card` through [`shirushi_apdu::initial_pin`].

use crate::Kind;
use shirushi_apdu::{Command, initial_pin as bytes};
use shirushi_crypto::Secret;

/// Length of the longest PIN (署名用パスワード), in bytes.
const MOST_PIN: usize = 16;

/// The command that sets the PIN of a kind's pending key. The card takes it only in
/// [`Stage::KeysMade`](crate::Stage::KeysMade).
#[must_use]
pub fn set_initial_pin(kind: Kind, pin: &Secret) -> Command {
    let reference = match kind {
        Kind::Signature => bytes::SIGNATURE,
        Kind::Authentication => bytes::AUTHENTICATION,
    };
    Command::new(bytes::CLASS, bytes::INSTRUCTION, bytes::P1, reference).data(pin.expose())
}

/// Reads the command at the card: which PIN, and its value of 1–16 bytes, whose alphabet and length the card still has to
/// check. None when the command is another one or malformed.
#[must_use]
pub fn parse(command: &Command) -> Option<(Kind, Secret)> {
    let header = [command.class, command.instruction, command.p1];
    let kind = match command.p2 {
        bytes::SIGNATURE => Kind::Signature,
        bytes::AUTHENTICATION => Kind::Authentication,
        _ => return None,
    };
    let fits = header == [bytes::CLASS, bytes::INSTRUCTION, bytes::P1]
        && (1..=MOST_PIN).contains(&command.data.len());
    fits.then(|| (kind, Secret::from(command.data.as_slice())))
}
