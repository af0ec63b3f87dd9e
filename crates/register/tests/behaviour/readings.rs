//! What operators read of one resident is recorded before it is answered: who, whom and why; without a reason nothing is answered or kept.

use crate::support::{Fresh, NOBODY, TARO, code};
use shirushi_register::RegisterError;
use shirushi_rules::WELL_FORMED;

#[tokio::test]
async fn what_an_operator_reads_is_recorded_with_who_and_why() {
    let fresh = Fresh::new();
    let (register, _) = fresh.town().await;
    let read = register
        .read_for("desk operator", &code(TARO), " annual check ")
        .await
        .unwrap();
    assert_eq!(read.unwrap().code, code(TARO));
    let read = register
        .read_for("desk other", &code(NOBODY), "typed wrongly")
        .await
        .unwrap();
    assert_eq!(read, None);
    for unfit in ["", "  ", "a\u{202e}b", &"x".repeat(201)] {
        let refused = register
            .read_for("desk operator", &code(TARO), unfit)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, RegisterError::Refused(refusal) if refusal.rule().id == WELL_FORMED.id),
            "{unfit:?}: {refused:?}"
        );
    }
    let kept = register.readings(None).await.unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let of_taro = register
        .readings(Some(&code(TARO)))
        .await
        .unwrap();
    let [reading] = of_taro.as_slice() else {
        panic!("{of_taro:?}");
    };
    assert_eq!(
        (
            reading.reader.as_str(),
            reading.reason.as_str(),
            reading.found
        ),
        ("desk operator", "annual check", true)
    );
    let of_nobody = register
        .readings(Some(&code(NOBODY)))
        .await
        .unwrap();
    assert!(!of_nobody[0].found);
}
