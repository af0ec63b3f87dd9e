//! Every route of the city, and what it answers to those who ask wrongly.
//!
//! * They are those of the [`table`](crate::table), which has every route that stands in the sources.
//! * A wrong Host, method, content type, caller, size or body is answered as documented (`shirushi_web`), in both languages.
//! * The doors that parties have for others in other processes are not there in a city of one.
//! * Nothing changes by any of it: neither what the roles say of themselves nor a byte of a file.

use crate::{
    citizen::Officer,
    http::{Answer, ask, get},
    place::{Place, Up, everything_in},
    table::{
        Body::{Form, Json, Nothing, Ocsp},
        Caller::{self, Anyone, Role},
        LOG_OUT, Route, doors, routes,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

/// The city and those whom it knows.
struct Asked {
    up: Up,
    session: String,
    token: String,
    portal: String,
}

impl Asked {
    /// Asks as the caller whom the route answers.
    fn ask(&self, route: &Route, method: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let credential = match route.caller {
            Anyone => None,
            Caller::Officer => Some(&self.session),
            Role => Some(&self.token),
            Caller::Portal => Some(&self.portal),
        };
        let bearer = credential.map(|credential| format!("Bearer {credential}"));
        let mut headers = headers.to_vec();
        if let Some(bearer) = &bearer {
            headers.push(("Authorization", bearer));
        }
        ask(&self.up.url, method, &route.address(), &headers, body)
    }

    fn post(&self, route: &Route, media_type: &str, body: &[u8]) -> Answer {
        self.ask(route, "POST", &[("Content-Type", media_type)], body)
    }
}

/// A problem or a refusal of this name, told in both languages with a remedy.
fn assert_told(route: &Route, answer: &Answer, status: u16, name: &str) {
    let context = format!("{} {name}: {} {}", route.path, answer.status, answer.text());
    assert_eq!(answer.status, status, "{context}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{context}"
    );
    let told = answer.json();
    let given = told
        .get("problem")
        .or_else(|| told.get("rule"));
    assert_eq!(given.unwrap(), name, "{context}");
    for part in ["reason", "remedy"] {
        let [ja, en] = ["ja", "en"].map(|language| told[part][language].as_str().unwrap());
        assert!(
            en.starts_with(|first: char| first.is_ascii_uppercase()),
            "{context}"
        );
        assert!(
            ja.starts_with(|first: char| !first.is_ascii() || first == 'A'),
            "{context}"
        );
        assert_ne!(ja, en, "{context}");
    }
    for header in [
        "x-content-type-options",
        "content-security-policy",
        "cache-control",
    ] {
        assert!(answer.header(header).is_some(), "{header}: {context}");
    }
}

#[test]
fn every_route_refuses_what_is_wrong_and_nothing_changes() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let asked = Asked {
        session: Officer::enrolled(&up.url).session,
        token: std::fs::read_to_string(place.city().join("role-token")).unwrap(),
        portal: std::fs::read_to_string(
            place
                .city()
                .join("portal/authority-token"),
        )
        .unwrap(),
        up,
    };
    let before = state(&asked.up, &place.city());
    for route in &routes() {
        wrong_host(&asked, route);
        without_a_host(&asked, route);
        wrong_method(&asked, route);
        wrong_caller(&asked, route);
        if route.takes_a_body() {
            wrong_content_type(&asked, route);
            too_large(&asked, route);
            malformed(&asked, route);
        }
    }
    // Doors for parties in other processes are not there, whoever asks.
    let bearer = format!("Bearer {}", asked.token);
    for path in doors() {
        for method in ["GET", "POST"] {
            let headers = [("Authorization", bearer.as_str())];
            let answer = ask(&asked.up.url, method, &path, &headers, b"");
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    let after = state(&asked.up, &place.city());
    for (what, was) in &before {
        assert!(after.get(what) == Some(was), "{what} has changed");
    }
    assert_eq!(before.len(), after.len());
    // The officer is still logged in and the token still known.
    for (path, bearer) in [
        ("/counter/applications", &asked.session),
        ("/authority/officers/00", &asked.token),
    ] {
        let bearer = format!("Bearer {bearer}");
        let answer = ask(
            &asked.up.url,
            "GET",
            path,
            &[("Authorization", &bearer)],
            b"",
        );
        // Nobody has such a key, which only who bears the token is told.
        let expected = if path.ends_with("/00") { 404 } else { 200 };
        assert_eq!(answer.status, expected, "{path}");
    }
    asked.up.stop();
}

/// What is public and signed is given to clients of before HTTP/1.1, which name no host; everything else is not (RFC 9112 §3.2).
fn without_a_host(asked: &Asked, route: &Route) {
    let is_public = ["/ocsp/", "/crl/", "/ca/", "/cps"]
        .iter()
        .any(|public| route.path.starts_with(public));
    let address = asked
        .up
        .url
        .strip_prefix("http://")
        .unwrap();
    for version in ["1.0", "1.1"] {
        let mut connection = TcpStream::connect(address).unwrap();
        let head = format!(
            "{} {} HTTP/{version}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            route.methods[0],
            route.address()
        );
        connection
            .write_all(head.as_bytes())
            .unwrap();
        let mut answer = Vec::new();
        connection
            .read_to_end(&mut answer)
            .unwrap();
        let line = String::from_utf8_lossy(&answer);
        let line = line.lines().next().unwrap_or_default();
        let is_misdirected = line.contains(" 421 ") || line.contains(" 400 ");
        let is_given = is_public && version == "1.0";
        assert_eq!(
            !is_misdirected, is_given,
            "{} HTTP/{version}: {line}",
            route.path
        );
    }
}

fn wrong_host(asked: &Asked, route: &Route) {
    let port = asked.up.url.rsplit_once(':').unwrap().1;
    for host in [
        "city.example".to_owned(),
        format!("localhost:{port}"),
        format!("127.0.0.1.city.example:{port}"),
        String::new(),
    ] {
        for method in route.methods {
            let headers = [
                ("Host", host.as_str()),
                ("Content-Type", route.media_type()),
            ];
            let answer = asked.ask(route, method, &headers, b"{}");
            assert_told(route, &answer, 421, "misdirected");
        }
    }
}

fn wrong_method(asked: &Asked, route: &Route) {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        if route.methods.contains(&method) {
            continue;
        }
        let headers = [("Content-Type", route.media_type())];
        let answer = asked.ask(route, method, &headers, b"{}");
        assert_told(route, &answer, 405, "method-not-allowed");
        let allowed: BTreeSet<_> = answer
            .header("allow")
            .unwrap_or_else(|| panic!("{method} {}: no Allow", route.path))
            .split(',')
            .filter(|allowed| *allowed != "HEAD")
            .collect();
        assert_eq!(
            allowed,
            route.methods.iter().copied().collect(),
            "{}",
            route.path
        );
    }
}

fn wrong_caller(asked: &Asked, route: &Route) {
    if route.caller == Anyone {
        return;
    }
    let other = match route.caller {
        Role => &asked.session,
        _ => &asked.token,
    };
    let media_type = ("Content-Type", route.media_type());
    // Logging out of no session is done already.
    let unknown = (route.path != LOG_OUT).then(|| format!("Bearer {other}"));
    for authorization in [
        None,
        unknown,
        Some(format!("Basic {}", asked.token)),
        Some("Bearer ".to_owned()),
    ] {
        let mut headers = vec![media_type];
        if let Some(authorization) = &authorization {
            headers.push(("Authorization", authorization));
        }
        for method in route.methods {
            let answer = ask(&asked.up.url, method, &route.address(), &headers, b"{}");
            assert_told(route, &answer, 401, "not-authorized");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
}

fn wrong_content_type(asked: &Asked, route: &Route) {
    if route.body == Nothing {
        return;
    }
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json-seq",
        "",
    ] {
        let answer = asked.post(route, media_type, b"{}");
        assert_told(route, &answer, 415, "media-type");
        let accepted = answer.header("accept").unwrap();
        assert!(
            route.media_type().starts_with(accepted),
            "{}: {accepted}",
            route.path
        );
    }
}

fn too_large(asked: &Asked, route: &Route) {
    let body = vec![b' '; route.limit + 1];
    let answer = asked.post(route, route.media_type(), &body);
    assert_told(route, &answer, 413, "upload/size-limit");
    assert!(
        answer
            .text()
            .contains(&route.limit.to_string()),
        "{}: {}",
        route.path,
        answer.text()
    );
    if route.path == LOG_OUT {
        return;
    }
    // One byte less is read, and found to be nothing.
    let answer = asked.post(route, route.media_type(), &body[1..]);
    assert_ne!(answer.status, 413, "{}", route.path);
}

fn malformed(asked: &Asked, route: &Route) {
    let bodies: &[&[u8]] = match route.body {
        // RFC 6960 §2.3: the fault is told in the protocol's own way.
        Ocsp => {
            for body in [&b""[..], b"0", b"\x30\x80\x00\x00", &[0xff; 64]] {
                let answer = asked.post(route, route.media_type(), body);
                assert_eq!(
                    (answer.status, answer.body.as_slice()),
                    (200, &b"\x30\x03\x0a\x01\x01"[..])
                );
            }
            return;
        }
        // Nothing is read of it, and the officer is not to be logged out.
        Nothing => return,
        Form => &[
            b"",
            b"--x",
            b"--x\r\nContent-Disposition: form-data; name=\"document\"\r\n\r\n<filing/>",
            b"--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--x--\r\n",
            b"--x--\r\n",
        ],
        Json => &[
            b"",
            b"{",
            b"{\"a\":",
            b"[]",
            b"null",
            b"\"x\"",
            b"{\"nobody\":\"knows this field\"}",
            b"\xff\xfe",
            b"{} {}",
        ],
    };
    for body in bodies {
        let answer = asked.post(route, route.media_type(), body);
        assert_told(route, &answer, 422, "upload/well-formed");
    }
    if route.body == Json {
        let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
        if deep.len() < route.limit {
            let answer = asked.post(route, route.media_type(), &deep);
            assert_told(route, &answer, 422, "upload/well-formed");
        }
    }
}

/// What the roles say of themselves, and every byte of every file.
fn state(up: &Up, city: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut state = BTreeMap::new();
    for role in ["register", "authority", "responder", "counter", "agency"] {
        let mut status = get(&up.url, &format!("/{role}/status")).success();
        let checks = status["checks"].as_array_mut().unwrap();
        // It says how long ago that was.
        checks.retain(|check| check["name"] != "writing");
        let checks = serde_json::to_vec(checks).unwrap();
        state.insert(role.to_owned(), checks);
    }
    for path in everything_in(city) {
        let file = city.join(&path);
        // SQLite's shared memory has the marks of readers.
        if file.is_file() && !path.to_string_lossy().ends_with("-shm") {
            state.insert(path.display().to_string(), std::fs::read(file).unwrap());
        }
    }
    state
}
