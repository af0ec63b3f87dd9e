//! A fresh register for each test, at a noon in Japan that the test can move.

use shirushi_clock::{Clock, Date, Instant};
use shirushi_crypto::SystemRandom;
use shirushi_register::{Change, ImportError, MIGRATIONS, Register, RegisterError, What};
use shirushi_rules::{Language, Refusal};
use shirushi_store::Store;
use shirushi_wire::{CardNumber, RegisterEvent, ResidentCode, ResidentRecord};
use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;

pub(crate) const SAMPLE: &str = include_str!("../../sample/residents.csv");
pub(crate) const HEADER: &str = "resident_code,municipality,name,furigana,former_name,alias,birth_date,sex,address,stay_until,status";

/// 印　太郎
pub(crate) const TARO: &str = "90000000014";
/// 朱文　遷, who has moved out.
pub(crate) const UTSURU: &str = "90000000064";
/// Nobody.
pub(crate) const NOBODY: &str = "12345678900";
pub(crate) const TODAY: Date = Date::constant(2026, 11, 22);

/// A database that no other test touches, removed afterwards.
pub(crate) struct Fresh {
    url: String,
    clock: Arc<Noon>,
    /// Holds a SQLite file; removed when dropped.
    _folder: Option<TempDir>,
    /// Server and name of a PostgreSQL database.
    postgres: Option<(String, String)>,
}

impl Fresh {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!(
            "sqlite://{}",
            folder
                .path()
                .join("register.db")
                .display()
        );
        Self {
            url,
            clock: Arc::default(),
            _folder: Some(folder),
            postgres: None,
        }
    }

    /// # Panics
    /// When `SHIRUSHI_POSTGRES_URL` is not set: who asks for these tests has a server.
    pub(crate) fn postgres(scenario: &str) -> Self {
        let server = std::env::var("SHIRUSHI_POSTGRES_URL")
            .expect("SHIRUSHI_POSTGRES_URL is postgres://user@host:port/postgres");
        // Names have 63 bytes at most.
        let name = format!(
            "register_{}_{}",
            std::process::id(),
            &scenario[..scenario.len().min(40)]
        );
        psql(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        );
        let (host, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{host}/{name}"),
            clock: Arc::default(),
            _folder: None,
            postgres: Some((server, name)),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.url, MIGRATIONS)
            .await
            .unwrap()
    }

    pub(crate) async fn register(&self) -> (Register, Store) {
        let store = self.store().await;
        let register = Register::open(store.clone(), self.clock.clone(), Arc::new(SystemRandom))
            .await
            .unwrap();
        (register, store)
    }

    /// A register with the sample in it.
    pub(crate) async fn town(&self) -> (Register, Store) {
        let (register, store) = self.register().await;
        register
            .import_csv(SAMPLE.as_bytes())
            .await
            .unwrap();
        (register, store)
    }

    /// The write-ahead log of a SQLite file.
    pub(crate) fn log(&self) -> PathBuf {
        format!("{}-wal", self.url.trim_start_matches("sqlite://")).into()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.postgres {
            psql(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// A clock that stands at noon in Japan.
#[derive(Debug)]
pub(crate) struct Noon(AtomicI64);

impl Default for Noon {
    fn default() -> Self {
        Self(AtomicI64::new(
            Instant::end_of_day_jst(TODAY)
                .unwrap()
                .unix()
                - 43_199,
        ))
    }
}

impl Clock for Noon {
    fn now(&self) -> Instant {
        Instant::from_unix(self.0.load(Ordering::Acquire)).unwrap()
    }
}

pub(crate) fn code(text: &str) -> ResidentCode {
    text.parse().unwrap()
}

pub(crate) fn number(text: &str) -> CardNumber {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) async fn resident(register: &Register, who: &str) -> ResidentRecord {
    register
        .resident(&code(who))
        .await
        .unwrap()
        .unwrap()
}

/// Records something that happened today.
pub(crate) async fn happens(
    register: &Register,
    who: &str,
    what: What,
) -> Result<RegisterEvent, RegisterError> {
    register
        .record_event(Change {
            resident: code(who),
            occurred_on: TODAY,
            what,
        })
        .await
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, RegisterError>) -> Refusal {
    match result.unwrap_err() {
        RegisterError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// What a refused import lists: (line, column) and the count of wrong rows.
pub(crate) fn faults(error: ImportError) -> (Vec<(usize, String)>, String) {
    match error {
        ImportError::Refused { refusal, rows } => {
            for row in &rows {
                assert!(
                    !row.what_ja.is_empty() && !row.what_en.is_empty(),
                    "{row:?}"
                );
            }
            let count = refusal
                .report()
                .facts
                .get("count")
                .map(|count| count.told(Language::English));
            let places = rows
                .into_iter()
                .map(|row| (row.line, row.column));
            (places.collect(), count.unwrap_or_default())
        }
        other => panic!("{other}"),
    }
}

/// Everything the register knows of people, in one text.
pub(crate) async fn everything(register: &Register) -> String {
    let mut all = String::new();
    for place in ["13998", "13999", "14998"] {
        let mut after = None;
        loop {
            let page = register
                .list(&place.parse().unwrap(), 1_000, after.as_ref())
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.code.clone());
            all.push_str(&format!("{page:?}"));
        }
    }
    all
}

fn psql(server: &str, statement: &str) {
    let done = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--output=/dev/null", "--command"])
        .args([statement, server])
        .status()
        .expect("psql is installed");
    assert!(done.success(), "{statement}");
}
