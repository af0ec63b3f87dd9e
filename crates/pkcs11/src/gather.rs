//! Data that come in pieces, up to what is signed of them.

use crate::{
    Fault,
    mechanism::{MOST_RAW, Scheme, digest_info},
};
use shirushi_crypto::{DigestAlgorithm, Hasher};

/// What is signed or verified, so far.
pub(crate) enum Gather {
    Raw(Vec<u8>),
    Digest(DigestAlgorithm, Hasher),
}

impl Gather {
    pub(crate) fn new(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Raw => Self::Raw(Vec::new()),
            Scheme::Digest(algorithm) => Self::Digest(algorithm, algorithm.start()),
        }
    }

    /// Takes the next piece.
    pub(crate) fn update(&mut self, piece: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Raw(data) if data.len() + piece.len() > MOST_RAW => {
                return Err(Fault::DataLenRange);
            }
            Self::Raw(data) => data.extend_from_slice(piece),
            Self::Digest(_, hasher) => hasher.update(piece),
        }
        Ok(())
    }

    /// What the card pads and signs.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Raw(data) => data,
            Self::Digest(algorithm, hasher) => digest_info(algorithm, &hasher.finish()),
        }
    }
}
