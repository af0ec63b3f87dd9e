//! What the CPS address in every certificate answers (RFC 5280 §4.2.1.4): what this sandbox's certification practice is, in short.

use axum::{
    Router,
    extract::RawQuery,
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};
use shirushi_rules::Language;

/// The page, below the city's own address, which the certificates name. It is the same for everybody and keeps nothing.
pub fn practice_routes() -> Router {
    Router::new().route("/cps.html", get(page))
}

async fn page(RawQuery(query): RawQuery) -> Response {
    let language = match query.as_deref() {
        Some("lang=en") => Language::English,
        _ => Language::Japanese,
    };
    let caching = [(header::CACHE_CONTROL, "public, max-age=3600")];
    (caching, Html(practice(language).into_string())).into_response()
}

/// One statement in both languages.
type Statement = (&'static str, &'static str);

const TITLE: Statement = (
    "この練習場の認証業務について",
    "The certification practice of this sandbox",
);

const STATEMENTS: [(Statement, Statement); 6] = [
    (
        ("何のためのものか", "What it is for"),
        (
            "これは、1台の機械の中で動く架空の市（印 Shirushi）の認証局です。証明書はソフトウェアを試すためのもので、公的個人認証法にもとづいて発行されたものではありません。証明書に書かれた人は実在しません。本物の手続きで受け取ったり、信頼したりしないでください。",
            "This is the certification authority of an invented city (Shirushi) inside one machine. Its certificates are for trying software out. They are not issued under the act on public certification of individuals (公的個人認証法), and the persons named in them do not exist. Neither take them in real procedures nor rely on them.",
        ),
    ),
    (
        ("鍵", "Keys"),
        (
            "署名用と利用者証明用の二つの認証局があります。認証局の鍵は市のフォルダーの中のファイルで、ハードウェアでは守られていません。市ができたときに作られ、世代ごとに新しくなります。",
            "There are two authorities, for signature and for authentication certificates. Their keys are files in the city's folder, which no hardware protects. They were made when the city was founded, and are made anew for each generation.",
        ),
    ),
    (
        ("発行", "Issue"),
        (
            "窓口の担当者が、申請書・カード・本人確認書類を住民の記録と照らし合わせて受け付け、担当者の鍵で署名します。利用者の鍵はカードの中で作られ、カードから出ません。ただし練習用のカードはファイルです。",
            "An officer at the counter compares the form, the card and the documents of identity with the resident register, and signs the application. The holder's keys are made in the card and do not leave it; but the sandbox's cards are files.",
        ),
    ),
    (
        ("失効と、その知らせ方", "Revocation and how it is told"),
        (
            "本人の申請（窓口、または署名したオンラインの申請）と、住民の記録・カードの異動によって失効します。失効リスト（CRL）は失効のたびに、また12時間ごとに作り直し、24時間有効です。OCSPは15分間有効な答えを返します。リスト、答え、認証局の証明書は、このアドレスの下で誰でも読めます。",
            "A certificate ends by its holder's request (at the counter, or a signed one online) and by changes of the resident's record or of the card. Revocation lists (CRLs) are made anew upon each revocation and every twelve hours, and are good for a day; OCSP answers are good for a quarter of an hour. Lists, answers and the authorities' certificates can be read by everybody below this address.",
        ),
    ),
    (
        ("記録", "Records"),
        (
            "発行と失効は、書き換えれば分かる記録（ハッシュ木）に残ります。",
            "Issues and revocations are kept in a log (a hash tree) in which a change is noticed.",
        ),
    ),
    (
        ("時計", "The clock"),
        (
            "この市の時計は、練習場の画面で先へ進められます。証明書の日付は市の時計によります。",
            "The city's clock can be moved forward on the sandbox's page. The dates in certificates are by that clock.",
        ),
    ),
];

fn practice(language: Language) -> Markup {
    let say = |(ja, en): Statement| match language {
        Language::Japanese => ja,
        Language::English => en,
    };
    let (lang, other, switch) = match language {
        Language::Japanese => ("ja", "?lang=en", "English"),
        Language::English => ("en", "?lang=ja", "日本語"),
    };
    html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (say(TITLE)) " – 印 Shirushi" }
            }
            body {
                p { a href=(other) { (switch) } }
                main {
                    h1 { (say(TITLE)) }
                    @for (heading, text) in STATEMENTS {
                        h2 { (say(heading)) }
                        p { (say(text)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn the_practice_is_told_in_japanese_first_and_in_english() {
        for (path, lang, says) in [
            ("/cps.html", "<html lang=\"ja\">", "実在しません"),
            ("/cps.html?lang=en", "<html lang=\"en\">", "do not exist"),
        ] {
            let request = Request::get(path)
                .body(Body::empty())
                .unwrap();
            let response = practice_routes()
                .oneshot(request)
                .await
                .unwrap();
            assert_eq!(response.status(), 200);
            let body = axum::body::to_bytes(response.into_body(), 65_536)
                .await
                .unwrap();
            let page = String::from_utf8(body.to_vec()).unwrap();
            assert!(page.contains(lang) && page.contains(says), "{page}");
        }
    }
}
