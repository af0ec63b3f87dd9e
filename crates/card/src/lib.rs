//! A My Number Card (個人番号カード) seen from a client: its JPKI application (公的個人認証AP), over any [`Transmit`].
//!
//! Commands are those that the published drivers send and real cards answer (`facts/card.md` §9, §16); nothing gates on the
//! ATR, a card is what answers to the application identifier (§3). Tries are counted before one is spent, and what a card
//! cannot do without a PIN takes a [`PinVerified`], which only [`Card::verify`] makes.
//!
//! The PIN state lives in the card until another application is selected or power is cut (§11): whoever has verified a PIN
//! holds the card exclusively and ends with [`Card::leave`].
//!
//! [`Transmit`]: shirushi_apdu::Transmit
#![forbid(unsafe_code)]

mod card;
mod credential;
mod error;
mod exchange;
mod pin;
mod token;

pub use card::Card;
pub use credential::{Credential, PinVerified};
pub use error::CardError;
pub use pin::Pin;
pub use token::{TokenInformation, TokenKind};
