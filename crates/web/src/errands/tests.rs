use super::Giver::{self, Known, Stranger};
use super::under_way::{Entry, Limits, Progress, UnderWay};
use shirushi_clock::Instant;
use shirushi_crypto::{Random as _, SystemRandom};
use shirushi_rules::InBoth;
use shirushi_wire::{Deed, DocumentToSign, ErrandChannel, ReturnCode, Ticket, Want};

const SMALL: Limits = Limits {
    strangers_given: 5,
    strangers_taken: 3,
    strangers_settled: 1_000,
    of_one: 4,
    bytes_of_one: 1_000,
    bytes: 2_000,
};
const SESSION: [u8; 32] = [7; 32];

struct Bench {
    under_way: UnderWay<()>,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        Self {
            under_way: UnderWay::new(SMALL),
            now: Instant::from_unix(1_000_000).unwrap(),
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
        self.under_way.pass_to(self.now);
    }

    fn give(&mut self, giver: Giver, bytes: usize) -> Option<Ticket> {
        let ticket = Ticket::random(&SystemRandom);
        let text = InBoth {
            ja: String::new(),
            en: String::new(),
        };
        let want = match giver {
            Stranger => Want::ReadCard,
            Known(_) => Want::Sign {
                document: DocumentToSign {
                    title: text,
                    media_type: String::new(),
                    content: "x".repeat(bytes),
                },
            },
        };
        let entry = Entry {
            session: SESSION,
            giver,
            want,
            about: (),
            given_at: self.now,
            state: Progress::Given(ticket),
        };
        self.under_way
            .give(entry)
            .then_some(ticket)
    }

    fn take(&mut self, ticket: &Ticket) -> Result<ErrandChannel, &'static str> {
        let channel = ErrandChannel::random(&SystemRandom);
        match self.under_way.take(ticket, channel) {
            Ok(_) => Ok(channel),
            Err(refusal) => Err(refusal.rule().id),
        }
    }

    fn settle(&mut self, channel: &ErrandChannel, bytes: usize) -> ReturnCode {
        let cms = "x".repeat(bytes);
        self.under_way
            .settle(
                channel,
                ReturnCode::random(&SystemRandom),
                Deed::LoggedIn { cms },
            )
            .unwrap()
    }
}

#[test]
fn strangers_clicks_end_nothing_that_was_taken_over() {
    let mut bench = Bench::new();
    let (mine, citizen) = (
        bench.give(Stranger, 0).unwrap(),
        bench.give(Known([1; 32]), 10).unwrap(),
    );
    let (mine, citizen) = (bench.take(&mine).unwrap(), bench.take(&citizen).unwrap());
    for _ in 0..10_000 {
        bench.give(Stranger, 0);
        bench.pass(1);
        if bench
            .under_way
            .of_channel(&mine)
            .is_none()
        {
            break;
        }
    }
    // Until its own time is over, which is longer for who is known.
    assert!(bench.now >= Instant::from_unix(1_000_000 + 30 * 60).unwrap());
    assert!(
        bench
            .under_way
            .of_channel(&citizen)
            .is_none()
    );
}

#[test]
fn a_fresh_ticket_outlives_any_number_of_newer_ones_and_the_newest_is_refused() {
    let mut bench = Bench::new();
    let mine = bench.give(Stranger, 0).unwrap();
    for _ in 0..4 {
        assert!(bench.give(Stranger, 0).is_some());
    }
    bench.pass(3);
    for _ in 0..100 {
        assert!(bench.give(Stranger, 0).is_none());
    }
    assert!(bench.take(&mine).is_ok());
}

#[test]
fn tickets_that_no_browser_brings_to_an_agent_make_room_when_there_are_too_many() {
    let mut bench = Bench::new();
    let stale = bench.give(Stranger, 0).unwrap();
    for _ in 0..4 {
        bench.give(Stranger, 0).unwrap();
    }
    bench.pass(4);
    let mine = bench.give(Stranger, 0).unwrap();
    assert_eq!(bench.take(&stale), Err("agent/ticket-good"));
    assert!(bench.take(&mine).is_ok());
}

#[test]
fn what_strangers_take_over_is_bounded_and_their_ticket_stays_good() {
    let mut bench = Bench::new();
    let mut channels = Vec::new();
    for _ in 0..3 {
        let ticket = bench.give(Stranger, 0).unwrap();
        channels.push(bench.take(&ticket).unwrap());
    }
    let ticket = bench.give(Stranger, 0).unwrap();
    assert_eq!(bench.take(&ticket), Err("page/not-too-much-at-once"));
    let code = bench.settle(&channels[0], 1);
    assert!(
        bench
            .under_way
            .collect(&code, &SESSION)
            .is_some()
    );
    assert!(bench.take(&ticket).is_ok());
}

#[test]
fn deeds_that_strangers_do_not_collect_make_room() {
    let mut bench = Bench::new();
    let mut codes = Vec::new();
    for _ in 0..3 {
        let ticket = bench.give(Stranger, 0).unwrap();
        let channel = bench.take(&ticket).unwrap();
        codes.push(bench.settle(&channel, 400));
    }
    assert!(
        bench
            .under_way
            .collect(&codes[0], &SESSION)
            .is_none()
    );
    assert!(
        bench
            .under_way
            .collect(&codes[1], &[8; 32])
            .is_none()
    );
    assert!(
        bench
            .under_way
            .collect(&codes[1], &SESSION)
            .is_some()
    );
    assert!(
        bench
            .under_way
            .collect(&codes[2], &SESSION)
            .is_some()
    );
}

#[test]
fn one_citizens_presses_hold_no_more_than_their_share() {
    let mut bench = Bench::new();
    let first = bench.give(Known([1; 32]), 600).unwrap();
    let second = bench.give(Known([1; 32]), 600).unwrap();
    // Their own older ticket made room; another citizen has a share of their own.
    assert_eq!(bench.take(&first), Err("agent/ticket-good"));
    let other = bench.give(Known([2; 32]), 900).unwrap();
    for _ in 0..60 {
        bench
            .give(Known([1; 32]), 1_000)
            .unwrap();
    }
    assert_eq!(bench.take(&second), Err("agent/ticket-good"));
    assert!(bench.take(&other).is_ok());
    // What can never fit is refused.
    assert!(
        bench
            .give(Known([1; 32]), 1_001)
            .is_none()
    );
}

#[test]
fn all_documents_together_are_bounded_and_an_agent_that_has_one_frees_it() {
    let mut bench = Bench::new();
    let tickets = [1, 2].map(|n| {
        bench
            .give(Known([n; 32]), 1_000)
            .unwrap()
    });
    assert!(bench.give(Known([3; 32]), 1).is_none());
    let channel = bench.take(&tickets[0]).unwrap();
    assert!(
        bench
            .give(Known([3; 32]), 1_000)
            .is_some()
    );
    let code = bench.settle(&channel, 10);
    assert!(
        bench
            .under_way
            .collect(&code, &SESSION)
            .is_some()
    );
    bench.pass(5 * 60 + 1);
    assert!(
        bench
            .give(Known([4; 32]), 1_000)
            .is_some()
    );
    assert!(
        bench
            .give(Known([5; 32]), 1_000)
            .is_some()
    );
}

#[test]
fn what_a_known_giver_has_had_taken_over_is_never_given_up_for_a_newer_one() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        let ticket = bench.give(Known([1; 32]), 1).unwrap();
        bench.take(&ticket).unwrap();
    }
    assert!(bench.give(Known([1; 32]), 1).is_none());
    assert!(bench.give(Known([2; 32]), 1).is_some());
}

#[test]
fn a_random_ticket_is_none() {
    let mut bench = Bench::new();
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    let ticket: Ticket = hex::encode(bytes).parse().unwrap();
    assert_eq!(bench.take(&ticket), Err("agent/ticket-good"));
}

#[test]
fn what_waits_is_given_again_under_a_new_ticket_and_to_its_giver_alone() {
    let mut bench = Bench::new();
    let (mine, others) = (Known([1; 32]), [2; 32]);
    let first = bench.give(mine, 400).unwrap();
    let again = |bench: &mut Bench, giver: &[u8; 32], is_it: bool| {
        let ticket = Ticket::random(&SystemRandom);
        bench
            .under_way
            .give_again(giver, |()| is_it, ticket, [8; 32], bench.now)
            .then_some(ticket)
    };
    assert!(again(&mut bench, &others, true).is_none());
    assert!(again(&mut bench, &[1; 32], false).is_none());
    // Also when its first ticket would have run out meanwhile.
    bench.pass(200);
    let second = again(&mut bench, &[1; 32], true).unwrap();
    bench.pass(200);
    assert_eq!(bench.take(&first), Err("agent/ticket-good"));
    let channel = bench.take(&second).unwrap();
    // What an agent has is not given again.
    assert!(again(&mut bench, &[1; 32], true).is_none());
    let code = bench.settle(&channel, 1);
    assert!(
        bench
            .under_way
            .collect(&code, &SESSION)
            .is_none()
    );
    assert!(
        bench
            .under_way
            .collect(&code, &[8; 32])
            .is_some()
    );
}
