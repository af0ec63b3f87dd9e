//! Ends that the authority could record and the responder could not.

use crate::{citizen, city::City, troubles::Trouble};
use serde_json::json;

/// 印　太郎.
const RESIDENT: &str = "90000000014";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_the_responder_could_not_record_is_made_good_without_a_hand() {
    // What the trouble meets first is the end, and no try to write.
    let city = City::start_probing(600);
    city.all_write().await;
    let base = city.base();
    let officer = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let officer = citizen::Officer::enrolled(&base);
        officer.issue(folder.path()).put_away();
        officer
    })
    .await
    .unwrap();
    let officer = std::sync::Arc::new(officer);
    let cases = [
        (Trouble::RESPONDER_FULL, "signature"),
        (Trouble::RESPONDER_UNTOLD, "authentication"),
    ];
    for (ended, (trouble, kind)) in (1..).zip(cases) {
        let ailing = trouble.begin(&city);
        city.until_traced();
        let request =
            json!({ "resident_code": RESIDENT, "kinds": [kind], "reason": "key-compromise" });
        let asked = std::sync::Arc::clone(&officer);
        let answer =
            tokio::task::spawn_blocking(move || asked.post("/counter/revocations", &request))
                .await
                .unwrap();
        assert_eq!(answer.status, 503, "{}: {}", trouble.name, answer.text());
        city.until_check_is("responder", "memory", false)
            .await;
        let seen = city
            .until_writing_is("responder", false)
            .await;
        assert!(seen.contains(trouble.said), "{}: {seen}", trouble.name);
        ailing.end();
        let seen = city
            .until_check_is("responder", "memory", true)
            .await;
        assert_eq!(seen, format!("{ended} revocations"), "{}", trouble.name);
        city.all_write().await;
    }
}
