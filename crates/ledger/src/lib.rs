//! The tamper-evident log's mathematics: a Merkle tree over salted commitments, and checkpoints of it under a signature.
//!
//! Pure: no files, no clock, and no idea of what is logged. Who keeps the leaves, and where checkpoints go, is the caller's.
//!
//! * The tree is that of RFC 6962 §2.1 and RFC 9162 §2.1: [`leaf_hash`], [`node_hash`], [`root`], [`inclusion_proof`],
//!   [`consistency_proof`] and their verifiers. [`Frontier`] appends with O(log n) state.
//! * A leaf's data is a [`commitment`] to an entry under a [`Salt`] of its own: the log can be public while entries are not,
//!   and an entry can be forgotten with its salt.
//! * A [`Checkpoint`] is a C2SP tlog-checkpoint in a C2SP signed note under Ed25519.
#![forbid(unsafe_code)]

mod checkpoint;
mod commitment;
mod frontier;
mod note;
mod proof;
mod tree;
mod verifier_key;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use commitment::{Salt, commitment};
pub use frontier::{Frontier, FrontierInvalid};
pub use note::NoteError;
pub use proof::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use tree::{Hash, leaf_hash, node_hash, root};
pub use verifier_key::VerifierKey;
