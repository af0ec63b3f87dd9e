//! The table of all checks.

mod card;
mod certificate;
mod city;
mod machine;
mod programs;

pub(crate) use card::*;
pub(crate) use certificate::*;
pub(crate) use city::*;
pub(crate) use machine::*;
pub(crate) use programs::*;

use crate::Check;
use shirushi_rules::Bilingual;

/// Every check, in the order in which they are told: from the machine's end of the cable to the far end of the network.
pub static CHECKS: [&Check; 42] = [
    &PCSC_LIBRARY,
    &PCSC_INSTALLED,
    &PCSC_RUNNING,
    &PCSC_PERMISSION,
    &PCSC_PROTOCOL,
    &READER_KERNEL_DRIVER,
    &READER_CCID,
    &READER_DRIVER,
    &READER_PRESENT,
    &READER_SINGLE,
    &READER_FREE,
    &CARD_NAMED,
    &CARD_FILE,
    &CARD_PRESENT,
    &CARD_ANSWERS,
    &CARD_APPLICATION,
    &CARD_RESIDENT_REGISTER,
    &CARD_GENERATION,
    &CARD_PIN_LOCKED_AUTHENTICATION,
    &CARD_PIN_LOCKED_SIGNATURE,
    &CARD_FEW_TRIES,
    &CARD_CERTIFICATE_AUTHENTICATION,
    &CARD_CERTIFICATE_SIGNATURE,
    &CERTIFICATE_EXPIRED,
    &CERTIFICATE_NOT_YET_VALID,
    &CERTIFICATE_EXPIRING,
    &CERTIFICATE_ANCHOR,
    &CERTIFICATE_REVOKED,
    &CERTIFICATE_ON_HOLD,
    &NETWORK_RESPONDER,
    &NETWORK_PROXY,
    &NETWORK_CLOCK,
    &BROWSER_SANDBOXED,
    &BROWSER_BLOCKS_AGENT,
    &AGENT_PORT,
    &MODULE_FILE,
    &MODULE_TWICE,
    &MODULE_OPENSC,
    &MACHINE_LOCALE,
    &MACHINE_MEMORY,
    &MACHINE_FOLDER,
    &CITY_KEYS,
];

const fn both(ja: &'static str, en: &'static str) -> Bilingual {
    Bilingual { ja, en }
}
