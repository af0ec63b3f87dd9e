//! An importing process is killed: the file is in the register completely or not at all.

use crate::support::{Fresh, HEADER, Noon};
use shirushi_crypto::SystemRandom;
use shirushi_register::{MIGRATIONS, Register};
use shirushi_store::Store;
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::Arc,
};

const ADDRESS: &str = "SHIRUSHI_REGISTER_TO_BE_KILLED";
const ROWS: u64 = 3_000;

/// The process that is killed: imports files of 3,000 rows without end and says when it begins.
#[tokio::test]
#[ignore = "the child of the test below"]
async fn the_process_to_be_killed() {
    let Ok(url) = std::env::var(ADDRESS) else {
        return;
    };
    let store = Store::open(&url, MIGRATIONS)
        .await
        .unwrap();
    let register = Register::open(store, Arc::<Noon>::default(), Arc::new(SystemRandom))
        .await
        .unwrap();
    let start = register
        .residents_count()
        .await
        .unwrap();
    println!("ready");
    for round in 0.. {
        let mut file = format!("{HEADER}\n");
        for row in 0..ROWS {
            let code = start + round * ROWS + row;
            file.push_str(&format!(
                "{code:011},13998,印　一,シルシ　ハジメ,,,1990-01-01,male,東京都印市朱肉一丁目,,alive\n"
            ));
        }
        register
            .import_csv(file.as_bytes())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_killed_import_is_complete_or_nothing() {
    let fresh = Fresh::new();
    let mut counts = Vec::new();
    for size in [
        1, 100_000, 400_000, 700_000, 1_000_000, 1_500_000, 2_500_000,
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "killed::the_process_to_be_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(ADDRESS, fresh.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("ready"));
        assert!(said, "the child did not come to its first import");
        // Killed when so much was written: at different places of an import.
        let before = fresh.written();
        while fresh.written() < before + size {
            assert!(child.try_wait().unwrap().is_none(), "the child ended");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let (register, store) = fresh.register().await;
        let count = register
            .residents_count()
            .await
            .unwrap();
        assert_eq!(count % ROWS, 0, "half a file at {size} bytes");
        let staged = store
            .row("SELECT count(*) AS codes FROM import_code", &[])
            .await
            .unwrap();
        assert_eq!(
            staged
                .unwrap()
                .integer("codes")
                .unwrap(),
            0
        );
        store.close().await;
        counts.push(count);
    }
    assert!(counts.is_sorted(), "a finished import was lost: {counts:?}");
    assert!(
        counts.last() > Some(&0),
        "no import finished before the kill"
    );
}
