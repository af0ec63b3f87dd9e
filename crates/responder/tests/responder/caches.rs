//! What caches are told (RFC 9110, RFC 9111, RFC 5019 §6.2):
//!
//! * nothing that says something of certificates is fresh for longer than minutes or beyond its nextUpdate, and it must be asked for
//!   again then;
//! * who names the state that would be sent gets 304 without it, by GET and by HEAD; a date counts only when it is the very one;
//! * a part of a list can be asked for, and only of the same list;
//! * what bears a nonce, or says "unknown", and every error is kept by nobody.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use base64ct::{Base64, Encoding as _};
use shirushi_crypto::DigestAlgorithm;
use shirushi_crypto::SigningKey as _;
use shirushi_kit_office::*;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, assemble, crl_tbs,
    ocsp::{CertId, build_request},
};
use shirushi_responder::{
    Answered, List, MIGRATIONS, Memory, ResponderKeys, StatusAnswer, StatusSource,
};
use shirushi_store::Store;
use shirushi_wire::{CertificateState, ListKey, PublishedList};
use std::sync::Arc;
use tower::ServiceExt as _;

const MINUTES: i64 = 5 * 60;

struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Told {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers[&name].to_str().unwrap()
    }

    /// For how many seconds it is fresh.
    fn max_age(&self) -> i64 {
        let control = self.header(header::CACHE_CONTROL);
        assert!(control.contains("public") && control.contains("must-revalidate"));
        let age = control
            .split("max-age=")
            .nth(1)
            .unwrap();
        age.split(',')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}

async fn ask(routes: Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Told {
    let mut request = Request::builder()
        .method(method)
        .uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = routes
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    Told {
        status: parts.status,
        headers: parts.headers,
        body: axum::body::to_bytes(body, 1 << 20)
            .await
            .unwrap(),
    }
}

/// A responder whose lists are those that its memory keeps.
pub(crate) struct Lists {
    memory: Memory,
    bench: Arc<Bench>,
    _folder: tempfile::TempDir,
}

impl Lists {
    async fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = shirushi_test_database::address(folder.path(), "responder");
        let store = Store::open(&url, MIGRATIONS)
            .await
            .unwrap();
        Arc::new(Self {
            _folder: folder,
            ..Self::with(Memory::open(store).await.unwrap())
        })
    }

    /// Those that this memory keeps.
    pub(crate) fn with(memory: Memory) -> Self {
        Self {
            memory,
            bench: Bench::new(),
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    fn routes(self: &Arc<Self>) -> Router {
        shirushi_responder::router(
            self.clone(),
            Arc::new(ResponderKeys::new(vec![
                self.bench.signature.responder_key(),
                self.bench
                    .authentication
                    .responder_key(),
            ])),
            self.bench.clock.clone(),
        )
    }

    /// Keeps the list with this number, made now plus so many seconds and good for so many.
    pub(crate) async fn keep(&self, number: u64, shift: i64, valid: i64) -> List {
        let authority = &self.bench.signature;
        let made = self.bench.now().plus_seconds(shift);
        let tbs = crl_tbs(
            &authority.certificate,
            &urls(),
            CrlScope::Complete,
            number,
            made,
            made.plus_seconds(valid),
            [] as [shirushi_profile::RevokedEntry; 0],
        )
        .unwrap();
        let signature = authority.key.sign(&tbs).unwrap();
        let der = assemble(&tbs, authority.key.algorithm(), &signature);
        let list = List::new(PublishedList {
            key: KEY,
            list: CertificateList::from_der(&der).unwrap(),
        });
        self.memory
            .keep(list.clone())
            .await
            .unwrap();
        list
    }

    async fn get(self: &Arc<Self>, headers: &[(&str, &str)]) -> Told {
        ask(self.routes(), "GET", "/crl/sign/complete.crl", headers).await
    }
}

const KEY: ListKey = ListKey {
    kind: CertificateKind::Signature,
    generation: 1,
    scope: CrlScope::Complete,
};

impl StatusSource for Lists {
    fn status<'a>(
        &'a self,
        _: CertificateKind,
        _: shirushi_profile::Generation,
        _: &'a shirushi_profile::SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        Box::pin(async {
            Ok(StatusAnswer {
                status: CertificateState::Unknown,
                as_of: self.bench.now(),
            })
        })
    }

    fn crl(
        &self,
        _: CertificateKind,
        _: shirushi_profile::Generation,
        _: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        Box::pin(async { Ok(self.memory.list(&KEY)) })
    }
}

#[tokio::test]
async fn a_list_is_fresh_for_minutes_and_never_beyond_its_next_update() {
    let lists = Lists::new().await;
    let list = lists.keep(1, -60, DAY).await;
    let told = lists.get(&[]).await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(told.body, list.list().der());
    assert_eq!(told.max_age(), MINUTES);
    let tag = told.header(header::ETAG).to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20);
    // All of one clock, so that a cache can compare them.
    assert_ne!(told.header(header::DATE), told.header(header::EXPIRES));
    assert_ne!(
        told.header(header::DATE),
        told.header(header::LAST_MODIFIED)
    );

    lists
        .bench
        .clock
        .advance(DAY - 60 - 100);
    assert_eq!(lists.get(&[]).await.max_age(), 100);
    // Over: it is still served, and nobody may keep it.
    lists.bench.clock.advance(200);
    let over = lists.get(&[]).await;
    assert_eq!((over.status, over.max_age()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn who_has_the_list_already_gets_304_by_get_and_head() {
    let lists = Lists::new().await;
    lists.keep(1, -60, DAY).await;
    let whole = lists.get(&[]).await;
    let tag = whole.header(header::ETAG).to_owned();
    let date = whole
        .header(header::LAST_MODIFIED)
        .to_owned();
    let path = "/crl/sign/complete.crl";
    let weak = format!("\"other\", W/{tag}");
    for method in ["GET", "HEAD"] {
        for known in [
            vec![("if-none-match", tag.as_str())],
            vec![("if-none-match", weak.as_str())],
            vec![("if-none-match", "*")],
            vec![("if-modified-since", date.as_str())],
            // The tag decides where both are given.
            vec![
                ("if-none-match", tag.as_str()),
                ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ],
        ] {
            let told = ask(lists.routes(), method, path, &known).await;
            assert_eq!(told.status, StatusCode::NOT_MODIFIED, "{known:?}");
            assert!(told.body.is_empty());
            assert_eq!(told.header(header::ETAG), tag);
            assert_eq!(told.max_age(), MINUTES);
        }
        for other in [
            vec![("if-none-match", "\"other\"")],
            vec![("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
            vec![
                ("if-none-match", "\"other\""),
                ("if-modified-since", date.as_str()),
            ],
        ] {
            let told = ask(lists.routes(), method, path, &other).await;
            assert_eq!(told.status, StatusCode::OK, "{other:?}");
            let length = whole.body.len().to_string();
            assert_eq!(told.header(header::CONTENT_LENGTH), length);
            assert_eq!(told.body.is_empty(), method == "HEAD");
        }
    }
    // The next list has another tag.
    lists.bench.clock.advance(1);
    lists.keep(2, 0, DAY).await;
    let told = lists
        .get(&[("if-none-match", &tag)])
        .await;
    assert_eq!(told.status, StatusCode::OK);
    assert_ne!(told.header(header::ETAG), tag);
}

#[tokio::test]
async fn a_date_stands_for_no_list_that_it_cannot_tell_from_another() {
    let lists = Lists::new().await;
    lists.keep(1, 0, DAY).await;
    let first = lists
        .get(&[])
        .await
        .header(header::LAST_MODIFIED)
        .to_owned();
    let has_date = async |lists: &Arc<Lists>| {
        let known = lists
            .get(&[("if-modified-since", &first)])
            .await;
        assert_eq!(known.status, StatusCode::OK);
        lists
            .get(&[])
            .await
            .headers
            .contains_key(header::LAST_MODIFIED)
    };
    // In the same second; by a clock that went back; and with the first one's time again.
    lists.keep(2, 0, DAY).await;
    assert!(!has_date(&lists).await);
    lists.keep(3, -1000, DAY).await;
    assert!(!has_date(&lists).await);
    lists.keep(4, 0, DAY).await;
    assert!(!has_date(&lists).await);
    lists.keep(5, 1, DAY).await;
    // Made ahead of this clock by a second, and so not shown before that has passed.
    assert!(!has_date(&lists).await);
    lists.bench.clock.advance(1);
    assert!(has_date(&lists).await);
    // A lower number changes nothing.
    lists.keep(4, 50, DAY).await;
    assert_eq!(
        lists
            .memory
            .list(&KEY)
            .unwrap()
            .number(),
        5
    );
}

#[tokio::test]
async fn a_part_of_the_same_list_can_be_asked_for() {
    let lists = Lists::new().await;
    let list = lists.keep(1, -60, DAY).await;
    let der = list.list().der().to_vec();
    let end = der.len() - 1;
    let tag = lists
        .get(&[])
        .await
        .header(header::ETAG)
        .to_owned();
    let past = format!("bytes={}-", der.len());
    let all = format!("bytes=10-{}", 10 * der.len());
    for (range, expected) in [
        ("bytes=0-9", Some(0..=9)),
        ("bytes=100-", Some(100..=end)),
        ("bytes=-20", Some(der.len() - 20..=end)),
        (all.as_str(), Some(10..=end)),
        (past.as_str(), None),
        ("bytes=-0", None),
    ] {
        let told = lists
            .get(&[("range", range), ("if-range", &tag)])
            .await;
        let Some(expected) = expected else {
            assert_eq!(told.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
            continue;
        };
        assert_eq!(told.status, StatusCode::PARTIAL_CONTENT, "{range}");
        let said = format!(
            "bytes {}-{}/{}",
            expected.start(),
            expected.end(),
            der.len()
        );
        assert_eq!(told.header(header::CONTENT_RANGE), said);
        assert_eq!(told.body, der[expected]);
    }
    for (range, of) in [
        ("bytes=0-9", "\"other\""),
        ("bytes=0-1,4-5", tag.as_str()),
        ("bytes=9-0", tag.as_str()),
        ("lines=0-9", tag.as_str()),
        ("bytes=99999999999999999999999999-", tag.as_str()),
    ] {
        let told = lists
            .get(&[("range", range), ("if-range", of)])
            .await;
        assert_eq!(told.status, StatusCode::OK, "{range}");
        assert_eq!(told.body, der);
    }
}

#[tokio::test]
async fn only_an_answer_without_nonce_about_what_is_known_is_kept() {
    let bench = Bench::new();
    let good = bench.issue(CertificateKind::Signature, 0, &hanako());
    let ended = bench.issue(CertificateKind::Signature, 1, &hanako());
    bench.revoke(&ended.certificate);
    let never = bench.issue(CertificateKind::Signature, 2, &hanako());
    bench.set(&never.certificate, CertificateState::Unknown);
    let id = |held: &Held| {
        CertId::new(
            &bench.signature.certificate,
            held.certificate.serial(),
            DigestAlgorithm::Sha256,
        )
        .unwrap()
    };
    let get = async |ids: &[CertId], nonce: Option<&[u8]>| {
        let request = build_request(ids, nonce).unwrap();
        let path = format!(
            "/ocsp/sign/{}",
            Base64::encode_string(&request).replace('/', "%2F")
        );
        ask(bench.routes(), "GET", &path, &[]).await
    };
    for known in [&good, &ended] {
        let told = get(&[id(known)], None).await;
        assert_eq!(told.max_age(), MINUTES);
        let with_nonce = get(&[id(known)], Some(&[7; 32])).await;
        assert!(
            !with_nonce
                .headers
                .contains_key(header::CACHE_CONTROL)
        );
    }
    // What the source knew thirteen minutes ago is over in one.
    bench
        .behind
        .store(13 * 60, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(get(&[id(&good)], None).await.max_age(), 60);
    for nobody in [
        get(&[id(&never)], None).await,
        get(&[id(&good), id(&never)], None).await,
        ask(bench.routes(), "GET", "/ocsp/sign/AAAA", &[]).await,
    ] {
        assert!(
            !nobody
                .headers
                .contains_key(header::CACHE_CONTROL)
        );
    }
}

#[tokio::test]
async fn the_certificates_of_the_authorities_are_kept_and_compared_too() {
    let bench = Bench::new();
    let told = ask(bench.routes(), "GET", "/ca/sign.cer", &[]).await;
    assert_eq!(told.max_age(), MINUTES);
    let tag = told.header(header::ETAG).to_owned();
    let again = ask(
        bench.routes(),
        "GET",
        "/ca/sign.cer",
        &[("if-none-match", &tag)],
    )
    .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}
