//! `login`: at the city's portal, as browser and agent in one; for a browser elsewhere; and where it refuses. What becomes of a log-in
//! whose certificate ends, and of the account when the next one is issued.

use super::Hand;
use crate::{
    citizen::{AUTHENTICATION_PIN, Officer, SIGNATURE_PASSWORD},
    http,
    place::{ENGLISH, JAPANESE, Place},
};
use serde_json::Value;
use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Command};

/// What curl gets for a path of the portal, with these cookies.
fn curl(url: &str, cookies: Option<&str>, folder: &Path) -> String {
    let mut command = Command::new("curl");
    command
        .args([
            "-s",
            "--max-time",
            "20",
            "-w",
            "\n%{http_code} %{redirect_url}",
            url,
        ])
        .current_dir(folder);
    if let Some(cookies) = cookies {
        command.args(["-b", cookies]);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn a_card_logs_in_from_a_terminal() {
    let hand = Hand::new();
    let folder = hand.place.path("");
    let port = hand
        .up
        .url
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    let portal = format!("http://portal.localhost:{port}");
    let my = format!("{portal}/my");

    // Without a log-in the citizen's own page is not shown.
    assert!(!curl(&my, None, &folder).ends_with("200 "));
    let done = hand.run(
        &["login", &portal, "--cookies", "jar.txt"],
        &[AUTHENTICATION_PIN],
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.out
            .starts_with(&format!("Logged in to {portal}")),
        "{}",
        done.out
    );
    for words in [
        format!("To log in to: {portal}"),
        format!("origin {portal}"),
        "3 of 3 tries left".to_owned(),
    ] {
        assert!(done.err.contains(&words), "no {words:?} in {}", done.err);
    }
    let jar = folder.join("jar.txt");
    let mode = std::fs::metadata(&jar)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let page = curl(&my, Some("jar.txt"), &folder);
    assert!(page.ends_with("200 "), "{page}");
    let again = hand.run(
        &["login", &portal, "--cookies", "jar.txt"],
        &[AUTHENTICATION_PIN],
    );
    assert_eq!(again.code, 1, "{again:?}");

    // A browser has begun, and an agent's link is copied: here the browser is curl.
    let page = curl(&format!("{portal}/log-in"), None, &folder);
    let begun = Command::new("curl")
        .args(["-s", "-c", "other.txt", &format!("{portal}/log-in")])
        .current_dir(&folder)
        .output()
        .unwrap();
    let text = String::from_utf8(begun.stdout).unwrap();
    assert!(page.contains("form-token"));
    let token = text
        .split("action=\"/log-in\"")
        .nth(1)
        .and_then(|form| {
            form.split("name=\"form-token\" value=\"")
                .nth(1)
        })
        .and_then(|value| value.split('"').next())
        .unwrap();
    let sent = Command::new("curl")
        .args([
            "-s",
            "-b",
            "other.txt",
            "-o",
            "/dev/null",
            "-w",
            "%{redirect_url}",
        ])
        .args(["-H", &format!("Origin: {portal}")])
        .args([
            "--data-urlencode",
            &format!("form-token={token}"),
            "-d",
            "to=/my",
        ])
        .arg(format!("{portal}/log-in"))
        .current_dir(&folder)
        .output()
        .unwrap();
    let link = String::from_utf8(sent.stdout).unwrap();
    assert!(link.contains("/enter?site="), "{link}");
    // A link that was cut.
    let cut = hand.run(&["login", &link[..link.len() - 3]], &[AUTHENTICATION_PIN]);
    assert_eq!(cut.code, 1, "{cut:?}");
    let done = hand.run(&["login", &link, "--json"], &[AUTHENTICATION_PIN]);
    assert_eq!(done.code, 0, "{done:?}");
    let told: Value = serde_json::from_str(&done.out).unwrap();
    let open = told["open"].as_str().unwrap();
    assert!(
        open.starts_with(&format!("{portal}/returned?code=")),
        "{open}"
    );
    // In another session it is worth nothing; in that which began it is a log-in.
    assert!(!curl(open, None, &folder).contains("303"));
    assert!(curl(open, Some("other.txt"), &folder).contains("303"));
    // A ticket is good once.
    let used = hand.run(&["login", &link], &[AUTHENTICATION_PIN]);
    assert_eq!(used.code, 1, "{used:?}");
    assert!(
        used.err.contains("no longer")
            || used.err.contains("ticket")
            || used.err.contains("request"),
        "{}",
        used.err
    );
    assert_eq!(hand.tries("auth"), 3);

    // What is wrong.
    for (url, code) in [
        ("not an address", 64),
        ("http://portal.example/", 1),
        // A name, although it begins like an address of this machine.
        ("http://127.portal.example/", 1),
        (&format!("http://nobody.localhost:{port}/"), 1),
        ("http://portal.localhost:1/", 3),
        (&format!("{}/", hand.up.url), 1),
    ] {
        let ended = hand.run(&["login", url], &[AUTHENTICATION_PIN]);
        assert_eq!(ended.code, code, "{url}: {ended:?}");
    }
    assert_eq!(
        hand.run(&["login", &portal], &["0000"])
            .code,
        4
    );
    assert_eq!(hand.tries("auth"), 2);

    // At a terminal, and given up there.
    let arguments = hand.with_card(&["login", &portal], false);
    let talk = hand
        .place
        .talk(JAPANESE, &arguments, &[("利用者証明用暗証番号: ", "\u{3}")]);
    assert_eq!(talk.code, 6, "{talk:?}");
    let typed = format!("{AUTHENTICATION_PIN}\n");
    let talk = hand.place.talk(
        ENGLISH,
        &arguments,
        &[("Your authentication PIN: ", &typed)],
    );
    assert_eq!(talk.code, 0, "{talk:?}");

    // With a certificate that has ended, the site says so and nobody is logged in.
    let revoked = hand.run(&["cert", "revoke", "auth", "--yes"], &[SIGNATURE_PASSWORD]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let refused = hand.run(&["login", &portal], &[AUTHENTICATION_PIN]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("revoked"), "{}", refused.err);
    hand.up.stop();
}

#[test]
fn a_city_that_lives_ahead_is_logged_in_to_as_well() {
    let hand = Hand::new();
    let advance = serde_json::json!({ "advance_seconds": 40 * 24 * 60 * 60 });
    let moved = http::post(&hand.up.url, "/sandbox/clock", None, &advance);
    assert_eq!(moved.status, 200);
    let portal = hand.up.announced["pages"]["portal"]
        .as_str()
        .unwrap()
        .to_owned();
    let done = hand.run(&["login", &portal], &[AUTHENTICATION_PIN]);
    assert_eq!(done.code, 0, "{done:?}");
    hand.up.stop();
}

/// The button of a page of the portal, pressed with these cookies: what is answered.
fn press(portal: &str, page: &str, action: &str, cookies: &str, folder: &Path) -> String {
    let page = curl(&format!("{portal}{page}"), Some(cookies), folder);
    let token = page
        .split("name=\"form-token\" value=\"")
        .nth(1)
        .and_then(|value| value.split('"').next())
        .unwrap_or_else(|| panic!("no form: {page}"));
    let pressed = Command::new("curl")
        .args(["-s", "-b", cookies, "-H", &format!("Origin: {portal}")])
        .args(["-w", "\n%{http_code} %{redirect_url}"])
        .args(["--data-urlencode", &format!("form-token={token}")])
        .arg(format!("{portal}{action}"))
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(pressed.stdout).unwrap()
}

#[test]
fn a_new_certificate_opens_the_same_account_and_the_old_log_in_is_over() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let officer = Officer::enrolled(&up.url);
    officer
        .issue(&place.path(""))
        .put_away();
    let card = place.path("taro.card");
    let mut hand = Hand { place, up, card };
    let folder = hand.place.path("");
    let portal = hand.up.announced["pages"]["portal"]
        .as_str()
        .unwrap()
        .to_owned();
    let log_in = |hand: &Hand, jar: &str| {
        let done = hand.run(&["login", &portal, "--cookies", jar], &[AUTHENTICATION_PIN]);
        assert_eq!(done.code, 0, "{done:?}");
    };
    log_in(&hand, "old.txt");
    let start = "/procedures/RKO0010/start";
    let begun = press(&portal, start, start, "old.txt", &folder);
    let draft = begun
        .rsplit_once("/drafts/")
        .unwrap_or_else(|| panic!("{begun}"))
        .1
        .trim()
        .to_owned();
    let my = format!("{portal}/my");
    assert!(curl(&my, Some("old.txt"), &folder).contains(&draft));

    // Stolen, say: the holder ends the certificates. Who has the session changes nothing any more.
    let revoked = hand.run(&["cert", "revoke", "both", "--yes"], &[SIGNATURE_PASSWORD]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let refused = press(&portal, start, start, "old.txt", &folder);
    assert!(
        refused.contains("portal/log-in-alive") && refused.contains("422"),
        "{refused}"
    );
    assert!(!curl(&my, Some("old.txt"), &folder).contains(&draft));

    // A new card, a new key, another serial number: the same person.
    std::fs::create_dir(hand.place.path("new")).unwrap();
    officer
        .issue(&hand.place.path("new"))
        .put_away();
    hand.card = hand.place.path("new/taro.card");
    log_in(&hand, "new.txt");
    assert!(curl(&my, Some("new.txt"), &folder).contains(&draft));
    hand.up.stop();
}
