//! Another service, as it is reached from here.

use crate::{Base, Call, Lost, Near, NotMade, answer};
use reqwest::RequestBuilder;
use shirushi_contract::{Endpoint, Method};
use shirushi_crypto::Secret;
use std::time::Duration;

/// Longest wait for a peer that is only asked whether it is there.
const REACH: Duration = Duration::from_secs(5);
/// As much of its answer is taken.
const REACHED: usize = 64 * 1024;

/// A service of this house: where it is, and the client that it knows us by. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Peer {
    near: Near,
    base: Base,
}

impl Peer {
    /// The service at `base`, asked through `near`.
    #[must_use]
    pub fn new(near: Near, base: Base) -> Self {
        Self { near, base }
    }

    /// The service at `http://host:port`, whose answers are waited for so long, which asks for nothing more.
    ///
    /// # Errors
    /// [`NotMade`].
    pub fn plain(base: &str, patience: Duration) -> Result<Self, NotMade> {
        Ok(Self::new(Near::new(patience)?, Base::read(base)?))
    }

    /// The same, which knows this client by `token`.
    ///
    /// # Errors
    /// [`NotMade`].
    pub fn bearing(base: &str, patience: Duration, token: &Secret) -> Result<Self, NotMade> {
        Ok(Self::new(
            Near::bearing(patience, token)?,
            Base::read(base)?,
        ))
    }

    /// Whether it is there, is who it should be, and lets this client in: whatever it answers, it does.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn reach(&self) -> Result<(), Lost> {
        match answer(self.get("/").timeout(REACH), REACHED).await {
            Ok(_) | Err(Lost::TooLarge { .. }) => Ok(()),
            Err(lost) => Err(lost),
        }
    }

    /// A question for `endpoint`, with these in place of the names in its path.
    pub fn call<Q, A>(&self, endpoint: &Endpoint<Q, A>, names: &[&str]) -> Call<Q, A> {
        let path = endpoint.path(names);
        Call::new(match endpoint.about.method {
            Method::Get => self.get(&path),
            Method::Post => self.post(&path),
        })
    }

    /// A GET of `path`, which begins with a slash.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.near.get(self.base.at(path))
    }

    /// A POST to `path`, which begins with a slash.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.near.post(self.base.at(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_cannot_be_sent_is_refused_and_none_is_shown() {
        let peer = |token: &[u8]| {
            Peer::bearing(
                "http://127.0.0.1:8101/",
                Duration::from_secs(1),
                &Secret::from(token),
            )
        };
        let fits = peer(b"token-in-order").unwrap();
        assert!(!format!("{fits:?}").contains("token-in-order"));
        assert!(matches!(peer(b"token-in\r\ndisorder"), Err(NotMade::Token)));
        let nowhere = Peer::plain("https://127.0.0.1", Duration::from_secs(1));
        assert!(matches!(nowhere, Err(NotMade::Base(_))));
    }
}
