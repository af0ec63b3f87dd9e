//! Passwords of officers and clerks, hashed away from the async workers and never many at once.

use shirushi_crypto::{CryptoError, PasswordHash, Random, Secret, hash_password, verify_password};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Hashings at once: each takes 19 MiB and a processor.
const AT_ONCE: usize = 2;

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
    at_once: Arc<Semaphore>,
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
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        let mut drawn = [0; 32];
        random.fill(&mut drawn);
        let unknown = Secret::from(drawn.as_slice());
        let source = Arc::clone(&random);
        let nobody = run(&at_once, move || hash_password(&unknown, source.as_ref())).await?;
        Ok(Self {
            at_once,
            random,
            nobody,
        })
    }

    /// The hash to be kept.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn hash(&self, password: Secret) -> Result<PasswordHash, PasswordFault> {
        let random = Arc::clone(&self.random);
        run(&self.at_once, move || {
            hash_password(&password, random.as_ref())
        })
        .await
    }

    /// Whether `password` is the one hashed; without a hash the same work is done and the answer is no.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn verify(
        &self,
        password: Secret,
        stored: Option<PasswordHash>,
    ) -> Result<bool, PasswordFault> {
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.nobody.clone());
        let same = run(&self.at_once, move || verify_password(&password, &hash)).await?;
        Ok(same && known)
    }
}

async fn run<T: Send + 'static>(
    at_once: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, CryptoError> + Send + 'static,
) -> Result<T, PasswordFault> {
    let permit = Arc::clone(at_once)
        .acquire_owned()
        .await
        .map_err(|_| PasswordFault::Interrupted)?;
    let done = spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    Ok(done
        .await
        .map_err(|_| PasswordFault::Interrupted)??)
}
