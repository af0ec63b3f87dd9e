//! A browser, as far as the agent sees one: it keeps one session's cookie and says where a form comes from.

use super::AGENT;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, header, request::Builder},
};
use shirushi_web::{Caller, holds_secret};
use std::{os::unix::fs::MetadataExt as _, sync::Mutex};
use tower::ServiceExt as _;

pub(crate) struct Browser {
    router: Router,
    /// Path, name and value.
    jar: Mutex<Vec<(String, String, String)>>,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) location: String,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// What stands between the first `before` and the next `after`.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(before)
            .unwrap_or_else(|| panic!("{before} is not in {}", self.text));
        let (found, _) = rest.split_once(after).unwrap();
        found.replace("&amp;", "&")
    }

    /// The answer from these words on.
    fn after(&self, words: &str) -> Self {
        let (_, rest) = self.text.split_once(words).unwrap();
        Self {
            status: self.status,
            headers: self.headers.clone(),
            location: self.location.clone(),
            text: rest.to_owned(),
            bytes: self.bytes.clone(),
        }
    }

    /// The value of a hidden field.
    #[track_caller]
    pub(crate) fn hidden(&self, name: &str) -> String {
        self.between(&format!("name=\"{name}\" value=\""), "\"")
    }

    /// The tries left that the page says.
    #[track_caller]
    pub(crate) fn tries(&self) -> String {
        self.between("data-tries=\"", "\"")
    }
}

/// Every page that any test sees: what is typed unseen is in a field that is known to hold a secret.
fn assert_secrets_are_known(page: &str) {
    for tag in page.split("<input").skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        if tag.contains("type=\"password\"") {
            let (_, name) = tag.split_once(" name=\"").unwrap();
            let (name, _) = name.split_once('"').unwrap();
            assert!(holds_secret(name), "{name} is shown to whoever comes back");
        }
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            jar: Mutex::default(),
        }
    }

    /// Another person's browser on the same machine.
    pub(crate) fn other(&self) -> Self {
        Self::new(self.router.clone())
    }

    /// The cookies that are sent to a path (RFC 6265 §5.4): longer paths first.
    fn cookies(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let mut sent: Vec<_> = self
            .jar
            .lock()
            .unwrap()
            .iter()
            .filter(|(below, _, _)| {
                let rest = path.strip_prefix(below.trim_end_matches('/'));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .cloned()
            .collect();
        sent.sort_by_key(|(below, _, _)| usize::MAX - below.len());
        sent.iter()
            .map(|(_, name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Takes a Set-Cookie, of the agent or of something else that listens on this host.
    pub(crate) fn keep(&self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts
            .next()
            .unwrap()
            .split_once('=')
            .unwrap();
        let path = parts
            .find_map(|part| part.strip_prefix("Path="))
            .unwrap_or("/");
        let mut jar = self.jar.lock().unwrap();
        jar.retain(|(below, own, _)| below != path || own != name);
        jar.push((path.to_owned(), name.to_owned(), value.to_owned()));
    }

    /// What the host's cookies tell to whatever listens on another port of it, when the browser is sent to this path there.
    pub(crate) fn told_elsewhere(&self, path: &str) -> String {
        self.cookies(path)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        let mut builder = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8081")
            .extension(ConnectInfo(Caller::new(Some(own_account()))));
        let cookie = self.cookies(path);
        if !cookie.is_empty() {
            builder = builder.header(header::COOKIE, cookie);
        }
        builder
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let location = head
            .headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_secrets_are_known(&text);
        Answer {
            status: head.status.as_u16(),
            location: location.to_owned(),
            headers: head.headers.clone(),
            text,
            bytes: bytes.to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(
            self.request("GET", path)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    /// The page as someone sees it who has chosen English.
    pub(crate) async fn get_in_english(&self, path: &str) -> Answer {
        let mut request = self
            .request("GET", path)
            .body(Body::empty())
            .unwrap();
        let cookies = format!("{}; shirushi-language=en", self.cookies(path));
        request
            .headers_mut()
            .insert(header::COOKIE, cookies.parse().unwrap());
        self.send(request).await
    }

    /// Goes to an address of the agent from a site's page.
    pub(crate) async fn walk(&self, address: &str) -> Answer {
        let path = address.strip_prefix(AGENT).unwrap();
        let request = self
            .request("GET", path)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "cross-site");
        self.send(request.body(Body::empty()).unwrap())
            .await
    }

    /// Sends a form of the page at `page` to `path`.
    pub(crate) async fn submit(
        &self,
        page: &Answer,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        // Of a person who makes up a form, the token is another form's of the same errand, or of whatever is there.
        let room = path.rsplit_once('/').unwrap().0;
        let forms = [format!("action=\"{path}\""), format!("action=\"{room}/")];
        let token = match forms.iter().find(|form| page.has(form)) {
            Some(form) => page.after(form).hidden("form-token"),
            None => page.hidden("form-token"),
        };
        let mut all = vec![("form-token", token.as_str())];
        all.extend(fields);
        self.post(path, AGENT, &all).await
    }

    pub(crate) async fn post(&self, path: &str, origin: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self
            .request("POST", path)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        self.send(request).await
    }

    /// Sends the page's form with files to `path`: each part has a name, what the file is called if it is one, and what is in it.
    pub(crate) async fn upload(
        &self,
        page: &Answer,
        path: &str,
        parts: &[(&str, Option<&str>, &[u8])],
    ) -> Answer {
        let token = page
            .after(&format!("action=\"{path}\""))
            .hidden("form-token");
        let mut all: Vec<(&str, Option<&str>, &[u8])> =
            vec![("form-token", None, token.as_bytes())];
        all.extend(parts);
        self.send(self.form_with_files(path, &all))
            .await
    }

    pub(crate) fn form_with_files(
        &self,
        path: &str,
        parts: &[(&str, Option<&str>, &[u8])],
    ) -> Request<Body> {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
            let head =
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        self.request("POST", path)
            .header(header::ORIGIN, AGENT)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .unwrap()
    }

    /// Types a PIN into the errand's page as it is now.
    pub(crate) async fn type_pin(&self, errand: &str, pin: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.get(errand).await;
        assert_eq!(page.status, 200, "{}", page.text);
        self.type_into(&page, errand, pin, more)
            .await
    }

    /// Types a PIN into a page that was shown before.
    pub(crate) async fn type_into(
        &self,
        page: &Answer,
        errand: &str,
        pin: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let card = page.between("id=\"card-number\" data-card=\"", "\"");
        let tries = page.hidden("tries");
        let mut fields = vec![("card", card.as_str()), ("tries", &tries), ("pin", pin)];
        fields.extend(more);
        self.submit(page, &format!("{errand}/pin"), &fields)
            .await
    }
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// The account that this test runs in.
pub(crate) fn own_account() -> u32 {
    std::fs::metadata("/proc/self")
        .unwrap()
        .uid()
}
