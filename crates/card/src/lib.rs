//! A My Number Card (個人番号カード) seen from a client, over any [`Transmit`]: its JPKI application (公的個人認証AP) is a [`Card`], its
//! text application (券面事項入力補助AP) a [`TextApplication`].
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
mod channel;
mod credential;
mod error;
mod exchange;
mod pin;
mod text;
mod token;

pub use card::Card;
pub use credential::{Credential, PinVerified};
pub use error::CardError;
pub use pin::{Pin, TextPin};
pub use text::{RegisteredSex, TextApplication, TextInformation, TextItems, TextPinVerified};
pub use token::{TokenInformation, TokenKind};
