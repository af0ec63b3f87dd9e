//! People with cards, and what they do.

use crate::{
    city::{City, text},
    http,
    place::{ENGLISH, Ended},
    told::KINDS,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Residents of the sample.
pub(crate) const PEOPLE: [&str; 4] = ["90000000014", "90000000039", "90000000080", "42141146067"];
const SIGNATURE_PASSWORD: &str = "ABC123";

/// A certificate that was issued.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) who: usize,
    pub(crate) kind: &'static str,
    pub(crate) pem: PathBuf,
    pub(crate) serial: String,
}

impl City {
    /// Orders a new card and has certificates written into it, which ends those on the card before. Answers the certificates, or how it
    /// was refused.
    pub(crate) fn new_card(&self, who: usize, name: &str) -> Result<Vec<Certificate>, Ended> {
        let card = text(&self.place.path(name));
        let url = self.url();
        let made = self.place.run(
            ENGLISH,
            &[
                "card",
                "new",
                &card,
                "--resident",
                PEOPLE[who],
                "--ready",
                "--city",
                &url,
            ],
        );
        if made.code != 0 {
            return Err(made);
        }
        Ok(KINDS
            .into_iter()
            .map(|kind| self.certificate(who, kind, &card))
            .collect())
    }

    fn certificate(&self, who: usize, kind: &'static str, card: &str) -> Certificate {
        let pem = format!("{card}-{kind}.pem");
        let exported = self.place.run_fed(
            ENGLISH,
            &[
                "cert", "export", kind, "--card", card, "-o", &pem, "--pem", "--pin-fd", "0",
            ],
            &[SIGNATURE_PASSWORD],
        );
        assert_eq!(exported.code, 0, "{exported:?}");
        let pem = PathBuf::from(pem);
        Certificate {
            who,
            kind,
            serial: self.serial(&pem),
            pem,
        }
    }

    /// The person moves, which ends the signature certificate. Whether the authority has heard of it, or what was answered instead.
    pub(crate) fn moves(&self, who: usize, times: usize) -> Result<(), String> {
        let url = self.url();
        let today = http::get(&url, "/sandbox/clock").json()["date"].clone();
        let change = json!({
            "resident": PEOPLE[who],
            "occurred_on": today,
            "what": { "kind": "move-within", "data": { "address": format!("東京都印市朱肉九丁目９番{times}号") } },
        });
        let answer = http::post(&url, "/sandbox/events", None, &change);
        let is_told = answer.status == 200 && answer.json()["delivered"] == Value::Bool(true);
        is_told
            .then_some(())
            .ok_or_else(|| format!("{} {}", answer.status, answer.text()))
    }

    /// The holder of a card asks for the end of its certificate of this kind.
    pub(crate) fn asks(&self, kind: &str, card: &str) -> Ended {
        let card = text(&self.place.path(card));
        let url = self.url();
        self.place.run_fed(
            ENGLISH,
            &[
                "cert",
                "revoke",
                kind,
                "--card",
                &card,
                "--authority",
                &url,
                "--yes",
                "--pin-fd",
                "0",
            ],
            &[SIGNATURE_PASSWORD],
        )
    }
}
