//! What the authority refuses by itself, whatever the counter let through:
//!
//! * only an enrolled officer's own signature counts, over these very words, for this very purpose, at the officer's own
//!   municipality;
//! * an id is used once; a second live certificate is refused before anything is made;
//! * what the authority cannot judge yet is put off, not refused.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    people::{application, as_of, date, death, of_kind, renewal, request, start, with_card},
};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shirushi_authority::AuthorityError;
use shirushi_crypto::{KeyKind, SoftwareKey};
use shirushi_profile::{CertificateKind, MUNICIPALITIES};
use shirushi_rules::{
    AUTHORITY_COVERS, NOT_REPEATED, OFFICER_MUNICIPALITY, OFFICER_SIGNED, ONE_LIVE, RECORD_CURRENT,
    WELL_FORMED,
};
use shirushi_wire::{AttestedApplication, Message, RevocationRequest, Signed};

type Change = fn(&str) -> String;

/// The signed message with one part of it changed.
fn changed<T: Message>(signed: &Signed<T>, part: &str, change: Change) -> Signed<T> {
    let mut value = serde_json::to_value(signed).unwrap();
    let old = value[part].as_str().unwrap().to_owned();
    value[part] = change(&old).into();
    serde_json::from_value(value).unwrap()
}

/// The same bytes, taken for another kind of message.
fn taken_for<T: Message, U: DeserializeOwned>(signed: &Signed<T>) -> U {
    serde_json::from_value(serde_json::to_value(signed).unwrap()).unwrap()
}

async fn nothing_was_kept(bench: &Bench) {
    let totals = bench.authority.totals().await.unwrap();
    assert_eq!(totals.applications, 0);
    let requests = "SELECT count(*) AS n FROM revocation_requests";
    assert_eq!(bench.count(requests).await, 0);
}

#[tokio::test]
async fn a_key_that_nobody_enrolled_is_refused() {
    let bench = Bench::new().await;
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let signed = Signed::sign(&bench.attested(&application(1)), &stranger).unwrap();
    assert_eq!(rule(bench.receive_signed(&signed).await), OFFICER_SIGNED.id);
    let signed = Signed::sign(&request(1), &stranger).unwrap();
    assert_eq!(
        rule(bench.authority.revoke(&signed).await),
        OFFICER_SIGNED.id
    );
    // It names the key of an enrolled officer, and signs with its own.
    let honest = bench.signed(&application(1));
    let mut value =
        serde_json::to_value(Signed::sign(&bench.attested(&application(1)), &stranger).unwrap())
            .unwrap();
    value["key"] = honest.key_identifier().into();
    let signed: Signed<AttestedApplication> = serde_json::from_value(value).unwrap();
    assert_eq!(rule(bench.receive_signed(&signed).await), OFFICER_SIGNED.id);
    nothing_was_kept(&bench).await;
}

#[tokio::test]
async fn changed_words_are_refused() {
    let bench = Bench::new().await;
    let signed = bench.signed(&application(1));
    let changes: [(&str, Change); 4] = [
        ("payload", |payload| {
            let json = String::from_utf8(Base64::decode_vec(payload).unwrap()).unwrap();
            let changed = json.replace("in-person", "by-a-mail");
            assert_ne!(changed, json);
            Base64::encode_string(changed.as_bytes())
        }),
        // The same words with one more space: not the bytes that were signed.
        ("payload", |payload| {
            let mut json = Base64::decode_vec(payload).unwrap();
            json.push(b' ');
            Base64::encode_string(&json)
        }),
        ("payload", |_| "no base64 at all".to_owned()),
        ("signature", |signature| {
            let mut bytes = Base64::decode_vec(signature).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            Base64::encode_string(&bytes)
        }),
    ];
    for (part, change) in changes {
        let changed = changed(&signed, part, change);
        assert_eq!(
            rule(bench.receive_signed(&changed).await),
            OFFICER_SIGNED.id
        );
    }
    nothing_was_kept(&bench).await;
    bench
        .receive_signed(&signed)
        .await
        .unwrap();
}

/// The words of a request for revocation under the name of an application.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct SignedAsApplication(RevocationRequest);

impl Message for SignedAsApplication {
    const CONTEXT: &'static str = AttestedApplication::CONTEXT;
}

#[tokio::test]
async fn a_signature_for_one_purpose_is_none_for_another() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    // An application's signature sent as a request for revocation, first as it is, then with words that would fit.
    let signed = bench.signed(&application(1));
    let replayed: Signed<RevocationRequest> = taken_for(&signed);
    assert_eq!(
        rule(bench.authority.revoke(&replayed).await),
        OFFICER_SIGNED.id
    );
    let fitting = Signed::sign(&SignedAsApplication(request(1)), bench.officer(0)).unwrap();
    let replayed: Signed<RevocationRequest> = taken_for(&fitting);
    assert_eq!(
        rule(bench.authority.revoke(&replayed).await),
        OFFICER_SIGNED.id
    );
    assert_eq!(audit(&bench).await.live.len(), 2);
    // The same words under their own name do revoke.
    assert_eq!(
        bench
            .revoke(&request(1))
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn an_officer_signs_for_nobody_else() {
    let bench = Bench::new().await;
    let mut in_anothers_name = application(1);
    in_anothers_name.officer = "officer.1".parse().unwrap();
    assert_eq!(
        rule(bench.receive(&in_anothers_name).await),
        OFFICER_SIGNED.id
    );
    let mut in_anothers_name = request(1);
    in_anothers_name.officer = "officer.1".parse().unwrap();
    assert_eq!(
        rule(bench.revoke(&in_anothers_name).await),
        OFFICER_SIGNED.id
    );
    nothing_was_kept(&bench).await;
}

#[tokio::test]
async fn an_officer_serves_one_municipality() {
    let bench = Bench::new().await;
    let mut elsewhere = application(1);
    elsewhere.municipality = MUNICIPALITIES[2].code;
    elsewhere.applicant.municipality = MUNICIPALITIES[2].code;
    assert_eq!(
        rule(bench.receive(&elsewhere).await),
        OFFICER_MUNICIPALITY.id
    );
    let mut elsewhere = request(1);
    elsewhere.municipality = MUNICIPALITIES[1].code;
    assert_eq!(
        rule(bench.revoke(&elsewhere).await),
        OFFICER_MUNICIPALITY.id
    );
    nothing_was_kept(&bench).await;
}

#[tokio::test]
async fn a_municipality_that_is_not_served_gets_nothing() {
    let bench = Bench::new().await;
    let nowhere = "47999".parse().unwrap();
    let key = SoftwareKey::generate(KeyKind::P256).unwrap();
    bench
        .enrol("officer.x", &nowhere, &key)
        .await;
    let mut application = application(1);
    application.municipality = nowhere;
    application.applicant.municipality = nowhere;
    application.officer = "officer.x".parse().unwrap();
    let signed = Signed::sign(&bench.attested(&application), &key).unwrap();
    let refused = bench.receive_signed(&signed).await;
    assert!(matches!(
        refused,
        Err(AuthorityError::UnknownMunicipality { code }) if code == "47999"
    ));
    nothing_was_kept(&bench).await;
}

#[tokio::test]
async fn an_id_is_used_once() {
    let bench = Bench::new().await;
    let first = application(1);
    let token = bench.receive(&first).await.unwrap();
    let mut second = application(2);
    second.id = first.id;
    assert_eq!(rule(bench.receive(&second).await), NOT_REPEATED.id);
    let mut later = first.clone();
    later.taken_at = start().plus_seconds(1);
    assert_eq!(rule(bench.receive(&later).await), NOT_REPEATED.id);
    assert_eq!(bench.receive(&first).await.unwrap(), token);

    bench
        .issue(&application(3))
        .await
        .unwrap();
    let ended = request(3);
    let serials = bench.revoke(&ended).await.unwrap();
    assert_eq!(serials.len(), 2);
    assert_eq!(
        bench.revoke(&ended).await.unwrap(),
        serials,
        "an answer that was lost is given again"
    );
    let mut other = request(1);
    other.id = ended.id;
    assert_eq!(rule(bench.revoke(&other).await), NOT_REPEATED.id);
    audit(&bench).await;
}

#[tokio::test]
async fn a_repeated_request_does_not_end_what_was_issued_since() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let ended = request(1);
    let serials = bench.revoke(&ended).await.unwrap();
    bench
        .issue(&with_card(application(1), "NEW1"))
        .await
        .unwrap();
    assert_eq!(bench.revoke(&ended).await.unwrap(), serials);
    assert_eq!(audit(&bench).await.live.len(), 2);
}

#[tokio::test]
async fn a_second_live_certificate_is_refused_when_it_is_applied_for() {
    let bench = Bench::new().await;
    let [signature, authentication] = CertificateKind::ALL;
    bench
        .issue(&of_kind(application(1), authentication))
        .await
        .unwrap();
    for again in [application(1), of_kind(application(1), authentication)] {
        let refused = bench
            .receive(&with_card(again, "OTHER1"))
            .await;
        let Err(AuthorityError::Refused(refusal)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(refusal.rule().id, ONE_LIVE.id);
        let live = audit(&bench).await.live;
        let serial = live
            .values()
            .next()
            .unwrap()
            .to_string();
        assert_eq!(refusal.report().facts["serial"], serial);
        assert_eq!(refusal.report().facts["kind"], "authentication");
    }
    bench
        .receive(&of_kind(application(1), signature))
        .await
        .unwrap();
    bench
        .receive(&renewal(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_the_register_has_not_told_yet_is_waited_for() {
    let bench = Bench::new().await;
    let ahead = as_of(application(1), 2);
    let early = bench.receive(&ahead).await;
    assert!(matches!(
        early,
        Err(AuthorityError::Behind {
            wanted: 2,
            received: 0
        })
    ));
    nothing_was_kept(&bench).await;
    bench.tell(&death(1, 7)).await.unwrap();
    assert!(matches!(
        bench.receive(&ahead).await,
        Err(AuthorityError::Behind {
            wanted: 2,
            received: 1
        })
    ));
    bench.tell(&death(2, 8)).await.unwrap();
    bench.issue(&ahead).await.unwrap();
}

#[tokio::test]
async fn an_application_older_than_the_record_is_refused_when_it_is_received() {
    let bench = Bench::new().await;
    bench.tell(&death(1, 1)).await.unwrap();
    assert_eq!(
        rule(bench.receive(&application(1)).await),
        RECORD_CURRENT.id
    );
    // Nobody else is touched.
    bench
        .receive(&application(2))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_application_for_nothing_or_for_one_kind_twice_is_malformed() {
    let bench = Bench::new().await;
    let [signature, _] = CertificateKind::ALL;
    for kinds in [vec![], vec![signature, signature]] {
        let mut application = application(1);
        application.kinds = kinds;
        assert_eq!(rule(bench.receive(&application).await), WELL_FORMED.id);
    }
    nothing_was_kept(&bench).await;
}

#[tokio::test]
async fn a_certificate_that_would_outlive_its_authority_is_not_made() {
    let bench = Bench::new().await;
    // Six years on, the authority itself has less than four years left.
    bench
        .seams
        .advance(6 * 366 * 24 * 60 * 60);
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    let refused = personalise(&bench.authority, &token, &mut card).await;
    assert_eq!(rule(refused), AUTHORITY_COVERS.id);
    assert!(card.chip.live.is_empty());
    let found = audit(&bench).await;
    assert!(found.issued.is_empty() && found.revoked.is_empty());
    // The resident is not locked out.
    let mut short = application(1);
    short.card.valid_until = date(2039, 1, 1);
    bench.issue(&short).await.unwrap();
}
