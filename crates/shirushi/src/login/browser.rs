//! A browser, as far as a log-in needs one: pages of one origin, its cookies, and where it is sent.

use super::form;
use crate::{
    failure::Failure,
    language::Language,
    network::innermost,
    told::{code, told},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header};
use shirushi_peers::{Lost, body};
use std::collections::BTreeMap;

/// Largest page taken, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Redirections followed within the site.
const MOST_REDIRECTIONS: usize = 5;

/// The cookie by which sites of ours know a visitor's language.
const LANGUAGE: &str = "shirushi-language";

/// A browser at one site.
pub(super) struct Browser {
    client: Client,
    origin: String,
    cookies: BTreeMap<String, Cookie>,
    language: Language,
}

/// A cookie of the site; all are sent with every request, for all are of its one host.
struct Cookie {
    value: String,
    path: String,
    is_secure: bool,
    is_http_only: bool,
}

/// Where a log-in has ended.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) origin: String,
    pub(super) title: String,
    pub(super) address: String,
    /// The cookies as a file that curl reads.
    pub(super) cookies: String,
}

impl Browser {
    pub(super) fn new(client: Client, origin: String, language: Language) -> Self {
        let mut cookies = BTreeMap::new();
        if language == Language::English {
            // As a visitor who has chosen it on the site's page; others disregard it.
            let chosen = Cookie {
                value: "en".to_owned(),
                path: "/".to_owned(),
                is_secure: false,
                is_http_only: true,
            };
            cookies.insert(LANGUAGE.to_owned(), chosen);
        }
        Self {
            client,
            origin,
            cookies,
            language,
        }
    }

    /// Opens the log-in page and sends its form; where the site sends the browser, which is an agent's address.
    pub(super) async fn begin(&mut self, path: &str) -> Result<String, Failure> {
        let page = self.get(path).await?;
        let text = self.page(page).await?;
        let form = form::find(&text, path)
            // Sent without what it asks for, it would count as somebody's wrong try.
            .filter(|form| !form.asks_a_password)
            .ok_or_else(|| self.no_form())?;
        let request = self
            .client
            .post(format!("{}{}", self.origin, form.action))
            .header(header::ORIGIN, &self.origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&form.hidden));
        let answer = self.send(request).await?;
        match location(&answer) {
            Some(address) if answer.status().is_redirection() => Ok(address),
            _ => Err(self.refused(answer).await),
        }
    }

    /// Brings the return code to the site, and follows it to the page where it ends.
    pub(super) async fn finish(&mut self, address: &str) -> Result<Landed, Failure> {
        let mut address = address.to_owned();
        let mut answer = self
            .get(&self.path_of(&address)?)
            .await?;
        if !answer.status().is_redirection() {
            return Err(self.refused(answer).await);
        }
        for _ in 0..MOST_REDIRECTIONS {
            let Some(next) = location(&answer).filter(|_| answer.status().is_redirection()) else {
                break;
            };
            let path = self.path_of(&next)?;
            address = format!("{}{path}", self.origin);
            answer = self.get(&path).await?;
        }
        if answer.status() != StatusCode::OK {
            return Err(self.refused(answer).await);
        }
        let title = form::title(&self.page(answer).await?);
        Ok(Landed {
            origin: self.origin.clone(),
            title,
            address,
            cookies: self.netscape(),
        })
    }

    async fn get(&mut self, path: &str) -> Result<Response, Failure> {
        let request = self
            .client
            .get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response, Failure> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, cookie)| format!("{name}={}", cookie.value))
            .collect();
        let request = match cookies.is_empty() {
            true => request,
            false => request.header(header::COOKIE, cookies.join("; ")),
        };
        let language = self.language.pick("ja", "en");
        let answer = request
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, language)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        for set in answer
            .headers()
            .get_all(header::SET_COOKIE)
        {
            if let Ok(text) = set.to_str() {
                self.keep(text);
            }
        }
        Ok(answer)
    }

    /// Takes a Set-Cookie (RFC 6265 §5.2) of the site's own host.
    fn keep(&mut self, text: &str) {
        let mut parts = text.split(';').map(str::trim);
        let Some((name, value)) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
        else {
            return;
        };
        let mut cookie = Cookie {
            value: value.to_owned(),
            path: "/".to_owned(),
            is_secure: false,
            is_http_only: false,
        };
        let mut is_over = false;
        for part in parts {
            let (attribute, value) = part
                .split_once('=')
                .unwrap_or((part, ""));
            match attribute.to_ascii_lowercase().as_str() {
                "secure" => cookie.is_secure = true,
                "httponly" => cookie.is_http_only = true,
                "path" => value.clone_into(&mut cookie.path),
                "max-age" => {
                    is_over = value
                        .parse::<i64>()
                        .is_ok_and(|seconds| seconds <= 0)
                }
                // Another host's, or one for several: not ours to keep.
                "domain" => return,
                _ => {}
            }
        }
        match is_over {
            true => self.cookies.remove(name),
            false => self
                .cookies
                .insert(name.to_owned(), cookie),
        };
    }

    /// The cookies in the format that Netscape's browser kept them in, and curl still does.
    fn netscape(&self) -> String {
        let host = Url::parse(&self.origin)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let mut text = "# Netscape HTTP Cookie File\n".to_owned();
        for (name, cookie) in &self.cookies {
            let prefix = if cookie.is_http_only {
                "#HttpOnly_"
            } else {
                ""
            };
            let secure = if cookie.is_secure { "TRUE" } else { "FALSE" };
            let Cookie { value, path, .. } = cookie;
            text.push_str(&format!(
                "{prefix}{host}\tFALSE\t{path}\t{secure}\t0\t{name}\t{value}\n"
            ));
        }
        text
    }

    /// The path and query of an address of this site.
    fn path_of(&self, address: &str) -> Result<String, Failure> {
        let base = Url::parse(&self.origin).map_err(|_| self.no_form())?;
        let url = base
            .join(address)
            .ok()
            .filter(|url| url.origin() == base.origin())
            .ok_or_else(|| {
                told(
                    code::FAILED,
                    self.language,
                    "サイトは、別のサイトに進むように求めました。進みません。",
                    "The site sends elsewhere, which is not followed.",
                )
            })?;
        Ok(match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        })
    }

    async fn page(&self, answer: Response) -> Result<String, Failure> {
        match body(answer, LARGEST).await {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(Lost::NotReached(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.no_form()),
        }
    }

    /// What the site says instead of going on.
    async fn refused(&self, answer: Response) -> Failure {
        let status = answer.status();
        let words = match self.page(answer).await {
            Ok(page) => form::words(&page),
            Err(failure) => return failure,
        };
        Failure::Told {
            code: code::FAILED,
            text: format!(
                "{}: {} ({status})\n  {words}",
                self.origin,
                self.language.pick(
                    "サイトはログインを受け付けませんでした",
                    "the site did not accept the log-in"
                )
            ),
        }
    }

    fn no_form(&self) -> Failure {
        let origin = &self.origin;
        told(
            code::FAILED,
            self.language,
            &format!(
                "{origin}: カードでログインする画面が見つかりません。カードには何も送っていません。\n  サイトのアドレスを確かめてください。パスワードでログインするサイトなら、ブラウザーを使ってください。"
            ),
            &format!(
                "{origin}: there is no page to log in with a card. Nothing was sent to the card.\n  See that it is the site's address. If one logs in with a password there, use a browser."
            ),
        )
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let cause = innermost(error);
        Failure::Told {
            code: code::NOT_REACHED,
            text: format!(
                "{}: {} ({cause})",
                self.origin,
                self.language
                    .pick("サイトにつながりません", "the site cannot be reached")
            ),
        }
    }
}

/// Fields as a form's body.
fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn location(answer: &Response) -> Option<String> {
    answer
        .headers()
        .get(header::LOCATION)?
        .to_str()
        .ok()
        .map(str::to_owned)
}
