//! How the authority learns of changes.

use crate::support::{Fresh, TARO, happens, resident};
use shirushi_register::{RegisterError, What};
use shirushi_store::StoreError;
use shirushi_wire::EventKind;
use std::collections::BTreeSet;

fn to_house(number: usize) -> What {
    What::MoveWithin {
        address: format!("東京都印市朱肉三丁目{number}番"),
    }
}

pub(crate) async fn each_change_is_told_once_across_restarts(fresh: &Fresh) {
    let (register, store) = fresh.town().await;
    for house in 1..=5 {
        happens(&register, TARO, to_house(house))
            .await
            .unwrap();
    }
    happens(&register, TARO, to_house(5))
        .await
        .unwrap_err();
    let told = register.undelivered(3).await.unwrap();
    let numbers = |events: &[shirushi_wire::RegisterEvent]| {
        events
            .iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&told), [1, 2, 3]);
    store.close().await;

    let (register, store) = fresh.register().await;
    assert_eq!(register.undelivered(3).await.unwrap(), told);
    register.delivered(3).await.unwrap();
    register.delivered(2).await.unwrap();
    store.close().await;

    let (register, _store) = fresh.register().await;
    assert_eq!(numbers(&register.undelivered(10).await.unwrap()), [4, 5]);
    let early = register.delivered(6).await.unwrap_err();
    assert!(
        matches!(
            early,
            RegisterError::Store(StoreError::NotPublished { sequence: 6 })
        ),
        "{early}"
    );
    let next = happens(&register, TARO, to_house(6))
        .await
        .unwrap();
    assert_eq!(next.sequence, 6);
    register.delivered(6).await.unwrap();
    assert!(
        register
            .undelivered(10)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn eight_hands_leave_no_gap(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let hands: Vec<_> = (0..8usize)
        .map(|hand| {
            let register = register.clone();
            tokio::spawn(async move {
                let mut given = Vec::new();
                for round in 0..10 {
                    let event = happens(&register, TARO, to_house(hand * 100 + round)).await;
                    given.push(event.unwrap().sequence);
                    // One that does not fit takes no number.
                    happens(&register, "90000000064", What::MoveOut)
                        .await
                        .unwrap_err();
                }
                given
            })
        })
        .collect();
    let mut given = Vec::new();
    for hand in hands {
        given.extend(hand.await.unwrap());
    }
    assert_eq!(given.len(), 80);
    assert_eq!(BTreeSet::from_iter(given), (1..=80).collect());
    let told = register.undelivered(100).await.unwrap();
    assert!(
        told.iter()
            .map(|event| event.sequence)
            .eq(1..=80)
    );
    assert!(
        told.iter()
            .all(|event| event.kind == EventKind::MoveWithin)
    );
}

pub(crate) async fn a_record_knows_the_newest_event(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    assert_eq!(resident(&register, TARO).await.sequence, 0);
    happens(&register, "90000000021", What::MoveOut)
        .await
        .unwrap();
    assert_eq!(resident(&register, TARO).await.sequence, 1);
    let moved = register.clone();
    let writer = tokio::spawn(async move {
        for house in 1..=50 {
            happens(&moved, TARO, to_house(house))
                .await
                .unwrap();
        }
    });
    // Whenever it is read, address and sequence are of the same moment: house n came with event n + 1.
    let mut last = 0;
    while last < 51 {
        let record = resident(&register, TARO).await;
        if record.sequence > 1 {
            let house = record.sequence - 1;
            assert_eq!(record.address, format!("東京都印市朱肉三丁目{house}番"));
        }
        assert!(record.sequence >= last);
        last = record.sequence;
    }
    writer.await.unwrap();
}

pub(crate) async fn a_lost_outbox_is_noticed(fresh: &Fresh) {
    let (register, store) = fresh.town().await;
    happens(&register, TARO, to_house(1))
        .await
        .unwrap();
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("UPDATE register_state SET sequence = 7", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let error = happens(&register, TARO, to_house(2))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RegisterError::Sequence {
                register: 8,
                outbox: 2
            }
        ),
        "{error}"
    );
    assert_eq!(
        register
            .undelivered(10)
            .await
            .unwrap()
            .len(),
        1
    );
}

pub(crate) async fn the_present_life_is_declared_also_where_two_begin_at_one_number(fresh: &Fresh) {
    let (register, store) = fresh.town().await;
    assert_eq!(register.declaration().await.unwrap(), None);
    happens(&register, TARO, to_house(1))
        .await
        .unwrap();
    let newest = register.newest().await.unwrap();
    // Nothing is recorded between two restores. By their names alone, either would be the newer one.
    for _ in 0..8 {
        let declared = register
            .begin_life(newest, newest)
            .await
            .unwrap();
        assert_eq!(declared.first, 2);
        assert_eq!(register.declaration().await.unwrap(), Some(declared));
    }
    store.close().await;
}
