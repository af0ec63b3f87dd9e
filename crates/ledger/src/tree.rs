//! Hashes of the tree (RFC 6962 §2.1, RFC 9162 §2.1.1, with SHA-256).

use shirushi_crypto::sha256;

/// A hash of the tree: of a leaf, an inner node or the root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of the tree without leaves: the hash of nothing.
    #[must_use]
    pub fn of_empty_tree() -> Self {
        Self(sha256(&[]))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hash of a leaf: SHA-256 of a zero byte and the data.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    // The first byte keeps a leaf from being passed off as a node (RFC 9162 §2.1.1, second preimages).
    Hash(sha256(&[&[0x00], data].concat()))
}

/// Hash of an inner node: SHA-256 of a one byte and the children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [0x01; 65];
    node[1..33].copy_from_slice(&left.0);
    node[33..].copy_from_slice(&right.0);
    Hash(sha256(&node))
}

/// Root of the tree over these leaf hashes.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `size` (which is at least 2): where a tree parts into left and right.
pub(crate) fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}
