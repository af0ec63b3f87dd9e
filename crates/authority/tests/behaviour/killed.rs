//! The authority's process is killed (SIGKILL) while it issues, renews, revokes and publishes for eight cards at once:
//!
//! * whatever it acknowledged is there as it was told;
//! * no serial is in doubt, and none is used twice ([`audit`]);
//! * the log is the continuation of every checkpoint that it gave out, and no CRL goes back.

use crate::{
    audit::audit,
    bench::{Bench, hold},
    people::{application, renewal, request, start, with_card},
};
use shirushi_authority::CertificateState;
use shirushi_ledger::{Checkpoint, Hash, consistency_proof, verify_consistency};
use shirushi_profile::{CertificateKind, CertificateList, SerialNumber};
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

const FOLDER: &str = "SHIRUSHI_AUTHORITY_TO_BE_KILLED";
const ROUND: &str = "SHIRUSHI_AUTHORITY_ROUND";

/// Cards at once.
const DESKS: u32 = 8;

/// A round's residents are its own.
const RESIDENTS_A_ROUND: u32 = 10_000;

async fn bench(folder: &Path, round: u32) -> Bench {
    let held = Arc::new(hold(&folder.join("keys")));
    let now = start().plus_seconds(i64::from(round) * 60 * 60);
    Bench::at(folder, held, now).await
}

/// The process that is killed: says what it has been told is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "the child of the test below"]
async fn the_process_to_be_killed() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else {
        return;
    };
    let round = round.parse().unwrap();
    let bench = Arc::new(bench(&PathBuf::from(folder), round).await);
    let mut desks = tokio::task::JoinSet::new();
    for desk in 0..DESKS {
        let bench = Arc::clone(&bench);
        desks.spawn(async move {
            for n in 0.. {
                let resident = round * RESIDENTS_A_ROUND + desk + n * DESKS;
                serve(&bench, resident).await;
            }
        });
    }
    desks.join_all().await;
}

/// One resident's life at the counter.
async fn serve(bench: &Bench, resident: u32) {
    for issued in bench
        .issue(&application(resident))
        .await
        .unwrap()
    {
        println!("issued {} {}", issued.kind, issued.serial);
    }
    let checkpoint = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    println!("checkpoint {}", hex::encode(checkpoint));
    if resident.is_multiple_of(2) {
        let new = with_card(renewal(resident), &format!("R{resident:011}"));
        for issued in bench.issue(&new).await.unwrap() {
            println!("issued {} {}", issued.kind, issued.serial);
        }
    }
    if resident.is_multiple_of(3) {
        for serial in bench
            .revoke(&request(resident))
            .await
            .unwrap()
        {
            println!("revoked - {serial}");
        }
    }
    if resident.is_multiple_of(5) {
        let kind = CertificateKind::Signature;
        let list = bench.crl(kind, None).await.unwrap();
        println!("list {}", hex::encode(list.der()));
    }
}

/// What the killed processes have said.
#[derive(Debug, Default)]
struct Said {
    issued: Vec<(CertificateKind, SerialNumber)>,
    revoked: Vec<SerialNumber>,
    checkpoints: Vec<String>,
    lists: Vec<CertificateList>,
}

impl Said {
    /// Takes one line; what else a test program prints is no matter.
    fn hear(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words.as_slice() {
            ["issued", kind, serial] => {
                let kind = CertificateKind::ALL
                    .into_iter()
                    .find(|k| k.to_string() == kind);
                self.issued
                    .push((kind.unwrap(), serial.parse().unwrap()));
            }
            ["revoked", "-", serial] => self
                .revoked
                .push(serial.parse().unwrap()),
            ["checkpoint", text] => {
                let text = String::from_utf8(hex::decode(text).unwrap());
                self.checkpoints.push(text.unwrap());
            }
            ["list", der] => {
                let list = CertificateList::from_der(&hex::decode(der).unwrap());
                self.lists.push(list.unwrap());
            }
            _ => return false,
        }
        true
    }
}

#[tokio::test]
async fn a_killed_authority_has_lost_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    // The officers are enrolled before the first process starts.
    bench(folder.path(), 0)
        .await
        .store
        .close()
        .await;
    let mut said = Said::default();
    let mut interrupted = 0;
    for (round, lines) in (1..).zip([1, 7, 20, 33, 50, 64, 81, 100]) {
        run_and_kill(folder.path(), round, lines, &mut said);
        let bench = bench(folder.path(), round).await;
        interrupted += bench
            .count("SELECT count(*) AS n FROM intents WHERE state = 'closed'")
            .await;
        holds(&bench, &said).await;
        bench.store.close().await;
    }
    assert!(said.issued.len() > 100);
    assert!(said.revoked.len() > 10);
    assert!(interrupted > 0, "no kill hit the middle of an issue");
}

fn run_and_kill(folder: &Path, round: u32, lines: usize, said: &mut Said) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::the_process_to_be_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut heard = 0;
    let mut line = String::new();
    // To the end of what it said before it died; half a line is nothing said.
    while output.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        heard += usize::from(said.hear(&line));
        if heard == lines {
            child.kill().unwrap();
        }
        line.clear();
    }
    assert!(heard >= lines, "the child ended by itself");
    child.wait().unwrap();
}

/// Everything that was said holds.
async fn holds(bench: &Bench, said: &Said) {
    let found = audit(bench).await;
    for name in &said.issued {
        assert!(found.issued.contains(name), "{name:?} was acknowledged");
    }
    for serial in &said.revoked {
        assert!(
            found
                .revoked
                .keys()
                .any(|(_, revoked)| revoked == serial)
        );
    }
    for (kind, serial) in &found.issued {
        let status = bench
            .authority
            .status(*kind, serial)
            .await
            .unwrap();
        let is_revoked = found
            .revoked
            .contains_key(&(*kind, *serial));
        assert_eq!(
            matches!(status, CertificateState::Revoked { .. }),
            is_revoked
        );
        assert_eq!(status == CertificateState::Good, !is_revoked);
    }
    let leaves: Vec<Hash> = bench
        .store
        .rows("SELECT leaf FROM log ORDER BY position", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| {
            Hash(
                row.bytes("leaf")
                    .unwrap()
                    .try_into()
                    .unwrap(),
            )
        })
        .collect();
    let now = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    for text in &said.checkpoints {
        let name = crate::audit::origin(text);
        let old = Checkpoint::verify(text, name, &bench.held.log_key).unwrap();
        let proof = consistency_proof(&leaves, old.size).unwrap();
        assert!(verify_consistency(
            old.size, &old.root, now.size, &now.root, &proof
        ));
    }
    let newest = bench
        .crl(CertificateKind::Signature, None)
        .await
        .unwrap();
    for list in &said.lists {
        assert!(list.number() <= newest.number());
        assert!(
            list.entries()
                .all(|entry| newest.entry(&entry.serial).is_some())
        );
    }
}
