//! The machine's readers, through PC/SC.

mod abi;
mod api;
mod context;
mod held;
mod line;
mod t0;
mod traces;

use crate::{CardSource, Connection, Reader, ReaderError};
use abi::{Code, STATE_PRESENT};
use api::Api;
use context::{Context, Seen};
use line::Line;
use shirushi_rules::InBoth;
use std::{
    ffi::CString,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long one waits for another program that holds the card.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one wait of the service lasts. Whatever it does not tell is noticed at the end of it.
const SLICE: Duration = Duration::from_secs(1);

/// The machine's readers, through the PC/SC library. Cheap to clone; all clones are one.
///
/// In a child that was forked it can be used, but connections that were made before the fork cannot.
#[derive(Clone)]
pub struct Pcsc {
    api: Arc<Api>,
    watch: Arc<Mutex<Watch>>,
    line: Arc<Line>,
    patience: Duration,
}

/// The context through which readers are looked at.
#[derive(Default)]
struct Watch {
    context: Option<Context>,
    /// How often it was established: a service that has been started anew counts changes from the beginning.
    times: u64,
}

impl Pcsc {
    /// The PC/SC library of this system. That it can be loaded does not mean that the service runs.
    ///
    /// # Errors
    /// [`ReaderError::NoLibrary`].
    pub fn load() -> Result<Self, ReaderError> {
        Ok(Self::new(Api::load()?))
    }

    /// The PC/SC library at a path.
    ///
    /// # Errors
    /// [`ReaderError::NoLibrary`].
    pub fn load_from(path: &Path) -> Result<Self, ReaderError> {
        Ok(Self::new(Api::load_from(path.as_os_str())?))
    }

    /// The same, with other patience for programs that hold a card than five seconds.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn new(api: Api) -> Self {
        Self {
            api: Arc::new(api),
            watch: Arc::default(),
            line: Arc::default(),
            patience: PATIENCE,
        }
    }

    /// What the service tells of the readers, and how often it was started since.
    fn look(&self) -> Result<(Vec<Seen>, u64), ReaderError> {
        let mut watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = watch
            .context
            .as_ref()
            .filter(|context| context.is_ours())
        {
            match context.look() {
                Ok(seen) => return Ok((seen, watch.times)),
                Err(code) if code.is_of_a_dead_context() => (),
                Err(code) => return Err(ReaderError::of(code)),
            }
        }
        watch.context = None;
        let context = self.context()?;
        watch.times += 1;
        let seen = context
            .look()
            .map_err(ReaderError::of)?;
        watch.context = Some(context);
        Ok((seen, watch.times))
    }

    fn context(&self) -> Result<Context, ReaderError> {
        Context::establish(&self.api).map_err(ReaderError::of)
    }
}

impl CardSource for Pcsc {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        let (seen, times) = self.look()?;
        Ok(readers(&seen, times))
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        self.connect_within(reader, self.patience)
    }

    fn connect_within(&self, reader: &str, patience: Duration) -> Result<Connection, ReaderError> {
        let reader = CString::new(reader).map_err(|_| ReaderError::NoReader)?;
        let patience = patience.min(self.patience);
        let held = self
            .line
            .take(&reader, patience, || self.context())?;
        Ok(Box::new(held))
    }

    fn answer_to_reset(&self, reader: &str) -> Option<Vec<u8>> {
        let reader = CString::new(reader).ok()?;
        self.context()
            .ok()?
            .answer_to_reset(reader)
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let until = Instant::now() + patience;
        // One of its own, so that others can look meanwhile.
        let mut own: Option<(Context, u64)> = None;
        loop {
            let (seen, times) = self.look()?;
            let now = readers(&seen, times);
            let left = until.saturating_duration_since(Instant::now());
            if now != known || left.is_zero() {
                return Ok(now);
            }
            let context = match own.take() {
                Some((context, then)) if then == times => context,
                _ => self.context()?,
            };
            match context.wait(&seen, left.min(SLICE)) {
                Ok(()) => own = Some((context, times)),
                // The next look tells.
                Err(code) if code.is_of_a_dead_context() => (),
                Err(code) => return Err(ReaderError::of(code)),
            }
        }
    }
}

impl std::fmt::Debug for Pcsc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pcsc")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

fn readers(seen: &[Seen], times: u64) -> Vec<Reader> {
    let of = |(name, state): &Seen| {
        let name = name.to_string_lossy().into_owned();
        let comings = u64::from(u32::try_from(*state).unwrap_or_default() >> 16);
        Reader {
            id: name.clone(),
            name: InBoth {
                ja: name.clone(),
                en: name,
            },
            has_card: state & STATE_PRESENT != 0,
            changes: times << 16 | comings,
        }
    };
    seen.iter().map(of).collect()
}

impl ReaderError {
    /// What a code means for someone who wants to reach a card.
    fn of(code: Code) -> Self {
        match code {
            // SECURITY_VIOLATION is a newer pcscd's word for someone whom polkit does not let in.
            Code::NO_SERVICE | Code::SECURITY_VIOLATION => Self::NoService,
            Code::NO_READERS_AVAILABLE | Code::READER_UNAVAILABLE | Code::UNKNOWN_READER => {
                Self::NoReader
            }
            Code::NO_SMARTCARD | Code::REMOVED_CARD => Self::NoCard,
            Code::SHARING_VIOLATION => Self::Busy,
            // PROTO_MISMATCH is said of an answer to reset from which no protocol can be read.
            Code::PROTO_MISMATCH
            | Code::UNPOWERED_CARD
            | Code::UNRESPONSIVE_CARD
            | Code::UNSUPPORTED_CARD => Self::Mute,
            Code(code) => Self::Other { code },
        }
    }
}
