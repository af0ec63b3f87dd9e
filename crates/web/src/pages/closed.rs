//! What is answered to who gets nothing of a site.

use crate::headers;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, html};
use shirushi_rules::Refusal;

/// A refusal as a page by itself, in both languages: it begins no session, sets no cookie, and loads and links nothing, because
/// nothing else of the site is there for who sees it. `word` is the site's, as on its pages.
#[must_use]
pub fn closed(word: &str, status: StatusCode, refusal: &Refusal) -> Response {
    let report = refusal.report();
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "受け付けられませんでした / Not accepted – 印 Shirushi" }
            }
            body data-site=(word) data-rule=(report.rule) {
                main {
                    h1 { "受け付けられませんでした / " span lang="en" { "Not accepted" } }
                    p { strong { (report.reason.ja) } }
                    p { (report.remedy.ja) }
                    div lang="en" {
                        p { strong { (report.reason.en) } }
                        p { (report.remedy.en) }
                        p { "Rule: " code { (report.rule) } }
                    }
                }
            }
        }
    };
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (status, kind, page.into_string()).into_response();
    headers::add_missing(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
