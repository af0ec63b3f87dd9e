//! Passwords, hashed away from the async workers and never many at once; and who may try one.
//!
//! Guessing hits the guesser. A browser in which somebody has logged in before brings a secret of that log-in: its tries are
//! counted by themselves and wait in a lane of their own, so that no stranger can lock its owner out or keep them waiting.

use shirushi_crypto::{
    CryptoError, PasswordHash, Random, Secret, hash_password, sha256, verify_password,
};
use shirushi_rules::{Bilingual, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_web::{Lane, Turn};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The fewest characters of a password.
const SHORTEST: usize = 12;
/// Hashings at once in each of the two lanes: one takes 19 MiB and a processor.
const AT_ONCE: usize = 1;
/// Strangers whose password is hashed or waits for it.
const STRANGERS: usize = 17;
/// The same in one known browser.
const OF_ONE_BROWSER: usize = 4;

/// That a new password is long enough: twelve characters, whatever their bytes.
///
/// # Errors
/// A [`Refusal`] by `WELL_FORMED`.
pub fn require_length(password: &Secret) -> Result<(), Refusal> {
    let length = std::str::from_utf8(password.expose()).map_or(0, |text| text.chars().count());
    WELL_FORMED.require(
        length >= SHORTEST,
        Facts::new()
            .and("where", Bilingual::new("パスワード", "password"))
            .and(
                "fault",
                InBoth::new(
                    format!("{SHORTEST}文字以上が必要です"),
                    format!("at least {SHORTEST} characters"),
                ),
            ),
    )
}

/// Who tries a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriedBy {
    /// Nobody knows who. All of them together are one.
    Stranger,
    /// A browser in which the owner of the name has logged in before: the hash of its secret ([`KnownBrowser::hash`](shirushi_web::KnownBrowser::hash)).
    Known([u8; 32]),
}

impl TriedBy {
    /// Under what the tries of this caller for `name` are counted. It is a hash: what is typed as a name may be a password.
    #[must_use]
    pub fn count_key(&self, name: &str) -> [u8; 32] {
        match self {
            Self::Stranger => sha256(name.as_bytes()),
            Self::Known(browser) => {
                sha256(&[b"known browser".as_slice(), browser, name.as_bytes()].concat())
            }
        }
    }
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFault {
    /// The hash could not be made or read.
    #[error("the cryptography of a password")]
    Crypto(#[from] CryptoError),
    /// The work was interrupted.
    #[error("the hashing of a password was interrupted")]
    Interrupted,
}

/// Hashes passwords and compares them.
#[derive(Debug)]
pub struct Passwords {
    strangers: Lane,
    known: Lane,
    random: Arc<dyn Random>,
    /// The hash of a password that nobody knows, so that an unknown name costs as much time as a known one.
    nobody: PasswordHash,
}

impl Passwords {
    /// Makes ready to compare: one hashing.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn new(random: Arc<dyn Random>) -> Result<Self, PasswordFault> {
        let mut drawn = [0; 32];
        random.fill(&mut drawn);
        let unknown = Secret::from(drawn.as_slice());
        let source = Arc::clone(&random);
        let nobody = spawn_blocking(move || hash_password(&unknown, source.as_ref()))
            .await
            .map_err(|_| PasswordFault::Interrupted)??;
        Ok(Self {
            strangers: Lane::in_the_background(AT_ONCE, STRANGERS),
            known: Lane::new(AT_ONCE, OF_ONE_BROWSER),
            random,
            nobody,
        })
    }

    /// Waits for the turn of `caller`.
    ///
    /// # Errors
    /// A [`Refusal`] by `NOT_TOO_MUCH_AT_ONCE` when too many wait already.
    pub async fn turn(&self, caller: TriedBy) -> Result<Turn, Refusal> {
        match caller {
            TriedBy::Stranger => self.strangers.turn([0; 32]).await,
            TriedBy::Known(browser) => self.known.turn(browser).await,
        }
    }

    /// The hash to be kept: for who has shown a one-time code that stands, and so is no stranger.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn hash(&self, password: Secret) -> Result<PasswordHash, PasswordFault> {
        let random = Arc::clone(&self.random);
        let mut who = [0; 32];
        random.fill(&mut who);
        let turn = self
            .known
            .turn(who)
            .await
            .map_err(|_| PasswordFault::Interrupted)?;
        run(turn, move || hash_password(&password, random.as_ref())).await
    }

    /// Whether `password` is the one hashed; without a hash the same work is done and the answer is no.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn verify(
        &self,
        turn: Turn,
        password: Secret,
        stored: Option<PasswordHash>,
    ) -> Result<bool, PasswordFault> {
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.nobody.clone());
        let same = run(turn, move || verify_password(&password, &hash)).await?;
        Ok(same && known)
    }
}

/// Does the work, and ends the turn with it, also when nobody waits for it any more.
async fn run<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> Result<T, CryptoError> + Send + 'static,
) -> Result<T, PasswordFault> {
    let (done, _turn) = turn
        .work(work)
        .await
        .map_err(|_| PasswordFault::Interrupted)?;
    Ok(done?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_crypto::SystemRandom;

    #[tokio::test]
    async fn strangers_never_keep_a_known_browser_waiting() {
        let passwords = Passwords::new(Arc::new(SystemRandom))
            .await
            .unwrap();
        let _running = passwords
            .turn(TriedBy::Stranger)
            .await
            .unwrap();
        assert!(
            passwords
                .turn(TriedBy::Known([1; 32]))
                .await
                .is_ok()
        );
        let password = Secret::from(b"a good password".as_slice());
        assert!(passwords.hash(password).await.is_ok());
    }

    #[test]
    fn each_known_browser_counts_by_itself() {
        let callers = [
            TriedBy::Stranger,
            TriedBy::Known([1; 32]),
            TriedBy::Known([2; 32]),
        ];
        for (a, one) in callers.iter().enumerate() {
            for (b, other) in callers.iter().enumerate() {
                assert_eq!(one.count_key("hanako") == other.count_key("hanako"), a == b);
            }
            assert_ne!(one.count_key("hanako"), one.count_key("ichiro"));
        }
    }
}
