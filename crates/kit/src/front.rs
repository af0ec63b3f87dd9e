//! A site's pages without a listener: what a browser sends, and what it reads from an answer.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header, request::Builder},
    response::Response,
};
use tower::ServiceExt as _;

/// The longest page, in bytes.
const LONGEST: usize = 1 << 24;

/// A site at its origin.
#[derive(Clone, Debug)]
pub struct Front {
    router: Router,
    origin: &'static str,
}

impl Front {
    /// A site whose origin is `http://host:port`.
    pub fn new(router: Router, origin: &'static str) -> Self {
        Self { router, origin }
    }

    /// Sends a request to the site's host, in a browser with this cookie.
    pub async fn send(
        &self,
        request: Builder,
        cookie: &str,
        body: impl Into<Body> + Send,
    ) -> Response {
        let host = self
            .origin
            .trim_start_matches("http://");
        let request = request
            .header(header::HOST, host)
            .header(header::COOKIE, cookie)
            .body(body.into())
            .unwrap();
        self.router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Response {
        self.send(Request::builder().uri(path), cookie, Body::empty())
            .await
    }

    /// Sends a form, whose fields are encoded already, from a page of `origin`.
    pub async fn post(
        &self,
        path: &str,
        cookie: &str,
        origin: &str,
        body: impl Into<String> + Send,
    ) -> Response {
        let kind = "application/x-www-form-urlencoded";
        self.post_as(path, cookie, origin, kind, body.into())
            .await
    }

    /// Sends a body of this media type from a page of `origin`.
    pub async fn post_as(
        &self,
        path: &str,
        cookie: &str,
        origin: &str,
        kind: &str,
        body: impl Into<Body> + Send,
    ) -> Response {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, kind);
        self.send(request, cookie, body).await
    }

    /// The page at `path`, which must be one.
    pub async fn page(&self, path: &str, cookie: &str) -> String {
        let response = self.get(path, cookie).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        text(response).await
    }

    /// A session that is nobody's yet, with the token of its forms.
    pub async fn visitor(&self) -> (String, String) {
        let response = self.get("/log-in", "").await;
        let cookie = cookie(&response);
        (cookie, token(&text(response).await))
    }
}

/// Where an answer leads; empty when it leads nowhere.
pub fn location(response: &Response) -> &str {
    response
        .headers()
        .get(header::LOCATION)
        .map_or("", |to| to.to_str().unwrap())
}

pub async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), LONGEST)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The first cookie of an answer, as a browser sends it back.
pub fn cookie(response: &Response) -> String {
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap();
    set.split(';')
        .next()
        .unwrap()
        .to_owned()
}

/// The token of the forms of a page.
pub fn token(page: &str) -> String {
    page.split("name=\"form-token\" value=\"")
        .nth(1)
        .unwrap()[..32]
        .to_owned()
}
