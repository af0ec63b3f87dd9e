//! The agent by itself, without any site: files that are signed and checked.
//!
//! * A file is signed as `shirushi sign` does it, whatever its size; only name, size and digest are kept, and only for who brought it.
//! * A signature is judged as by `shirushi verify`, in its words, over a file that goes by in pieces.
//! * What is too large, is no form of this page or no certificate is told so.

use crate::support::{Bench, PASSWORD, browser::Answer};
use axum::http::header;
use shirushi_client::{ToVerify, verify_read};
use shirushi_clock::Clock as _;
use shirushi_path::TrustAnchors;
use shirushi_profile::CertificateKind;
use shirushi_rules::Language;
use shirushi_signature::verify;

type Part<'p> = (&'p str, Option<&'p str>, &'p [u8]);

/// Larger than what a body may weigh elsewhere, and no whole number of pieces.
fn large() -> Vec<u8> {
    (0..5_000_003_u32)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect()
}

/// Signs a file with the card in the reader. Answers the page's address and the signature.
async fn signed(bench: &Bench, name: &str, content: &[u8]) -> (String, Vec<u8>) {
    let page = bench.browser.get("/sign").await;
    let parts: [Part<'_>; 2] = [("file", Some(name), content), ("format", None, b"cms")];
    let taken = bench
        .browser
        .upload(&page, "/sign", &parts)
        .await;
    assert_eq!(taken.status, 303, "{}", taken.text);
    let own = taken.location;
    let page = bench.browser.get(&own).await;
    let answer = type_password(bench, &page, &own, PASSWORD).await;
    assert_eq!(
        (answer.status, &answer.location),
        (303, &own),
        "{}",
        answer.text
    );
    let file = bench
        .browser
        .get(&format!("{own}/signature"))
        .await;
    assert_eq!(file.status, 200);
    (own, file.bytes)
}

async fn type_password(bench: &Bench, page: &Answer, own: &str, password: &str) -> Answer {
    let fields = [
        ("card", page.hidden("card")),
        ("tries", page.hidden("tries")),
        ("press", page.hidden("press")),
        ("pin", password.to_owned()),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    bench
        .browser
        .submit(page, &format!("{own}/pin"), &fields)
        .await
}

#[tokio::test]
async fn a_file_is_signed_and_the_signature_is_saved_beside_its_name() {
    let bench = Bench::with_card().await;
    let content = large();
    let page = bench.browser.get("/sign").await;
    let name = "C:\\書類\\見積\u{202E}書.pdf";
    let parts: [Part<'_>; 1] = [("file", Some(name), &content)];
    let taken = bench
        .browser
        .upload(&page, "/sign", &parts)
        .await;
    assert_eq!(taken.status, 303, "{}", taken.text);
    let own = taken.location;
    let page = bench.browser.get(&own).await;
    assert!(page.has("5000003バイト") && !page.has("\u{202E}書.pdf</strong>"));
    assert!(
        page.has("U+202E"),
        "what turns the text is shown by its name"
    );
    let digest = page.between("data-digest=\"", "\"");
    assert_eq!(digest, hex::encode(shirushi_crypto::sha256(&content)));
    assert_eq!(
        bench
            .browser
            .get(&format!("{own}/signature"))
            .await
            .status,
        404
    );

    bench.cable.take_sent();
    let wrong = type_password(&bench, &page, &own, "WRONG7Q").await;
    assert!(wrong.status == 422 && wrong.has("card/pin-right"));
    let again = type_password(&bench, &page, &own, "WRONG7Q").await;
    assert!(again.has("カードには何も送っていません"));
    assert_eq!(bench.cable.presented(), 1, "the same form costs one try");
    let answer = type_password(&bench, &wrong, &own, PASSWORD).await;
    assert_eq!(answer.status, 303, "{}", answer.text);

    let file = bench
        .browser
        .get(&format!("{own}/signature"))
        .await;
    let signature = verify(&file.bytes, &content).unwrap();
    assert_eq!(signature.signer().kind(), Some(CertificateKind::Signature));
    assert_eq!(
        file.headers[header::CONTENT_TYPE],
        "application/pkcs7-signature"
    );
    let disposition = file.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert!(disposition.starts_with("attachment") && disposition.ends_with("%E6%9B%B8.pdf.p7s"));
    assert!(!disposition.contains("C%3A"), "no folder: {disposition}");

    // Signed once: another press signs nothing more.
    bench.cable.take_sent();
    let answer = type_password(&bench, &wrong, &own, PASSWORD).await;
    assert_eq!(answer.status, 303);
    assert_eq!(bench.cable.presented(), 0);
    // It is this browser's alone.
    let other = bench.browser.other();
    for path in [own.clone(), format!("{own}/signature")] {
        assert_eq!(other.get(&path).await.status, 404);
    }
    let history = bench.browser.get("/history").await;
    assert!(history.has("ファイルへの署名") && history.has("見積"));
}

#[tokio::test]
async fn a_signature_is_judged_in_the_words_of_the_command() {
    let bench = Bench::with_card().await;
    let content = large();
    let (_, signature) = signed(&bench, "a.txt", &content).await;
    let page = bench.browser.get("/check").await;
    let check = async |signature: &[u8], content: &[u8], more: &[Part<'_>]| {
        let mut parts: Vec<Part<'_>> = vec![("signature", Some("a.txt.p7s"), signature)];
        parts.extend(more);
        parts.push(("document", Some("a.txt"), content));
        let answer = bench
            .browser
            .upload(&page, "/check", &parts)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    };
    let from_card: Part<'_> = ("option", None, b"card");
    let answer = check(&signature, &content, &[from_card]).await;
    // The same, as the command has it.
    let trusted = bench
        .office
        .authority
        .ceremony()
        .certificates();
    let anchors = TrustAnchors::new(trusted);
    let wanted = ToVerify {
        signature: &signature,
        certificates: &[],
        anchors: &anchors,
        evidence: Default::default(),
        kind: CertificateKind::Signature,
    };
    let now = bench.clock.now();
    let judged = verify_read(wanted, &mut &content[..], None, now, |_| now).unwrap();
    let told = judged.in_words(Language::Japanese);
    assert!(
        answer.has(&told.verdict),
        "{}: {}",
        told.verdict,
        answer.text
    );
    for words in told.reasons {
        assert!(answer.has(&words), "{words}");
    }
    for (_, words) in told.findings.iter().chain(&[]) {
        assert!(answer.has(words), "{words}");
    }
    for (name, _) in told.facts {
        assert!(answer.has(name), "{name}");
    }
    assert!(answer.has("data-verdict=\"indeterminate\"") && answer.has("印\u{3000}花子"));
    // The bench begins at noon in Japan, which is 3 o'clock in UTC.
    assert!(
        answer.has(" 12:0") && answer.has("（日本時間）"),
        "{}",
        answer.text
    );
    assert!(!answer.has("T03:0"), "{}", answer.text);
    assert!(
        answer.has("失効していないか問い合わせる"),
        "what may help is said"
    );

    let mut altered = content.clone();
    altered[4_999_999] ^= 1;
    let answer = check(&signature, &altered, &[from_card]).await;
    assert!(answer.has("data-verdict=\"failed\""), "{}", answer.text);
    // Without anybody who is trusted, and with a trusted authority by its file.
    let answer = check(&signature, &content, &[]).await;
    assert!(answer.has("NO_CERTIFICATE_CHAIN_FOUND"), "{}", answer.text);
    let authority = anchors
        .certificates()
        .iter()
        .find(|authority| {
            let signer = judged.report.signer.as_ref().unwrap();
            authority.subject_text() == signer.issuer
        })
        .unwrap()
        .der()
        .to_vec();
    let answer = check(
        &signature,
        &content,
        &[("trust", Some("ca.cer"), &authority)],
    )
    .await;
    assert!(answer.has("TRY_LATER"), "{}", answer.text);
    // Asked: this bench has nobody at the address in the certificate.
    let online: Part<'_> = ("option", None, b"online");
    let answer = check(&signature, &content, &[from_card, online]).await;
    assert!(answer.has("OCSP: http://127.0.0.1:8099"), "{}", answer.text);
    let answer = check(b"no signature", &content, &[from_card]).await;
    assert!(answer.has("data-verdict=\"failed\""), "{}", answer.text);
}

#[tokio::test]
async fn what_cannot_be_taken_is_told() {
    let bench = Bench::new().await;
    let page = bench.browser.get("/check").await;
    let none: [Part<'_>; 2] = [("signature", Some(""), b""), ("document", Some(""), b"")];
    let answer = bench
        .browser
        .upload(&page, "/check", &none)
        .await;
    assert!(answer.status == 422 && answer.has("ファイルが選ばれていません"));
    let unfit: [Part<'_>; 3] = [
        ("signature", Some("a.p7s"), b"0"),
        ("trust", Some("ca.pem"), b"no certificate"),
        ("document", Some("a"), b"a"),
    ];
    let answer = bench
        .browser
        .upload(&page, "/check", &unfit)
        .await;
    assert!(
        answer.status == 422 && answer.has("ca.pem は証明書のファイル"),
        "{}",
        answer.text
    );
    let page = bench.browser.get("/sign").await;
    let none: [Part<'_>; 1] = [("file", Some(""), b"")];
    let answer = bench
        .browser
        .upload(&page, "/sign", &none)
        .await;
    assert!(answer.status == 422 && answer.has("ファイルが選ばれていません"));
    // What is so is said: an empty file, and the wrong order.
    let page = bench.browser.get("/check").await;
    let signature: Part<'_> = ("signature", Some("a.p7s"), b"0");
    let document: Part<'_> = ("document", Some("a"), b"a");
    let empty: Part<'_> = ("signature", Some("a.p7s"), b"");
    let trust: Part<'_> = ("trust", Some("ca.pem"), &vec![b'0'; 2 << 20]);
    for (parts, told) in [
        (vec![empty, document], "署名のファイルが空です"),
        (vec![document, signature], "署名より先に届きました"),
        (vec![document], "ファイルが選ばれていません"),
        // No number of parts and no sum of small ones fills the memory.
        (vec![("option", None, &b""[..]); 500], "部分が多すぎます"),
        (vec![trust; 5], "size-limit"),
    ] {
        let answer = bench
            .browser
            .upload(&page, "/check", &parts)
            .await;
        assert!(
            answer.status != 200 && answer.has(told),
            "{told}: {}",
            answer.text
        );
    }
    let page = bench.browser.get("/sign").await;
    let parts = vec![("format", None, &b"cms"[..]); 500];
    let answer = bench
        .browser
        .upload(&page, "/sign", &parts)
        .await;
    assert!(answer.has("部分が多すぎます"), "{}", answer.text);
    // Announced as larger than what `sign` takes: nothing of it is read.
    for path in ["/sign", "/check"] {
        let mut request = bench
            .browser
            .form_with_files(path, &[("form-token", None, b"00")]);
        request.headers_mut().insert(
            header::CONTENT_LENGTH,
            ((17_u64 << 30).to_string())
                .parse()
                .unwrap(),
        );
        let answer = bench.browser.send(request).await;
        assert!(answer.has("size-limit"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_signature_is_given_out_also_when_the_history_cannot_be_written() {
    let bench = Bench::with_card().await;
    bench.let_no_line_end().await;
    let page = bench.browser.get("/sign").await;
    let parts: [Part<'_>; 1] = [("file", Some("a%22b%20.txt"), b"a")];
    let own = bench
        .browser
        .upload(&page, "/sign", &parts)
        .await
        .location;
    let page = bench.browser.get(&own).await;
    // As a browser writes a quotation mark, and nothing else.
    assert!(page.has("a&quot;b%20.txt"), "{}", page.text);
    let wrong = type_password(&bench, &page, &own, "WRONG7Q").await;
    assert_eq!((wrong.status, wrong.hidden("tries").as_str()), (422, "4"));
    assert!(wrong.has("id=\"unrecorded\""));
    let answer = type_password(&bench, &wrong, &own, PASSWORD).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = bench.browser.get(&own).await;
    assert!(page.has("id=\"signed\"") && page.has("id=\"unrecorded\""));
    let history = bench.browser.get("/history").await;
    assert_eq!(history.text.matches("途中").count(), 2);

    bench.let_no_line_begin().await;
    let page = bench.browser.get("/sign").await;
    let other = bench
        .browser
        .upload(&page, "/sign", &parts)
        .await
        .location;
    let page = bench.browser.get(&other).await;
    bench.cable.take_sent();
    let answer = type_password(&bench, &page, &other, PASSWORD).await;
    assert_eq!(answer.status, 500);
    assert_eq!(bench.cable.presented(), 0);
}

#[tokio::test]
async fn who_signs_with_a_certificate_of_an_unlisted_policy_reads_so() {
    const NOTE: &str = "id=\"unlisted\"";
    for (bench, is_unlisted) in [
        (Bench::with_unlisted_policies().await, true),
        (Bench::with_card().await, false),
    ] {
        let (own, _) = signed(&bench, "a.txt", b"a").await;
        let page = bench.browser.get(&own).await;
        assert_eq!(page.has(NOTE), is_unlisted, "{}", page.text);
    }
}
