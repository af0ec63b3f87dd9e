//! Each rule switched off in turn: what it alone refused is accepted then, so that no rule is asked in two places and none in vain.
//!
//! Alone in its program: a switch holds for the whole process.
#![allow(clippy::unwrap_used, reason = "a test")]

use reqwest::StatusCode;
use shirushi_agency::Submission;
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{self as rules, Rule, switch_off, switch_on_all};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_rule_refuses_passes_when_it_is_off() {
    let office = Office::open().await;
    let bench = office.bench.clone();
    let now = bench.now();
    let held = bench.issue(Signature, 0, &hanako());
    let first = signed(&filing(&hanako(), now), &held);
    assert_eq!(office.send(&first).await.0, StatusCode::OK);

    let fresh = || signed(&filing(&hanako(), now), &held);
    let mut changed = fresh();
    changed.document = String::from_utf8(changed.document)
        .unwrap()
        .replacen("123400", "000001", 1)
        .into_bytes();
    let mut spoiled = fresh();
    *spoiled.signature.last_mut().unwrap() ^= 1;
    let revoked = bench.issue(Signature, 1, &hanako());
    bench.revoke(&revoked.certificate);
    let unknown = issue(&bench.signature, &held.key, &hanako(), now);
    let expired = issue(
        &bench.signature,
        &held.key,
        &hanako(),
        now.plus_seconds(-301 * DAY + 1),
    );
    bench.set(&expired.certificate, shirushi_wire::CertificateState::Good);
    let mut taro = hanako();
    taro.name = "印　太郎".to_owned();
    let neighbour = bench.issue(Signature, 2, &taro);
    let mut nobody = filing(&hanako(), now);
    nobody.procedure = "ZZZ9999".parse().unwrap();
    let mut short = filing(&hanako(), now);
    short.form.clear();
    let spaced = [
        filing(&hanako(), now)
            .to_xml()
            .unwrap()
            .as_slice(),
        b"\n",
    ]
    .concat();
    let by = |held: &Held| signed(&filing(&hanako(), now), held);

    let cases: [(&Rule, Submission); 11] = [
        (&rules::UNCHANGED, changed),
        (&rules::SIGNATURE_VERIFIES, spoiled),
        (&rules::NOT_EXPIRED, by(&expired)),
        (&rules::NOT_REVOKED, by(&revoked)),
        (&rules::STATUS_KNOWN, by(&unknown)),
        (&rules::COMPLETE, signed(&short, &held)),
        (&rules::COMPLETE, signed_bytes(spaced, &held, now)),
        (&rules::PROCEDURE_KNOWN, signed(&nobody, &held)),
        (&rules::SIGNER_IS_APPLICANT, by(&neighbour)),
        (&rules::NOT_FILED_TWICE, first),
        // A certificate of the other kind has no holder in it, so two rules stand against it.
        (
            &rules::SIGNATURE_CERTIFICATE,
            by(&bench.issue(Authentication, 0, &hanako())),
        ),
    ];
    for (rule, submission) in cases {
        let report = office.refused(&submission).await;
        assert_eq!(report.rule, rule.id, "{report:?}");
        switch_off(rule.id);
        if rule == &rules::SIGNATURE_CERTIFICATE {
            let next = office.refused(&submission).await;
            assert_eq!(next.rule, rules::SIGNER_IS_APPLICANT.id, "{next:?}");
            switch_off(rules::SIGNER_IS_APPLICANT.id);
        }
        let (status, answer) = office.send(&submission).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", rule.id);
        switch_on_all();
    }
    // A stranger's certificate has no issuer to ask, so its status is not known either.
    let stranger = by(&issue(&impostor(now), &held.key, &hanako(), now));
    assert_eq!(
        office.refused(&stranger).await.rule,
        rules::TRUSTED_ISSUER.id
    );
    switch_off(rules::TRUSTED_ISSUER.id);
    switch_off(rules::STATUS_KNOWN.id);
    assert_eq!(office.send(&stranger).await.0, StatusCode::OK);
    switch_on_all();
    assert!(
        bench
            .statuses_asked
            .load(Ordering::SeqCst)
            > 10
    );
}
