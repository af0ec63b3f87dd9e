//! A TLS log-in with the card in Chromium, the PIN typed into its question for one.

use crate::{
    desk::{Desk, tries},
    modules::Module,
    nss,
    screen::Screen,
    site::{PORT, Site, TLS12, TLS13, WELCOME},
};
use shirushi_lab::{Exchange, exchanges, wait_for};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Two processors are enough for one browser.
static TURN: Mutex<()> = Mutex::new(());

/// Waits until no other test has a browser, and has it until this is dropped.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock()
        .unwrap_or_else(PoisonError::into_inner)
}

const WRONG_PIN: &str = "0000";

#[test]
fn chromium_logs_in_to_a_site_with_one_question() {
    for module in [Module::opensc_for_browsers(), Module::ours()] {
        log_in(&module, TLS12, &[module.auth.pin]);
    }
}

#[test]
fn chromium_logs_in_to_a_site_of_tls_1_3() {
    let module = Module::ours();
    log_in(&module, TLS13, &[module.auth.pin]);
}

#[test]
fn chromium_asks_again_after_a_wrong_pin() {
    for module in [Module::opensc_for_browsers(), Module::ours()] {
        log_in(&module, TLS12, &[WRONG_PIN, module.auth.pin]);
    }
}

#[test]
fn chromium_would_ask_for_the_signature_password_if_it_saw_that_token() {
    let _turn = turn();
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let site = Site::open(&desk);
    nss::set_up(&desk, &module);
    std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
    desk.write(".config/shirushi/pkcs11.conf", "tokens = both\n");
    let mut screen = Screen::start(&desk);
    let _browser = screen.browse(&format!("https://localhost:{PORT}/"));
    screen.answer(module.auth.pin);
    screen.answer(module.auth.pin);
    assert_eq!(site.visits(), "");
}

/// Types a PIN into the next question until it reaches the card. A busy machine may lose a key on its way to the window; what is left is
/// no PIN, reaches no card, and is asked for again.
fn type_in(screen: &mut Screen, desk: &Desk, pin: &str) {
    let presented = || {
        exchanges(&desk.lab.log())
            .iter()
            .filter(|exchange| is_verify(exchange))
            .count()
    };
    let before = presented();
    for _ in 0..3 {
        screen.answer(pin);
        wait_for("the PIN to reach the card", || {
            presented() > before || screen.asks_anew()
        });
        if presented() > before {
            return;
        }
    }
    panic!("the PIN does not reach the card");
}

/// VERIFY with a PIN.
pub(crate) fn is_verify(exchange: &Exchange) -> bool {
    exchange
        .command
        .starts_with(&[0x00, 0x20])
        && exchange.command.len() > 5
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
    let mut screen = Screen::start(&desk);
    let browser = screen.browse(&format!("https://localhost:{PORT}/"));
    for pin in pins {
        assert_eq!(site.visits(), "");
        type_in(&mut screen, &desk, pin);
    }
    let right = pins[pins.len() - 1];
    wait_for("the page", || {
        // When the machine is slow, Chromium opens a second connection beside the first, and NSS may ask for each of them.
        if screen.asks_anew() {
            screen.answer(right);
        }
        screen.shows(WELCOME)
    });
    wait_for("the questions to go", || !screen.asks());
    assert!(
        site.visits()
            .starts_with(&Site::visit_by(protocol))
    );
    // The icon of the page, with the same certificate.
    assert!(
        site.visits()
            .lines()
            .all(|visit| visit.starts_with(&format!("{protocol} SUCCESS ")))
    );

    let log = exchanges(&desk.lab.log()[before..]);
    let presented: Vec<&Exchange> = log
        .iter()
        .filter(|exchange| is_verify(exchange))
        .collect();
    let with = |pin: &str| {
        presented
            .iter()
            .filter(|exchange| exchange.command[5..] == *pin.as_bytes())
            .count()
    };
    assert_eq!(with(WRONG_PIN), pins.len() - 1);
    assert_eq!(with(WRONG_PIN) + with(module.auth.pin), presented.len());
    if module.path == Module::ours().path {
        // The file of the signature password was not even selected.
        assert!(
            !log.iter()
                .any(|exchange| exchange.command == [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x1B])
        );
        // Neither by its short identifier.
        assert!(!log.iter().any(|exchange| {
            exchange
                .command
                .starts_with(&[0x00, 0x20, 0x00, 0x9B])
        }));
    }
    // Which might hold the card just now.
    drop(browser);
    assert_eq!(tries(&desk), [3, 5]);
}
