//! `agent` by itself: what its pages do with a card is what the commands do, and a city is needed for asking alone.

use super::Hand;
use crate::{
    citizen::SIGNATURE_PASSWORD,
    http::{Answer, ask},
    place::{ENGLISH, Running},
};
use serde_json::Value;

/// The agent's pages, as a browser asks for them: one session, in English.
struct Pages {
    url: String,
    session: String,
    _agent: Running,
}

impl Pages {
    /// An agent with a copy of the card in its wallet's reader.
    fn open(hand: &Hand) -> Self {
        let told = hand.run(&["pin", "status", "--json"], &[]);
        let told: Value = serde_json::from_str(&told.out).unwrap();
        let number = told["card"].as_str().unwrap();
        let folder = hand.place.path("agent");
        let cards = folder.join("cards");
        std::fs::create_dir_all(&cards).unwrap();
        std::fs::copy(&hand.card, cards.join(format!("{number}.card"))).unwrap();
        let cards = cards.to_str().unwrap();
        let inserted = hand
            .place
            .run(ENGLISH, &["card", "insert", number, "--cards", cards]);
        assert_eq!(inserted.code, 0, "{inserted:?}");
        let folder = folder.to_str().unwrap();
        let arguments = [
            "agent",
            "--json",
            "--dir",
            folder,
            "--listen",
            "127.0.0.1:0",
        ];
        let mut agent = hand
            .place
            .spawn("agent.log", &arguments, "warn");
        let told: Value = serde_json::from_str(&agent.line()).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        let first = ask(&url, "GET", "/sign", &[], b"");
        let session = first
            .header("set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        Self {
            session: format!("{session}; shirushi-language=en"),
            url,
            _agent: agent,
        }
    }

    fn get(&self, path: &str) -> Answer {
        ask(&self.url, "GET", path, &[("Cookie", &self.session)], b"")
    }

    fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let headers = [
            ("Cookie", self.session.as_str()),
            ("Origin", &self.url),
            ("Content-Type", kind),
        ];
        ask(&self.url, "POST", path, &headers, body)
    }

    /// Sends the form of the page at `page` to `path`, with the hidden fields it has.
    fn send(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).text();
        let mut all = vec![("form-token", hidden(&page, "form-token"))];
        for name in ["card", "tries", "press"] {
            if page.contains(&format!("name=\"{name}\"")) {
                all.push((name, hidden(&page, name)));
            }
        }
        all.extend(
            fields
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let body: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.post(
            path,
            "application/x-www-form-urlencoded",
            body.join("&").as_bytes(),
        )
    }

    /// Sends files.
    fn upload(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let token = hidden(&self.get(path).text(), "form-token");
        let mut all: Vec<(&str, Option<&str>, &[u8])> =
            vec![("form-token", None, token.as_bytes())];
        all.extend(parts);
        let mut body = Vec::new();
        for (name, file, content) in all {
            let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
            body.extend_from_slice(
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        self.post(path, "multipart/form-data; boundary=b", &body)
    }

    /// Signs a file; the signature.
    fn sign(&self, name: &str, content: &[u8]) -> Vec<u8> {
        let taken = self.upload("/sign", &[("file", Some(name), content)]);
        let own = taken
            .header("location")
            .unwrap()
            .to_owned();
        let signed = self.send(&own, &format!("{own}/pin"), &[("pin", SIGNATURE_PASSWORD)]);
        assert_eq!(signed.status, 303, "{}", signed.text());
        self.get(&format!("{own}/signature"))
            .body
    }
}

fn hidden(page: &str, name: &str) -> String {
    page.split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("no {name} in {page}"))
        .to_owned()
}

/// A text as HTML writes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[test]
fn the_agents_pages_do_what_the_commands_do() {
    let hand = Hand::new();
    let pages = Pages::open(&hand);
    let content = b"a letter\n".repeat(400_000);
    let letter = hand.place.path("letter");
    std::fs::write(&letter, &content).unwrap();
    let signature = pages.sign("letter", &content);
    let beside = hand.place.path("letter.p7s");
    std::fs::write(&beside, &signature).unwrap();

    // Judged by the command and by the page, in the same words.
    let trust = hand.place.path("ca.cer");
    std::fs::write(&trust, crate::http::get(&hand.up.url, "/ca/sign.cer").body).unwrap();
    let [letter, beside, trust] = [&letter, &beside, &trust].map(|path| path.to_str().unwrap());
    let verify = [
        "verify",
        beside,
        "--content",
        letter,
        "--trust",
        trust,
        "--online",
    ];
    let told = hand.place.run(ENGLISH, &verify);
    assert_eq!(told.code, 0, "{told:?}");
    let judged = pages.upload(
        "/check",
        &[
            ("signature", Some("letter.p7s"), &signature),
            ("option", None, b"card"),
            ("option", None, b"online"),
            ("document", Some("letter"), &content),
        ],
    );
    let page = judged.text();
    // The evidence is another answer of the responder.
    for line in told
        .out
        .lines()
        .filter(|line| !line.contains("Evidence of the status"))
    {
        let line = line.trim();
        let shown = match line
            .split_once(": ")
            .filter(|_| !line.starts_with("PASSED"))
        {
            Some((name, value)) if !line.starts_with("OCSP") => {
                assert!(page.contains(&escaped(name)), "{name} is not in {page}");
                // The page's times are Japan's, the command's are for programs too.
                match name.starts_with("Signing time") {
                    true => continue,
                    false => value,
                }
            }
            _ => line,
        };
        assert!(page.contains(&escaped(shown)), "{shown} is not in {page}");
    }

    // The authentication certificate is ended, and everybody is told so.
    let asked = pages.send("/", "/status", &[]);
    assert!(
        asked
            .text()
            .contains("data-standing=\"alive\"")
    );
    let ended = pages.send(
        "/revoke",
        "/revoke",
        &[
            ("pin", SIGNATURE_PASSWORD),
            ("end", "authentication"),
            ("word", "revoke"),
        ],
    );
    assert!(
        ended
            .text()
            .contains("id=\"revoked\" data-count=\"1\""),
        "{}",
        ended.text()
    );
    let asked = pages.send("/", "/status", &[]);
    assert!(
        asked
            .text()
            .contains("data-standing=\"dead\"")
    );
    let said = hand.run(&["cert", "check"], &[]);
    assert!(
        said.out
            .contains("its holder asked for it"),
        "{}",
        said.out
    );

    // Without a city all but asking goes on.
    hand.up.stop();
    let page = pages.get("/").text();
    assert!(page.contains("data-pin=\"sign\" data-left=\"5\""), "{page}");
    let again = pages.sign("letter", &content);
    let judged = pages.upload(
        "/check",
        &[
            ("signature", Some("letter.p7s"), &again),
            ("option", None, b"card"),
            ("option", None, b"online"),
            ("document", Some("letter"), &content),
        ],
    );
    let page = judged.text();
    assert!(page.contains("data-verdict=\"indeterminate\""), "{page}");
    let asked = pages.send("/", "/status", &[]);
    assert!(
        asked
            .text()
            .contains("data-standing=\"unknown\"")
    );
}
