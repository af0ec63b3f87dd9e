//! What must hold of the tree and its proofs:
//!
//! * the hashes, paths and proofs are those of the known answers of RFC 6962's reference tests;
//! * the frontier has the same root as the whole tree, also when taken up again half-way;
//! * every proof of every tree up to 300 leaves verifies, and none with anything changed.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use proptest::prelude::*;
use shirushi_ledger::{
    Frontier, Hash, consistency_proof, inclusion_proof, leaf_hash, node_hash, root,
    verify_consistency, verify_inclusion,
};

/// The leaves of the reference tests of Certificate Transparency.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots of the trees over their first 0, 1, … 8.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_the_reference_tests() {
    let leaves = reference_leaves();
    let mut frontier = Frontier::new();
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(hex::encode(root(&leaves[..size]).0), *expected, "{size}");
        assert_eq!(hex::encode(frontier.root().0), *expected, "{size}");
        if let Some(leaf) = leaves.get(size) {
            frontier.push(leaf);
        }
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_reference_tests() {
    let cases: [(u64, usize, &[&str]); 4] = [
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    let leaves = reference_leaves();
    for (index, size, expected) in cases {
        let proof = inclusion_proof(&leaves[..size], index).unwrap();
        assert_eq!(texts(&proof), expected, "leaf {index} of {size}");
    }
}

#[test]
fn consistency_proofs_are_those_of_the_reference_tests() {
    let cases: [(u64, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    let leaves = reference_leaves();
    for (old, size, expected) in cases {
        let proof = consistency_proof(&leaves[..size], old).unwrap();
        assert_eq!(texts(&proof), expected, "{old} in {size}");
    }
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_and_every_growth_too() {
    let leaves = numbered_leaves(64, 0);
    for size in 0..=64 {
        let tree = &leaves[..size];
        let new_root = root(tree);
        let new_size = size as u64;
        for index in 0..new_size {
            let leaf = &tree[index as usize];
            let proof = inclusion_proof(tree, index).unwrap();
            assert!(verify_inclusion(leaf, index, new_size, &proof, &new_root));
        }
        for old in 0..=new_size {
            let old_root = root(&leaves[..old as usize]);
            let proof = consistency_proof(tree, old).unwrap();
            assert!(
                verify_consistency(old, &old_root, new_size, &new_root, &proof),
                "{old} in {size}"
            );
            // A root does not bind its size, but twice the size needs a longer path.
            let doubled = 2 * new_size;
            assert!(
                old == 0 || !verify_consistency(old, &old_root, doubled, &new_root, &proof),
                "{old} in {doubled}"
            );
        }
    }
}

#[test]
fn proofs_for_what_is_not_there_are_neither_made_nor_accepted() {
    let leaves = numbered_leaves(5, 0);
    assert_eq!(inclusion_proof(&leaves, 5), None);
    assert_eq!(inclusion_proof(&[], 0), None);
    assert_eq!(consistency_proof(&leaves, 6), None);
    let whole = root(&leaves);
    assert!(!verify_inclusion(&leaves[0], 0, 0, &[], &leaves[0]));
    assert!(!verify_inclusion(
        &leaves[0],
        u64::MAX,
        u64::MAX,
        &[],
        &whole
    ));
    assert!(!verify_consistency(6, &whole, 5, &whole, &[]));
    assert!(!verify_consistency(3, &whole, 5, &whole, &[]));
    // The empty tree begins every tree, but it has one root.
    assert!(verify_consistency(0, &root(&[]), 5, &whole, &[]));
    assert!(!verify_consistency(0, &whole, 5, &whole, &[]));
    assert!(!verify_consistency(0, &root(&[]), 0, &whole, &[]));
}

#[test]
fn sizes_at_the_end_of_the_range_do_not_overflow() {
    let hash = leaf_hash(b"a");
    let long = vec![hash; 70];
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        assert!(!verify_inclusion(&hash, size - 1, size, &long, &hash));
        assert!(!verify_consistency(size - 1, &hash, size, &hash, &long));
        assert!(!verify_consistency(1, &hash, size, &hash, &long));
    }
}

#[test]
fn a_leaf_cannot_be_passed_off_as_a_node() {
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let as_data = [a.0, b.0].concat();
    assert_ne!(leaf_hash(&as_data), node_hash(&a, &b));
}

#[test]
fn a_frontier_refuses_parts_that_do_not_fit_its_size() {
    let hash = leaf_hash(b"a");
    let refused = Frontier::from_parts(5, vec![hash]).unwrap_err();
    assert_eq!((refused.size, refused.subtrees), (5, 1));
    assert!(Frontier::from_parts(0, vec![hash]).is_err());
    assert!(Frontier::from_parts(5, vec![hash, hash]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frontier_taken_up_again_goes_on_as_if_never_put_down(size in 0_usize..=300, cut in 0_usize..=300) {
        let leaves = numbered_leaves(size, 7);
        let cut = cut.min(size);
        let mut frontier = Frontier::new();
        leaves[..cut].iter().for_each(|leaf| frontier.push(leaf));
        let mut again = Frontier::from_parts(frontier.size(), frontier.parts().to_vec()).unwrap();
        leaves[cut..].iter().for_each(|leaf| again.push(leaf));
        prop_assert_eq!(again.size(), size as u64);
        prop_assert_eq!(again.root(), root(&leaves));
    }

    #[test]
    fn an_inclusion_proof_holds_as_it_is_and_not_with_anything_changed(
        size in 1_usize..=300,
        index in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let leaves = numbered_leaves(size, seed);
        let index = index.index(size);
        let (leaf, whole) = (leaves[index], root(&leaves));
        let (index, size) = (index as u64, size as u64);
        let proof = inclusion_proof(&leaves, index).unwrap();
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &whole));
        for changed in flips(&leaf) {
            prop_assert!(!verify_inclusion(&changed, index, size, &proof, &whole));
        }
        for changed in flips(&whole) {
            prop_assert!(!verify_inclusion(&leaf, index, size, &proof, &changed));
        }
        for changed in changed_paths(&proof) {
            prop_assert!(!verify_inclusion(&leaf, index, size, &changed, &whole));
        }
        for other in (0..size).filter(|&other| other != index) {
            prop_assert!(!verify_inclusion(&leaf, other, size, &proof, &whole));
        }
    }

    #[test]
    fn a_consistency_proof_holds_as_it_is_and_not_with_anything_changed(
        size in 2_usize..=300,
        old in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let leaves = numbered_leaves(size, seed);
        let old = 1 + old.index(size - 1);
        let (old_root, new_root) = (root(&leaves[..old]), root(&leaves));
        let (old, size) = (old as u64, size as u64);
        let proof = consistency_proof(&leaves, old).unwrap();
        prop_assert!(verify_consistency(old, &old_root, size, &new_root, &proof));
        for changed in flips(&old_root) {
            prop_assert!(!verify_consistency(old, &changed, size, &new_root, &proof));
        }
        for changed in flips(&new_root) {
            prop_assert!(!verify_consistency(old, &old_root, size, &changed, &proof));
        }
        for changed in changed_paths(&proof) {
            prop_assert!(!verify_consistency(old, &old_root, size, &new_root, &changed));
        }
    }

    #[test]
    fn a_log_that_rewrote_a_leaf_cannot_prove_that_it_grew(
        size in 2_usize..=300,
        old in any::<prop::sample::Index>(),
        rewritten in any::<prop::sample::Index>(),
    ) {
        let leaves = numbered_leaves(size, 1);
        let old = 1 + old.index(size - 1);
        let mut forged = leaves.clone();
        forged[rewritten.index(old)] = leaf_hash(b"rewritten");
        let old_root = root(&leaves[..old]);
        let proof = consistency_proof(&forged, old as u64).unwrap();
        prop_assert!(!verify_consistency(old as u64, &old_root, size as u64, &root(&forged), &proof));
    }
}

fn reference_leaves() -> Vec<Hash> {
    LEAVES
        .iter()
        .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
        .collect()
}

fn numbered_leaves(size: usize, seed: u64) -> Vec<Hash> {
    (0..size as u64)
        .map(|n| leaf_hash(&[seed.to_be_bytes(), n.to_be_bytes()].concat()))
        .collect()
}

fn texts(proof: &[Hash]) -> Vec<String> {
    proof
        .iter()
        .map(|hash| hex::encode(hash.0))
        .collect()
}

/// The hash with each of its bytes changed in turn.
fn flips(hash: &Hash) -> impl Iterator<Item = Hash> + use<> {
    let hash = *hash;
    (0..32).map(move |at| {
        let mut changed = hash;
        changed.0[at] ^= 1 << (at % 8);
        changed
    })
}

/// The path with each byte changed, one hash missing, one doubled, one more at either end, and two neighbours exchanged.
fn changed_paths(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut out = Vec::new();
    for at in 0..path.len() {
        for flipped in flips(&path[at]) {
            let mut changed = path.to_vec();
            changed[at] = flipped;
            out.push(changed);
        }
        let mut shorter = path.to_vec();
        shorter.remove(at);
        out.push(shorter);
        let mut doubled = path.to_vec();
        doubled.insert(at, path[at]);
        out.push(doubled);
        if at > 0 {
            let mut exchanged = path.to_vec();
            exchanged.swap(at - 1, at);
            out.push(exchanged);
        }
    }
    let more = leaf_hash(b"one more");
    out.push([&[more], path].concat());
    out.push([path, &[more]].concat());
    out
}
