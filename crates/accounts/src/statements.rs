//! The statements over one party's tables.

/// The statements over one party's tables, as [`statements!`](crate::statements!) writes them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Statements {
    /// `password_hash` of the account named `$1`.
    pub password: &'static str,
    /// How many accounts there are, as `n`.
    pub count: &'static str,
    /// Forgets tries not younger than `$1`.
    pub forget_old_tries: &'static str,
    /// How many `tries` stand under the hash `$1`.
    pub count_tries: &'static str,
    /// A try under the hash `$1` at `$2`; gives its `id`.
    pub insert_try: &'static str,
    /// Forgets the try `$1`.
    pub forget_try: &'static str,
    /// Whether the browser `$1` has been known to `$2` since `$3`.
    pub known_browser: &'static str,
    /// The browser `$1` is known to `$2` from `$3`.
    pub know_browser: &'static str,
    /// Forgets all browsers of `$1` but those `$2` used last.
    pub forget_browsers: &'static str,
    /// The session `$1` of `$2` until `$3`.
    pub insert_session: &'static str,
    /// Forgets sessions that have ended at `$1`.
    pub forget_old_sessions: &'static str,
    /// Ends the session `$1`.
    pub end_session: &'static str,
    /// Ends all sessions of the account `$1`.
    pub end_sessions_of: &'static str,
    /// What is asked of the account whose session `$1` stands at `$2`.
    pub session: &'static str,
}

/// The [`Statements`] over tables of these names. `account` is the table of accounts with its columns `name` and `password_hash`, `owner` the
/// column in which the other tables name one, and `known` what is told of who has a session, each column as one of `account`.
///
/// The other tables have the columns `token_hash`, owner, `expires_at` (`session`); `id`, `name_hash`, `tried_at` (`tried`);
/// `browser_hash`, owner, `used_at` (`browser`).
#[macro_export]
macro_rules! statements {
    (account: $account:literal, owner: $owner:literal, known: $known:literal,
     session: $session:literal, tried: $tried:literal, browser: $browser:literal $(,)?) => {
        $crate::Statements::of([
            concat!("SELECT password_hash FROM ", $account, " WHERE name = $1"),
            concat!("SELECT count(*) AS n FROM ", $account),
            concat!("DELETE FROM ", $tried, " WHERE tried_at <= $1"),
            concat!(
                "SELECT count(*) AS tries FROM ",
                $tried,
                " WHERE name_hash = $1"
            ),
            concat!(
                "INSERT INTO ",
                $tried,
                " (name_hash, tried_at) VALUES ($1, $2) RETURNING id"
            ),
            concat!("DELETE FROM ", $tried, " WHERE id = $1"),
            concat!(
                "SELECT used_at FROM ",
                $browser,
                " WHERE browser_hash = $1 AND ",
                $owner,
                " = $2 AND used_at > $3"
            ),
            concat!(
                "INSERT INTO ",
                $browser,
                " (browser_hash, ",
                $owner,
                ", used_at) VALUES ($1, $2, $3) \
                ON CONFLICT (browser_hash, ",
                $owner,
                ") DO UPDATE SET used_at = excluded.used_at"
            ),
            concat!(
                "DELETE FROM ",
                $browser,
                " WHERE ",
                $owner,
                " = $1 AND browser_hash NOT IN \
                (SELECT browser_hash FROM ",
                $browser,
                " WHERE ",
                $owner,
                " = $1 ORDER BY used_at DESC, browser_hash LIMIT $2)"
            ),
            concat!(
                "INSERT INTO ",
                $session,
                " (token_hash, ",
                $owner,
                ", expires_at) VALUES ($1, $2, $3)"
            ),
            concat!("DELETE FROM ", $session, " WHERE expires_at <= $1"),
            concat!("DELETE FROM ", $session, " WHERE token_hash = $1"),
            concat!("DELETE FROM ", $session, " WHERE ", $owner, " = $1"),
            concat!(
                "SELECT ",
                $known,
                " FROM ",
                $session,
                " JOIN ",
                $account,
                " ON ",
                $account,
                ".name = ",
                $session,
                ".",
                $owner,
                " WHERE token_hash = $1 AND expires_at > $2"
            ),
        ])
    };
}

impl Statements {
    /// In the order of the fields: for [`statements!`](crate::statements!) alone.
    #[doc(hidden)]
    #[must_use]
    pub const fn of(all: [&'static str; 14]) -> Self {
        let [
            password,
            count,
            forget_old_tries,
            count_tries,
            insert_try,
            forget_try,
            known_browser,
            know_browser,
            forget_browsers,
            insert_session,
            forget_old_sessions,
            end_session,
            end_sessions_of,
            session,
        ] = all;
        Self {
            password,
            count,
            forget_old_tries,
            count_tries,
            insert_try,
            forget_try,
            known_browser,
            know_browser,
            forget_browsers,
            insert_session,
            forget_old_sessions,
            end_session,
            end_sessions_of,
            session,
        }
    }
}
