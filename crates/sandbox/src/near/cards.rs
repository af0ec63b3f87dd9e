//! Cards for residents, made and registered.

use super::Sandbox;
use crate::{Factory, card_number};
use shirushi_clock::Clock as _;
use shirushi_register::problem;
use shirushi_rules::RESIDENT_KNOWN;
use shirushi_web::Problem;
use shirushi_wire::{CardKind, CardRecord, ResidentCode, ResidentRecord};
use std::sync::Arc;

/// A card that is made and registered.
pub(crate) struct MadeCard {
    pub(crate) record: CardRecord,
    /// The card itself.
    pub(crate) file: Vec<u8>,
}

impl Sandbox {
    /// Makes a card for a resident and enters it into the card register, where it takes the place of an earlier one.
    pub(crate) async fn make_card(
        self: &Arc<Self>,
        holder: &ResidentCode,
        kind: CardKind,
    ) -> Result<MadeCard, Problem> {
        let resident = self
            .reach
            .register
            .resident(holder)
            .await
            .map_err(|error| problem(&error))?
            .ok_or_else(|| RESIDENT_KNOWN.refusal([("resident", holder.to_string())]))?;
        let number = card_number(self.reach.random.as_ref());
        let record = self
            .reach
            .register
            .issue_card(&number, kind, holder, self.reach.clock.now().date_jst())
            .await
            .map_err(|error| problem(&error))?;
        // An earlier card ends with this one, and its certificates with it.
        self.reach.delivery.deliver_now().await;
        let sandbox = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || {
            let file = manufacture(&sandbox, &resident, &record)?;
            Ok::<_, Problem>(MadeCard { record, file })
        });
        made.await
            .map_err(|error| Problem::internal(&error))?
    }
}

fn manufacture(
    sandbox: &Sandbox,
    resident: &ResidentRecord,
    record: &CardRecord,
) -> Result<Vec<u8>, Problem> {
    let master = sandbox
        .reach
        .authority
        .ceremony()
        .master_key();
    Factory::new(master, sandbox.reach.random.as_ref())
        .make(resident, record)
        .map_err(|error| Problem::internal(&error))
}
