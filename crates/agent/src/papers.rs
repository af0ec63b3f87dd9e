//! Files that the owner is about to sign, as the agent keeps them: by name, size and digest. Their contents stay where they are.

use crate::own::City;
use shirushi_clock::Instant;
use shirushi_signature::ContentDigests;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long one is kept, in seconds.
const SECONDS: i64 = 30 * 60;
/// How many are kept; the oldest gives way, for whoever still wants it chooses the file again.
const MOST: usize = 32;

/// A file that is to be signed.
#[derive(Debug)]
pub(crate) struct Paper {
    /// Random; names it in addresses and in the history.
    pub(crate) id: String,
    /// Hash of the session of the browser that brought it.
    browser: [u8; 32],
    /// What the file is called, without a folder.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Of what is in it.
    pub(crate) digests: ContentDigests,
    began_at: Instant,
    /// Held by who works on it: of two tabs, one does.
    pub(crate) work: tokio::sync::Mutex<()>,
    signature: Mutex<Option<Arc<Signed>>>,
}

/// A file's signature.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The container in DER.
    pub(crate) cms: Vec<u8>,
    /// Whether the history tells that it was made; that it was asked for stands there in any case.
    pub(crate) is_recorded: bool,
    /// Whether the policy of the signer's certificate is none that is known.
    pub(crate) is_unlisted: bool,
    /// The sandbox city by whose time it was signed.
    pub(crate) city: City,
}

impl Paper {
    pub(crate) fn new(
        id: String,
        browser: [u8; 32],
        name: String,
        size: u64,
        digests: ContentDigests,
        began_at: Instant,
    ) -> Self {
        Self {
            id,
            browser,
            name,
            size,
            digests,
            began_at,
            work: tokio::sync::Mutex::default(),
            signature: Mutex::default(),
        }
    }

    /// The signature, once it is made.
    pub(crate) fn signature(&self) -> Option<Arc<Signed>> {
        lock(&self.signature).clone()
    }

    pub(crate) fn signed(&self, signed: Signed) {
        *lock(&self.signature) = Some(Arc::new(signed));
    }

    /// What the signature's file is called: as `shirushi sign` calls it.
    pub(crate) fn signature_name(&self) -> String {
        format!("{}.p7s", self.name)
    }
}

/// The files that are about to be signed.
#[derive(Debug, Default)]
pub(crate) struct Papers(Mutex<Vec<Arc<Paper>>>);

impl Papers {
    pub(crate) fn keep(&self, paper: Paper) -> Arc<Paper> {
        let paper = Arc::new(paper);
        let mut kept = lock(&self.0);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Arc::clone(&paper));
        paper
    }

    /// That of this id, for the browser that brought it.
    pub(crate) fn find(&self, id: &str, browser: &[u8; 32], now: Instant) -> Option<Arc<Paper>> {
        let mut kept = lock(&self.0);
        kept.retain(|paper| paper.began_at.plus_seconds(SECONDS) >= now);
        kept.iter()
            .find(|paper| paper.id == id && paper.browser == *browser)
            .cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(id: &str, browser: u8, at: Instant) -> Paper {
        let digests = ContentDigests::of(b"a");
        Paper::new(id.to_owned(), [browser; 32], "a".to_owned(), 1, digests, at)
    }

    #[test]
    fn a_file_is_its_browsers_for_half_an_hour_and_the_oldest_gives_way() {
        let start = Instant::from_unix(1_900_000_000).unwrap();
        let papers = Papers::default();
        papers.keep(paper("first", 1, start));
        assert!(
            papers
                .find("first", &[1; 32], start)
                .is_some()
        );
        assert!(
            papers
                .find("first", &[2; 32], start)
                .is_none()
        );
        for n in 1..MOST {
            papers.keep(paper(&n.to_string(), 1, start));
        }
        assert!(
            papers
                .find("first", &[1; 32], start)
                .is_some()
        );
        papers.keep(paper("last", 1, start));
        assert!(
            papers
                .find("first", &[1; 32], start)
                .is_none()
        );
        let end = start.plus_seconds(SECONDS);
        assert!(
            papers
                .find("last", &[1; 32], end)
                .is_some()
        );
        assert!(
            papers
                .find("last", &[1; 32], end.plus_seconds(1))
                .is_none()
        );
    }
}
