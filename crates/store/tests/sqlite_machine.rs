//! What must hold when the machine under a database refuses:
//!
//! * a transaction that the machine refused costs itself and no other, whatever refused (a limit of pages stands for the full disk,
//!   a limit of the process for a file that may not grow and for descriptors that are used up);
//! * the refusal says what the operator has to look at;
//! * reading goes on meanwhile;
//! * nothing of the refused transaction is there afterwards;
//! * the store says by itself that it cannot be written, and that it can again.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use shirushi_store::{FaultKind, Health, Migration, Store, StoreError};
use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const TABLES: &[Migration] = &[Migration {
    version: 1,
    name: "filler",
    statements: &["CREATE TABLE filler (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"],
}];

const FOLDER: &str = "SHIRUSHI_MACHINE_FOLDER";

/// More than the limits below allow.
const LARGE: usize = 4 << 20;

#[tokio::test]
async fn a_full_disk_costs_its_transaction_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    fill(&store, 10).await.unwrap();
    for _ in 0..3 {
        let mut transaction = store.begin().await.unwrap();
        // The limit ends with its connection, as a full disk ends when space is made.
        transaction
            .execute("PRAGMA max_page_count=100", &[])
            .await
            .unwrap();
        let refused = transaction
            .execute(FILL, &[vec![0; LARGE].into()])
            .await
            .unwrap_err();
        assert_eq!(kind(&refused), Some(FaultKind::Full), "{refused:?}");
        assert!(matches!(
            transaction.commit().await,
            Err(StoreError::Doomed)
        ));
        assert_eq!(rows(&store).await, 1);
    }
    fill(&store, LARGE).await.unwrap();
    assert_eq!(rows(&store).await, 2);
    store.close().await;
}

#[test]
fn a_file_that_may_not_grow_costs_its_transaction_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    // The soft limit: the child raises it again, as an operator would.
    inside(
        folder.path(),
        "outlives_a_limit_of_file_size",
        &["--fsize=1048576:unlimited"],
    );
}

/// The body of the child.
#[tokio::test]
async fn outlives_a_limit_of_file_size() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    // The signal that comes with the limit would end the process.
    let _caught =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ)).unwrap();
    let store = open(&folder).await;
    fill(&store, 10).await.unwrap();
    assert_eq!(store.health().outcome, None);
    store
        .probe_every(Duration::from_millis(20))
        .await;
    assert!(store.health().is_well());
    for _ in 0..3 {
        let refused = fill(&store, LARGE).await.unwrap_err();
        assert_eq!(kind(&refused), Some(FaultKind::Io), "{refused:?}");
        assert_eq!(rows(&store).await, 1);
    }
    // Said at once; and what a probe can write still, it says too. With no room at all it cannot.
    limit(&["--fsize=0:unlimited"]);
    until(
        &store,
        |health| matches!(&health.outcome, Some(Err(cause)) if cause.contains("may not grow")),
    )
    .await;
    limit(&["--fsize=unlimited:unlimited"]);
    // Nobody does anything.
    until(&store, Health::is_well).await;
    fill(&store, LARGE).await.unwrap();
    assert_eq!(rows(&store).await, 2);
    store.close().await;
}

#[test]
fn too_few_descriptors_cost_what_is_asked_meanwhile_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    inside(
        folder.path(),
        "outlives_a_want_of_descriptors",
        &["--nofile=64:1024"],
    );
}

/// The body of the child.
#[tokio::test]
async fn outlives_a_want_of_descriptors() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let store = open(&folder).await;
    fill(&store, 10).await.unwrap();
    let want = Want::begin();
    // What is open stays open: writing and reading go on.
    fill(&store, 10).await.unwrap();
    assert_eq!(rows(&store).await, 2);
    // A connection that must be made anew cannot be, and is made when there is a descriptor.
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("PRAGMA max_page_count=100", &[])
        .await
        .unwrap();
    transaction
        .execute(FILL, &[vec![0; LARGE].into()])
        .await
        .unwrap_err();
    drop(transaction);
    for _ in 0..3 {
        let refused = store.begin().await.unwrap_err();
        assert_eq!(kind(&refused), Some(FaultKind::Open), "{refused:?}");
        assert_eq!(rows(&store).await, 2);
    }
    want.end();
    fill(&store, 10).await.unwrap();
    assert_eq!(rows(&store).await, 3);
    store.close().await;
}

/// Waits for what the prober finds.
async fn until(store: &Store, holds: impl Fn(&Health) -> bool) {
    let begun = Instant::now();
    while !holds(&store.health()) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            store.health()
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

const FILL: &str = "INSERT INTO filler (bytes) VALUES ($1)";

/// Linux's number of the signal for a file that grows over the limit.
const SIGXFSZ: i32 = 25;

async fn open(folder: &Path) -> Store {
    let path = folder.join("store.db");
    Store::open(&format!("sqlite://{}", path.display()), TABLES)
        .await
        .unwrap()
}

async fn fill(store: &Store, bytes: usize) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction
        .execute(FILL, &[vec![1; bytes].into()])
        .await?;
    transaction.commit().await
}

async fn rows(store: &Store) -> i64 {
    store
        .row("SELECT count(*) AS rows FROM filler", &[])
        .await
        .unwrap()
        .unwrap()
        .integer("rows")
        .unwrap()
}

fn kind(error: &StoreError) -> Option<FaultKind> {
    match error {
        StoreError::Machine { fault } => Some(fault.kind),
        _ => None,
    }
}

/// Runs a test of this file in a process of its own, below limits.
fn inside(folder: &Path, test: &str, limits: &[&str]) {
    let done = Command::new("prlimit")
        .args(limits)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .output()
        .expect("prlimit is installed (util-linux)");
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A time in which this process gets no descriptor. Its end is prepared before, since it needs some.
struct Want(std::process::Child);

impl Want {
    fn begin() -> Self {
        let pid = std::process::id();
        let script = format!(
            "prlimit --pid={pid} --nofile=1:1024 && echo && read line && prlimit --pid={pid} --nofile=64:1024"
        );
        let mut shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0];
        let told = shell.stdout.as_mut().unwrap();
        told.read_exact(&mut line).unwrap();
        Self(shell)
    }

    fn end(mut self) {
        let asked = self.0.stdin.as_mut().unwrap();
        asked.write_all(b"\n").unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

fn limit(limits: &[&str]) {
    let done = Command::new("prlimit")
        .arg(format!("--pid={}", std::process::id()))
        .args(limits)
        .status()
        .unwrap();
    assert!(done.success());
}
