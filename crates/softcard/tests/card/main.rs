//! The card as everyone else meets it: bytes in, bytes out, and what is left when the power goes.

mod contract;
mod crash;
mod damage;
mod mutations;
mod opensc;
mod openssl;
mod other_applications;
mod personalisation;
mod secrecy;
mod signatures;
mod simulation;
mod support;
