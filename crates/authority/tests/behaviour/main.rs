//! What must hold of the authority (認証局), driven through its public door over a real store and real keys:
//!
//! * a card is personalised once for each application, whatever is lost on the way and however often it is asked;
//! * at most one certificate of a kind is live for each person, whatever comes at the same time;
//! * each rule of the authority refuses by its own name, and leaves nothing behind;
//! * what the register tells ends certificates at once, also those that are being made;
//! * a crash at any place leaves no serial in doubt and loses nothing that was acknowledged;
//! * CRLs, status and log tell one story, forget nothing and do not go back;
//! * the log shows every act, and every change made to it afterwards;
//! * a database that came back from a backup is noticed by what others have kept, and going on with it only adds revocations;
//! * fifteen years in which the keys roll leave nobody without what the law gives, and OpenSSL verifies it all.
//!
//! [`audit`] compares all tables, lists and answers with each other; most tests end with it.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod audit;
mod bench;
mod card;
mod ceremony;
mod channels;
mod enrolment;
mod events;
mod expiry;
mod generations;
mod holders;
mod hostile;
mod killed;
mod lists;
mod log;
mod model;
mod openssl;
mod pairs;
mod past_lists;
mod people;
mod personalisation;
mod pseudonyms;
mod races;
mod recovery;
mod refusals;
mod restores;
mod seams;
mod second_issues;
mod statements;
mod witnesses;
mod years;
