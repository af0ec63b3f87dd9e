//! Tells the story step by step, and stops at the first step that goes otherwise: what follows rests on it.

use crate::{Failure, Kind, Step, acts, city::City};
use shirushi_crypto::{Random, SystemRandom};
use shirushi_rules::Rule;
use std::{collections::BTreeMap, future::Future, time::Instant};

/// What the story leaves behind for other eyes: documents, signatures, certificates, CRLs, by file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artefacts(BTreeMap<String, Vec<u8>>);

impl Artefacts {
    /// One by its file name.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    pub(crate) fn keep(&mut self, name: &str, bytes: &[u8]) {
        self.0
            .insert(name.to_owned(), bytes.to_vec());
    }
}

/// Hears each step when it has been told.
pub trait Listener: Send {
    /// Called after each step, before the next begins.
    fn step(&mut self, step: &Step, artefacts: &Artefacts);
}

/// The story as it went.
#[derive(Clone, Debug)]
pub struct Story {
    /// The steps that were told.
    pub steps: Vec<Step>,
    /// What was left behind.
    pub artefacts: Artefacts,
}

impl Story {
    /// Whether everything went as it should, to the end.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.ok)
    }
}

/// The story could not even begin.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TourError(#[from] Failure);

/// Tells the story against the city at `base`, for example `http://127.0.0.1:8080`.
///
/// # Errors
/// [`TourError`] when no step could be told. A step that goes otherwise is no error: it ends the story and is in it.
pub async fn tell(base: &str, listener: &mut dyn Listener) -> Result<Story, TourError> {
    let mut teller = Teller {
        city: City::found(base).await?,
        random: &SystemRandom,
        listener,
        steps: Vec::new(),
        artefacts: Artefacts::default(),
    };
    // The stop is in the steps already.
    let _ = acts::all(&mut teller).await;
    Ok(Story {
        steps: teller.steps,
        artefacts: teller.artefacts,
    })
}

/// A step went otherwise than it should.
#[derive(Debug)]
pub(crate) struct Stop;

pub(crate) struct Teller<'l> {
    pub(crate) city: City,
    pub(crate) random: &'l dyn Random,
    listener: &'l mut dyn Listener,
    steps: Vec<Step>,
    artefacts: Artefacts,
}

impl Teller<'_> {
    /// Something that must succeed; it answers its evidence beside its value.
    pub(crate) async fn accept<T>(
        &mut self,
        name: &str,
        doing: impl Future<Output = Result<(T, String), Failure>>,
    ) -> Result<T, Stop> {
        let begin = Instant::now();
        let result = doing.await;
        let (ok, seen, evidence, value) = match result {
            Ok((value, evidence)) => (true, "accepted".to_owned(), evidence, Some(value)),
            Err(Failure::Refused(report)) => (
                false,
                format!("refused by {}", report.rule),
                report.reason.en.clone(),
                None,
            ),
            Err(Failure::Broken(fault)) => (false, "broken".to_owned(), fault, None),
        };
        self.tell(Step {
            step: name.to_owned(),
            kind: Kind::Accept,
            rule: None,
            source: None,
            expected: "accepted".to_owned(),
            seen,
            ok,
            evidence,
            ms: elapsed(begin),
        });
        value.ok_or(Stop)
    }

    /// Something that must be refused, by this rule and no other.
    pub(crate) async fn refuse<T>(
        &mut self,
        name: &str,
        rule: &'static Rule,
        doing: impl Future<Output = Result<T, Failure>>,
    ) -> Result<(), Stop> {
        let begin = Instant::now();
        let (ok, seen, evidence) = match doing.await {
            Ok(_) => (false, "accepted".to_owned(), String::new()),
            Err(Failure::Refused(report)) => (
                report.rule == rule.id && report.source == rule.source,
                format!("refused by {}", report.rule),
                format!("{} / {}", report.reason.ja, report.reason.en),
            ),
            Err(Failure::Broken(fault)) => (false, "broken".to_owned(), fault),
        };
        self.tell(Step {
            step: name.to_owned(),
            kind: Kind::Refuse,
            rule: Some(rule.id.to_owned()),
            source: Some(rule.source),
            expected: format!("refused by {}", rule.id),
            seen,
            ok,
            evidence,
            ms: elapsed(begin),
        });
        if ok { Ok(()) } else { Err(Stop) }
    }

    /// Leaves something behind for other eyes; heard of with the next step.
    pub(crate) fn keep(&mut self, name: &str, bytes: &[u8]) {
        self.artefacts.keep(name, bytes);
    }

    fn tell(&mut self, step: Step) {
        self.listener
            .step(&step, &self.artefacts);
        self.steps.push(step);
    }
}

fn elapsed(begin: Instant) -> u64 {
    u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)
}
