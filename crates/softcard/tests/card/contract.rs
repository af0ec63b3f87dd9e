//! The contract of `facts/card.md` §19, E1 to E13, as exact bytes; E14 is in `secrecy`.

mod answers;
mod pins;
