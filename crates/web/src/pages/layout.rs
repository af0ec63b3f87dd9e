//! The frame of every page.

use super::{Visit, assets, guard::word};
use crate::problem::Told;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use form_urlencoded::byte_serialize;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page of a site: its title and content, in the frame that all pages of the house share.
#[derive(Clone, Debug)]
pub struct Page {
    visit: Visit,
    title: String,
    content: Markup,
    user: Option<Markup>,
    status: StatusCode,
    refresh: Option<(u32, String)>,
}

impl Page {
    /// A page. `title` becomes its first heading; `content` stands below it.
    #[must_use]
    pub fn new(visit: &Visit, title: &str, content: Markup) -> Self {
        Self {
            visit: visit.clone(),
            title: title.to_owned(),
            content,
            user: None,
            status: StatusCode::OK,
            refresh: None,
        }
    }

    /// Says at the head who is logged in, with the way out: `content` is a name and a form.
    #[must_use]
    pub fn user(mut self, content: Markup) -> Self {
        self.user = Some(content);
        self
    }

    /// Answers with this status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Has the browser fetch `address` (of this site) after `seconds`, where no script does it: for work in progress.
    #[must_use]
    pub fn refresh(mut self, seconds: u32, address: &str) -> Self {
        self.refresh = Some((seconds, address.to_owned()));
        self
    }

    pub(crate) fn of_problem(visit: &Visit, status: StatusCode, told: &Told) -> Self {
        let title = match status.as_u16() {
            404 => visit.say("ページが見つかりません", "There is no such page"),
            413 | 422 => visit.say("受け付けられませんでした", "Not accepted"),
            _ => visit.say("表示できませんでした", "This cannot be shown"),
        };
        let content = html! {
            (crate::ui::told(visit, told))
            @if let Some(kept) = &told.kept { (crate::ui::kept(visit, kept)) }
            p { a href="/" { (visit.say("最初のページへ", "To the first page")) } }
        };
        Self::new(visit, title, content)
    }

    /// The whole document.
    #[must_use]
    pub fn into_string(self) -> String {
        let Self {
            visit,
            title,
            content,
            user,
            refresh,
            status,
        } = self;
        let config = visit.site.config();
        let name = visit.text(config.name);
        let path = visit
            .here
            .split('?')
            .next()
            .unwrap_or("/")
            .to_owned();
        let other = match word(visit.language) {
            "ja" => ("en", "English"),
            _ => ("ja", "日本語"),
        };
        let back: String = byte_serialize(visit.here.as_bytes()).collect();
        let document = html! {
            (DOCTYPE)
            html lang=(word(visit.language)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " – " (name) }
                    link rel="stylesheet" href={ "/assets/" (assets::STYLE) };
                    link rel="icon" href={ "/assets/" (assets::ICON) } type="image/svg+xml";
                    @if let Some((seconds, address)) = &refresh {
                        noscript { meta http-equiv="refresh" content={ (seconds) ";url=" (address) }; }
                    }
                    script src={ "/assets/" (assets::SCRIPT) } defer {}
                }
                body data-site=(config.word) data-failed[!status.is_success()] {
                    a.skip href="#content" { (visit.say("本文へ進む", "Skip to the content")) }
                    @if config.is_sandbox {
                        aside.sandbox aria-label=(visit.say("練習用の環境", "Sandbox")) {
                            strong { (visit.say("練習用", "Sandbox")) }
                            " "
                            (visit.say(
                                "実際の公的個人認証サービスではありません。人もカードも架空です。",
                                "This is not the real service. Its people and cards are invented."))
                        }
                    }
                    header.head {
                        a.name href="/" { span.seal aria-hidden="true" { "印" } span { (name) } }
                        div.tools {
                            @if let Some(user) = &user { div.user { (user) } }
                            a.language hreflang=(other.0) lang=(other.0)
                                href={ "/language?to=" (other.0) "&back=" (back) } { (other.1) }
                        }
                        @if !config.links.is_empty() {
                            nav aria-label=(visit.say("主なページ", "Main pages")) {
                                ul {
                                    @for link in &config.links {
                                        li {
                                            a href=(link.href) aria-current=[(link.href == path).then_some("page")] {
                                                (visit.text(link.label))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    main id="content" tabindex="-1" {
                        h1 { (title) }
                        (content)
                    }
                    footer {
                        p { "印 Shirushi " (env!("CARGO_PKG_VERSION")) " · " (visit.say(
                            "公的個人認証サービスのオープンな実装",
                            "an open implementation of JPKI")) }
                    }
                }
            }
        };
        let PreEscaped(text) = document;
        text
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let status = self.status;
        let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (status, kind, self.into_string()).into_response()
    }
}
