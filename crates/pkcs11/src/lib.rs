//! The PKCS#11 module (OASIS PKCS #11 Base Specification 2.40), without its C face: what each function does, over any
//! [`CardSource`](shirushi_reader::CardSource).
//!
//! A card is two tokens, since it has two PINs: user authentication (利用者証明用) and digital signature (署名用). The second is not
//! shown to browsers ([`Settings`]), its certificate is not read and its key not used without its password, and its password is
//! never remembered. The PIN of the first is remembered in guarded memory until logout, and sent to the card again for each
//! signature, for between two operations the card is left to other programs; but never when a wrong try would be the last or
//! when somebody has tried a wrong one meanwhile.
//!
//! A card that has been taken out takes its objects, its sessions and its remembered PIN with it: nothing is ever signed by
//! another card than the one that the program saw.
#![forbid(unsafe_code)]

mod attributes;
mod contents;
mod fault;
mod gather;
mod host;
mod learned;
mod mechanism;
mod module;
mod object;
mod place;
mod session;
mod settings;
mod source;
mod start;
mod token;

pub use attributes::Template;
pub use fault::Fault;
pub use host::is_browser;
pub use learned::Learned;
pub use mechanism::{Chosen, Keys, MechanismInfo, Parameter, mechanism_info, mechanisms};
pub use module::{Module, Produced, SessionInfo, SessionState, SlotInfo, TokenInfo, User};
pub use settings::{Environment, LastTry, Pss, Settings, SettingsError, SignatureLogin, Tokens};
