//! Characters of Japanese registers, as far as a certificate must know them.
//!
//! A resident register holds characters that a certificate cannot: certificates take JIS X 0208 and JIS X 0212 only, and
//! every other character is replaced by a 代替文字 of like shape, its place marked (`facts/profile-and-rules.md` A.5, D.3).
//! That is [`substitute`]. Beside it: the [`Repertoire`]s themselves, [furigana](check_furigana), [eras](era_digit),
//! [widths](to_full_width), [what a reader does not see](is_unseen) and [check digits](with_wrong_check_digit).
//!
//! No function here normalises a name: NFC turns 﨑's relatives into other people's characters (神 U+FA19 into 神), so that a
//! name would no longer be the registered one. What is [the same](is_same) is defined once, here, and much narrower; what comes in
//! is [composed] so far and no further.
#![forbid(unsafe_code)]

mod check_digit;
mod era;
mod kana;
mod repertoire;
mod sameness;
mod substitution;
mod unseen;
mod width;

pub use check_digit::{
    individual_number_check_digit, resident_code_check_digit, with_wrong_check_digit,
};
pub use era::{Era, era_digit, era_of, wareki};
pub use kana::{NotKana, check_furigana, is_furigana, to_hiragana, to_katakana};
pub use repertoire::{Repertoire, in_certificate_repertoire};
pub use sameness::{
    Difference, composed, first_difference, has_two_numbers, is_same, more_than_minor, unified,
};
pub use substitution::{Substituted, UNKNOWN_SUBSTITUTE, substitute};
pub use unseen::{
    Piece, Unfit, fit, is_unseen, is_variation_selector, mark, name as name_of_unseen, pieces,
    shown, shown_in_line, turns_direction,
};
pub use width::{is_full_width, to_full_width};
