//! The time at which a certificate is judged: a sandbox city's, for what it has issued, and this machine's for everything else.

use crate::{attended::say, language::Language};
use shirushi_client::{StatusNetwork, city_time, words};
use shirushi_clock::{Clock as _, Instant, SystemClock};
use shirushi_profile::Certificate;
use std::sync::Once;

/// The time at which `certificate` is judged or its key signs; where that is a city's, it is told once on standard error. `trusted` are
/// the authorities one of which must have issued it; none for a certificate of the card in hand.
pub(crate) fn time_for(
    certificate: &Certificate,
    trusted: Option<&[Certificate]>,
    network: &dyn StatusNetwork,
    language: Language,
) -> Instant {
    static TOLD: Once = Once::new();
    let here = SystemClock.now();
    let Some(found) = city_time(certificate, trusted, network, here) else {
        return here;
    };
    TOLD.call_once(|| say(&words::city_time(&found, language.of_rules())));
    found.now
}
