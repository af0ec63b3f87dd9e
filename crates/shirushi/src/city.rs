//! The time at which a certificate is judged: a sandbox city's, for what it has issued, and this machine's for everything else.

use crate::{attended::say, language::Language};
use shirushi_client::{StatusNetwork, city_time};
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
    TOLD.call_once(|| {
        let (city, day) = (&found.city, found.now.date_jst());
        say(&match language {
            Language::Japanese => format!(
                "練習用の市（{city}）の時計は、この機械より進んでいて、{day} です。この市の電子証明書には、この機械の時計ではなく、市の時計を使います。"
            ),
            Language::English => format!(
                "The clock of the sandbox city at {city} is ahead of this machine's, at {day}: for its certificates the city's time is taken."
            ),
        });
    });
    found.now
}
