//! What is signed is what is shown:
//!
//! * A filing is shown field by field with its procedure's labels, its attachments each by itself; the signature is over its bytes.
//! * What is said to be a filing and is none, and what cannot be shown, is not signed.
//! * What nobody sees, or what turns the direction of reading, is shown by its number and name, wherever a site's text stands.
//! * Nothing that a site sends becomes a page of the agent's origin.

use crate::support::{Bench, PASSWORD, start};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Date;
use shirushi_crypto::SystemRandom;
use shirushi_profile::CertificateKind;
use shirushi_rules::InBoth;
use shirushi_signature::verify;
use shirushi_wire::{
    Deed, DocumentToSign, Want,
    filing::{Attachment, Filing, FilingApplicant, FilingId},
};

fn filing() -> Vec<u8> {
    let attachment = |name: &str, media_type: &str, content: &[u8]| Attachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: content.to_vec(),
    };
    Filing {
        id: FilingId::random(&SystemRandom),
        procedure: "TEN0010".parse().unwrap(),
        prepared_at: start(),
        applicant: FilingApplicant {
            name: "印\u{3000}花子".to_owned(),
            birth_date: Date::constant(1990, 8, 1),
            address: "東京都印市朱肉一丁目２番３号".to_owned(),
        },
        form: vec![
            ("moving-date".to_owned(), "2030-05-01".to_owned()),
            (
                "new-address".to_owned(),
                "東京都角市印影２－１ <b>".to_owned(),
            ),
        ],
        attachments: vec![
            attachment("間取り.txt", "text/plain", "三畳".as_bytes()),
            attachment("page.html", "text/html", b"<script>alert(1)</script>"),
            attachment("p.svg", "image/svg+xml", b"<svg/>"),
        ],
    }
    .to_xml()
    .unwrap()
}

fn sign(media_type: &str, content: &[u8]) -> Want {
    Want::Sign {
        document: DocumentToSign {
            title: InBoth {
                ja: "転出届".to_owned(),
                en: "Moving out".to_owned(),
            },
            media_type: media_type.to_owned(),
            content: Base64::encode_string(content),
        },
    }
}

#[tokio::test]
async fn a_filing_is_shown_as_it_is_and_signed_as_it_is() {
    let bench = Bench::with_card().await;
    let document = filing();
    let errand = bench
        .begin(sign("application/xml", &document))
        .await;
    let page = bench.browser.get(&errand).await;
    for shown in [
        "転出届",
        "異動日",
        "2030-05-01",
        "新しい住所",
        "印影２－１ &lt;b&gt;",
        "東京都印市朱肉",
        "間取り.txt",
        "SHA-256",
    ] {
        assert!(page.has(shown), "{shown}");
    }
    assert!(!page.has("<b>"));

    let attachment = async |n: &str| {
        bench
            .browser
            .get(&format!("{errand}/attachments/{n}"))
            .await
    };
    let text = attachment("0").await;
    assert_eq!(text.text, "三畳");
    assert_eq!(text.headers["content-type"], "text/plain; charset=utf-8");
    let of = |answer: &crate::support::browser::Answer, name: &str| {
        answer.headers[name]
            .to_str()
            .unwrap()
            .to_owned()
    };
    for n in ["1", "2"] {
        let answer = attachment(n).await;
        assert_eq!(of(&answer, "content-type"), "application/octet-stream");
        assert!(of(&answer, "content-disposition").starts_with("attachment"));
        assert!(of(&answer, "content-security-policy").starts_with("sandbox"));
        assert_eq!(of(&answer, "x-content-type-options"), "nosniff");
    }
    for n in ["3", "-1", "x", "18446744073709551616"] {
        assert_eq!(attachment(n).await.status, 404, "{n}");
    }

    let answer = bench
        .browser
        .type_into(&page, &errand, PASSWORD, &[])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let Deed::Signed { cms } = bench.deed(&errand).await else {
        panic!("no signature");
    };
    let signed = verify(&Base64::decode_vec(&cms).unwrap(), &document).unwrap();
    assert_eq!(signed.signer().kind(), Some(CertificateKind::Signature));
    assert!((start()..start().plus_seconds(60)).contains(&signed.signing_time()));
}

#[tokio::test]
async fn what_cannot_be_shown_is_not_signed() {
    let bench = Bench::with_card().await;
    let mut not_canonical = filing();
    not_canonical.push(b'\n');
    for (media_type, content, said) in [
        (
            "application/xml",
            not_canonical.as_slice(),
            "id=\"no-filing\"",
        ),
        ("application/xml", b"<html/>", "id=\"no-filing\""),
        ("text/html", b"<p>1</p>", "id=\"not-shown\""),
        ("application/pdf", b"<html>", "id=\"not-shown\""),
        ("application/pdf", b"", "id=\"not-shown\""),
        ("text/plain", b"\xFF", "id=\"not-shown\""),
    ] {
        let errand = bench
            .begin(sign(media_type, content))
            .await;
        let page = bench.browser.get(&errand).await;
        assert!(page.has(said), "{media_type}");
        assert!(!page.has("name=\"pin\""));
        bench.cable.take_sent();
        let card = page.between("id=\"card-number\" data-card=\"", "\"");
        let fields = [("card", card.as_str()), ("tries", "5"), ("pin", PASSWORD)];
        bench
            .browser
            .submit(&page, &format!("{errand}/pin"), &fields)
            .await;
        assert!(bench.cable.take_sent().is_empty());
        let raw = bench
            .browser
            .get(&format!("{errand}/document"))
            .await;
        assert!(
            !raw.headers["content-type"]
                .to_str()
                .unwrap()
                .contains("html")
        );
    }
}

#[tokio::test]
async fn a_pdf_is_opened_by_itself_and_signed_as_it_is() {
    let bench = Bench::with_card().await;
    let content = b"%PDF-1.7 not much of one";
    let errand = bench
        .begin(sign("application/pdf", content))
        .await;
    let page = bench.browser.get(&errand).await;
    let address = page.between("id=\"open-document\" href=\"", "\"");
    let pdf = bench.browser.get(&address).await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert_eq!(pdf.text.as_bytes(), content);
    bench
        .browser
        .type_into(&page, &errand, PASSWORD, &[])
        .await;
    let Deed::Signed { cms } = bench.deed(&errand).await else {
        panic!("no signature");
    };
    verify(&Base64::decode_vec(&cms).unwrap(), content).unwrap();
}

/// Characters that turn, join, hide or fill, and the marks that stand for them.
const UNSEEN: [(&str, &str); 8] = [
    ("\u{202E}", "[U+202E right-to-left override]"),
    ("\u{2067}", "[U+2067 right-to-left isolate]"),
    ("\u{200B}", "[U+200B zero width space]"),
    ("\u{200D}", "[U+200D zero width joiner]"),
    ("\u{3164}", "[U+3164 Hangul filler]"),
    ("\u{00AD}", "[U+00AD soft hyphen]"),
    ("\u{E0031}", "[U+E0031 tag]"),
    ("\u{FE0F}", "[U+FE0F variation selector]"),
];

#[tokio::test]
async fn what_nobody_sees_is_shown_in_a_document_and_signed_as_it_is() {
    let bench = Bench::with_card().await;
    for (character, mark) in UNSEEN {
        let text = format!("金{character}1000円\n二行目");
        let mut want = sign("text/plain", text.as_bytes());
        if let Want::Sign { document } = &mut want {
            document.title.ja = format!("題{character}名");
        }
        let errand = bench.begin(want).await;
        let page = bench.browser.get(&errand).await;
        assert!(
            page.has(&format!(
                "金<mark class=\"unseen\">{mark}</mark>1000円\n二行目"
            )),
            "{}",
            page.text
        );
        assert!(page.has(&format!("題{mark}名")));
        assert!(!page.has(character));
        let alone = bench
            .browser
            .get(&format!("{errand}/document"))
            .await;
        assert_eq!(alone.text, text.replace(character, mark));
        let history = bench.browser.get("/history").await;
        assert!(history.has(mark) && !history.has(character));
        bench
            .browser
            .type_into(&page, &errand, PASSWORD, &[])
            .await;
        let Deed::Signed { cms } = bench.deed(&errand).await else {
            panic!("no signature");
        };
        // Shown is not changed: the signature is over the bytes that came.
        verify(&Base64::decode_vec(&cms).unwrap(), text.as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn what_nobody_sees_is_shown_in_the_files_of_a_filing() {
    let bench = Bench::with_card().await;
    for (character, mark) in UNSEEN {
        let mut filing = Filing::parse(&filing()).unwrap();
        filing.attachments[0].content = format!("三{character}畳").into_bytes();
        let xml = filing.to_xml().unwrap();
        // In the filing itself they have no place: what came so is no filing, and is shown as the text that it is.
        filing.form[1].1.push_str(character);
        assert!(filing.to_xml().is_err(), "{mark}");
        let errand = bench
            .begin(sign("application/xml", &xml))
            .await;
        let page = bench.browser.get(&errand).await;
        assert!(!page.has(character));
        let text = bench
            .browser
            .get(&format!("{errand}/attachments/0"))
            .await;
        assert_eq!(text.text, format!("三{mark}畳"));
        let page = bench.browser.get(&errand).await;
        bench
            .browser
            .submit(&page, &format!("{errand}/decline"), &[])
            .await;
    }
}

#[tokio::test]
async fn a_document_of_what_nobody_sees_cannot_be_signed() {
    let bench = Bench::with_card().await;
    let text = "a\u{200B}b\u{200C}".repeat(10_001);
    let errand = bench
        .begin(sign("text/plain", text.as_bytes()))
        .await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has("id=\"not-shown\"") && !page.has("name=\"pin\""));
}
