//! Sessions and the operations that are active in them.

use crate::{
    Fault,
    gather::Gather,
    learned::Fingerprint,
    place::{Generation, Given, Place},
};
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use shirushi_card::Credential;
use shirushi_crypto::{Hasher, PublicKey};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A session with one token of one card.
pub(crate) struct Session {
    pub(crate) place: Arc<Place>,
    pub(crate) credential: Credential,
    /// The card's stay that the session belongs to.
    pub(crate) generation: Generation,
    pub(crate) is_read_write: bool,
    work: Mutex<Work>,
}

/// The operations of a session, at most one of each kind.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) search: Option<VecDeque<CK_OBJECT_HANDLE>>,
    pub(crate) sign: Option<SignOperation>,
    pub(crate) verify: Option<VerifyOperation>,
    pub(crate) digest: Option<DigestOperation>,
}

pub(crate) struct SignOperation {
    pub(crate) gather: Gather,
    /// Whether C_SignUpdate was called.
    pub(crate) is_multipart: bool,
    /// Bytes of the signature.
    pub(crate) length: usize,
    /// The PIN given for this one signature (CKU_CONTEXT_SPECIFIC).
    pub(crate) given: Option<Given>,
}

pub(crate) struct VerifyOperation {
    pub(crate) gather: Gather,
    pub(crate) is_multipart: bool,
    pub(crate) length: usize,
    pub(crate) key: PublicKey,
}

pub(crate) struct DigestOperation {
    pub(crate) hasher: Hasher,
    pub(crate) is_multipart: bool,
    pub(crate) length: usize,
}

impl Session {
    pub(crate) fn new(
        place: Arc<Place>,
        credential: Credential,
        generation: Generation,
        is_read_write: bool,
    ) -> Self {
        Self {
            place,
            credential,
            generation,
            is_read_write,
            work: Mutex::default(),
        }
    }

    pub(crate) fn work(&self) -> MutexGuard<'_, Work> {
        self.work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the session's card is still in its reader.
    pub(crate) fn is_alive(&self) -> bool {
        self.place.generation() == Some(self.generation)
    }

    /// Whether the session is one with this token.
    pub(crate) fn is_with(&self, place: &Arc<Place>, credential: Credential) -> bool {
        Arc::ptr_eq(&self.place, place) && self.credential == credential
    }

    /// Whether the user is logged in.
    pub(crate) fn is_logged_in(&self) -> Result<bool, Fault> {
        self.place
            .with(self.generation, |inserted| {
                inserted
                    .token(self.credential)
                    .login
                    .is_some()
            })
    }

    /// Whether the log-in has shown that this PIN is right.
    pub(crate) fn has_accepted(&self, pin: &Fingerprint) -> Result<bool, Fault> {
        self.place
            .with(self.generation, |inserted| {
                inserted
                    .token(self.credential)
                    .has_accepted(pin)
            })
    }

    /// Ends what only the user may do. A session that is at work now will find that nobody is logged in.
    pub(crate) fn forget_private_work(&self) {
        if let Ok(mut work) = self.work.try_lock() {
            work.sign = None;
        }
    }

    /// Logs the user out of the session's token; the PIN is wiped.
    pub(crate) fn log_out(&self) -> Result<bool, Fault> {
        self.place
            .with(self.generation, |inserted| {
                inserted
                    .token(self.credential)
                    .login
                    .take()
                    .is_some()
            })
    }

    /// The tries left of the token's PIN have been counted.
    pub(crate) fn counted(&self, tries: u8) -> Result<(), Fault> {
        self.place
            .with(self.generation, |inserted| {
                inserted
                    .token(self.credential)
                    .counted(tries);
            })
    }

    /// A PIN is sent to the token.
    pub(crate) fn is_to_be_counted(&self) -> Result<(), Fault> {
        self.place
            .with(self.generation, |inserted| {
                inserted
                    .token(self.credential)
                    .is_to_be_counted();
            })
    }
}

/// All sessions of the process.
#[derive(Default)]
pub(crate) struct Sessions {
    open: BTreeMap<CK_SESSION_HANDLE, Arc<Session>>,
    last: CK_SESSION_HANDLE,
}

impl Sessions {
    pub(crate) fn add(&mut self, session: Session) -> CK_SESSION_HANDLE {
        self.last += 1;
        self.open
            .insert(self.last, Arc::new(session));
        self.last
    }

    pub(crate) fn get(&self, handle: CK_SESSION_HANDLE) -> Option<Arc<Session>> {
        self.open.get(&handle).cloned()
    }

    pub(crate) fn remove(&mut self, handle: CK_SESSION_HANDLE) -> Option<Arc<Session>> {
        self.open.remove(&handle)
    }

    /// Closes the sessions whose card is gone.
    pub(crate) fn sweep(&mut self) {
        self.open
            .retain(|_, session| session.is_alive());
    }

    /// Closes all sessions with a token.
    pub(crate) fn remove_with(&mut self, place: &Arc<Place>, credential: Credential) {
        self.open
            .retain(|_, session| !session.is_with(place, credential));
    }

    /// Sessions with a token, and how many of them are read/write.
    pub(crate) fn count(&self, place: &Arc<Place>, credential: Credential) -> (usize, usize) {
        let with = self
            .open
            .values()
            .filter(|session| session.is_with(place, credential));
        with.fold((0, 0), |(all, writing), session| {
            (all + 1, writing + usize::from(session.is_read_write))
        })
    }

    /// All sessions with a token.
    pub(crate) fn all_with(&self, place: &Arc<Place>, credential: Credential) -> Vec<Arc<Session>> {
        self.open
            .values()
            .filter(|session| session.is_with(place, credential))
            .cloned()
            .collect()
    }
}
