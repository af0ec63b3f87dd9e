//! Several responders on one database, on a server:
//!
//! * what one was told has ended is known to the other at its next answer, with the earlier of two dates, whoever was told which;
//! * of each list both have the newest, and neither puts an older one in its place.

use crate::{
    caches::Lists,
    memory::{at, ended},
};
use shirushi_profile::{CertificateKind, Generation};
use shirushi_responder::{MIGRATIONS, Memory};
use shirushi_store::Opening;
use shirushi_test_database::Server;

async fn memory(address: &str) -> Memory {
    let store = Opening::of(address, MIGRATIONS)
        .shared()
        .open()
        .await
        .unwrap();
    Memory::open(store).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_responder_was_told_the_other_says_too() {
    let address = Server::shared().new_database("two_responders");
    let (one, other) = (memory(&address).await, memory(&address).await);
    let told = ended(1, CertificateKind::Signature, at(0));
    let known = async |memory: &Memory| {
        memory
            .look_up(told.kind, Generation::FIRST, &told.serial)
            .await
            .unwrap()
    };
    assert_eq!(known(&other).await, None);
    one.remember(std::slice::from_ref(&told))
        .await
        .unwrap();
    assert_eq!(known(&other).await, Some((told.revoked_at, told.reason)));

    // Both are told the same at once, and the other one an earlier date.
    let many: Vec<_> = (2..200)
        .map(|position| ended(position, CertificateKind::Authentication, at(position)))
        .collect();
    let mut earlier = many.clone();
    earlier[7].revoked_at = at(-5);
    let (by_one, by_other) = tokio::join!(one.remember(&many), other.remember(&earlier));
    by_one.unwrap();
    by_other.unwrap();
    for memory in [&one, &other] {
        let found = memory
            .recorded(CertificateKind::Authentication, None)
            .await
            .unwrap();
        assert_eq!(found.len(), many.len());
    }
    let third = memory(&address).await;
    let first = &earlier[7];
    assert_eq!(
        third.ended(first.kind, Generation::FIRST, &first.serial),
        Some((at(-5), first.reason))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_one_responder_keeps_the_other_serves() {
    let address = Server::shared().new_database("two_responders_lists");
    let one = Lists::with(memory(&address).await);
    let other = Lists::with(memory(&address).await);
    let first = one.keep(1, -60, 86_400).await;
    let newest = async |lists: &Lists| {
        let list = lists
            .memory()
            .newest(&first.key())
            .await
            .unwrap();
        list.unwrap().number()
    };
    assert_eq!(newest(&other).await, 1);
    other.keep(3, -30, 86_400).await;
    // One that has not heard of the third keeps none that is older.
    one.keep(2, -45, 86_400).await;
    assert_eq!((newest(&one).await, newest(&other).await), (3, 3));
    one.keep(4, -20, 86_400).await;
    let numbers: Vec<u64> = other
        .memory()
        .newest_lists()
        .await
        .unwrap()
        .iter()
        .map(|list| list.number())
        .collect();
    assert_eq!(numbers, [4]);
}
