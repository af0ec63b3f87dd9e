//! Histories that a number gives again, and what must hold after each of their starts.

mod harm;

use crate::{
    city::{City, Start},
    draws::Draws,
    people::{Certificate, PEOPLE},
    told::KINDS,
};
use std::{collections::BTreeSet, fmt, path::PathBuf};

const PARTIES: [&str; 7] = [
    "register",
    "authority",
    "counter",
    "responder",
    "agency",
    "portal",
    "agent",
];
const STEPS: usize = 8;
/// Where a clock may stand, in seconds ahead of the true time.
const CLOCKS: [i64; 6] = [0, 45, 600, 7_200, 5 * 86_400, 40 * 86_400];
/// What a history came to that must not be.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What was acknowledged as ended is not told as ended.
    Lost(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) => write!(f, "lost: {what}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), Fault> {
    match holds {
        true => Ok(()),
        false => Err(Fault::Other(what())),
    }
}

/// What is known of a certificate.
#[derive(Clone)]
struct Known {
    certificate: Certificate,
    /// The card it is on.
    card: String,
    /// Where the clock stood: by an earlier one it is not valid yet.
    issued_by: i64,
    /// Its end was acknowledged.
    has_ended: bool,
    /// Something was asked for that would end it, and was not acknowledged.
    may_have_ended: bool,
}

/// A copy of the whole city, and what the authority's database in it knows.
#[derive(Clone)]
struct Copied {
    path: PathBuf,
    issued: BTreeSet<usize>,
}

/// A city that lives through one history after the other.
pub(crate) struct Histories {
    city: City,
    first: Vec<Known>,
    template: Copied,
    /// Of the history that runs.
    known: Vec<Known>,
    /// Which of them stand in the authority's database.
    issued: BTreeSet<usize>,
    clock: i64,
    acts: usize,
    draws: Draws,
    steps: Vec<String>,
    figures: Figures,
}

#[derive(Default)]
struct Figures {
    histories: usize,
    ended: usize,
    cards: usize,
    accepted: usize,
    put_back: usize,
    clocks_accepted: usize,
    full: usize,
    lists: usize,
}

impl Histories {
    /// Of a city that breaks this promise.
    pub(crate) fn new(broken: &str) -> Self {
        let mut city = City::new(broken);
        city.keep_roots();
        let mut first = Vec::new();
        for (who, name) in PEOPLE.iter().enumerate() {
            let made = city.new_card(who, name).unwrap();
            first.extend(
                made.into_iter()
                    .map(|certificate| Known {
                        certificate,
                        card: (*name).to_owned(),
                        issued_by: 0,
                        has_ended: false,
                        may_have_ended: false,
                    }),
            );
        }
        city.stop("TERM");
        let template = Copied {
            path: city.copy_to("template"),
            issued: (0..first.len()).collect(),
        };
        Self {
            city,
            first,
            template,
            known: Vec::new(),
            issued: BTreeSet::new(),
            clock: 0,
            acts: 0,
            draws: Draws(0),
            steps: Vec::new(),
            figures: Figures::default(),
        }
    }

    /// The steps of the newest history, and what the city said last.
    pub(crate) fn told(&self) -> String {
        format!("{}\n{}", self.steps.join("\n"), self.city.log())
    }

    pub(crate) fn refused(&self) -> usize {
        self.city.refused
    }

    pub(crate) fn figures(&self) -> String {
        let Figures {
            histories,
            ended,
            cards,
            accepted,
            put_back,
            clocks_accepted,
            full,
            lists,
        } = &self.figures;
        let (starts, refused) = (self.city.starts, self.city.refused);
        format!(
            "{histories} histories, {starts} starts, {refused} of them refused ({accepted} went on with --accept-restore, {put_back} with the \
             newest copy, others after a disk was freed); {clocks_accepted} clocks accepted, {full} full disks, {cards} new cards; {ended} ends \
             acknowledged and told, in {lists} lists too"
        )
    }

    /// The history of this seed.
    pub(crate) fn live_through(&mut self, seed: u64) -> Result<(), Fault> {
        self.city.stop("KILL");
        self.city.set_clock(0);
        self.city
            .replace_by(&self.template.path);
        self.known = self.first.clone();
        self.issued = self.template.issued.clone();
        self.clock = 0;
        self.draws = Draws(seed);
        self.steps.clear();
        let mut copies = vec![self.template.clone()];
        let mut result = Ok(());
        for _ in 0..STEPS {
            result = self.step(&mut copies);
            if result.is_err() {
                break;
            }
        }
        let result = result.and_then(|()| self.ends());
        for copied in copies.iter().skip(1) {
            std::fs::remove_dir_all(&copied.path).unwrap();
        }
        self.figures.histories += 1;
        result
    }

    fn step(&mut self, copies: &mut Vec<Copied>) -> Result<(), Fault> {
        match self.draws.below(20) {
            0..=3 => {
                let who = self.person();
                self.told_step(format!("{who} moves"));
                self.start()?;
                self.moves(who)
            }
            4..=5 => {
                let (who, kind) = (self.person(), self.draws.one_of(&KINDS));
                self.told_step(format!("{who} asks for the end of {kind}"));
                self.start()?;
                self.asks(who, kind, false)
            }
            6..=7 => {
                let who = self.person();
                self.told_step(format!("{who} gets a new card"));
                self.start()?;
                self.gets_card(who)
            }
            8 => {
                self.told_step("killed".to_owned());
                self.city.stop("KILL");
                Ok(())
            }
            9 => {
                self.told_step("stopped".to_owned());
                self.city.stop("TERM");
                Ok(())
            }
            10..=11 => {
                self.comes_to_rest();
                let name = format!("copy-{}", self.number());
                let path = self.city.copy_to(&name);
                self.told_step(format!("copied to {}", copies.len()));
                copies.push(Copied {
                    path,
                    issued: self.issued.clone(),
                });
                Ok(())
            }
            12..=14 => self.is_restored(1, copies),
            15..=16 => self.is_restored(2, copies),
            17 => self.is_restored(PARTIES.len(), copies),
            18 => self.disk_fills(),
            _ => {
                let ahead = self.draws.one_of(&CLOCKS);
                self.told_step(format!(
                    "the clock is set from {} to {ahead} seconds ahead",
                    self.clock
                ));
                self.clock = ahead;
                self.city.set_clock(ahead);
                Ok(())
            }
        }
    }

    /// Each history ends with a start, before which nothing is left in the log of a database, and with a look at the lists.
    fn ends(&mut self) -> Result<(), Fault> {
        self.start()?;
        self.city.stop("TERM");
        self.start()?;
        for kind in KINDS {
            let list = self
                .city
                .list(kind)
                .map_err(Fault::Other)?;
            self.figures.lists += 1;
            for one in &self.known {
                let Certificate {
                    kind: of, serial, ..
                } = &one.certificate;
                let is_listed = list.contains(&format!("Serial Number: {serial}"));
                if *of == kind && one.has_ended && !is_listed {
                    return Err(Fault::Lost(format!("{serial} is not in\n{list}")));
                }
            }
        }
        self.figures.ended += self
            .known
            .iter()
            .filter(|one| one.has_ended)
            .count();
        Ok(())
    }

    fn person(&mut self) -> usize {
        self.draws.below(PEOPLE.len())
    }

    fn told_step(&mut self, step: String) {
        self.steps.push(step);
    }

    fn number(&mut self) -> usize {
        self.acts += 1;
        self.acts
    }

    /// Stops or is killed, if it stands.
    fn comes_to_rest(&mut self) {
        let signal = self.draws.one_of(&["TERM", "KILL"]);
        if self.city.up.is_some() {
            self.told_step(format!("SIG{signal}"));
            self.city.stop(signal);
        }
    }

    /// Starts it, if it does not stand: nothing was put back, so nothing may be refused.
    fn start(&mut self) -> Result<(), Fault> {
        if let Start::Refused(said) = self.city.try_start(&[]) {
            return Err(Fault::Other(format!("a start was refused: {said}")));
        }
        self.look(false)
    }

    /// What was acknowledged is as it was. In passing, a city that could not write may say that it cannot tell.
    fn look(&self, in_passing: bool) -> Result<(), Fault> {
        for (n, one) in self.known.iter().enumerate() {
            let Certificate { who, kind, pem, .. } = &one.certificate;
            let status = self.city.status(kind, pem);
            let allowed: &[&str] = match (one.has_ended, one.may_have_ended) {
                (true, _) => &["revoked"],
                (false, true) => &["good", "revoked", "unknown"],
                (false, false) if self.clock < one.issued_by => &["good", "unknown"],
                (false, false) if self.issued.contains(&n) => &["good"],
                (false, false) => &["unknown"],
            };
            let is_late = in_passing && status.contains("trylater");
            if !is_late && !allowed.contains(&status.as_str()) {
                let what = format!("{kind} {n} of {who} is {status}, not {allowed:?}");
                return Err(match one.has_ended {
                    true => Fault::Lost(what),
                    false => Fault::Other(what),
                });
            }
        }
        Ok(())
    }

    fn moves(&mut self, who: usize) -> Result<(), Fault> {
        let times = self.number();
        let answer = self.city.moves(who, times);
        self.end(who, &["sign"], answer.is_ok());
        answer.map_err(Fault::Other)
    }

    /// The ends of all that a person has of these kinds: of what the authority does not know, none was acknowledged.
    fn end(&mut self, who: usize, kinds: &[&str], is_acknowledged: bool) {
        for (n, one) in self.known.iter_mut().enumerate() {
            if one.certificate.who == who && kinds.contains(&one.certificate.kind) {
                if is_acknowledged && self.issued.contains(&n) {
                    one.has_ended = true;
                } else {
                    one.may_have_ended = true;
                }
            }
        }
    }

    /// Asks with the newest card.
    fn asks(&mut self, who: usize, kind: &'static str, may_fail: bool) -> Result<(), Fault> {
        let newest = |kind| {
            let of = |(_, one): &(usize, &Known)| {
                one.certificate.who == who && one.certificate.kind == kind
            };
            let (n, one) = self
                .known
                .iter()
                .enumerate()
                .rfind(of)
                .unwrap();
            let lives = self.issued.contains(&n)
                && self.clock >= one.issued_by
                && !one.has_ended
                && !one.may_have_ended;
            (n, lives, one.card.clone())
        };
        let (n, lives, card) = newest(kind);
        let can_sign = newest("sign").1;
        let asked = self.city.asks(kind, &card);
        if asked.code == 0 {
            self.known[n].has_ended = true;
            return Ok(());
        }
        if may_fail {
            self.known[n].may_have_ended = true;
            return Ok(());
        }
        must(!lives || !can_sign, || {
            format!("{who} cannot end {kind}: {asked:?}")
        })
    }

    /// A new card ends everything on the one before. By a clock that went back it is refused, with a way out that works.
    fn gets_card(&mut self, who: usize) -> Result<(), Fault> {
        let mut made = self.card_for(who);
        if let Err(refused) = &made
            && refused.err.contains("--accept-clock")
        {
            self.told_step("with --accept-clock".to_owned());
            self.figures.clocks_accepted += 1;
            self.city.stop("TERM");
            if let Start::Refused(said) = self.city.try_start(&["--accept-clock"]) {
                return Err(Fault::Other(said));
            }
            made = self.card_for(who);
        }
        made.map_err(|refused| Fault::Other(format!("{who} gets no card: {refused:?}")))
    }

    fn card_for(&mut self, who: usize) -> Result<(), crate::place::Ended> {
        let card = format!("card-{}", self.number());
        let made = self.city.new_card(who, &card);
        self.end(who, &KINDS, made.is_ok());
        for certificate in made? {
            self.issued.insert(self.known.len());
            self.known.push(Known {
                certificate,
                card: card.clone(),
                issued_by: self.clock,
                has_ended: false,
                may_have_ended: false,
            });
        }
        self.figures.cards += 1;
        Ok(())
    }
}
