//! How the responder is: whether its lists are there and not over, and whether its memory is whole. It looks at what is held in
//! memory: no look makes a list or asks a table, but where responders share one.

use crate::{List, Memory, ResponderKeys};
use axum::Router;
use shirushi_clock::{Clock, Instant};
use shirushi_contract::responder::STATUS;
use shirushi_profile::{CertificateKind, CrlScope};
use shirushi_web::{Check, status};
use std::sync::Arc;

/// How it is.
pub fn status_page(memory: Memory, keys: Arc<ResponderKeys>, clock: Arc<dyn Clock>) -> Router {
    let now = Arc::clone(&clock);
    let look = move || {
        let (memory, keys, now) = (memory.clone(), Arc::clone(&keys), now.now());
        let writing = Check::writing(&memory.health());
        async move {
            let mut lists = match memory.newest_lists().await {
                Ok(lists) => lists,
                // That it cannot be read is said by another check.
                Err(_) => memory.lists(),
            };
            // A generation that has ended makes no lists any more, and none is asked for.
            lists.retain(|list| !keys.has_ended(list.key().kind, list.key().generation, now));
            let mut checks = vec![remembered(&memory), writing, certified(&keys, now)];
            for (name, kind) in [
                ("signature-crl", CertificateKind::Signature),
                ("authentication-crl", CertificateKind::Authentication),
            ] {
                checks.push(complete(&lists, name, kind, now));
            }
            checks.push(current(&lists, now));
            checks
        }
    };
    Router::new().route(STATUS.about.path, status("responder", clock, look))
}

fn remembered(memory: &Memory) -> Check {
    let count = memory.count();
    Check {
        name: "memory".to_owned(),
        ok: memory.is_sound(),
        seen: if memory.is_sound() {
            format!("{count} revocations")
        } else {
            format!("{count} revocations; what came last could not be written")
        },
    }
}

/// Whether it can sign for the newest generation of both authorities.
fn certified(keys: &ResponderKeys, now: Instant) -> Check {
    let lacking: Vec<String> = CertificateKind::ALL
        .into_iter()
        .filter(|kind| {
            keys.of(*kind, None)
                .is_none_or(|key| !key.certificate.is_valid_at(now))
        })
        .map(|kind| kind.to_string())
        .collect();
    Check {
        name: "keys".to_owned(),
        ok: lacking.is_empty(),
        seen: match lacking.is_empty() {
            true => "certified".to_owned(),
            false => format!("none certified for {}", lacking.join(", ")),
        },
    }
}

/// The newest complete list of a kind.
fn complete(lists: &[Arc<List>], name: &str, kind: CertificateKind, now: Instant) -> Check {
    let list = lists
        .iter()
        .filter(|list| list.key().kind == kind && list.key().scope == CrlScope::Complete)
        .max_by_key(|list| list.key().generation);
    Check {
        name: name.to_owned(),
        ok: list.is_some_and(|list| !is_over(list, now)),
        seen: list.map_or_else(
            || "no list".to_owned(),
            |list| format!("number {}, {} entries", list.number(), list.list().len()),
        ),
    }
}

/// Whether any list is over: nobody can rely on it any more.
fn current(lists: &[Arc<List>], now: Instant) -> Check {
    let over = lists
        .iter()
        .filter(|list| is_over(list, now))
        .count();
    Check {
        name: "lists".to_owned(),
        ok: over == 0 && !lists.is_empty(),
        seen: format!("{} lists, {over} of them over", lists.len()),
    }
}

fn is_over(list: &List, now: Instant) -> bool {
    list.list()
        .next_update()
        .is_none_or(|next| next <= now)
}
