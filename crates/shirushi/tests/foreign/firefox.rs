//! A TLS log-in with the card in Firefox ESR, which runs without a screen and is led by its own remote control, Marionette.

use crate::{
    browser::{is_verify, turn},
    desk::{Desk, tries},
    logins::schemes,
    modules::Module,
    nss,
    said::ended,
    site::{PORT, Site, TLS12, TLS13, WELCOME},
};
use serde_json::{Value, json};
use shirushi_lab::{exchanges, program, wait_for};

/// Leads Firefox.
const LEAD: &str = include_str!("firefox.py");

/// What a person does once: the certificate is chosen without a question, and nothing is fetched from its makers.
const PREFERENCES: &str = "user_pref('security.default_personal_cert', 'Select Automatically');
user_pref('browser.shell.checkDefaultBrowser', false);
user_pref('datareporting.policy.dataSubmissionEnabled', false);
user_pref('app.normandy.enabled', false);
";

#[test]
fn firefox_logs_in_by_tls_1_2() {
    let module = Module::ours();
    log_in(&module, TLS12, &[module.auth.pin]);
}

#[test]
fn firefox_logs_in_by_tls_1_3_after_a_wrong_and_an_impossible_pin() {
    let module = Module::ours();
    log_in(&module, TLS13, &["0000", "12345", module.auth.pin]);
}

/// Logs in with these PINs, the last of which is right. Nothing else may be asked for.
fn log_in(module: &Module, protocol: &str, pins: &[&str]) {
    let _turn = turn();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let site = Site::speaking(&desk, protocol);
    nss::set_up(&desk, module);
    // NSS's own programs are no browsers, and look at both tokens.
    let before = desk.lab.log().len();
    let seen = visit(&desk, pins);
    let question = format!(
        "Please authenticate to the security device ({}).",
        module.auth.label
    );
    assert_eq!(seen["asked"], json!(vec![question; pins.len()]), "{seen}");
    assert_eq!(seen["title"], WELCOME, "{seen}");
    wait_for("the visit", || !site.visits().is_empty());
    assert!(
        site.visits()
            .starts_with(&Site::visit_by(protocol))
    );
    // The icon of the page may come by a second connection.
    let used = schemes(&desk);
    assert!(!used.is_empty() && used.iter().all(|scheme| *scheme == 4));

    let log = exchanges(&desk.lab.log()[before..]);
    let with = |pin: &str| {
        log.iter()
            .filter(|exchange| is_verify(exchange) && exchange.command[5..] == *pin.as_bytes())
            .count()
    };
    for wrong in &pins[..pins.len() - 1] {
        // What has not the form of a PIN stays here.
        assert_eq!(with(wrong), usize::from(wrong.len() == 4), "{wrong}");
    }
    // The signature password's file was not even looked at.
    assert!(!log.iter().any(|exchange| {
        exchange.command == [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x1B]
            || exchange
                .command
                .starts_with(&[0x00, 0x20, 0x00, 0x9B])
    }));
    assert_eq!(tries(&desk), [3, 5]);
}

/// Opens the site with NSS's database as profile: what was asked, and the page that is shown then.
fn visit(desk: &Desk, pins: &[&str]) -> Value {
    desk.write("lead.py", LEAD);
    desk.write(".pki/nssdb/user.js", PREFERENCES);
    let mut firefox = desk.unpacked("python3");
    firefox
        .arg("lead.py")
        .arg(program("firefox-esr"))
        .arg(desk.path(".pki/nssdb"))
        .arg(format!("https://localhost:{PORT}/"))
        .args(pins);
    ended(&mut firefox, "").json()
}
