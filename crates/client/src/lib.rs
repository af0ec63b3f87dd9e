//! What a citizen does with a card: show what is on it, ask how a certificate stands, change a PIN, sign a document (利用者クライアントソフト, `facts/profile-and-rules.md` C.3).
//!
//! What is said of it is said here, in both languages, so that a page and a terminal have the same words. Pages and terminals are
//! elsewhere; of several readers the one with the card is found here ([`find_card`]), otherwise a [`Card`](shirushi_card::Card) reaches
//! this room opened, a [`Pin`](shirushi_card::Pin) typed. No PIN and no key is kept.
#![forbid(unsafe_code)]

mod check;
mod city;
mod error;
mod files;
mod find;
pub mod network;
mod pin;
mod revoke;
mod show;
mod sign;
mod status;
mod term;
mod verify;
pub mod words;

pub use check::{Aliveness, Checked};
pub use city::{CityTime, city_time};
pub use error::ClientError;
pub use files::{LONGEST_CERTIFICATES, certificates_in};
pub use find::{FindError, Inside, Looked, Search, find_card};
pub use network::Http;
pub use pin::{
    PinAccess, PinChangeError, PinName, PinStatus, SetPin, TypedPin, find_pin, pin_status,
};
pub use revoke::{
    RevocationToSend, SendsRequests, ToEnd, Unsent, revocation_address, sign_revocation,
};
pub use shirushi_status::{Asked, Inquiry, issuer};
pub use show::{CardOverview, CredentialOverview, show};
pub use sign::{
    SignedContent, Signing, certificate_before_pin, kind_of, require_kind, sign_and_leave,
    sign_detached, sign_digest_at_time_of, sign_with, sign_with_authentication_key,
};
pub use status::{Standing, StatusNetwork, inquire, standing};
pub use term::{Left, Term};
pub use verify::{
    Judged, LONGEST_SIGNATURE, Missing, Online, ReportInWords, ToVerify, verify_read,
};
