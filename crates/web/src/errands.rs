//! The errands of one site: given to the agent, taken over once, settled once, and collected by the session that gave them.

use crate::{Json, Problem, Visit, with_body_limit};
use axum::{
    Router,
    extract::{Path, State},
    routing::post,
};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use shirushi_rules::{InBoth, Refusal, TICKET_GOOD, WELL_FORMED};
use shirushi_wire::{
    Claim, Deed, Errand, ErrandChannel, Return, ReturnCode, Settled, Ticket, Want,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long an errand may take in all. A person looks for the card, and for the password.
const SECONDS: i64 = 30 * 60;
/// How long a ticket waits to be taken over.
const TICKET_SECONDS: i64 = 5 * 60;
/// Errands under way at once. When there are more, the oldest are given up.
const MOST: usize = 10_000;
/// The largest thing that the agent sends: a CMS signature with two certificates is a tenth of it.
const LARGEST: usize = 64 * 1024;

/// The errands of one site. `T` is what the site wants to know again when one comes back.
///
/// They are kept in memory: after a restart of the site the person begins once more, and what was half done (a card half
/// personalised) is resumed by the means of that work itself.
#[derive(Debug)]
pub struct Errands<T> {
    name: InBoth,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    under_way: Mutex<Vec<Entry<T>>>,
}

#[derive(Debug)]
struct Entry<T> {
    /// Hash of the session that gave it.
    session: [u8; 32],
    want: Want,
    about: T,
    given_at: Instant,
    state: Progress,
}

#[derive(Debug)]
enum Progress {
    Given(Ticket),
    Taken(ErrandChannel),
    Settled(ErrandChannel, ReturnCode, Deed),
}

/// An errand that has come back to the session that gave it.
#[derive(Clone, Debug)]
pub struct Agreed<T> {
    /// What was wanted.
    pub want: Want,
    /// What the site noted about it.
    pub about: T,
    /// How it ended.
    pub deed: Deed,
}

impl<T: Clone + Send + Sync + 'static> Errands<T> {
    /// None yet. `name` is what the site calls itself.
    #[must_use]
    pub fn new(name: InBoth, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Arc<Self> {
        Arc::new(Self {
            name,
            clock,
            random,
            under_way: Mutex::default(),
        })
    }

    /// Gives an errand, for the session of `visit`. Answers where the browser is to go: an address of the agent at `agent`
    /// (`http://127.0.0.1:8081`).
    #[must_use]
    pub fn give(&self, visit: &Visit, agent: &str, want: Want, about: T) -> String {
        let ticket = Ticket::random(self.random.as_ref());
        let mut under_way = self.under_way();
        if under_way.len() >= MOST {
            under_way.remove(0);
        }
        under_way.push(Entry {
            session: visit.session_hash(),
            want,
            about,
            given_at: self.clock.now(),
            state: Progress::Given(ticket),
        });
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("site", visit.site().origin())
            .append_pair("ticket", &String::from(ticket))
            .finish();
        format!("{agent}/enter?{query}")
    }

    /// Trades a ticket for its errand, once.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD`.
    pub fn take_over(&self, ticket: &Ticket) -> Result<Errand, Refusal> {
        let now = self.clock.now();
        let channel = ErrandChannel::random(self.random.as_ref());
        let mut under_way = self.under_way();
        let entry = under_way.iter_mut().find(|entry| {
            matches!(&entry.state, Progress::Given(own) if own == ticket)
                && entry
                    .given_at
                    .plus_seconds(TICKET_SECONDS)
                    >= now
        });
        let entry = entry.ok_or_else(|| TICKET_GOOD.refusal([]))?;
        entry.state = Progress::Taken(channel);
        Ok(Errand {
            channel,
            site: self.name.clone(),
            now,
            want: entry.want.clone(),
        })
    }

    /// What the site noted about the errand of a channel, and what is wanted, while it is under way.
    #[must_use]
    pub fn under(&self, channel: &ErrandChannel) -> Option<(T, Want)> {
        self.under_way()
            .iter()
            .find(|entry| matches!(&entry.state, Progress::Taken(own) if own == channel))
            .map(|entry| (entry.about.clone(), entry.want.clone()))
    }

    /// Notes how an errand ended. Told again, the answer is the same: the first telling may have been lost on its way.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD` when no such errand is under way.
    pub fn settle(&self, channel: &ErrandChannel, deed: Deed) -> Result<ReturnCode, Refusal> {
        let code = ReturnCode::random(self.random.as_ref());
        let mut under_way = self.under_way();
        for entry in under_way.iter_mut() {
            match &entry.state {
                Progress::Taken(own) if own == channel => {
                    entry.state = Progress::Settled(*channel, code, deed);
                    return Ok(code);
                }
                Progress::Settled(own, code, was) if own == channel && *was == deed => {
                    return Ok(*code);
                }
                _ => {}
            }
        }
        Err(TICKET_GOOD.refusal([]))
    }

    /// Gives back an errand that has ended, once, and only to the session that gave it.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD`, whichever of them does not hold.
    pub fn collect(&self, visit: &Visit, code: &str) -> Result<Agreed<T>, Refusal> {
        let refusal = || TICKET_GOOD.refusal([]);
        let code: ReturnCode = code.parse().map_err(|_| refusal())?;
        let session = visit.session_hash();
        let mut under_way = self.under_way();
        let place = under_way
            .iter()
            .position(|entry| {
                entry.session == session
                    && matches!(&entry.state, Progress::Settled(_, own, _) if *own == code)
            })
            .ok_or_else(refusal)?;
        let entry = under_way.remove(place);
        match entry.state {
            Progress::Settled(_, _, deed) => Ok(Agreed {
                want: entry.want,
                about: entry.about,
                deed,
            }),
            _ => Err(refusal()),
        }
    }

    /// The errands, without those whose time has run out.
    fn under_way(&self) -> MutexGuard<'_, Vec<Entry<T>>> {
        let now = self.clock.now();
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|entry| entry.given_at.plus_seconds(SECONDS) >= now);
        under_way
    }
}

/// The routes by which the agent speaks with the site: `/agent/claims` and `/agent/errands/{channel}/deed`.
pub fn errand_routes<T: Clone + Send + Sync + 'static>(errands: Arc<Errands<T>>) -> Router {
    let route = |route| with_body_limit(route, LARGEST);
    Router::new()
        .route("/agent/claims", route(post(claim::<T>)))
        .route("/agent/errands/{channel}/deed", route(post(settle::<T>)))
        .with_state(errands)
}

async fn claim<T: Clone + Send + Sync + 'static>(
    State(errands): State<Arc<Errands<T>>>,
    Json(claim): Json<Claim>,
) -> Result<Json<Errand>, Problem> {
    Ok(Json(errands.take_over(&claim.ticket)?))
}

async fn settle<T: Clone + Send + Sync + 'static>(
    State(errands): State<Arc<Errands<T>>>,
    Path(channel): Path<String>,
    Json(settled): Json<Settled>,
) -> Result<Json<Return>, Problem> {
    let channel = channel
        .parse()
        .map_err(|fault: shirushi_wire::MalformedIdentifier| {
            WELL_FORMED.refusal([
                ("where", "アドレス / address".to_owned()),
                ("fault", fault.to_string()),
            ])
        })?;
    let code = errands.settle(&channel, settled.deed)?;
    Ok(Json(Return { code }))
}
