//! What this card does where no public source says what a real one does (`facts/card.md` §24, §25): one named choice each,
//! with its reason. Whoever measures a real card changes the value here and nowhere else.

use crate::files::Access;
use shirushi_apdu::StatusWord;

/// SELECT or SFI of a certificate EF into which nothing was written yet: "file not found". OpenSC goes on without the object
/// (`facts/opensc-apdu-trace.md` §3.3); an EF of filler would make it read to the end of a length that filler spells.
pub(crate) const CERTIFICATE_ABSENT: StatusWord = StatusWord::FILE_NOT_FOUND;

/// EF 0008 says `8F` for a certificate that is there; "other" is all that is known for one that is not.
pub(crate) const AVAILABLE: u8 = 0x8F;
/// See [`AVAILABLE`].
pub(crate) const NOT_AVAILABLE: u8 = 0x00;

/// READ BINARY of the authorities' certificates on an Android's token, whose authentication certificate needs its PIN: nobody says
/// that these do.
pub(crate) const PHONE_AUTHORITY: Access = Access::Free;

/// Using a private key that was not made yet: the status MC saw for "key not set" in other applications.
pub(crate) const KEY_ABSENT: StatusWord = StatusWord::REFERENCED_DATA_NOT_FOUND;

/// Tries left of a PIN that was never set: none, so that the query still has SW1 = 63, on which OpenSC insists for both PINs.
pub(crate) const TRIES_OF_UNSET_PIN: u8 = 0;

/// CHANGE REFERENCE DATA with a new PIN of bad alphabet or length (6985 is as likely): "wrong parameters in the data field"
/// says what is wrong, 6985 would be taken for a PIN not presented.
pub(crate) const BAD_NEW_PIN: StatusWord = StatusWord::WRONG_DATA;

/// VERIFY data of more than 16 bytes: refused before the counter is touched, as nothing of that length can be a PIN.
pub(crate) const VERIFY_TOO_LONG: StatusWord = StatusWord::WRONG_LENGTH;

/// VERIFY, CHANGE or COMPUTE SIGNATURE while the current EF is of another kind (6986 is as likely): "conditions of use".
pub(crate) const WRONG_KIND_OF_FILE: StatusWord = StatusWord::CONDITIONS;

/// COMPUTE SIGNATURE without data or without room for 256 bytes in Le: a length error. A card in contact may send 61xx or
/// 6Cxx; nobody reports one that does (`facts/card.md` §9).
pub(crate) const SIGN_LENGTHS: StatusWord = StatusWord::WRONG_LENGTH;

/// COMPUTE SIGNATURE of the next card, of which everything at this level is unknown (`facts/card.md` §21): P1 = 00 takes what ECDSA
/// signs, a digest, and the digest that is announced is SHA-384. All other P1 are unknown schemes.
pub(crate) const NEXT_DIGEST_LEN: usize = 48;
/// Its answer is a DER ECDSA-Sig-Value, as certificates and CMS want it, of at most so many bytes (P-384); less room in Le is
/// refused, so that no signature fits by chance. A raw r‖s of 96 bytes is as likely.
pub(crate) const NEXT_SIGNATURE_MOST: usize = 104;
/// Its token information is today's but for the model, by which a program can tell that it talks to a guess.
pub(crate) const NEXT_MODEL: &str = "SOFTCARD NEXT?";

/// READ BINARY without Le: the command is case 2.
pub(crate) const READ_WITHOUT_LE: StatusWord = StatusWord::WRONG_LENGTH;

/// GET DATA inside an application: nothing is known to be there.
pub(crate) const GET_DATA_ELSEWHERE: StatusWord = StatusWord::REFERENCED_DATA_NOT_FOUND;

/// SELECT of an application with P2 = 00 asks for file control information, whose content is unknown: selected, without any.
pub(crate) const SELECT_WITH_FCI: StatusWord = StatusWord::OK;

/// SET SESSION KEY of the text application, which a real card offers (`facts/card.md` §15) and this one does not: the answer
/// of the common application, which offers none either.
pub(crate) const NO_SESSION_KEY: StatusWord = StatusWord(0x66F1);

/// CLA 08 where secure messaging is not offered (`facts/card.md` §10); not unknown, but no constant of ISO.
pub(crate) const NO_SECURE_MESSAGING: StatusWord = StatusWord(0x69FC);

/// The 16-byte key reference in EF 0002 of the common and the 住基 application, the 128 bytes of DF43 in EF 0005 of the text application
/// and the 256 of DF35 in EF 0003 of the surface application: what they are for is unknown, and this card has none.
pub(crate) const NO_KEY: u8 = 0xFF;

/// Bytes of EF 0005 of the text application: 256 are there (`facts/field-2026.md`), whether more nobody says.
pub(crate) const BASIC_INFORMATION_LEN: usize = 256;

/// Tries of the birth date in the surface application, of which no source tells; those of the 照合番号 beside it.
pub(crate) const BIRTH_DATE_TRIES: u8 = 10;

/// GET DATA 66, card recognition data: GlobalPlatform's for a card of 2.1.1 with SCP03 (Card Specification H.2), which a real card is
/// not known to be.
pub(crate) const CARD_RECOGNITION: &[u8] = &[
    0x73, 0x2F, 0x06, 0x07, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01, 0x60, 0x0C, 0x06, 0x0A, 0x2A,
    0x86, 0x48, 0x86, 0xFC, 0x6B, 0x02, 0x02, 0x01, 0x01, 0x63, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48,
    0x86, 0xFC, 0x6B, 0x03, 0x64, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04, 0x03,
    0x30,
];

/// JPKI EFs of unknown purpose whose READ BINARY is refused for want of rights: 0009 was seen so (`facts/card.md` §5), 0005 is
/// taken to be like it because its identifier is in the range of transparent files.
pub(crate) const SEALED_FILES: [u16; 2] = [0x0005, 0x0009];

/// JPKI EFs of unknown purpose in the range where keys and PINs are: internal files without a use here.
pub(crate) const INTERNAL_FILES: [u16; 5] = [0x0010, 0x0016, 0x0019, 0x001C, 0x001E];

/// Bytes in the longest state that is read: four certificates of 64 KiB and two pending ones, as hexadecimal, and room.
/// Ours: a real card has no such file.
pub(crate) const STATE_LIMIT: usize = 1 << 20;

/// Bytes of the longest certificate: with the longest filler, the EF ends where 15-bit offsets do. Ours as well.
pub(crate) const CERTIFICATE_LIMIT: usize = 0x7000;

/// Bytes of the longest filler, and of the longest name or address. Ours as well.
pub(crate) const TEXT_LIMIT: usize = 0x1000;

/// Token information (`facts/card.md` §6) of cards other than the measured one: manufacturerID and model are ours, so that
/// nobody takes the card for a product.
pub(crate) const MANUFACTURER: &str = "SHIRUSHI";
/// See [`MANUFACTURER`].
pub(crate) const MODEL: &str = "SOFTCARD";
