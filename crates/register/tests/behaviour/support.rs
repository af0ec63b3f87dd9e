//! A fresh register for each test, at a noon in Japan that the test can move.

use shirushi_clock::{Clock, Date, Instant};
use shirushi_crypto::SystemRandom;
use shirushi_register::{Change, ImportError, MIGRATIONS, Register, RegisterError, What};
use shirushi_rules::{Language, Refusal};
use shirushi_store::Store;
use shirushi_wire::{CardNumber, RegisterEvent, ResidentCode, ResidentRecord};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
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
    folder: TempDir,
}

impl Fresh {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: shirushi_test_database::address(folder.path(), "register"),
            clock: Arc::default(),
            folder,
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

    /// How many bytes lie in the database and in its log.
    pub(crate) fn written(&self) -> u64 {
        shirushi_test_database::written(self.folder.path(), "register")
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
