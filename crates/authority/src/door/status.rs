//! How the authority is: what it knows, its clock, its keys, its counts.

use crate::Authority;
use axum::Router;
use shirushi_clock::Clock;
use shirushi_profile::CertificateKind;
use shirushi_web::{Check, status};
use shirushi_wire::KeyWarning;
use std::sync::Arc;

/// `GET /authority/status`.
pub(super) fn page(authority: Authority, clock: Arc<dyn Clock>) -> Router {
    let look = move || {
        let authority = authority.clone();
        async move { look(&authority).await }
    };
    Router::new().route("/authority/status", status("authority", clock, look))
}

async fn look(authority: &Authority) -> Vec<Check> {
    let mut checks = match authority.totals_tally().await {
        Ok(totals) => vec![
            soundness(authority),
            clock_stands(authority).await,
            keys_last(authority),
            seen("applications", true, totals.applications),
            seen("certificates", true, totals.certificates),
            seen("live-certificates", true, totals.live),
            seen("revocations", true, totals.revocations),
            seen("open-intents", true, totals.open_intents),
            handed_over(authority).await,
        ],
        Err(_) => vec![Check {
            name: "store".to_owned(),
            ok: false,
            seen: "no answer".to_owned(),
        }],
    };
    checks.push(Check::writing(&authority.health()));
    checks
}

/// Whether what the authority knows may be told.
fn soundness(authority: &Authority) -> Check {
    let wrong = authority
        .damage()
        .map(|damage| damage.to_string())
        .or_else(|| {
            authority
                .trouble()
                .map(|trouble| trouble.to_string())
        });
    Check {
        name: "memory".to_owned(),
        ok: wrong.is_none(),
        seen: wrong.unwrap_or_else(|| "nothing is known to be missing".to_owned()),
    }
}

/// Whether all that has ended is remembered beside the authority, too. What is not is acknowledged to nobody, and handed over again.
async fn handed_over(authority: &Authority) -> Check {
    let (ok, seen) = match authority.untold().await {
        Ok(Some(0)) => (true, "all revocations are".to_owned()),
        Ok(Some(count)) => (
            false,
            format!("revocations that wait for responder or counter: {count}"),
        ),
        Ok(None) => (true, "revocations are being handed over".to_owned()),
        Err(_) => (false, "no answer".to_owned()),
    };
    Check {
        name: "handed-over".to_owned(),
        ok,
        seen,
    }
}

/// Whether the clock has not gone back behind what is on record.
async fn clock_stands(authority: &Authority) -> Check {
    let behind = authority.clock_is_behind().await;
    Check {
        name: "clock".to_owned(),
        ok: matches!(behind, Ok(None)),
        seen: match behind {
            Ok(None) => "not behind what is on record".to_owned(),
            Ok(Some(newest)) => format!("behind {newest}, the newest time on record"),
            Err(_) => "no answer".to_owned(),
        },
    }
}

/// Whether the authority's keys reach far enough, and what comes within a year. They are renewed when the newest cannot cover six
/// years any more, so that what fails here is told more than a year before a certificate of five years is refused.
fn keys_last(authority: &Authority) -> Check {
    let newest = CertificateKind::ALL
        .map(|kind| authority.ceremony().newest(kind))
        .map(|issuer| {
            let end = issuer.certificate().not_after();
            format!("{} {} until {end}", issuer.kind(), issuer.generation())
        });
    of_keys(&authority.key_warnings(), &newest.join(", "))
}

fn of_keys(warnings: &[KeyWarning], newest: &str) -> Check {
    // Why a renewal failed names files, which are not everybody's to know.
    let seen: Vec<String> = [newest.to_owned()]
        .into_iter()
        .chain(
            warnings
                .iter()
                .map(|warning| warning.told().en),
        )
        .collect();
    Check {
        name: "keys".to_owned(),
        // What is only to come is no fault.
        ok: !warnings
            .iter()
            .any(KeyWarning::is_fault),
        seen: seen.join(". "),
    }
}

fn seen(name: &str, ok: bool, count: i64) -> Check {
    Check {
        name: name.to_owned(),
        ok,
        seen: count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::of_keys;
    use shirushi_clock::Instant;
    use shirushi_profile::{CertificateKind, Generation};
    use shirushi_wire::KeyWarning;

    #[test]
    fn what_is_late_or_failed_is_no_good_status_and_what_is_to_come_is() {
        let at = Instant::from_unix(1_900_000_000).unwrap();
        assert!(of_keys(&[], "signature 1").ok);
        let next = KeyWarning::NextGeneration {
            kind: CertificateKind::Signature,
            generation: Generation::FIRST.following().unwrap(),
            from: at,
        };
        let told = of_keys(std::slice::from_ref(&next), "signature 1");
        assert!(told.ok && told.seen.contains("generation 2") && told.seen.contains("2030-03-18"));
        let told = of_keys(&[KeyWarning::RenewalFailed { at }, next], "signature 1");
        assert!(!told.ok);
        assert!(
            told.seen.contains("signature 1")
                && told
                    .seen
                    .contains("failed on 2030-03-18")
        );
    }
}
