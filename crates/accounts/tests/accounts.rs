//! A party of its own, with the fewest tables that accounts need.
//!
//! * A code enrols once, and within a day; one that is not committed is not spent.
//! * Ten wrong tries make a name wait for strangers, whether it is known or not; who has logged in before in this browser is let in.
//! * What the party asks beyond name and password, it asks before there is a session.
//! * A session ends after a working day, with its log-out, or with all of the account; only hashes are kept.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_accounts::{
    AccountError, Accounts, CodeStatements, Codes, Party, Session, require_length, statements,
};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_rules::CLERK_KNOWN;
use shirushi_store::{Migration, Store};
use shirushi_web::KnownBrowser;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

static MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "accounts",
    statements: &[
        "CREATE TABLE person (name TEXT NOT NULL PRIMARY KEY, password_hash TEXT NOT NULL) STRICT",
        "CREATE TABLE code (code_hash BLOB NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE visit (token_hash BLOB NOT NULL PRIMARY KEY, who TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE guess (id INTEGER PRIMARY KEY, name_hash BLOB NOT NULL, tried_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE seen (browser_hash BLOB NOT NULL, who TEXT NOT NULL, used_at INTEGER NOT NULL,
            PRIMARY KEY (browser_hash, who)) STRICT",
    ],
}];

static PARTY: Party = Party {
    statements: statements! {
        account: "person", owner: "who", known: "person.name AS name",
        session: "visit", tried: "guess", browser: "seen",
    },
    known: &CLERK_KNOWN,
};

static CODES: CodeStatements = CodeStatements {
    insert: "INSERT INTO code (code_hash, expires_at) VALUES ($1, $2)",
    forget_old: "DELETE FROM code WHERE expires_at <= $1",
    stands: "SELECT expires_at FROM code WHERE code_hash = $1 AND expires_at > $2",
    spend: "DELETE FROM code WHERE code_hash = $1 AND expires_at > $2",
};

#[derive(Debug)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Instant {
        Instant::from_unix(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

struct House {
    accounts: Accounts,
    codes: Codes,
    store: Store,
    clock: Arc<Moved>,
    _folder: TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = shirushi_test_database::address(folder.path(), "house");
        let store = Store::open(&url, MIGRATIONS)
            .await
            .unwrap();
        let clock = Arc::new(Moved(AtomicI64::new(1_800_000_000)));
        let random = Arc::new(SystemRandom);
        let accounts = Accounts::new(store.clone(), clock.clone(), random.clone(), &PARTY).await;
        Self {
            accounts: accounts.unwrap(),
            codes: Codes::new(store.clone(), clock.clone(), random, &CODES, &CLERK_KNOWN),
            store,
            clock,
            _folder: folder,
        }
    }

    /// With one person enrolled.
    async fn of(name: &str) -> Self {
        let house = Self::open().await;
        let hash = house
            .accounts
            .hash(secret(PASSWORD))
            .await
            .unwrap();
        let mut transaction = house.store.begin().await.unwrap();
        transaction
            .execute(
                "INSERT INTO person (name, password_hash) VALUES ($1, $2)",
                &[name.into(), hash.as_str().into()],
            )
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        house
    }

    fn later(&self, seconds: i64) {
        self.clock
            .0
            .fetch_add(seconds, Ordering::SeqCst);
    }

    async fn log_in(
        &self,
        name: &str,
        password: &str,
        browser: Option<&KnownBrowser>,
    ) -> Result<Session, AccountError> {
        self.accounts
            .log_in(name, secret(password), browser)
            .await
    }

    async fn is_in(&self, session: &Session) -> bool {
        let holder = self
            .accounts
            .holder(&session.session)
            .await;
        holder
            .unwrap()
            .is_some_and(|row| row.text("name").unwrap() == "mori")
    }

    /// How many rows a table has.
    async fn rows(&self, sql: &'static str) -> usize {
        self.store
            .rows(sql, &[])
            .await
            .unwrap()
            .len()
    }
}

fn secret(text: &str) -> Secret {
    Secret::from(text.as_bytes())
}

fn is_refused<T>(answer: &Result<T, AccountError>) -> bool {
    matches!(answer, Err(AccountError::Refused(refusal)) if refusal.rule().id == CLERK_KNOWN.id)
}

#[tokio::test]
async fn a_code_is_spent_once_with_what_it_enrols_and_only_within_a_day() {
    let house = House::open().await;
    let code = house.codes.make().await.unwrap();
    let mut broken_off = house.store.begin().await.unwrap();
    let spent = house
        .codes
        .spend(&mut broken_off, &code)
        .await;
    spent.unwrap();
    drop(broken_off);
    house
        .codes
        .require(&code)
        .await
        .unwrap();
    let mut transaction = house.store.begin().await.unwrap();
    let spent = house
        .codes
        .spend(&mut transaction, &code)
        .await;
    spent.unwrap();
    assert!(is_refused(
        &house
            .codes
            .spend(&mut transaction, &code)
            .await
    ));
    transaction.commit().await.unwrap();
    assert!(is_refused(&house.codes.require(&code).await));

    let late = house.codes.make().await.unwrap();
    house.later(24 * 60 * 60);
    assert!(is_refused(&house.codes.require(&late).await));
}

#[tokio::test]
async fn guesses_lock_out_strangers_and_nobody_who_was_here_before() {
    let house = House::of("mori").await;
    let known = house
        .log_in("mori", PASSWORD, None)
        .await
        .unwrap()
        .browser;
    for name in ["mori", "nobody"] {
        for _ in 0..10 {
            assert!(is_refused(
                &house
                    .log_in(name, "a wrong guess", None)
                    .await
            ));
        }
    }
    let other = KnownBrowser::random(&SystemRandom);
    for stranger in [None, Some(&other)] {
        assert!(is_refused(
            &house
                .log_in("mori", PASSWORD, stranger)
                .await
        ));
    }
    let own = house
        .log_in("mori", PASSWORD, Some(&known))
        .await
        .unwrap();
    assert_eq!(own.browser, known);
    house.later(15 * 60 + 1);
    house
        .log_in("mori", PASSWORD, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_proof_is_no_session_yet() {
    let house = House::of("mori").await;
    let proven = house
        .accounts
        .prove("mori", secret(PASSWORD), None)
        .await
        .unwrap();
    assert_eq!(proven.name(), "mori");
    assert_eq!(
        house
            .rows("SELECT who FROM visit")
            .await,
        0
    );
    // What was right counts no more when it becomes one.
    assert_eq!(house.rows("SELECT id FROM guess").await, 1);
    let session = house
        .accounts
        .begin(proven)
        .await
        .unwrap();
    assert!(house.is_in(&session).await);
    assert_eq!(house.rows("SELECT id FROM guess").await, 0);
}

#[tokio::test]
async fn a_session_ends_with_the_day_the_log_out_or_the_account() {
    let house = House::of("mori").await;
    let sessions = async || {
        house
            .log_in("mori", PASSWORD, None)
            .await
            .unwrap()
    };
    let (first, second) = (sessions().await, sessions().await);
    house
        .accounts
        .log_out(&first.session)
        .await
        .unwrap();
    assert!(!house.is_in(&first).await && house.is_in(&second).await);
    let mut transaction = house.store.begin().await.unwrap();
    let ended = house
        .accounts
        .end_all(&mut transaction, "mori")
        .await;
    ended.unwrap();
    transaction.commit().await.unwrap();
    assert!(!house.is_in(&second).await);
    let third = sessions().await;
    house.later(8 * 60 * 60 - 1);
    assert!(house.is_in(&third).await);
    house.later(1);
    assert!(!house.is_in(&third).await);
}

#[test]
fn a_password_has_twelve_characters_whatever_their_bytes() {
    assert!(require_length(&secret("あいうえおかきくけこさ")).is_err());
    require_length(&secret("あいうえおかきくけこさし")).unwrap();
}
