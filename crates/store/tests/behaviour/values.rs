//! Values, rows and batches.

use crate::databases::Fresh;
use shirushi_store::{StoreError, Value};

const INSERT: &str = "INSERT INTO thing (number, word, bytes) VALUES ($1, $2, $3)";
const SELECT: &str = "SELECT id, number, word, bytes FROM thing ORDER BY id";

pub(crate) async fn every_kind_comes_back_as_it_went_in(fresh: &Fresh) {
    let store = fresh.open().await;
    let things = [
        (0, "", vec![]),
        (i64::MAX, "印 '\"$1 ?", vec![0, 1, 255]),
        (i64::MIN, "𠮷野家\u{e0100}", vec![0; 100_000]),
        (1 << 31, "a\nb", b"text".to_vec()),
    ];
    let mut transaction = store.begin().await.unwrap();
    for (number, word, bytes) in &things {
        let touched = transaction
            .execute(
                INSERT,
                &[(*number).into(), (*word).into(), bytes.as_slice().into()],
            )
            .await
            .unwrap();
        assert_eq!(touched, 1);
    }
    transaction.commit().await.unwrap();
    let rows = store.rows(SELECT, &[]).await.unwrap();
    assert_eq!(rows.len(), things.len());
    for (at, (row, (number, word, bytes))) in rows.iter().zip(&things).enumerate() {
        // Numbers not given are given by the database, from 1.
        assert_eq!(row.integer("id").unwrap(), at as i64 + 1);
        assert_eq!(row.integer("number").unwrap(), *number);
        assert_eq!(row.text("word").unwrap(), *word);
        assert_eq!(row.bytes("bytes").unwrap(), *bytes);
    }
    let row = store
        .row(
            "SELECT EXISTS (SELECT 1 FROM thing WHERE number=$1) AS known, \
             CAST(sum(id) AS BIGINT) AS total, count(*) AS things FROM thing WHERE $1=$1",
            &[i64::MAX.into()],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.integer("known").unwrap(), 1);
    assert_eq!(row.integer("total").unwrap(), 10);
    assert_eq!(row.integer("things").unwrap(), 4);
    store.close().await;
}

pub(crate) async fn null_fits_every_type(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(INSERT, &[Value::Null, Value::Null, Value::Null])
        .await
        .unwrap();
    transaction
        .execute(
            INSERT,
            &[Some(7).into(), None::<String>.into(), Some(vec![7]).into()],
        )
        .await
        .unwrap();
    transaction
        .execute(
            "UPDATE thing SET word=$2, bytes=$1 WHERE number=$3",
            &[Value::Null, "seven".into(), 7.into()],
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let rows = store.rows(SELECT, &[]).await.unwrap();
    assert_eq!(
        rows[0]
            .optional_integer("number")
            .unwrap(),
        None
    );
    assert_eq!(rows[0].optional_text("word").unwrap(), None);
    assert_eq!(rows[0].optional_bytes("bytes").unwrap(), None);
    assert_eq!(
        rows[1]
            .optional_integer("number")
            .unwrap(),
        Some(7)
    );
    assert_eq!(
        rows[1]
            .optional_text("word")
            .unwrap()
            .as_deref(),
        Some("seven")
    );
    assert_eq!(rows[1].optional_bytes("bytes").unwrap(), None);
    store.close().await;
}

pub(crate) async fn a_wrong_column_is_told(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    let row = transaction
        .row(
            "INSERT INTO thing (number, word) VALUES ($1, $2) RETURNING number, word, bytes",
            &[1.into(), "Hanako".into()],
        )
        .await
        .unwrap()
        .unwrap();
    for wrong in [
        row.integer("word").unwrap_err(),
        row.text("number").unwrap_err(),
        row.bytes("word").unwrap_err(),
        row.text("bytes").unwrap_err(),
        row.bytes("bytes").unwrap_err(),
        row.integer("absent").unwrap_err(),
    ] {
        assert!(matches!(wrong, StoreError::Column { .. }), "{wrong:?}");
    }
    // Rows are people's data: neither they nor parameters show it.
    let shown = format!("{row:?} {:?}", Value::from("Hanako"));
    assert!(!shown.contains("Hanako"), "{shown}");
    assert!(shown.contains("word"), "{shown}");
    drop(transaction);
    store.close().await;
}

pub(crate) async fn batches_of_any_length_arrive_whole(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut expected = 0;
    for length in [0_i64, 1, 165, 166, 167, 1203] {
        let batch: Vec<Vec<Value>> = (0..length)
            .map(|n| {
                let word = (n % 3 != 0).then(|| format!("word {n}"));
                let bytes = (n % 5 == 0).then(|| n.to_be_bytes().to_vec());
                vec![n.into(), word.into(), bytes.into()]
            })
            .collect();
        let mut transaction = store.begin().await.unwrap();
        let inserted = transaction
            .insert_many("INSERT INTO thing (number, word, bytes) VALUES", &batch)
            .await
            .unwrap();
        assert_eq!(inserted, length as u64);
        transaction.commit().await.unwrap();
        expected += length;
    }
    let rows = store.rows(SELECT, &[]).await.unwrap();
    assert_eq!(rows.len() as i64, expected);
    for (n, row) in (0..1203_i64).zip(&rows[rows.len() - 1203..]) {
        assert_eq!(row.integer("number").unwrap(), n);
        let word = (n % 3 != 0).then(|| format!("word {n}"));
        assert_eq!(row.optional_text("word").unwrap(), word);
        let bytes = (n % 5 == 0).then(|| n.to_be_bytes().to_vec());
        assert_eq!(row.optional_bytes("bytes").unwrap(), bytes);
    }
    store.close().await;
}

pub(crate) async fn a_batch_of_unequal_rows_is_refused(fresh: &Fresh) {
    let store = fresh.open().await;
    for (batch, at) in [
        (vec![vec![1.into()], vec![1.into(), 2.into()]], 1),
        (vec![vec![]], 0),
        (vec![vec![Value::Null; 501]], 0),
    ] {
        let mut transaction = store.begin().await.unwrap();
        let refused = transaction
            .insert_many("INSERT INTO thing (number) VALUES", &batch)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::RowLength { row, .. } if row == at),
            "{refused:?}"
        );
    }
    store.close().await;
}

pub(crate) async fn a_question_mark_is_refused(fresh: &Fresh) {
    let store = fresh.open().await;
    let refused = store
        .rows("SELECT id FROM thing WHERE id=?", &[1.into()])
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::QuestionMark), "{refused:?}");
    store.close().await;
}

pub(crate) async fn texts_are_told_apart_and_sorted_by_their_bytes(fresh: &Fresh) {
    let store = fresh.open().await;
    // A Japanese collation puts い before ア, and a before B.
    let sorted = ["A", "B", "a", "あ", "い", "ア", "イ", "ｱ"];
    let mut transaction = store.begin().await.unwrap();
    for word in sorted.iter().rev() {
        transaction
            .execute(
                "INSERT INTO counter (name, value) VALUES ($1, 0)",
                &[(*word).into()],
            )
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    let names = async |sql, parameters: &[Value]| -> Vec<String> {
        store
            .rows(sql, parameters)
            .await
            .unwrap()
            .iter()
            .map(|row| row.text("name").unwrap())
            .collect()
    };
    let all = names("SELECT name FROM counter ORDER BY name", &[]).await;
    assert_eq!(all, sorted);
    let after = names(
        "SELECT name FROM counter WHERE name > $1 ORDER BY name",
        &["い".into()],
    )
    .await;
    assert_eq!(after, sorted[5..]);
    store.close().await;
}
