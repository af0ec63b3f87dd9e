//! The module: one for each C_Initialize.

mod card;
mod digest;
mod events;
mod login;
mod objects;
mod pin;
mod sessions;
mod sign;
mod slots;
mod verify;

use crate::{
    Fault, Learned, Settings,
    contents::{Contents, Wanted},
    place::{Generation, Generations, Place},
    session::{Session, Sessions},
};
use cryptoki_sys::CK_SESSION_HANDLE;
use events::Watch;
use shirushi_reader::{CardSource, Reader};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use login::User;
pub use sessions::{SessionInfo, SessionState};
pub use slots::{SlotInfo, TokenInfo};

/// The module, from C_Initialize to C_Finalize. Its functions may be called from many threads; a card does one thing at a
/// time, and nothing else waits for it.
///
/// Locks are taken in the order session's work → card → sessions → state of a place.
pub struct Module {
    source: Arc<dyn CardSource>,
    settings: Settings,
    learned: Arc<Learned>,
    generations: Generations,
    places: Mutex<Vec<Arc<Place>>>,
    sessions: Mutex<Sessions>,
    watch: Watch,
    listed: Mutex<Option<Vec<cryptoki_sys::CK_SLOT_ID>>>,
    /// How old a count of tries may be that is told in a token's flags.
    count_age: Duration,
}

/// How old a count of tries may be that is told in a token's flags: programs ask for those several times in a row.
const COUNT_AGE: Duration = Duration::from_secs(1);

/// What a function that gives bytes gives: a caller without a buffer asks for their number first, and that ends nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Produced {
    /// How many there will be.
    Length(usize),
    /// The bytes.
    Bytes(Vec<u8>),
}

impl Module {
    /// The module over these cards, in a process that has learned this of them.
    #[must_use]
    pub fn new(source: Arc<dyn CardSource>, settings: Settings, learned: Arc<Learned>) -> Self {
        Self {
            source,
            settings,
            learned,
            generations: Generations::default(),
            places: Mutex::default(),
            sessions: Mutex::default(),
            watch: Watch::default(),
            listed: Mutex::default(),
            count_age: COUNT_AGE,
        }
    }

    /// The same, with another age that a count of tries may have which is told in a token's flags; a second otherwise. What this module itself
    /// sends to a PIN ends that time at once.
    #[must_use]
    pub fn with_count_age(self, count_age: Duration) -> Self {
        Self { count_age, ..self }
    }

    /// C_Finalize: sessions end, PINs are wiped, and who waits for an event waits no longer.
    pub fn finish(&self) {
        self.watch.finish();
        *lock(&self.sessions) = Sessions::default();
        for place in self.places() {
            place.see(None, &self.generations);
        }
    }

    fn is_wanted(&self, reader: &Reader) -> bool {
        self.settings
            .reader
            .as_deref()
            .is_none_or(|part| reader.id.contains(part) || reader.name.en.contains(part))
    }

    /// Takes note of readers that are new or gone and of cards that are others; ends what belonged to them.
    fn refresh(&self) {
        // A source that cannot tell has none: pcscd may be started later.
        let mut readers = self
            .source
            .readers()
            .unwrap_or_default();
        self.watch.begin(&readers);
        readers.retain(|reader| self.is_wanted(reader));
        let places = {
            let mut places = lock(&self.places);
            for reader in &readers {
                if !places
                    .iter()
                    .any(|place| place.reader == reader.id)
                {
                    let index = places
                        .len()
                        .try_into()
                        .unwrap_or_default();
                    places.push(Arc::new(Place::new(reader, index)));
                }
            }
            places.clone()
        };
        for place in places {
            let reader = readers
                .iter()
                .find(|reader| reader.id == place.reader);
            place.see(reader, &self.generations);
        }
        lock(&self.sessions).sweep();
    }

    fn places(&self) -> Vec<Arc<Place>> {
        lock(&self.places).clone()
    }

    /// A session, by what was last seen of its card.
    fn session(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Session>, Fault> {
        lock(&self.sessions)
            .get(handle)
            .filter(|session| session.is_alive())
            .ok_or(Fault::SessionHandleInvalid)
    }

    /// A session whose card is in its reader now.
    fn session_now(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Session>, Fault> {
        let session = self.session(handle)?;
        self.refresh();
        match session.is_alive() {
            true => Ok(session),
            false => Err(Fault::DeviceRemoved),
        }
    }

    /// What the token of a session's card has been found to contain.
    fn contents_of(&self, session: &Session) -> Result<Arc<Contents>, Fault> {
        self.contents(
            &session.place,
            session.generation,
            session.credential,
            Wanted::default(),
        )
    }

    /// Logs a token out, in all its sessions.
    fn forget_login(&self, session: &Session) {
        // A card that is gone has taken its login with it.
        let _ = session.log_out();
        let sessions = lock(&self.sessions).all_with(&session.place, session.credential);
        for session in sessions {
            session.forget_private_work();
        }
    }
}

/// The value of a mutex; one that a panic left behind is as whole as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The stay of the card in a place, or that there is none.
fn generation(place: &Place) -> Result<Generation, Fault> {
    place
        .generation()
        .ok_or(Fault::TokenNotPresent)
}
