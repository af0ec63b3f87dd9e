//! The log:
//!
//! * what is read back gives the root that the checkpoint states under the log's key, and no other key's;
//! * it only grows: each checkpoint's tree is the beginning of the next one's, and an entry can be shown to be in it;
//! * whatever is changed in it afterwards is found, except that a text may be forgotten;
//! * it can be read back while certificates are issued.

use crate::{
    audit::{audit, origin},
    bench::{BASE, Bench, held},
    people::{application, renewal, request},
};
use shirushi_authority::{AuthorityError, LogEntry};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_ledger::{
    Checkpoint, Hash, Salt, commitment, consistency_proof, inclusion_proof, leaf_hash,
    verify_consistency, verify_inclusion,
};
use shirushi_store::{Row, Value};

async fn rows(bench: &Bench) -> Vec<Row> {
    bench
        .store
        .rows(
            "SELECT position, salt, entry, leaf FROM log ORDER BY position",
            &[],
        )
        .await
        .unwrap()
}

async fn leaves(bench: &Bench) -> Vec<Hash> {
    rows(bench)
        .await
        .iter()
        .map(|row| {
            Hash(
                row.bytes("leaf")
                    .unwrap()
                    .try_into()
                    .unwrap(),
            )
        })
        .collect()
}

async fn checkpoint(bench: &Bench) -> Checkpoint {
    let text = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    Checkpoint::verify(&text, origin(&text), &held().log_key).unwrap()
}

/// A log with some history.
async fn with_history() -> Bench {
    let bench = Bench::new().await;
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    bench.issue(&renewal(1)).await.unwrap();
    bench.revoke(&request(2)).await.unwrap();
    audit(&bench).await;
    bench
}

#[tokio::test]
async fn the_checkpoint_states_what_is_read_back() {
    let bench = Bench::new().await;
    // The officers' enrolments.
    assert_eq!(checkpoint(&bench).await.size, 3);
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        let log = bench
            .authority
            .verify_log()
            .await
            .unwrap();
        let stated = checkpoint(&bench).await;
        assert_eq!((stated.size, stated.root), (log.size, log.root));
        assert_eq!(shirushi_ledger::root(&leaves(&bench).await), log.root);
    }
    assert_eq!(checkpoint(&bench).await.size, 9);
}

#[tokio::test]
async fn a_checkpoint_verifies_with_the_logs_key_and_no_other() {
    let bench = with_history().await;
    let text = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    assert!(
        bench
            .authority
            .checkpoint_is_ours(&text)
    );
    let name = origin(&text);
    assert!(BASE.ends_with(name.split_once('/').unwrap().0));
    let stated = Checkpoint::verify(&text, name, &held().log_key).unwrap();

    let stranger = SoftwareKey::generate(KeyKind::Ed25519).unwrap();
    assert!(Checkpoint::verify(&text, name, stranger.public_key()).is_err());
    let forged = stated.sign(name, &stranger).unwrap();
    assert!(
        !bench
            .authority
            .checkpoint_is_ours(&forged)
    );
    let size = format!("\n{}\n", stated.size);
    let grown = text.replacen(&size, &format!("\n{}\n", stated.size + 1), 1);
    assert_ne!(grown, text);
    assert!(
        !bench
            .authority
            .checkpoint_is_ours(&grown)
    );
    assert!(!bench.authority.checkpoint_is_ours(""));
}

#[tokio::test]
async fn the_log_only_grows() {
    let bench = Bench::new().await;
    let mut checkpoints = vec![checkpoint(&bench).await];
    for resident in 1..=4 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        checkpoints.push(checkpoint(&bench).await);
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
        checkpoints.push(checkpoint(&bench).await);
    }
    let bench = bench.restart().await;
    checkpoints.push(checkpoint(&bench).await);
    let leaves = leaves(&bench).await;
    let last = checkpoints.last().unwrap();
    assert!(
        checkpoints
            .windows(2)
            .all(|pair| pair[0].size <= pair[1].size)
    );
    for old in &checkpoints {
        let proof = consistency_proof(&leaves, old.size).unwrap();
        assert!(verify_consistency(
            old.size, &old.root, last.size, &last.root, &proof
        ));
    }
    for (index, leaf) in (0..).zip(&leaves) {
        let proof = inclusion_proof(&leaves, index).unwrap();
        assert!(verify_inclusion(leaf, index, last.size, &proof, &last.root));
    }
}

#[tokio::test]
async fn neither_names_nor_addresses_are_in_the_log() {
    let bench = with_history().await;
    for row in rows(&bench).await {
        let entry = String::from_utf8(row.bytes("entry").unwrap()).unwrap();
        for personal in ["印\u{3000}花子", "朱肉一丁目", "00000000001"] {
            assert!(!entry.contains(personal), "{entry}");
        }
    }
}

/// Something done to the log from outside.
struct Tampering {
    what: &'static str,
    sql: &'static [&'static str],
}

const TAMPERINGS: [Tampering; 12] = [
    Tampering {
        what: "a salt",
        sql: &["UPDATE log SET salt = leaf WHERE position = 5"],
    },
    Tampering {
        what: "a salt of another length",
        sql: &["UPDATE log SET salt = substr(leaf, 1, 31) WHERE position = 5"],
    },
    Tampering {
        what: "an entry",
        sql: &[
            "UPDATE log SET entry = (SELECT entry FROM log WHERE position = 6) WHERE position = 5",
        ],
    },
    Tampering {
        what: "the end of an entry",
        sql: &["UPDATE log SET entry = substr(entry, 1, length(entry) - 1) WHERE position = 5"],
    },
    Tampering {
        what: "a leaf",
        sql: &["UPDATE log SET leaf = salt WHERE position = 5"],
    },
    Tampering {
        what: "a leaf whose text is forgotten",
        sql: &["UPDATE log SET leaf = salt, salt = NULL, entry = NULL WHERE position = 5"],
    },
    Tampering {
        what: "the last row",
        sql: &["DELETE FROM log WHERE position = (SELECT max(position) FROM log)"],
    },
    Tampering {
        what: "a row in the middle",
        sql: &["DELETE FROM log WHERE position = 5"],
    },
    Tampering {
        what: "the first row",
        sql: &["DELETE FROM log WHERE position = 0"],
    },
    Tampering {
        what: "a row taken out and the others moved up",
        sql: &[
            "DELETE FROM log WHERE position = 5",
            "UPDATE log SET position = -position WHERE position > 5",
            "UPDATE log SET position = -position - 1 WHERE position < 0",
        ],
    },
    Tampering {
        what: "the order",
        sql: &[
            "UPDATE log SET position = -1 WHERE position = 5",
            "UPDATE log SET position = 5 WHERE position = 6",
            "UPDATE log SET position = 6 WHERE position = -1",
        ],
    },
    Tampering {
        what: "one row more",
        sql: &[
            "INSERT INTO log (position, leaf) SELECT position + 1, leaf FROM log ORDER BY position DESC LIMIT 1",
        ],
    },
];

/// Puts the log back as it was.
async fn restore(bench: &Bench, rows: &[Row]) {
    let values: Vec<Vec<Value>> = rows
        .iter()
        .map(|row| {
            vec![
                row.integer("position").unwrap().into(),
                row.optional_bytes("salt")
                    .unwrap()
                    .into(),
                row.optional_bytes("entry")
                    .unwrap()
                    .into(),
                row.bytes("leaf").unwrap().into(),
            ]
        })
        .collect();
    let mut transaction = bench.store.begin().await.unwrap();
    transaction
        .execute("DELETE FROM log", &[])
        .await
        .unwrap();
    transaction
        .insert_many(
            "INSERT INTO log (position, salt, entry, leaf) VALUES",
            &values,
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn is_damaged(bench: &Bench) -> bool {
    matches!(
        bench.authority.verify_log().await,
        Err(AuthorityError::Damaged { .. })
    )
}

#[tokio::test]
async fn whatever_is_changed_in_the_log_is_found() {
    let bench = with_history().await;
    let honest = rows(&bench).await;
    assert!(honest.len() > 12);
    for Tampering { what, sql } in TAMPERINGS {
        for statement in sql {
            assert!(
                bench.tamper(statement, &[]).await > 0,
                "{what}: {statement}"
            );
        }
        assert!(is_damaged(&bench).await, "{what} was changed and not found");
        restore(&bench, &honest).await;
        assert!(!is_damaged(&bench).await);
    }
}

#[tokio::test]
async fn an_entry_forged_with_a_commitment_of_its_own_gives_another_root() {
    let bench = with_history().await;
    let kept = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    let forged = br#"{"act":"officer-enrolled","officer":"nobody","key":"00","at":0}"#;
    let salt = Salt::from_bytes([7; 32]);
    let leaf = leaf_hash(&commitment(&salt, forged));
    bench
        .tamper(
            "UPDATE log SET salt = $1, entry = $2, leaf = $3 WHERE position = 5",
            &[
                Value::from([7; 32]),
                Value::from(forged.as_slice()),
                Value::from(leaf.0),
            ],
        )
        .await;
    assert!(is_damaged(&bench).await);
    // Even with a frontier to fit, the checkpoint that others have kept speaks against it.
    let mut frontier = shirushi_ledger::Frontier::new();
    for leaf in leaves(&bench).await {
        frontier.push(&leaf);
    }
    let parts: Vec<u8> = frontier
        .parts()
        .iter()
        .flat_map(|hash| hash.0)
        .collect();
    bench
        .tamper("UPDATE log_frontier SET parts = $1", &[parts.into()])
        .await;
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    let kept = Checkpoint::verify(&kept, origin(&kept), &held().log_key).unwrap();
    assert_eq!(log.size, kept.size);
    assert_ne!(log.root, kept.root);
}

#[tokio::test]
async fn a_frontier_that_does_not_fit_is_found() {
    let bench = with_history().await;
    bench
        .tamper("UPDATE log_frontier SET size = size - 1", &[])
        .await;
    assert!(is_damaged(&bench).await);
    bench
        .tamper("DELETE FROM log_frontier", &[])
        .await;
    assert!(is_damaged(&bench).await);
}

#[tokio::test]
async fn a_text_can_be_forgotten_and_the_log_stays_whole() {
    let bench = with_history().await;
    let before = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    bench
        .tamper(
            "UPDATE log SET salt = NULL, entry = NULL WHERE position = 5",
            &[],
        )
        .await;
    let after = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    assert_eq!((after.size, after.root), (before.size, before.root));
    assert_eq!(after.entries.len(), before.entries.len() - 1);
    bench
        .issue(&application(9))
        .await
        .unwrap();
    assert!(!is_damaged(&bench).await);
}

#[tokio::test]
async fn every_list_that_goes_out_is_in_the_log() {
    let bench = with_history().await;
    let list = bench
        .crl(shirushi_profile::CertificateKind::Signature, None)
        .await
        .unwrap();
    let digest = hex::encode(shirushi_crypto::sha256(list.der()));
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    assert!(log.entries.iter().any(|entry| matches!(
        entry,
        LogEntry::CrlPublished { crl, scope, number, .. }
            if *crl == digest && scope == "complete" && Some(number.unsigned_abs()) == list.number()
    )));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_can_be_read_back_while_certificates_are_issued() {
    let bench = Bench::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for resident in 0..60 {
        let (token, mut card) = bench
            .prepare(&application(resident))
            .await;
        let authority = bench.authority.clone();
        tasks.spawn(async move {
            crate::bench::personalise(&authority, &token, &mut card)
                .await
                .unwrap();
        });
    }
    let mut sizes = vec![3];
    while !tasks.is_empty() {
        let log = bench
            .authority
            .verify_log()
            .await
            .unwrap();
        sizes.push(log.size);
        while tasks.try_join_next().is_some() {}
    }
    assert!(sizes.is_sorted());
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    assert_eq!(log.size, 123);
}
