//! Every rule that can refuse a person something, as one table: its id, where it comes from, what is said, what to do.
//!
//! A rule's source is a law, a regulation under it, the practice of municipalities, or our own choice; that class is part of
//! every refusal, so that nobody takes practice for law ("under 15" is practice: the law is silent). Citations use the keys of
//! `facts/profile-and-rules.md` §0: `Law` is the 公的個人認証法 (平成14年法律153号), `Reg` its 施行規則.
#![forbid(unsafe_code)]

mod fact;
mod refusal;
mod rule;
mod table;

pub use fact::{Fact, Facts, InBoth, fill};
pub use refusal::{Refusal, RefusalReport};
pub use rule::{Bilingual, Language, Rule, SourceClass};
#[cfg(feature = "switches")]
pub use rule::{switch_off, switch_on_all};
pub use table::*;
