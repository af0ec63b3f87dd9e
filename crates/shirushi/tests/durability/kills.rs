//! Two hundred kills of a city at work.

use crate::{
    account::Accounts,
    audit::{Story, audit},
    city::City,
    draws::{Draws, seed},
    inspection::{inspect, lists},
    line::{Act, Faces, Life, Line, Moment},
    people::{log_in, settle},
    resident::{Common, Resident},
};
use shirushi_profile::SerialNumber;
use shirushi_wire::ApplicationId;
use std::{
    collections::BTreeMap,
    mem,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
    task::block_in_place,
    time::timeout,
};

const KILLS: usize = 200;
/// Of these, while the city is founded.
const KILLS_WHILE_FOUNDING: usize = 4;
const RESIDENTS: usize = 6;

/// A founding and a start take about as long in a debug build; a kill falls somewhere into it.
const FOUNDING: Duration = Duration::from_millis(1_200);
const START: Duration = Duration::from_millis(350);

/// What kills are aimed at, as often as it stands here: one third at the moment when an answer has come, the others at any moment
/// until then.
const TARGETS: [Moment; 18] = [
    Moment::Begun(Act::Apply),
    Moment::Begun(Act::Apply),
    Moment::Begun(Act::Issue),
    Moment::Begun(Act::Issue),
    Moment::Begun(Act::Issue),
    Moment::Begun(Act::Issue),
    Moment::Begun(Act::Complete),
    Moment::Begun(Act::Complete),
    Moment::Begun(Act::Revoke),
    Moment::Begun(Act::Revoke),
    Moment::Begun(Act::Move),
    Moment::Begun(Act::Move),
    Moment::Answered(Act::Apply),
    Moment::Answered(Act::Issue),
    Moment::Answered(Act::Complete),
    Moment::Answered(Act::Complete),
    Moment::Answered(Act::Revoke),
    Moment::Answered(Act::Move),
];

/// Longest wait for an act to be struck; then whatever goes on is.
const PATIENCE: Duration = Duration::from_millis(700);

/// Certificates that have ended long ago, looked at after each kill.
const SAMPLE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_kills_lose_nothing_acknowledged() {
    let seed = seed();
    println!("seed {seed}: repeat it with SHIRUSHI_DURABILITY_SEED={seed}");
    let begin = Instant::now();
    let mut draws = Draws::new(seed, 0);
    let mut city = City::new(&mut draws);
    for _ in 0..KILLS_WHILE_FOUNDING {
        city.start_and_kill(draws.up_to(FOUNDING));
    }
    city.start();
    let (common, mut moments, mut at_work) =
        people_at_work(&city.base().into(), city.outside(), seed).await;
    let mut kills = KILLS_WHILE_FOUNDING;
    while kills < KILLS {
        await_the_moment(&mut draws, &common.line, &mut moments).await;
        raise_what_went_wrong(&mut at_work).await;
        let is_struck_twice = draws.below(10) == 0 && kills + 1 < KILLS;
        let as_well = is_struck_twice.then(|| draws.up_to(START));
        kills += 1 + usize::from(is_struck_twice);
        common.line.will_be_cut();
        block_in_place(|| city.kill());
        let life = common.line.take_over().await;
        block_in_place(|| {
            if let Some(after) = as_well {
                // This one lands in the start itself, and in what it puts right.
                city.start_and_kill(after);
            }
            city.start();
        });
        look_around(&mut draws, &life, &common).await;
        common.line.is_mended(life);
    }
    common
        .is_over
        .store(true, Ordering::SeqCst);
    everything_is_there(&city.base().into(), &common, at_work.end().await).await;
    block_in_place(|| city.stop());
    let accounts = &*common.accounts.lock().await;
    let story = audit(&city.folder().join("authority"), &city.base(), accounts).await;
    common.tell(accounts, KILLS, begin, &story);
    kills_have_struck(&common.line.cut(), story.closed.len());
}

/// The residents who live now. When the test fails, they are told before their city is killed, so that they do not fail as well.
pub(crate) struct AtWork {
    residents: Vec<JoinHandle<Resident>>,
    common: Arc<Common>,
}

impl AtWork {
    /// Waits until each has ended what is under way.
    pub(crate) async fn end(mut self) -> Vec<Resident> {
        let mut residents = Vec::new();
        for life in mem::take(&mut self.residents) {
            residents.push(life.await.unwrap());
        }
        residents
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if thread::panicking() {
            self.common.line.will_be_cut();
        }
    }
}

/// Settles the residents, and lets them live.
pub(crate) async fn people_at_work(
    faces: &Faces,
    pocket: &Path,
    seed: u64,
) -> (Arc<Common>, mpsc::UnboundedReceiver<Moment>, AtWork) {
    let mut draws = Draws::new(seed, 1);
    let life = Life::first(faces.clone()).await;
    let session = log_in(&life, &mut draws).await;
    let people = settle(&life, &mut draws, RESIDENTS, pocket).await;
    let (line, moments) = Line::to(life);
    let accounts = Accounts {
        residents: people
            .iter()
            .map(|(person, _)| Accounts::open(person.code.clone(), person.address.clone()))
            .collect(),
        ..Accounts::default()
    };
    let common = Arc::new(Common {
        line,
        accounts: Mutex::new(accounts),
        session,
        is_over: AtomicBool::new(false),
    });
    let residents = (2..)
        .zip(people)
        .enumerate()
        .map(|(place, (stream, (person, card)))| {
            let resident = Resident {
                place,
                person,
                card,
                draws: Draws::new(seed, stream),
                common: Arc::clone(&common),
                moves: 0,
            };
            tokio::spawn(resident.live())
        })
        .collect();
    let at_work = AtWork {
        residents,
        common: Arc::clone(&common),
    };
    (common, moments, at_work)
}

/// Waits for the moment drawn; within an act, for a part of the time that it takes as well.
pub(crate) async fn await_the_moment(
    draws: &mut Draws,
    line: &Line,
    moments: &mut mpsc::UnboundedReceiver<Moment>,
) {
    let target = draws.one(&TARGETS);
    while moments.try_recv().is_ok() {}
    let has_come = timeout(PATIENCE, async {
        while moments.recv().await != Some(target) {}
    })
    .await;
    let Moment::Begun(act) = target else {
        return;
    };
    let durations = line.durations(act);
    if has_come.is_ok() && !durations.is_empty() {
        let longest = draws.one(&durations);
        let after = draws.up_to(longest);
        block_in_place(|| thread::sleep(after));
    }
}

pub(crate) async fn raise_what_went_wrong(at_work: &mut AtWork) {
    for place in 0..at_work.residents.len() {
        if at_work.residents[place].is_finished() {
            let error = at_work
                .residents
                .swap_remove(place)
                .await
                .err()
                .expect("nobody stops before the end");
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

/// What is new, and some of what is old.
pub(crate) async fn look_around(draws: &mut Draws, life: &Life, common: &Common) {
    let accounts = &mut *common.accounts.lock().await;
    let news = mem::take(&mut accounts.news);
    let mut certificates = news.certificates;
    let old: Vec<SerialNumber> = accounts
        .certificates
        .keys()
        .copied()
        .collect();
    if !old.is_empty() {
        certificates.extend((0..SAMPLE).map(|_| draws.one(&old)));
    }
    inspect(
        life,
        accounts,
        &common.session,
        &certificates,
        &news.applications,
    )
    .await;
}

/// At the end, before the city stops: all of it, and the cards hold what is live.
pub(crate) async fn everything_is_there(
    faces: &Faces,
    common: &Arc<Common>,
    residents: Vec<Resident>,
) {
    let accounts = &*common.accounts.lock().await;
    let certificates: Vec<SerialNumber> = accounts
        .certificates
        .keys()
        .copied()
        .collect();
    let applications: Vec<ApplicationId> = accounts
        .applications
        .keys()
        .copied()
        .collect();
    let life = Life::first(faces.clone()).await;
    inspect(
        &life,
        accounts,
        &common.session,
        &certificates,
        &applications,
    )
    .await;
    lists(&life, accounts).await;
    for mut resident in residents {
        for (kind, serial) in &accounts.residents[resident.place].live {
            assert_eq!(
                resident
                    .card
                    .certificate(*kind)
                    .serial(),
                serial
            );
        }
    }
}

impl Common {
    /// What happened, for who reads the test's output.
    pub(crate) fn tell(&self, accounts: &Accounts, kills: usize, begin: Instant, story: &Story) {
        println!(
            "{kills} kills in {:.1?}: {} applications, {} certificates, {} revocations and {} changes acknowledged; \
             cut off: {:?} of {:?}; {} intents were closed by recovery",
            begin.elapsed(),
            accounts.applications.len(),
            accounts.certificates.len(),
            accounts.revocations,
            accounts.moves,
            self.line.cut(),
            self.line.answered(),
            story.closed.len()
        );
    }
}

/// A test whose kills all fall between the acts would show nothing.
fn kills_have_struck(cut: &BTreeMap<Act, usize>, closed: usize) {
    for act in [
        Act::Apply,
        Act::Issue,
        Act::Complete,
        Act::Revoke,
        Act::Move,
    ] {
        assert!(cut.contains_key(&act), "no kill cut {act:?} off: {cut:?}");
    }
    assert!(
        closed > 0,
        "no kill fell between an intent and its certificate"
    );
}
