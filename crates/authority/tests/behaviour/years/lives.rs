//! What people do and what happens to them, and what they are issued for it.

use super::{Authentication, City, Known, Signature};
use crate::{
    bench::{personalise, rule},
    people::{application, as_of, event, request},
};
use shirushi_clock::{Instant, age_on};
use shirushi_profile::{
    CertificateKind, authentication_not_after, renewable_from, signature_not_after,
};
use shirushi_rules::{AGE_FIFTEEN, CARD_VALID, ONE_LIVE, RECORD_ALIVE, RECORD_CURRENT};
use shirushi_wire::{Application, EventKind, Purpose, RecordStatus};

impl City {
    /// The register records a change, which ends what the law says.
    async fn change(&mut self, who: usize, kind: EventKind, ends: &[CertificateKind]) {
        self.sequence += 1;
        let event = event(self.sequence, self.people[who].number, kind, ends);
        self.bench.tell(&event).await.unwrap();
        self.people[who].sequence = self.sequence;
        self.end(who, ends);
    }

    fn end(&mut self, who: usize, kinds: &[CertificateKind]) {
        let now = self.now();
        for kind in kinds {
            let Some(known) = self.people[who].live.remove(kind) else {
                continue;
            };
            if known.certificate.not_after() >= now {
                let key = (*kind, *known.certificate.serial());
                self.all.get_mut(&key).unwrap().revoked = Some(now.unix());
            }
        }
    }

    /// What the person's record, card and age give.
    fn application(&self, who: usize, purpose: Purpose, kinds: &[CertificateKind]) -> Application {
        let person = &self.people[who];
        let mut application = as_of(application(person.number), person.sequence);
        application.purpose = purpose;
        application.kinds = kinds.to_vec();
        application.taken_at = self.now();
        application.applicant.birth_date = person.birth;
        application.applicant.name =
            format!("印\u{3000}花子{}", "子".repeat(person.name as usize % 3));
        if !person.alive {
            application.applicant.status = RecordStatus::Dead;
        }
        application.card.number = person.card.number.parse().unwrap();
        application.card.valid_until = person.card.valid_until;
        application
    }

    fn live(&self, who: usize, kind: CertificateKind) -> Option<&Known> {
        self.people[who]
            .live
            .get(&kind)
            .filter(|known| known.certificate.not_after() >= self.now())
    }

    /// Whether what ends then may be renewed early today (Reg 13, 49).
    fn is_near(&self, end: Instant) -> bool {
        renewable_from(end).unwrap() <= self.today()
    }

    /// Issues, and compares each validity with the law and with the issuer.
    async fn issue(&mut self, who: usize, purpose: Purpose, kinds: &[CertificateKind]) {
        let application = self.application(who, purpose, kinds);
        let early = |kind| {
            purpose == Purpose::Renewal
                && self
                    .live(who, kind)
                    .is_some_and(|known| self.is_near(known.certificate.not_after()))
        };
        let (birth, now, card_end) = (
            self.people[who].birth,
            self.now(),
            application.card.valid_until,
        );
        let held = self
            .live(who, Authentication)
            .map(|known| known.certificate.not_after());
        let authentication =
            authentication_not_after(birth, now, early(Authentication), card_end).unwrap();
        let other = match kinds.contains(&Authentication) {
            true => Some(authentication),
            false => held,
        };
        let signature = signature_not_after(birth, now, early(Signature), card_end, other).unwrap();
        let token = self
            .bench
            .receive(&application)
            .await
            .unwrap();
        let chip = &mut self.people[who].card.chip;
        let issued = personalise(&self.bench.authority, &token, chip).await;
        issued.unwrap_or_else(|error| panic!("{who} on {}: {error}", now.date_jst()));
        self.end(who, kinds);
        let mut certificates = self.people[who]
            .card
            .chip
            .certificates();
        certificates.retain(|certificate| kinds.contains(&certificate.kind().unwrap()));
        assert_eq!(certificates.len(), kinds.len());
        for certificate in certificates {
            let kind = certificate.kind().unwrap();
            let lawful = match kind {
                Authentication => authentication,
                Signature => signature,
            };
            assert_eq!(
                certificate.not_after(),
                lawful,
                "{kind} issued on {}",
                self.today()
            );
            let ceremony = self.bench.authority.ceremony();
            let issuer = ceremony
                .issuer_of(&certificate)
                .unwrap();
            assert_eq!(issuer.generation(), ceremony.newest(kind).generation());
            assert!(issuer.covers(certificate.not_before(), certificate.not_after()));
            let known = Known {
                certificate,
                revoked: None,
            };
            self.people[who]
                .live
                .insert(kind, known.clone());
            self.judge
                .write_pem(&known.file(), "CERTIFICATE", [known.certificate.der()]);
            let serial = *known.certificate.serial();
            assert!(
                self.all
                    .insert((kind, serial), known)
                    .is_none()
            );
            self.issued += 1;
        }
    }

    /// An application that the law does not allow is refused by its rule.
    async fn refuse(&mut self, application: &Application, by: &'static str) {
        assert_eq!(rule(self.bench.receive(application).await), by);
        self.refused += 1;
    }

    /// What happens to one person in a month.
    pub(super) async fn live_on(&mut self, who: usize) {
        if !self.people[who].alive {
            if self.below(12) == 0 {
                let application = self.application(who, Purpose::New, &[Authentication]);
                self.refuse(&application, RECORD_ALIVE.id)
                    .await;
            }
            return;
        }
        if self.people[who].card.valid_until < self.today() {
            let application = self.application(who, Purpose::New, &[Authentication]);
            self.refuse(&application, CARD_VALID.id)
                .await;
            self.replace_card(who).await;
        }
        match self.below(192) {
            0..=3 => {
                let before = self.application(who, Purpose::Renewal, &[Authentication]);
                self.change(who, EventKind::MoveWithin, &[Signature])
                    .await;
                self.refuse(&before, RECORD_CURRENT.id)
                    .await;
            }
            4 | 5 => {
                self.people[who].name += 1;
                self.change(who, EventKind::NameChange, &[Signature])
                    .await;
            }
            6 => {
                self.change(who, EventKind::Death, &CertificateKind::ALL)
                    .await;
                self.people[who].alive = false;
                return;
            }
            7 | 8 => {
                // Lost at night, ended by the holder at the counter, and a new card in the morning.
                let number = self.people[who].number;
                self.bench
                    .revoke(&request(number))
                    .await
                    .unwrap();
                self.end(who, &CertificateKind::ALL);
                self.replace_card(who).await;
            }
            _ => {}
        }
        self.apply(who).await;
    }

    async fn replace_card(&mut self, who: usize) {
        self.change(who, EventKind::CardInvalidated, &CertificateKind::ALL)
            .await;
        self.people[who].card = self.new_card(self.people[who].birth);
    }

    /// The person has what they may have, and renews it as soon as that gives a sixth year.
    async fn apply(&mut self, who: usize) {
        let age = age_on(self.people[who].birth, self.today());
        let mut wanted = vec![Authentication];
        if age >= 15 {
            wanted.insert(0, Signature);
        } else if self.below(24) == 0 {
            let application = self.application(who, Purpose::New, &[Signature]);
            self.refuse(&application, AGE_FIFTEEN.id)
                .await;
        }
        let missing: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|kind| self.live(who, *kind).is_none())
            .collect();
        if !missing.is_empty() {
            self.issue(who, Purpose::New, &missing)
                .await;
        }
        let card_end = Instant::end_of_day_jst(self.people[who].card.valid_until).unwrap();
        let near: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|kind| {
                self.live(who, *kind)
                    .is_some_and(|known| self.is_near(known.certificate.not_after()))
            })
            // What ends with the card needs a new card, not a renewal.
            .filter(|_| !self.is_near(card_end))
            .collect();
        if !near.is_empty() {
            self.issue(who, Purpose::Renewal, &near)
                .await;
        } else if self.below(24) == 0 {
            let application = self.application(who, Purpose::New, &wanted);
            self.refuse(&application, ONE_LIVE.id)
                .await;
        }
    }
}
