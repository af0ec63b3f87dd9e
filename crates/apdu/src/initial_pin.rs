//! SET INITIAL PIN: the bytes of the one command of our own that a client sends while a card is being personalised.
//!
//! It goes to the JPKI application outside the issuer's channel, so that a PIN is known to the holder and the card alone
//! (DESIGN.md §5), and works only while the card waits for its PINs: `80 24 00 P2 Lc pin`. P2 names the PIN file by its
//! short identifier, as VERIFY does (`facts/card.md` §9): `98` for EF 0018, `9B` for EF 001B.

/// CLA.
pub const CLASS: u8 = 0x80;
/// INS.
pub const INSTRUCTION: u8 = 0x24;
/// P1.
pub const P1: u8 = 0x00;
/// P2 for 利用者証明用暗証番号, the PIN of the authentication key (EF 0018).
pub const AUTHENTICATION: u8 = 0x98;
/// P2 for 署名用パスワード, the password of the signature key (EF 001B).
pub const SIGNATURE: u8 = 0x9B;
