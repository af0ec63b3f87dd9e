//! What keeps a database from being taken back to an earlier state without anybody noticing.
//!
//! Each writing transaction moves a chain one link on: a counter, and a hash over the link before, the counter and everything the
//! transaction wrote. The chain stands in the database, and its newest link, signed, in a file beside it
//! ([`CheckpointFile`](crate::checkpoint_file)), which is on the disk before the commit returns. A database that is behind its file, or
//! has another link in the same place, is not the one that was left; taking it into service all the same begins a new *life*.

use crate::OpenFailure;
use shirushi_crypto::{DigestAlgorithm, Random, SigningKey};
use std::{fmt, path::Path, sync::Arc};

/// What a store is guarded with.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Signs the checkpoint (Ed25519).
    pub key: Arc<dyn SigningKey>,
    /// Names lives.
    pub random: Arc<dyn Random>,
    /// Whether a database that was taken back, forked or lost its checkpoint is taken into service all the same, with a new life.
    pub accept_restore: bool,
}

/// The name of one life of a database: from its founding, or from a restore that was accepted, to the next restore.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Life([u8; 16]);

impl Life {
    /// That of a store that is not guarded.
    pub const NONE: Self = Self([0; 16]);

    /// A life by its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn draw(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Life({self})")
    }
}

/// A place in a database's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// In which life.
    pub life: Life,
    /// Writing transactions so far, over all lives; what a restore took back is not counted again.
    pub counter: i64,
    /// The link of the chain there.
    pub head: [u8; 32],
}

/// The chain as it stands in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) at: Position,
    /// The link before.
    pub(crate) previous: [u8; 32],
}

impl Chain {
    /// The first link of a database's first life.
    pub(crate) fn founded(life: Life) -> Self {
        Self::after(life, 0, [0; 32], b"founded")
    }

    /// The first link of a life that begins after another one.
    pub(crate) fn begun(life: Life, counter: i64, previous: [u8; 32]) -> Self {
        Self::after(life, counter, previous, b"begun")
    }

    /// The link after `before`, for a transaction that wrote `written`.
    pub(crate) fn next(before: &Position, written: &[u8]) -> Self {
        Self::after(before.life, before.counter + 1, before.head, written)
    }

    fn after(life: Life, counter: i64, previous: [u8; 32], written: &[u8]) -> Self {
        let mut hasher = DigestAlgorithm::Sha256.start();
        hasher.update(b"shirushi-store link 1");
        hasher.update(life.as_bytes());
        hasher.update(&counter.to_be_bytes());
        hasher.update(&previous);
        hasher.update(written);
        let mut head = [0; 32];
        head.copy_from_slice(&hasher.finish());
        Self {
            at: Position {
                life,
                counter,
                head,
            },
            previous,
        }
    }
}

/// What a checkpoint file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) newest: Position,
    /// Whether one of its two places cannot be read.
    pub(crate) has_damage: bool,
}

/// What a database is to do about its chain when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has none yet, and no file either.
    Unfounded,
    /// File and database say the same.
    Level(Chain),
    /// The database is one link ahead: the process ended between the commit and the file. The file is to be written.
    OneAhead(Chain),
}

/// Whether the database is the one that was left.
pub(crate) fn judge(
    file: &Path,
    kept: Option<Kept>,
    chain: Option<Chain>,
) -> Result<Standing, OpenFailure> {
    let path = || file.to_owned();
    let (kept, chain) = match (kept, chain) {
        (None, None) => return Ok(Standing::Unfounded),
        // The process ended between the file and the first link, before anything was acknowledged.
        (Some(kept), None) if kept.newest.counter == 0 && !kept.has_damage => {
            return Ok(Standing::Unfounded);
        }
        (Some(kept), None) => {
            return Err(OpenFailure::RolledBack {
                file: path(),
                kept: kept.newest.counter,
                found: 0,
            });
        }
        (None, Some(_)) => return Err(OpenFailure::CheckpointMissing { file: path() }),
        (Some(kept), Some(chain)) => (kept, chain),
    };
    let (known, found) = (kept.newest, chain.at);
    if found.counter < known.counter {
        return Err(OpenFailure::RolledBack {
            file: path(),
            kept: known.counter,
            found: found.counter,
        });
    }
    if found.counter == known.counter + 1 && chain.previous == known.head {
        return Ok(Standing::OneAhead(chain));
    }
    if found != known {
        return Err(OpenFailure::Forked {
            file: path(),
            kept: known.counter,
            found: found.counter,
        });
    }
    // A place is written after the commit it tells of. One that was torn by the end of the process leaves the database one ahead of the
    // other; here it may have told of a commit that is no longer there.
    if kept.has_damage {
        return Err(OpenFailure::CheckpointDamaged { file: path() });
    }
    Ok(Standing::Level(chain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Chain {
        let life = Life::from_bytes([7; 16]);
        (0..length).fold(Chain::founded(life), |chain, n| {
            Chain::next(&chain.at, &n.to_be_bytes())
        })
    }

    fn kept(length: i64) -> Option<Kept> {
        Some(Kept {
            newest: chain(length).at,
            has_damage: false,
        })
    }

    fn judged(kept: Option<Kept>, chain: Option<Chain>) -> Result<Standing, OpenFailure> {
        judge(Path::new("/a/a.checkpoint"), kept, chain)
    }

    #[test]
    fn level_and_one_ahead_are_what_a_crash_can_leave() {
        let five = chain(5);
        assert!(matches!(judged(kept(5), Some(five)), Ok(Standing::Level(c)) if c == five));
        assert!(matches!(judged(kept(4), Some(five)), Ok(Standing::OneAhead(c)) if c == five));
        assert!(matches!(judged(None, None), Ok(Standing::Unfounded)));
        assert!(matches!(judged(kept(0), None), Ok(Standing::Unfounded)));
    }

    #[test]
    fn behind_ahead_by_more_forked_and_without_a_file_are_refused() {
        let five = chain(5);
        assert!(matches!(
            judged(kept(6), Some(five)),
            Err(OpenFailure::RolledBack {
                kept: 6,
                found: 5,
                ..
            })
        ));
        assert!(matches!(
            judged(kept(1), None),
            Err(OpenFailure::RolledBack {
                kept: 1,
                found: 0,
                ..
            })
        ));
        assert!(matches!(
            judged(kept(3), Some(five)),
            Err(OpenFailure::Forked {
                kept: 3,
                found: 5,
                ..
            })
        ));
        let other = Chain::next(&chain(4).at, b"another");
        assert!(matches!(
            judged(kept(5), Some(other)),
            Err(OpenFailure::Forked { .. })
        ));
        let not_its_next = Chain::next(&other.at, b"");
        assert!(matches!(
            judged(kept(5), Some(not_its_next)),
            Err(OpenFailure::Forked { .. })
        ));
        assert!(matches!(
            judged(None, Some(five)),
            Err(OpenFailure::CheckpointMissing { .. })
        ));
    }

    #[test]
    fn a_torn_place_is_believed_only_of_a_crash() {
        let torn = |length| {
            Some(Kept {
                newest: chain(length).at,
                has_damage: true,
            })
        };
        assert!(matches!(
            judged(torn(4), Some(chain(5))),
            Ok(Standing::OneAhead(_))
        ));
        assert!(matches!(
            judged(torn(5), Some(chain(5))),
            Err(OpenFailure::CheckpointDamaged { .. })
        ));
    }

    #[test]
    fn a_new_life_hangs_on_the_last_known_link() {
        let five = chain(5);
        let begun = Chain::begun(Life::from_bytes([8; 16]), 6, five.at.head);
        assert!(matches!(
            judged(kept(5), Some(begun)),
            Ok(Standing::OneAhead(_))
        ));
    }
}
