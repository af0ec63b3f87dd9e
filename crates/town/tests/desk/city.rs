//! A city that is served, and somebody at its sandbox desk.

use reqwest::{Client, StatusCode, header, redirect::Policy};
use serde_json::Value;
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use std::net::SocketAddr;
use tempfile::TempDir;

pub(crate) const TARO: &str = "90000000014";

pub(crate) struct City {
    pub(crate) base: String,
    pub(crate) authority: String,
    pub(crate) client: Client,
    _folder: TempDir,
}

impl City {
    pub(crate) async fn open() -> Self {
        Self::at(PagesAt::default()).await
    }

    pub(crate) async fn at(pages: PagesAt) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = Town::open(TownConfig {
            folder: folder.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            residents: Residents::Sample,
            pages,
            records: Records::default(),
        })
        .await
        .unwrap();
        let base = town.base();
        let (_, authority) = town
            .origins()
            .sandbox
            .split_once("://")
            .unwrap();
        let authority = authority.to_owned();
        tokio::spawn(town.serve(std::future::pending()));
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            base,
            authority,
            client,
            _folder: folder,
        }
    }

    pub(crate) async fn visitor(&self) -> Visitor<'_> {
        let page = self.get("/", "").await;
        let cookie = page
            .cookie
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let token = between(&page.text, "name=\"form-token\" value=\"", "\"").to_owned();
        Visitor {
            city: self,
            cookie,
            token,
        }
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = self
            .client
            .get(format!("{}{path}", self.base))
            .header(header::HOST, &self.authority)
            .header(header::COOKIE, cookie);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        cookie: &str,
        origin: &str,
        body: String,
    ) -> Answer {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(header::HOST, &self.authority)
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// The face for programs.
    pub(crate) async fn json(&self, path: &str, order: Option<Value>) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.base);
        let request = match order {
            None => self.client.get(url),
            Some(order) => self.client.post(url).json(&order),
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn date(&self) -> String {
        let (_, now) = self.json("/sandbox/clock", None).await;
        now["date"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Visitor<'c> {
    pub(crate) city: &'c City,
    pub(crate) cookie: String,
    pub(crate) token: String,
}

impl Visitor<'_> {
    pub(crate) async fn get(&self, path: &str) -> String {
        let answer = self.city.get(path, &self.cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    }

    pub(crate) async fn english(&self, path: &str) -> String {
        let cookie = format!("{}; shirushi-language=en", self.cookie);
        let answer = self.city.get(path, &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    }

    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = body(&self.token, fields);
        let origin = format!("http://{}", self.city.authority);
        self.city
            .post(path, &self.cookie, &origin, body)
            .await
    }

    /// Sends, and goes where it leads.
    pub(crate) async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(path, fields).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.text
        );
        self.get(&answer.location).await
    }

    /// Sends the form of a page as it stands there.
    pub(crate) async fn send_as_it_stands(&self, path: &str) -> String {
        let page = self.get(path).await;
        let form = between(&page, &format!("action=\"{path}\""), "</form>");
        let inputs: Vec<(String, String)> = form
            .split("<input ")
            .skip(1)
            .map(|input| {
                let of = |name: &str| between(input, &format!("{name}=\""), "\"").to_owned();
                (of("name"), of("value"))
            })
            .chain(
                form.split("<select ")
                    .skip(1)
                    .map(|select| {
                        let chosen = select
                            .split("<option ")
                            .find(|option| option.contains(" selected"))
                            .unwrap();
                        (
                            between(select, "name=\"", "\"").to_owned(),
                            between(chosen, "value=\"", "\"").to_owned(),
                        )
                    }),
            )
            .filter(|(name, _)| name != "form-token")
            .collect();
        let fields: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.follow(path, &fields).await
    }

    pub(crate) async fn taros_card(&self) -> String {
        let made = self
            .send(
                "/cards",
                &[
                    ("resident", TARO),
                    ("kind", "individual-number-card"),
                    ("insert", "yes"),
                ],
            )
            .await;
        let (_, number) = made
            .location
            .split_once("card=")
            .unwrap();
        number.to_owned()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) cookie: String,
    pub(crate) headers: header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let status = response.status();
        let headers = response.headers().clone();
        let of = |name| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
                .to_owned()
        };
        let (location, cookie) = (of(header::LOCATION), of(header::SET_COOKIE));
        let bytes = response.bytes().await.unwrap().to_vec();
        Self {
            status,
            location,
            cookie,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

pub(crate) fn body(token: &str, fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("form-token", token)
        .extend_pairs(fields)
        .finish()
}

pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}
