//! The acts of the story, in order.

mod change;
mod counter;
mod expiry;
mod filing;
mod issue;
mod register;

use crate::{
    Failure,
    city::City,
    desk::{Desk, Held},
    people::Person,
    teller::{Stop, Teller},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_clock::Instant;
use tempfile::TempDir;

/// Tells everything.
pub(crate) async fn all(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let cast = register::tell(teller).await?;
    let pocket = teller
        .accept("open-a-pocket-for-the-cards", async {
            let pocket = TempDir::new().map_err(Failure::broken)?;
            Ok((pocket, "a folder that is deleted afterwards".to_owned()))
        })
        .await?;
    let (officer, desk) = counter::enrol(teller).await?;
    let mut cards = counter::refusals(teller, &desk, &cast, &pocket).await?;
    issue::tell(teller, &desk, &cast, &mut cards).await?;
    let filed = filing::tell(teller, &desk, &cast, &mut cards).await?;
    change::tell(teller, &desk, &cast, &mut cards, &filed, &pocket).await?;
    expiry::tell(teller, &officer, &desk, &cast, &pocket).await
}

/// The cards of the story.
pub(crate) struct Cards {
    pub(crate) filer: Held,
    pub(crate) neighbour: Held,
    pub(crate) child: Held,
}

/// The sandbox's present.
pub(crate) async fn now(city: &City) -> Result<Instant, Failure> {
    #[derive(Deserialize)]
    struct Present {
        now: Instant,
    }
    let present: Present = city.read("/sandbox/clock").await?;
    Ok(present.now)
}

/// Has the register record a change.
pub(crate) async fn record(city: &City, person: &Person, what: Value) -> Result<Value, Failure> {
    let today = now(city).await?.date_jst();
    city.send(
        "/sandbox/events",
        None,
        &json!({ "resident": person.code, "occurred_on": today, "what": what }),
    )
    .await
}

/// The officer's name and password, to log in again.
pub(crate) struct Officer {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl Officer {
    pub(crate) async fn log_in(&self, city: &City, password: &str) -> Result<Desk, Failure> {
        #[derive(Deserialize)]
        struct Session {
            session: String,
        }
        let session: Session = city
            .send(
                "/counter/log-in",
                None,
                &json!({ "name": self.name, "password": password }),
            )
            .await?;
        Ok(Desk {
            city: city.clone(),
            session: session.session,
        })
    }
}
