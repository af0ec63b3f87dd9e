//! Proofs that a leaf is in a tree (RFC 9162 §2.1.3) and that a tree only grew (RFC 9162 §2.1.4).

use crate::{Hash, node_hash, root, tree::split};

/// The audit path of the leaf at `index` (from 0), from the leaf upwards (RFC 9162 §2.1.3.1). None if there is no such leaf.
#[must_use]
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let mut index = usize::try_from(index).ok()?;
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let mut tree = leaves;
    while tree.len() > 1 {
        let (left, right) = tree.split_at(split(tree.len()));
        if index < left.len() {
            path.push(root(right));
            tree = left;
        } else {
            path.push(root(left));
            index -= left.len();
            tree = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows that `leaf` stands at `index` of the tree with this size and root (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut node = index;
    let mut last = size - 1;
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // A node without a right sibling rises unchanged.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The proof that the tree over the first `old_size` of these leaves is the beginning of the whole (RFC 9162 §2.1.4.1). It is
/// empty for the empty tree and for the whole one. None if `old_size` is larger than the tree.
#[must_use]
pub fn consistency_proof(leaves: &[Hash], old_size: u64) -> Option<Vec<Hash>> {
    let old = usize::try_from(old_size).ok()?;
    if old > leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    if old > 0 {
        subproof(leaves, old, true, &mut path);
    }
    Some(path)
}

/// Whether `proof` shows that the tree of `new_size` begins with the tree of `old_size` (RFC 9162 §2.1.4.2). Every tree
/// begins with the empty one; equal sizes need equal roots.
#[must_use]
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size == 0 {
        let empty = Hash::of_empty_tree();
        let new_fits = new_size > 0 || *new_root == empty;
        return proof.is_empty() && *old_root == empty && new_fits;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size > new_size {
        return false;
    }
    // A complete old tree is a node of the new one; its root is not sent again.
    let whole = old_size.is_power_of_two();
    let mut path = whole
        .then_some(old_root)
        .into_iter()
        .chain(proof);
    let Some(&start) = path.next() else {
        return false;
    };
    let mut node = old_size - 1;
    let mut last = new_size - 1;
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (start, start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old == *old_root && new == *new_root
}

/// SUBPROOF of RFC 9162 §2.1.4.1; `known` says that the verifier has this subtree's root.
fn subproof(tree: &[Hash], old: usize, known: bool, path: &mut Vec<Hash>) {
    if old == tree.len() {
        if !known {
            path.push(root(tree));
        }
        return;
    }
    let (left, right) = tree.split_at(split(tree.len()));
    if old <= left.len() {
        subproof(left, old, known, path);
        path.push(root(right));
    } else {
        subproof(right, old - left.len(), false, path);
        path.push(root(left));
    }
}
