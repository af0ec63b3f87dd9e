//! Strangers' load against a real city with 1,024 descriptors and a disk of 200 MB, while honest people go about their business.
//!
//! * Each load singly, and all together, from one core; on the other a citizen logs in and files, and an officer logs in and revokes.
//! * Nothing is refused to them, and beside each load 99 of 100 of their requests are answered within a second.
//! * After the load, memory and disk are as before within what the limits say, and the city has been the same process all along.
#![allow(clippy::unwrap_used, reason = "a test")]

mod city;
mod honest;
mod strangers;

use city::City;
use honest::Honest;
use std::time::{Duration, Instant};
use strangers::{Load, Strangers};

/// The longest that 99 of 100 requests may take.
const LONGEST: Duration = Duration::from_secs(1);
/// What limits let strangers leave in memory besides errands, and what the allocator keeps of it, in bytes.
const MEMORY: u64 = 160 << 20;
/// Errands of strangers that the limits of `web` let wait or be taken over, all within five and fifteen minutes.
const ERRANDS: u64 = 120_000 + 150_000;
/// No core was seen to give more errands a second.
const CLICKS: u64 = 10_000;
/// What an errand takes, with its place in six tables, in bytes.
const OF_AN_ERRAND: u64 = 800;
/// The longest that what strangers have begun goes on after they have gone.
const SETTLES: Duration = Duration::from_secs(30);
/// What limits let strangers leave on the disk: refusals without evidence, tries, and logs of databases.
const DISK: u64 = 40 << 20;
/// What an honest filing leaves there, in bytes: the document twice, the signature twice, and the evidence of its judgement.
const OF_A_FILING: u64 = 48 << 10;

/// In short, on a machine that has other work: only that nothing is refused, and what is left behind.
#[tokio::test(flavor = "multi_thread")]
async fn no_load_of_strangers_refuses_honest_people() {
    under_load(Duration::from_millis(1500), Duration::from_secs(4)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: ./test --long"]
async fn long_no_load_of_strangers_holds_up_honest_people() {
    let _backlog = Backlog::deepen();
    let took = under_load(Duration::from_secs(60), Duration::from_secs(300)).await;
    let too_long: Vec<_> = took
        .iter()
        .filter(|(_, p99)| *p99 > LONGEST)
        .collect();
    assert!(too_long.is_empty(), "{too_long:?}");
}

/// The process of strangers; what it does stands in its environment.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: ./test --long"]
async fn long_strangers() {
    strangers::run().await;
}

/// What 99 of 100 requests took at the most, by phase and act.
async fn under_load(single: Duration, together: Duration) -> Vec<(String, Duration)> {
    let city = City::start().await;
    let mut honest = Honest::settle(&city).await;
    let presser = honest.another_citizen().await;
    stay_on_the_other_core();
    // Once without load: what is made at the first use is there.
    honest.live(Duration::ZERO).await;
    honest.end("without load");
    let mut took = Vec::new();
    let (memory, disk) = (city.memory(), city.disk());
    for load in Load::ALL {
        let strangers = Strangers::come(&city, &[load], &honest, &presser);
        honest.live(single).await;
        strangers.go(&format!("{load:?}"));
        took.extend(honest.end(&format!("{load:?}")));
    }
    let strangers = Strangers::come(&city, &Load::ALL, &honest, &presser);
    honest.live(together).await;
    strangers.go("all together");
    took.extend(honest.end("together"));
    // What was under way when the strangers went is done to its end.
    let clicking = (single + together).as_secs() + 1;
    let most_memory = memory + MEMORY + ERRANDS.min(clicking * CLICKS) * OF_AN_ERRAND;
    let settled = Instant::now();
    while city.memory() >= most_memory && settled.elapsed() < SETTLES {
        honest.live(Duration::ZERO).await;
    }
    let (memory_after, disk_after) = (city.memory(), city.disk());
    let most_disk = disk + DISK + honest.filed() * OF_A_FILING;
    println!(
        "memory {memory} -> {memory_after} (at most {most_memory}), disk {disk} -> {disk_after} (at most {most_disk})"
    );
    assert!(
        memory_after < most_memory,
        "memory {memory} -> {memory_after}, at most {most_memory}"
    );
    assert!(
        disk_after < most_disk,
        "disk {disk} -> {disk_after}, at most {most_disk}"
    );
    city.stop();
    took
}

/// The queue of packets between a core's network and its programs. Over loopback, strangers who open thousands of connections fill it, and
/// packets of everybody are dropped: a client then waits 7 or 12 seconds for its own repetitions, which no city can change. It is the whole
/// machine's, so only the long test touches it.
struct Backlog(String);

impl Backlog {
    const SETTING: &str = "/proc/sys/net/core/netdev_max_backlog";

    /// Deep enough for all of it, until this is dropped.
    fn deepen() -> Self {
        let before = std::fs::read_to_string(Self::SETTING).unwrap();
        std::fs::write(Self::SETTING, "1000000").unwrap();
        Self(before)
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        std::fs::write(Self::SETTING, &self.0).unwrap();
    }
}

/// Strangers have core 0, this process core 1; the city runs where it likes.
fn stay_on_the_other_core() {
    city::command(
        "taskset",
        &["-a", "-c", "-p", "1", &std::process::id().to_string()],
    );
}
