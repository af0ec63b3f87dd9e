//! Moving: a change that the register records, and that ends the signature certificate.

use super::Resident;
use crate::{
    account::UnderWay,
    line::{Act, Answered},
    people::address,
};
use serde_json::{Value, json};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_profile::{CertificateKind::Signature, ocsp::CertificateStatus};
use std::{sync::Arc, time::Duration};

/// Longest wait until a change that was recorded has its effect.
const LONGEST_DELIVERY: Duration = Duration::from_secs(20);

impl Resident {
    pub(super) async fn change_address(&mut self) {
        self.moves += 1;
        let new = address(self.moves);
        let today = SystemClock.now().date_jst();
        let change = json!({
            "resident": self.person.code,
            "occurred_on": today,
            "what": { "kind": "move-within", "data": { "address": new } },
        });
        let common = Arc::clone(&self.common);
        self.begin(UnderWay::Move {
            address: new.clone(),
        })
        .await;
        let answer = loop {
            let answer = common
                .line
                .ask(Act::Move, "/sandbox/events", None, Some(&change))
                .await;
            if let Some(answer) = answer {
                let said = answer.success();
                assert_eq!(said["ends"], json!([Signature]));
                if said["delivered"] == true {
                    break answer;
                }
                // Of a city of several processes the authority may be dead alone; else it is told at once.
                assert!(common.line.is_dying(), "{said}");
                drop(answer);
            }
            // A change has no id of the sender's: whether it was recorded is read in the register.
            if let Some(answer) = self.is_recorded(&new).await {
                break answer;
            }
        };
        common
            .accounts
            .lock()
            .await
            .moved(self.place, new.clone());
        drop(answer);
        self.person.address = new;
    }

    /// Whether a change that was cut off is in the register; if so, waits for its effect.
    async fn is_recorded(&self, new: &str) -> Option<Answered<'_>> {
        let path = format!("/counter/residents/{}", self.person.code);
        let line = &self.common.line;
        let record = loop {
            if let Some(answer) = line
                .ask(Act::Look, &path, Some(&self.common.session), None::<&Value>)
                .await
            {
                break answer.success();
            }
        };
        if record["address"] != new {
            return None;
        }
        let ends = self
            .common
            .accounts
            .lock()
            .await
            .residents[self.place]
            .live
            .get(&Signature)
            .copied();
        let begin = std::time::Instant::now();
        loop {
            assert!(
                begin.elapsed() < LONGEST_DELIVERY,
                "the change of {} is recorded, but {ends:?} is still good",
                self.person.code
            );
            let Some(answer) = line
                .ask(Act::Look, &path, Some(&self.common.session), None::<&Value>)
                .await
            else {
                continue;
            };
            let Some(serial) = ends else {
                return Some(answer);
            };
            match answer
                .life
                .status(Signature, &serial)
                .await
            {
                Ok(CertificateStatus::Good) => tokio::time::sleep(Duration::from_millis(5)).await,
                Ok(_) => return Some(answer),
                // Killed once more.
                Err(error) => assert!(!error.is_timeout(), "{error}"),
            }
        }
    }
}
