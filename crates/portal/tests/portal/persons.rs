//! Whose account it is, and how long a log-in lasts.
//!
//! * The account is the person's: with a renewed certificate the same drafts and filings are there, and no other person's.
//! * Accounts of the time before persons were known become the person's: alone at the next log-in, or joined where there are two.
//! * While the authority does not say whose a certificate is, nobody logs in, and nobody is told that it is their fault.
//! * A session ends when its certificate is revoked or expires: within a minute for who reads, at once for who sends.
//! * What was typed then is kept for the person, whatever certificate comes next, and for nobody else.
//! * While it is not known whether the certificate lives, one's own can be read and not changed. What was signed is not lost.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::hall::{Browser, DAY, Hall, Held, Office, database, form_of, hanako, location, text};
use axum::{http::StatusCode, response::Response};
use shirushi_crypto::sha256;
use shirushi_kit::forms;
use shirushi_portal::MIGRATIONS;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{LOG_IN_ALIVE, LOG_IN_KNOWN_ALIVE, Rule};
use shirushi_store::Store;
use std::sync::atomic::Ordering;
use tempfile::TempDir;

fn held(hall: &Hall) -> Held {
    hall.office
        .bench
        .issue(Authentication, 1, &hanako())
}

/// The drafts on the citizen's own page.
async fn drafts(hall: &Hall, browser: &Browser) -> Vec<String> {
    let page = hall.page("/my", browser).await;
    page.split("href=\"/drafts/")
        .skip(1)
        .map(|rest| format!("/drafts/{}", rest.split('"').next().unwrap()))
        .collect()
}

/// A refusal by this rule, as a page in the visitor's language.
async fn assert_refused(response: Response, rule: &Rule, words: &str) {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(response).await;
    assert!(page.contains(rule.id) && page.contains(words), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_opens_the_same_account() {
    let hall = Hall::open().await;
    let (old, new, other) = (held(&hall), held(&hall), held(&hall));
    hall.persons.is(&old, "hanako");
    hall.persons.is(&new, "hanako");
    hall.persons.is(&other, "taro");
    let before = hall.log_in(&old).await;
    let draft = hall.draft(&before).await;
    let receipt = {
        let filled = hall
            .filled(&before, &hanako().name)
            .await;
        let outbox = hall
            .signed(&before, &filled, &hall.signature())
            .await;
        let on = hall
            .get(location(&outbox), &before.cookie)
            .await;
        location(&on).to_owned()
    };

    hall.office
        .bench
        .revoke(&old.certificate);
    let after = hall.log_in(&new).await;
    assert_eq!(drafts(&hall, &after).await, [draft.as_str()]);
    let page = hall.page(&receipt, &after).await;
    assert!(page.contains("3210000"));
    // The certificate shown is the one of this log-in.
    let page = hall.page("/certificates", &after).await;
    let shown = page.replace("</span><span>", "");
    assert!(shown.contains(&new.certificate.serial().to_string()));
    assert!(!shown.contains(&old.certificate.serial().to_string()));

    let stranger = hall.log_in(&other).await;
    assert_eq!(drafts(&hall, &stranger).await, [""; 0]);
    for path in [&draft, &receipt] {
        let response = hall.get(path, &stranger.cookie).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}

/// A portal as the first version left it, in which each certificate was an account: one draft each, and a certificate shown to the first.
async fn left_by_the_first_version(accounts: &[Held], shown: &Held) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(&folder), &MIGRATIONS[..1])
        .await
        .unwrap();
    let mut transaction = store.begin().await.unwrap();
    for (number, held) in accounts.iter().enumerate() {
        let (account, certificate) = (number.to_string(), &held.certificate);
        transaction
            .execute(
                "INSERT INTO portal_account (id, issuer_sha256, serial, not_after, begun_at) VALUES ($1, $2, $3, 0, 0)",
                &[
                    account.as_str().into(),
                    sha256(certificate.issuer_der()).into(),
                    certificate.serial().to_string().into(),
                ],
            )
            .await
            .unwrap();
        transaction
            .execute(
                "INSERT INTO portal_draft (id, account, procedure, name, birth_date, address, fields, begun_at, changed_at) \
                 VALUES ($1, $1, 'RKO0010', '', '', '', '{}', 0, 0)",
                &[account.into()],
            )
            .await
            .unwrap();
    }
    transaction
        .execute(
            "INSERT INTO portal_certificate (account, der, known_at) VALUES ('0', $1, 0)",
            &[shown.certificate.der().into()],
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_before_become_the_persons_and_lose_nothing() {
    let office = Office::open().await;
    let issue = |kind| office.bench.issue(kind, 1, &hanako());
    let [old, new, other] = [Authentication; 3].map(issue);
    let shown = issue(Signature);
    let accounts = [old.clone(), new.clone(), other.clone()];
    let folder = left_by_the_first_version(&accounts, &shown).await;
    let hall = Hall::over(office, folder).await;
    for held in [&old, &new] {
        hall.persons.is(held, "hanako");
    }
    hall.persons.is(&other, "taro");

    let browser = hall.log_in(&new).await;
    let mut found = drafts(&hall, &browser).await;
    found.sort();
    assert_eq!(
        found,
        ["/drafts/0", "/drafts/1"],
        "the accounts of one person are joined"
    );
    let page = hall
        .page("/certificates", &browser)
        .await;
    let serial = shown.certificate.serial().to_string();
    assert!(
        page.replace("</span><span>", "")
            .contains(&serial)
    );
    let browser = hall.log_in(&other).await;
    assert_eq!(drafts(&hall, &browser).await, ["/drafts/2"]);
    // The old certificate leads there as well.
    let browser = hall.log_in(&old).await;
    assert_eq!(drafts(&hall, &browser).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_authoritys_word_nobody_logs_in_and_nobody_is_blamed() {
    let hall = Hall::open().await;
    let held = held(&hall);
    hall.persons
        .is_silent
        .store(true, Ordering::SeqCst);
    let visitor = hall.visitor().await;
    for (browser, words) in [
        (visitor.clone(), "今は確かめられないため"),
        (visitor.in_english(), "cannot be found out now"),
    ] {
        let response = hall.try_log_in(&browser, &held).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(text(response).await.contains(words));
    }
    hall.persons
        .is_silent
        .store(false, Ordering::SeqCst);
    hall.log_in(&held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_certificate_is_revoked() {
    for (english, words) in [
        (false, "証明書は失効しています"),
        (true, "the certificate is revoked"),
    ] {
        let hall = Hall::open().await;
        let held = held(&hall);
        let citizen = hall.log_in(&held).await;
        let draft = hall
            .filled(&citizen, &hanako().name)
            .await;
        let shown = match english {
            true => citizen.in_english(),
            false => citizen.clone(),
        };
        hall.office
            .bench
            .revoke(&held.certificate);
        // Who has the stolen session changes nothing from this moment on.
        let response = hall
            .send(&format!("{draft}/sign"), &shown, &[])
            .await;
        assert_refused(response, &LOG_IN_ALIVE, words).await;
        // It is over for reading too, also when the certificate should come back.
        hall.office
            .bench
            .set(&held.certificate, shirushi_wire::CertificateState::Good);
        let response = hall.get("/my", &citizen.cookie).await;
        assert_eq!(location(&response), "/log-in?to=/my");
    }
}

/// The path of what is kept, by the page that refused to take it: behind the log-in, or at once.
fn kept(page: &str, before: &str) -> String {
    let link = page
        .split(&format!("href=\"{before}/held/"))
        .nth(1)
        .unwrap_or_else(|| panic!("nothing is kept: {page}"));
    format!("/held/{}", link.split('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_when_the_certificate_died_is_kept_for_the_person() {
    use forms::{assert_named, encoded, forms_of, is_own};
    for is_revoked in [true, false] {
        let hall = Hall::open().await;
        let old = held(&hall);
        hall.later(300 * DAY - 5 * 60);
        let (new, other) = (held(&hall), held(&hall));
        for (held, person) in [(&old, "hanako"), (&new, "hanako"), (&other, "taro")] {
            hall.persons.is(held, person);
        }
        let citizen = hall.log_in(&old).await;
        let draft = hall.draft(&citizen).await;
        let drafted = hall.page(&draft, &citizen).await;
        match is_revoked {
            true => hall
                .office
                .bench
                .revoke(&old.certificate),
            false => hall.later(5 * 60 + 1),
        }
        let mut browser = citizen;
        for form in forms_of(&drafted) {
            let typed = form.typed();
            if typed
                .iter()
                .all(|(name, _)| is_own(name))
            {
                continue;
            }
            let (body, kind) = encoded(&form, &typed);
            let refused = hall
                .post_as(&form.action, &browser.cookie, &kind, body)
                .await;
            assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let page = text(refused).await;
            assert!(page.contains(LOG_IN_ALIVE.id), "{page}");
            let next = kept(&page, "/log-in?to=");
            let stranger = hall.log_in(&other).await;
            let page = hall.page(&next, &stranger).await;
            assert!(page.contains("別の方のもの"), "{page}");
            assert!(!page.contains("入力&lt;"), "{page}");
            let after = hall.log_in(&new).await;
            let page = hall.page(&next, &after).await;
            assert_named(&page, &form);
            assert!(page.contains("ログインは終わっていました"));
            let shown = forms_of(&page)
                .into_iter()
                .find(|shown| shown.action == form.action)
                .unwrap();
            assert_eq!(shown.is_multipart, form.is_multipart);
            // The next form of the page meets the same dead log-in.
            if is_revoked {
                hall.office
                    .bench
                    .set(&old.certificate, shirushi_wire::CertificateState::Good);
                browser = hall.log_in(&old).await;
                hall.office
                    .bench
                    .revoke(&old.certificate);
            } else {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_reads_is_logged_out_within_a_minute() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let citizen = hall.log_in(&held).await;
    let draft = hall
        .filled(&citizen, &hanako().name)
        .await;
    hall.office
        .bench
        .revoke(&held.certificate);
    hall.later(60);
    // A page that everybody may see shows nobody's things, and says nothing yet.
    let page = hall
        .page("/certificates", &citizen)
        .await;
    assert!(page.contains("/log-in?to=/certificates"));
    let response = hall.get(&draft, &citizen.cookie).await;
    assert_refused(response, &LOG_IN_ALIVE, LOG_IN_ALIVE.remedy.ja).await;
    let response = hall.get(&draft, &citizen.cookie).await;
    assert!(location(&response).starts_with("/log-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_the_validity_of_its_certificate() {
    let hall = Hall::open().await;
    let held = held(&hall);
    hall.later(300 * DAY - 5 * 60);
    let citizen = hall.log_in(&held).await;
    hall.later(5 * 60 + 1);
    let response = hall
        .get("/my", &citizen.in_english().cookie)
        .await;
    let words = "the certificate is outside its validity";
    assert_refused(response, &LOG_IN_ALIVE, words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_status_ones_own_is_read_and_not_changed() {
    let hall = Hall::open().await;
    let citizen = hall.log_in(&held(&hall)).await;
    let draft = hall
        .filled(&citizen, &hanako().name)
        .await;
    let fails = |fails| {
        let bench = &hall.office.bench;
        for source in [&bench.statuses_fail, &bench.lists_fail] {
            source.store(fails, Ordering::SeqCst);
        }
    };
    fails(true);
    hall.later(60);
    for (browser, words) in [
        (citizen.clone(), LOG_IN_KNOWN_ALIVE.reason.ja),
        (citizen.in_english(), LOG_IN_KNOWN_ALIVE.reason.en),
    ] {
        let page = hall.page(&draft, &browser).await;
        assert!(page.contains(words) && page.contains("3210000"), "{page}");
        let form = form_of("別の名前");
        for (path, fields) in [
            (draft.clone(), &form[..]),
            (format!("{draft}/sign"), &[]),
            (format!("{draft}/delete"), &[]),
        ] {
            let response = hall.send(&path, &browser, fields).await;
            assert_refused(response, &LOG_IN_KNOWN_ALIVE, words).await;
        }
    }
    // What was typed is kept for when it is known again.
    let page = hall.page(&draft, &citizen).await;
    let form = forms::forms_of(&page)
        .into_iter()
        .find(|form| form.action == draft)
        .unwrap();
    let (body, kind) = forms::encoded(&form, &form.typed());
    let refused = hall
        .post_as(&draft, &citizen.cookie, &kind, body)
        .await;
    let next = kept(&text(refused).await, "");
    let page = hall.page(&next, &citizen).await;
    forms::assert_named(&page, &form);
    // The log-in has not ended, and is not said to have.
    assert!(page.contains("受け付けられませんでした") && !page.contains("終わっていました"));
    // It ends by itself, and nothing has changed.
    fails(false);
    hall.later(60);
    let page = hall.page(&draft, &citizen).await;
    assert!(!page.contains(LOG_IN_KNOWN_ALIVE.reason.ja) && !page.contains("別の名前"));
    // And one can always log out.
    fails(true);
    let out = hall
        .send("/log-out", &citizen, &[])
        .await;
    assert_eq!(location(&out), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_is_kept_when_it_cannot_be_sent() {
    let hall = Hall::open().await;
    let (old, new) = (held(&hall), held(&hall));
    hall.persons.is(&old, "hanako");
    hall.persons.is(&new, "hanako");
    let citizen = hall.log_in(&old).await;
    let draft = hall
        .filled(&citizen, &hanako().name)
        .await;
    // Signed at the agent while the certificate of the log-in is revoked.
    let response = hall
        .signed_when(&citizen, &draft, &hall.signature(), || {
            hall.office
                .bench
                .revoke(&old.certificate);
        })
        .await;
    assert_refused(response, &LOG_IN_ALIVE, "失効しています").await;
    assert_eq!(
        hall.received().await,
        0,
        "nothing is sent for who is not logged in"
    );
    let citizen = hall.log_in(&new).await;
    let page = hall.page("/my", &citizen).await;
    let outbox = page
        .split("href=\"/outbox/")
        .nth(1)
        .map(|rest| format!("/outbox/{}", rest.split('"').next().unwrap()))
        .unwrap();
    hall.send(&format!("{outbox}/send"), &citizen, &[])
        .await;
    assert_eq!(hall.received().await, 1);
}
