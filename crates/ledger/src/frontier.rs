//! Appending with logarithmic state.

use crate::{Hash, node_hash};

/// The right edge of a tree: the roots of its complete subtrees, largest first. That is all appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit set in `size`.
    subtrees: Vec<Hash>,
}

/// The number of subtrees does not fit the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves has {} complete subtrees, not {subtrees}", size.count_ones())]
pub struct FrontierInvalid {
    /// The size given.
    pub size: u64,
    /// The number of subtrees given.
    pub subtrees: usize,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree taken up again from its [`Frontier::size`] and [`Frontier::parts`].
    ///
    /// # Errors
    /// [`FrontierInvalid`] when the number of parts does not fit the size.
    pub fn from_parts(size: u64, parts: Vec<Hash>) -> Result<Self, FrontierInvalid> {
        if usize::try_from(size.count_ones()) != Ok(parts.len()) {
            let subtrees = parts.len();
            return Err(FrontierInvalid { size, subtrees });
        }
        Ok(Self {
            size,
            subtrees: parts,
        })
    }

    /// Appends a leaf's hash.
    pub fn push(&mut self, leaf: &Hash) {
        let mut hash = *leaf;
        // Adding one carries through the trailing ones; each carry joins two subtrees of equal size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(Hash::of_empty_tree)
    }

    /// Roots of the complete subtrees, largest first: what to keep, with the size.
    #[must_use]
    pub fn parts(&self) -> &[Hash] {
        &self.subtrees
    }
}
