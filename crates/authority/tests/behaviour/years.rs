//! The city lives for fifteen years, month by month: births, moves, new names, deaths, lost and ended cards, renewals in their three
//! months, and the generations of the authority's keys meanwhile. Beside it stands a model of what the law says.
//!
//! * Every issue that the law allows succeeds, whichever year it is; every other is refused by its own rule.
//! * A certificate ends as the law says, and never after the authority that issued it.
//! * Each month the status of everything that was ever issued is what the model says.
//! * OpenSSL, which trusts all generations, agrees with it by the lists and OCSP answers of every generation, today's and earlier ones.

mod judged;
mod lives;

use crate::{
    audit::audit,
    bench::{Bench, hold},
    card::LightCard,
    openssl::Judge,
    people::{date, start},
};
use shirushi_authority::CertificateState;
use shirushi_clock::{Clock as _, Date, Instant};
use shirushi_profile::{Certificate, CertificateKind, SerialNumber, card_valid_until};
use std::{collections::BTreeMap, path::Path, sync::Arc};

use CertificateKind::{Authentication, Signature};

/// Fifteen years.
const MONTHS: i32 = 180;

/// A person as the register has them, and the certificates that the law says they have.
struct Person {
    number: u32,
    birth: Date,
    name: u32,
    alive: bool,
    /// The number of the newest event about them.
    sequence: i64,
    card: Card,
    live: BTreeMap<CertificateKind, Known>,
}

struct Card {
    number: String,
    valid_until: Date,
    chip: LightCard,
}

/// A certificate as the model knows it.
#[derive(Clone)]
struct Known {
    certificate: Certificate,
    revoked: Option<i64>,
}

impl Known {
    /// The file in which OpenSSL finds it.
    fn file(&self) -> String {
        let kind = self.certificate.kind().unwrap();
        format!("{}-{}.pem", kind.path(), self.certificate.serial())
    }

    /// Whether it was good at an instant.
    fn stood_at(&self, at: Instant) -> bool {
        self.certificate.is_valid_at(at)
            && self
                .revoked
                .is_none_or(|revoked| revoked > at.unix())
    }
}

struct City {
    bench: Bench,
    /// When OpenSSL was asked.
    looks: Vec<Instant>,
    judge: Judge,
    random: u64,
    people: Vec<Person>,
    /// Everything that was ever issued.
    all: BTreeMap<(CertificateKind, SerialNumber), Known>,
    sequence: i64,
    cards: u32,
    issued: usize,
    refused: usize,
}

impl City {
    async fn found(folder: &Path, people: u32) -> Self {
        let held = Arc::new(hold(&folder.join("keys")));
        let mut city = Self {
            bench: Bench::at(folder, held, start()).await,
            looks: Vec::new(),
            judge: Judge::new(),
            random: 0x5eed,
            people: Vec::new(),
            all: BTreeMap::new(),
            sequence: 0,
            cards: 0,
            issued: 0,
            refused: 0,
        };
        for number in 0..people {
            let year = 2020 - i16::try_from(number * 7 % 60).unwrap();
            let month = i8::try_from(1 + number * 5 % 12).unwrap();
            city.settle(date(year, month, 29.min(28 + i8::from(month != 2))));
        }
        city
    }

    /// A number below `most`, the same at each run.
    fn below(&mut self, most: u64) -> u64 {
        // Knuth's linear congruential generator (MMIX); its high bits.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % most
    }

    fn now(&self) -> Instant {
        self.bench.seams.now()
    }

    fn today(&self) -> Date {
        self.now().date_jst()
    }

    /// Somebody comes into the register.
    fn settle(&mut self, birth: Date) {
        let card = self.new_card(birth);
        self.people.push(Person {
            number: u32::try_from(self.people.len()).unwrap() + 1,
            birth,
            name: 0,
            alive: true,
            sequence: 0,
            card,
            live: BTreeMap::new(),
        });
    }

    fn new_card(&mut self, birth: Date) -> Card {
        self.cards += 1;
        let number = format!("Y{:011}", self.cards);
        Card {
            chip: self.bench.card(&number),
            number,
            valid_until: card_valid_until(birth, self.today(), None),
        }
    }

    /// The authority says of every certificate what the model says.
    async fn agrees(&self) {
        let now = self.now();
        for ((kind, serial), known) in &self.all {
            let status = self
                .bench
                .authority
                .status(*kind, serial)
                .await
                .unwrap();
            let expected = match known.revoked {
                Some(at) => {
                    matches!(status, CertificateState::Revoked { at: told, .. } if told.unix() == at)
                }
                None if known.certificate.not_after() < now => status == CertificateState::Unknown,
                None => status == CertificateState::Good,
            };
            assert!(expected, "{kind} {serial}: {status:?}, {:?}", known.revoked);
        }
    }

    /// Fifteen years are four generations of each kind; each has issued, and half of them at the least have revoked.
    fn used_all_generations(&self) {
        let ceremony = self.bench.authority.ceremony();
        let mut revoking = 0;
        for kind in CertificateKind::ALL {
            assert_eq!(ceremony.generations(kind).len(), 4);
        }
        for issuer in ceremony.all() {
            let mut own = self
                .all
                .values()
                .filter(|known| judged::is_of(known, &issuer))
                .peekable();
            assert!(own.peek().is_some(), "a generation issued nothing");
            revoking += usize::from(own.any(|known| known.revoked.is_some()));
        }
        assert!(revoking >= 4, "only {revoking} generations revoked");
    }

    async fn month(&mut self) {
        let days = 28 + i64::try_from(self.below(5)).unwrap();
        self.bench.seams.advance(days * 86_400);
        self.bench
            .authority
            .renew_keys()
            .await
            .unwrap();
        if self.below(8) == 0 {
            self.settle(self.today());
        }
        if self.below(24) == 0 {
            let year = 1950 + i16::try_from(self.below(70)).unwrap();
            self.settle(date(year, self.today().month(), 28));
        }
        for who in 0..self.people.len() {
            self.live_on(who).await;
        }
        self.agrees().await;
    }
}

/// Lets a city of so many people live, with OpenSSL looking every `look` months.
async fn fifteen_years(people: u32, look: i32) {
    let folder = tempfile::tempdir().unwrap();
    let mut city = City::found(folder.path(), people).await;
    for month in 0..MONTHS {
        city.month().await;
        if month % look == 0 {
            city.openssl_agrees().await;
        }
    }
    city.used_all_generations();
    assert_eq!(city.bench.authority.failed_renewal(), None);
    audit(&city.bench).await;
    println!(
        "{} people, {} issued, {} refused",
        city.people.len(),
        city.issued,
        city.refused
    );
    assert!(city.issued > 100 && city.refused > 100);
}

#[tokio::test]
async fn the_city_lives_for_fifteen_years() {
    fifteen_years(6, 30).await;
}

#[tokio::test]
#[ignore = "long: ./test --long"]
async fn long_the_city_lives_for_fifteen_years() {
    fifteen_years(40, 9).await;
}
