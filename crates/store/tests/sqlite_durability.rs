//! What must hold when the power or the process goes:
//!
//! * every row whose commit returned before a SIGKILL is there afterwards, whole, and the file can be taken at once;
//! * when a commit returns, everything written to the log of the database and to the checkpoint beside it has been synced, the checkpoint
//!   after the log: a kill does not show that (the page cache survives it), so the system calls are recorded with strace;
//! * the recorder can tell: of a process that breaks the promise (`SHIRUSHI_WEAKENED`) it must find the commits unsynced.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use shirushi_crypto::{KeyKind, Secret, SigningKey, SoftwareKey, SystemRandom};
use shirushi_store::{Guard, Migration, Store, Value};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

const TABLES: &[Migration] = &[Migration {
    version: 1,
    name: "rows in pairs",
    statements: &[
        "CREATE TABLE pair (round INTEGER NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (round, half)) STRICT",
    ],
}];

const PATH: &str = "SHIRUSHI_DURABILITY_PATH";
const ROUNDS: &str = "SHIRUSHI_DURABILITY_ROUNDS";

#[tokio::test]
async fn what_was_committed_before_a_kill_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut acknowledged = 0;
    for kill_after in [1, 25, 60] {
        let mut child = committing_child(&mut itself(), &path, usize::MAX);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for round in lines
            .filter_map(|line| round(&line.unwrap()))
            .take(kill_after)
        {
            acknowledged = round;
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());

        let store = open(&path).await;
        let rows = store
            .rows(
                "SELECT round, count(*) AS halves FROM pair GROUP BY round ORDER BY round",
                &[],
            )
            .await
            .unwrap();
        // Rounds count on from kill to kill; the last may have been committed without being told.
        for (at, row) in (1..).zip(&rows) {
            assert_eq!(row.integer("round").unwrap(), at);
            assert_eq!(row.integer("halves").unwrap(), 2);
        }
        assert!(rows.len() as i64 >= acknowledged, "{acknowledged}");
        store.close().await;
    }
    assert!(acknowledged >= 86, "{acknowledged}");
}

#[test]
fn a_commit_returns_after_its_sync() {
    let expected = Verdict {
        commits: 20,
        unsynced: 0,
        folder_synced: true,
    };
    assert_eq!(recorded("nothing"), expected);
}

#[test]
fn commits_that_return_before_their_sync_are_found_out() {
    let verdict = recorded("sync");
    assert_eq!((verdict.commits, verdict.unsynced), (20, 20), "{verdict:?}");
}

/// What strace saw of a process that makes twenty commits and breaks this promise.
fn recorded(broken: &str) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let mut strace = Command::new("strace");
    strace
        .env("SHIRUSHI_WEAKENED", broken)
        .args([
            "-f",
            "-y",
            "-s",
            "64",
            "-e",
            "trace=write,pwrite64,fsync,fdatasync",
            "-o",
        ])
        .arg(&record)
        .arg(std::env::current_exe().unwrap());
    let mut child = committing_child(&mut strace, &folder.path().join("store.db"), 20);
    // The child's end of the pipe must not fill.
    let told = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .filter_map(|line| round(&line.unwrap()))
        .count();
    assert!(
        child
            .wait()
            .expect("strace is installed")
            .success()
    );
    assert_eq!(told, 20);

    read_record(&fs::read_to_string(&record).unwrap())
}

/// The body of the child: commits pairs, and tells of each after its commit. Started by itself, it commits three.
#[tokio::test]
async fn commits_and_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os(PATH);
    let path = path.map_or_else(|| folder.path().join("store.db"), PathBuf::from);
    let rounds = std::env::var(ROUNDS).map_or(3, |rounds| rounds.parse().unwrap());
    let store = open(&path).await;
    for _ in 0..rounds {
        let round = commit_pair(&store).await;
        let told = format!("\ncommitted {round}\n");
        let mut out = std::io::stdout().lock();
        out.write_all(told.as_bytes()).unwrap();
        out.flush().unwrap();
    }
    let rows = store
        .rows("SELECT round FROM pair", &[])
        .await
        .unwrap();
    assert!(rows.len() >= 2 * rounds);
    store.close().await;
}

async fn commit_pair(store: &Store) -> i64 {
    let mut transaction = store.begin().await.unwrap();
    let row = transaction
        .row("SELECT coalesce(max(round), 0) + 1 AS next FROM pair", &[])
        .await
        .unwrap()
        .unwrap();
    let next = row.integer("next").unwrap();
    let halves: Vec<Vec<Value>> = (0..2)
        .map(|half| vec![next.into(), half.into()])
        .collect();
    transaction
        .insert_many("INSERT INTO pair (round, half) VALUES", &halves)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    next
}

async fn open(path: &Path) -> Store {
    let guard = Guard {
        key: key(&path.with_extension("key")),
        random: Arc::new(SystemRandom),
        accept_restore: false,
    };
    Store::open_guarded(&format!("sqlite://{}", path.display()), TABLES, guard)
        .await
        .unwrap()
}

/// The one key of a database's checkpoint, made by whoever comes first.
fn key(path: &Path) -> Arc<dyn SigningKey> {
    if let Ok(pkcs8) = fs::read(path) {
        return Arc::new(SoftwareKey::from_pkcs8(Secret::new(pkcs8)).unwrap());
    }
    let key = SoftwareKey::generate(KeyKind::Ed25519).unwrap();
    fs::write(path, key.to_pkcs8().expose()).unwrap();
    Arc::new(key)
}

fn itself() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn committing_child(command: &mut Command, path: &Path, rounds: usize) -> Child {
    command
        .args(["--exact", "commits_and_tells", "--nocapture"])
        .env(PATH, path)
        .env(ROUNDS, rounds.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The round that a line of the child tells of; the test harness writes lines of its own.
fn round(line: &str) -> Option<i64> {
    line.strip_prefix("committed ")?
        .parse()
        .ok()
}

#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    /// Commits told.
    commits: usize,
    /// Of these, the ones with bytes in the write-ahead log or in the checkpoint that no sync had covered, or with none written there at
    /// all, or with a checkpoint that was begun before the log was synced.
    unsynced: usize,
    /// Whether the folder was synced before the first commit.
    folder_synced: bool,
}

/// Reads what strace recorded. The child does one thing at a time, so the order of the lines is the order of the calls; a call
/// cut in two by another thread counts when it has returned.
fn read_record(record: &str) -> Verdict {
    let mut verdict = Verdict {
        commits: 0,
        unsynced: 0,
        folder_synced: false,
    };
    let (mut log, mut checkpoint) = (File::default(), File::default());
    let mut is_too_soon = false;
    let mut pending = std::collections::HashMap::new();
    for line in record.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            pending.insert(thread, begun);
            // What is written counts from the start, what is synced from the end.
            if !begun.starts_with("pwrite64(") && !begun.starts_with("write(") {
                continue;
            }
        }
        let call = match call.starts_with("<... ") {
            true => pending.remove(thread).unwrap(),
            false => call,
        };
        let of_log = call.contains("store.db-wal>");
        let of_checkpoint = call.contains("store.db.checkpoint>");
        if call.starts_with("pwrite64(") && of_log {
            log = File::WRITTEN;
        } else if call.starts_with("pwrite64(") && of_checkpoint {
            is_too_soon |= log.dirty;
            checkpoint = File::WRITTEN;
        } else if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
            log.dirty &= !of_log;
            checkpoint.dirty &= !of_checkpoint;
            verdict.folder_synced |= verdict.commits == 0 && !call.contains("store.db");
        } else if call.starts_with("write(1<") && call.contains("\"\\ncommitted ") {
            // Of a write in two lines, the second finds nothing new written.
            if line.contains("<... ") {
                continue;
            }
            verdict.commits += 1;
            let is_right = log.is_on_disk() && checkpoint.is_on_disk() && !is_too_soon;
            verdict.unsynced += usize::from(!is_right);
            (log.written, checkpoint.written, is_too_soon) = (false, false, false);
        }
    }
    verdict
}

/// What happened to a file since the last commit.
#[derive(Clone, Copy, Default)]
struct File {
    written: bool,
    dirty: bool,
}

impl File {
    const WRITTEN: Self = Self {
        written: true,
        dirty: true,
    };

    fn is_on_disk(self) -> bool {
        self.written && !self.dirty
    }
}
