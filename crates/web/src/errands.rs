//! The errands of one site: given to the agent, taken over once, settled once, and collected by the session that gave them.

#[cfg(test)]
mod tests;
mod under_way;

use crate::{Json, Problem, Visit, with_body_limit};
use axum::{
    Router,
    extract::{Path, State},
    routing::post,
};
use shirushi_clock::Clock;
use shirushi_crypto::{Random, sha256};
use shirushi_rules::{
    Bilingual, Facts, InBoth, NOT_TOO_MUCH_AT_ONCE, Refusal, TICKET_GOOD, WELL_FORMED,
};
use shirushi_wire::{
    Claim, Deed, Errand, ErrandChannel, Return, ReturnCode, Settled, Ticket, Want,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use under_way::{Entry, LIMITS, Progress, UnderWay};

/// The largest thing that the agent sends: a CMS signature with two certificates is a tenth of it.
const LARGEST: usize = 64 * 1024;

/// The errands of one site. `T` is what the site wants to know again when one comes back.
///
/// They are kept in memory: after a restart of the site the person begins once more, and what was half done (a card half
/// personalised) is resumed by the means of that work itself.
///
/// How many there are is bounded, for each giver and in all, by number and by bytes. What an agent has taken over is never given
/// up for something newer.
#[derive(Debug)]
pub struct Errands<T> {
    name: InBoth,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    under_way: Mutex<UnderWay<T>>,
}

/// On whose account an errand goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// A visitor who is not logged in: any number of sessions may be one person's.
    Stranger,
    /// Whoever is logged in under the name of which this is the hash.
    Known([u8; 32]),
}

impl Giver {
    /// Whoever is logged in under `name`.
    #[must_use]
    pub fn known(name: &str) -> Self {
        Self::Known(sha256(name.as_bytes()))
    }
}

/// An errand that has come back to the session that gave it.
#[derive(Clone, Debug)]
pub struct Agreed<T> {
    /// What was wanted; of a document that was to be signed, all but its content.
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
            under_way: Mutex::new(UnderWay::new(LIMITS)),
        })
    }

    /// Gives an errand, for the session of `visit`, on the account of `giver`. Answers where the browser is to go: an address of
    /// the agent at `agent` (`http://127.0.0.1:8081`).
    ///
    /// # Errors
    /// A [`Refusal`] by `NOT_TOO_MUCH_AT_ONCE` when there is no room for it.
    pub fn give(
        &self,
        visit: &Visit,
        giver: Giver,
        agent: &str,
        want: Want,
        about: T,
    ) -> Result<String, Refusal> {
        let ticket = Ticket::random(self.random.as_ref());
        let entry = Entry {
            session: visit.session_hash(),
            giver,
            want,
            about,
            given_at: self.clock.now(),
            state: Progress::Given(ticket),
        };
        NOT_TOO_MUCH_AT_ONCE.require(self.under_way().give(entry), [])?;
        Ok(entrance(visit, agent, ticket))
    }

    /// Gives an errand of somebody known once more that no agent has taken over yet, now for the session of `visit`: who presses twice
    /// has the same document waiting, and nothing is made anew. Its first ticket is not good any longer. None when no errand that `is_it`
    /// waits.
    pub fn give_again(
        &self,
        visit: &Visit,
        giver: Giver,
        agent: &str,
        is_it: impl Fn(&T) -> bool,
    ) -> Option<String> {
        let Giver::Known(giver) = giver else {
            return None;
        };
        let ticket = Ticket::random(self.random.as_ref());
        self.under_way()
            .give_again(
                &giver,
                is_it,
                ticket,
                visit.session_hash(),
                self.clock.now(),
            )
            .then(|| entrance(visit, agent, ticket))
    }

    /// Trades a ticket for its errand, once.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD`, or by `NOT_TOO_MUCH_AT_ONCE` for a stranger's when there is no room.
    pub fn take_over(&self, ticket: &Ticket) -> Result<Errand, Refusal> {
        let now = self.clock.now();
        let channel = ErrandChannel::random(self.random.as_ref());
        let want = self.under_way().take(ticket, channel)?;
        Ok(Errand {
            channel,
            site: self.name.clone(),
            now,
            want,
        })
    }

    /// What the site noted about the errand of a channel, and what is wanted, while it is under way.
    #[must_use]
    pub fn under(&self, channel: &ErrandChannel) -> Option<(T, Want)> {
        self.under_way()
            .of_channel(channel)
            .filter(|entry| matches!(entry.state, Progress::Taken(_)))
            .map(|entry| (entry.about.clone(), entry.want.clone()))
    }

    /// Notes how an errand ended. Told again, the answer is the same: the first telling may have been lost on its way.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD` when no such errand is under way.
    pub fn settle(&self, channel: &ErrandChannel, deed: Deed) -> Result<ReturnCode, Refusal> {
        let code = ReturnCode::random(self.random.as_ref());
        self.under_way()
            .settle(channel, code, deed)
            .ok_or_else(|| TICKET_GOOD.refusal([]))
    }

    /// Gives back an errand that has ended, once, and only to the session that gave it.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD`, whichever of them does not hold.
    pub fn collect(&self, visit: &Visit, code: &str) -> Result<Agreed<T>, Refusal> {
        let refusal = || TICKET_GOOD.refusal([]);
        let code: ReturnCode = code.parse().map_err(|_| refusal())?;
        let entry = self
            .under_way()
            .collect(&code, &visit.session_hash())
            .ok_or_else(refusal)?;
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
    fn under_way(&self) -> MutexGuard<'_, UnderWay<T>> {
        let now = self.clock.now();
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        under_way.pass_to(now);
        under_way
    }
}

/// Where a browser finds the agent with a ticket.
fn entrance(visit: &Visit, agent: &str, ticket: Ticket) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("site", visit.site().origin())
        .append_pair("ticket", &String::from(ticket))
        .finish();
    format!("{agent}/enter?{query}")
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
            WELL_FORMED.refusal(
                Facts::new()
                    .and("where", Bilingual::new("アドレス", "address"))
                    .and("fault", fault.to_string()),
            )
        })?;
    let code = errands.settle(&channel, settled.deed)?;
    Ok(Json(Return { code }))
}
