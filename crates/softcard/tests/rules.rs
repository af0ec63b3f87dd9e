//! The card enforces five rules of the table `shirushi_rules`; with one of them switched off it must let through exactly what
//! that rule refuses. Switches are of the whole process, so this is one test in a process of its own.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "card/openssl.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod openssl;
#[path = "card/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use shirushi_rules::{
    CERTIFICATE_NEEDS_PASSWORD, PIN_FORM, PIN_RIGHT, PIN_TRIES, SIGNATURE_NEEDS_PASSWORD,
};
use support::{AUTHENTICATION_PIN, SELECT_JPKI, personalised, send, verify};

/// What is refused, by rule: wrong PIN, blocked PIN, badly formed new PIN, signature and certificate without password.
fn refusals() -> [bool; 5] {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    let certificate = send(&mut card, "00B08100 04") == "6982";
    let signature = send(&mut card, "802A009A 01 5A 00") == "6982";
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    let form = send(&mut card, "00240198 03 313233") == "6A80";
    let wrong = verify(&mut card, 0x9B, "WRONG1") != "9000";
    for _ in 0..5 {
        verify(&mut card, 0x9B, "WRONG1");
    }
    let blocked = verify(&mut card, 0x9B, "WRONG1") == "6984";
    [wrong, blocked, form, signature, certificate]
}

#[test]
fn each_rule_of_the_card_refuses_what_it_is_for() {
    assert_eq!(refusals(), [true; 5]);
    // Where no PIN is wrong, none is ever blocked.
    let off = [
        (&PIN_RIGHT, [false, false, true, true, true]),
        (&PIN_TRIES, [true, false, true, true, true]),
        (&PIN_FORM, [true, true, false, true, true]),
        (&SIGNATURE_NEEDS_PASSWORD, [true, true, true, false, true]),
        (&CERTIFICATE_NEEDS_PASSWORD, [true, true, true, true, false]),
    ];
    for (rule, expected) in off {
        shirushi_rules::switch_off(rule.id);
        assert_eq!(refusals(), expected, "{}", rule.id);
        shirushi_rules::switch_on_all();
    }
    assert_eq!(refusals(), [true; 5]);
}
