//! Lists of the past (Law 16):
//!
//! * each that was published can be made again, byte for byte, over revocations, the ends of certificates, dates set back and restarts;
//! * so can those that were kept whole before lists were told by their place;
//! * what is kept for a list does not grow with the list; a changed record is noticed.

use crate::{
    bench::{Bench, DATABASE, address, held, list_key},
    people::{application, date, of_kind, request},
};
use shirushi_authority::{AuthorityError, ListKey, MIGRATIONS};
use shirushi_clock::Clock as _;
use shirushi_profile::{
    CertificateKind,
    CertificateKind::{Authentication, Signature},
    CrlScope, MUNICIPALITIES,
};
use shirushi_store::{Row, Store, Value};
use std::{collections::BTreeMap, path::Path};

const HOUR: i64 = 60 * 60;

/// Everything that was ever published.
#[derive(Default)]
struct Archive(BTreeMap<(ListKey, i64), Vec<u8>>);

impl Archive {
    async fn publish(&mut self, bench: &Bench) {
        let round = bench
            .authority
            .publish_due()
            .await
            .unwrap();
        assert!(round.refused.is_empty(), "{:?}", round.refused);
        for key in bench.authority.list_keys() {
            let list = bench.authority.list(&key).unwrap().list;
            let number = i64::try_from(list.number().unwrap()).unwrap();
            self.0
                .insert((key, number), list.der().to_vec());
        }
    }

    async fn check(&self, bench: &Bench) {
        for ((key, number), der) in &self.0 {
            let again = bench
                .authority
                .past_list(key, *number)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(again, *der, "{key:?} {number}");
        }
    }
}

#[tokio::test]
async fn hundreds_of_lists_are_made_again_byte_for_byte() {
    let mut bench = Bench::new().await;
    let mut archive = Archive::default();
    archive.publish(&bench).await;
    for step in 1..=30_u32 {
        let mut wanted = application(step);
        if step.is_multiple_of(3) && step < 20 {
            // Ends by itself while the lists go on.
            wanted.card.valid_until = date(2030, 4, 12);
        }
        if step.is_multiple_of(4) {
            wanted = of_kind(wanted, Authentication);
        }
        bench.issue(&wanted).await.unwrap();
        let mut ended = request(step);
        if step.is_multiple_of(5) {
            ended.kinds = vec![Signature];
        }
        bench.revoke(&ended).await.unwrap();
        archive.publish(&bench).await;
        bench.seams.advance(11 * HOUR);
        archive.publish(&bench).await;
        match step {
            10 | 20 => bench = bench.restart().await,
            // A clock that is ahead for one revocation, and then right again.
            15 => {
                bench.seams.advance(50 * 24 * HOUR);
                let mut late = application(100);
                late.card.valid_until = date(2040, 4, 1);
                bench.issue(&late).await.unwrap();
                bench
                    .revoke(&request(100))
                    .await
                    .unwrap();
                archive.publish(&bench).await;
                bench.seams.advance(-50 * 24 * HOUR);
                // Nothing is issued until the operator says that the clock is right.
                bench
                    .authority
                    .accept_clock()
                    .await
                    .unwrap();
                archive.publish(&bench).await;
            }
            _ => {}
        }
    }
    assert!(archive.0.len() > 200, "{}", archive.0.len());
    archive.check(&bench).await;
    let bench = bench.restart().await;
    archive.check(&bench).await;
    let none = bench
        .authority
        .past_list(&list_key(Signature, None), 9999)
        .await;
    assert!(matches!(none, Ok(None)));
}

#[tokio::test]
async fn a_list_takes_the_same_room_however_long_it_is_and_a_changed_record_is_noticed() {
    let bench = Bench::new().await;
    let mut archive = Archive::default();
    for resident in 1..=12 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
        archive.publish(&bench).await;
    }
    let sizes: Vec<i64> = bench
        .store
        .rows(
            "SELECT length(signature) + length(sha256) + length(tbs_hash) AS n FROM lists",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.integer("n").unwrap())
        .collect();
    assert!(
        sizes
            .iter()
            .all(|size| *size == sizes[0])
    );
    let frames = bench
        .count("SELECT count(*) AS n FROM list_frames")
        .await;
    assert_eq!(
        usize::try_from(frames).unwrap(),
        bench.authority.list_keys().len()
    );
    archive.check(&bench).await;
    bench
        .tamper(
            "UPDATE revocations SET reason = 'superseded' WHERE kind = 'signature'",
            &[],
        )
        .await;
    let damaged = bench
        .authority
        .past_list(&list_key(Signature, None), 5)
        .await;
    assert!(matches!(
        damaged,
        Err(AuthorityError::Damaged { what: "list" })
    ));
}

#[tokio::test]
async fn lists_kept_whole_stay_and_are_followed() {
    let bench = Bench::new().await;
    let mut archive = Archive::default();
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
        archive.publish(&bench).await;
    }
    // There was no list of authorities then.
    archive
        .0
        .retain(|(key, _), _| key.scope != CrlScope::Authorities);
    let folder = tempfile::tempdir().unwrap();
    leave_as_before(folder.path(), &bench, &archive).await;
    let bench = Bench::at(folder.path(), held(), bench.seams.now()).await;
    assert_eq!(
        bench
            .count("SELECT max(position) AS n FROM revocation_order WHERE redated_to IS NULL")
            .await,
        6
    );
    // They are fresh, so only what is new is made; a revocation makes the next number.
    let round = bench
        .authority
        .publish_due()
        .await
        .unwrap();
    assert_eq!((round.published, round.refused.len()), (2, 0));
    bench
        .issue(&application(4))
        .await
        .unwrap();
    bench.revoke(&request(4)).await.unwrap();
    archive.publish(&bench).await;
    for kind in CertificateKind::ALL {
        let list = bench
            .crl(kind, Some(&MUNICIPALITIES[0]))
            .await
            .unwrap();
        assert_eq!((list.number(), list.len()), (Some(4), 4));
    }
    archive.check(&bench).await;
}

type Read = fn(&Row, &str) -> Value;
type Column = (&'static str, Read);

const TEXT: Read = |row, column| row.text(column).unwrap().into();
const INTEGER: Read = |row, column| row.integer(column).unwrap().into();
const BYTES: Read = |row, column| row.bytes(column).unwrap().into();

/// What the first version kept of the certificates and their ends, and the log that tells of them.
const KEPT: [(&str, &str, &[Column]); 6] = [
    (
        "SELECT * FROM officers",
        "INSERT INTO officers (name, municipality, key_identifier, public_key, enrolled_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            ("name", TEXT),
            ("municipality", TEXT),
            ("key_identifier", TEXT),
            ("public_key", BYTES),
            ("enrolled_at", INTEGER),
        ],
    ),
    (
        "SELECT * FROM intents",
        "INSERT INTO intents (serial, application, resident, kind, municipality, not_after, tbs_hash, made_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            ("serial", TEXT),
            ("application", TEXT),
            ("resident", TEXT),
            ("kind", TEXT),
            ("municipality", TEXT),
            ("not_after", INTEGER),
            ("tbs_hash", BYTES),
            ("made_at", INTEGER),
            ("state", TEXT),
        ],
    ),
    (
        "SELECT * FROM certificates",
        "INSERT INTO certificates
         (serial, kind, resident, municipality, application, register_sequence, not_before, not_after, der, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            ("serial", TEXT),
            ("kind", TEXT),
            ("resident", TEXT),
            ("municipality", TEXT),
            ("application", TEXT),
            ("register_sequence", INTEGER),
            ("not_before", INTEGER),
            ("not_after", INTEGER),
            ("der", BYTES),
            ("state", TEXT),
        ],
    ),
    (
        "SELECT * FROM revocations",
        "INSERT INTO revocations (serial, kind, municipality, revoked_at, reason, not_after)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            ("serial", TEXT),
            ("kind", TEXT),
            ("municipality", TEXT),
            ("revoked_at", INTEGER),
            ("reason", TEXT),
            ("not_after", INTEGER),
        ],
    ),
    (
        "SELECT * FROM log",
        "INSERT INTO log (position, salt, entry, leaf) VALUES ($1, $2, $3, $4)",
        &[
            ("position", INTEGER),
            ("salt", BYTES),
            ("entry", BYTES),
            ("leaf", BYTES),
        ],
    ),
    (
        "SELECT * FROM log_frontier",
        "INSERT INTO log_frontier (id, size, parts) VALUES ($1, $2, $3)",
        &[("id", INTEGER), ("size", INTEGER), ("parts", BYTES)],
    ),
];

/// A database of the version before lists were told by their place, with what this bench has issued, ended and published.
async fn leave_as_before(folder: &Path, bench: &Bench, archive: &Archive) {
    // Officers and register keep their keys.
    for file in std::fs::read_dir(bench.folder()).unwrap() {
        let (path, name) = file
            .map(|file| (file.path(), file.file_name()))
            .unwrap();
        if !name
            .to_string_lossy()
            .starts_with(DATABASE)
        {
            std::fs::copy(path, folder.join(name)).unwrap();
        }
    }
    let store = Store::open(&address(folder), &MIGRATIONS[..1])
        .await
        .unwrap();
    let mut transaction = store.begin().await.unwrap();
    for (select, insert, columns) in KEPT {
        for row in bench
            .store
            .rows(select, &[])
            .await
            .unwrap()
        {
            let values: Vec<Value> = columns
                .iter()
                .map(|(column, read)| read(&row, column))
                .collect();
            transaction
                .execute(insert, &values)
                .await
                .unwrap();
        }
    }
    for ((key, number), der) in &archive.0 {
        transaction
            .execute(
                "INSERT INTO crls (kind, scope, number, this_update, next_update, entries, tbs_hash, der)
                 VALUES ($1, $2, $3, 0, 0, 0, $4, $4)",
                &[
                    key.kind.to_string().into(),
                    key.scope.to_string().into(),
                    (*number).into(),
                    der.clone().into(),
                ],
            )
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    store.close().await;
}
