//! PINs, their tries, and how long they stay verified: E4, E5, E9, E11, E13.

use crate::support::*;
use shirushi_softcard::{Blocked, EmptyVerify, SoftCard, Variant};
use std::sync::Arc;

/// VERIFY of a wrong authentication PIN.
const WRONG: &str = "00200080 04 39393939";

#[test]
fn e4_an_empty_verify_tells_the_tries_left_and_costs_none() {
    let (mut card, disk) = personalised();
    let before = disk.replaced();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00200080", "6986"), // no file is current
            ("00A4020C 02 0018", "9000"),
            ("00200080", "63C3"),
            ("00200080 00", "63C3"),
            ("00200080 000000", "63C3"),
            ("00200098", "63C3"),
            ("0020009B", "63C5"),
            ("00A4020C 02 0017", "9000"),
            ("00200080", "6985"), // a key
            ("00200180", "6A86"),
            ("00200000", "6A86"),
            ("002000A0", "6A86"),
            ("00200083", "6A82"),
        ],
    );
    assert_eq!(disk.replaced(), before);
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    exchange(
        &mut card,
        &[
            ("00200080", "63C3"), // after a right PIN as well
            (WRONG, "63C2"),
            (WRONG, "63C1"),
            (WRONG, "63C0"),
            ("00200080", "63C0"),
            ("00200080 00", "63C0"),
        ],
    );

    let mut card = personalised_as(Variant {
        empty_verify: EmptyVerify::SuccessWhenVerified,
        ..Variant::default()
    });
    exchange(&mut card, &[(SELECT_JPKI, "9000"), ("00200098", "63C3")]);
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(send(&mut card, "00200098"), "9000");

    let mut card = personalised_as(Variant {
        empty_verify: EmptyVerify::BlockedWhenBlocked,
        ..Variant::default()
    });
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 0018", "9000"),
            (WRONG, "63C2"),
            (WRONG, "63C1"),
            ("00200080", "63C1"),
            (WRONG, "63C0"),
            ("00200080", "6984"),
        ],
    );
}

#[test]
fn e5_a_wrong_pin_costs_a_try_the_last_blocks_and_a_right_one_restores() {
    let (mut card, disk) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 0018", "9000"),
            (WRONG, "63C2"),
            (WRONG, "63C1"),
        ],
    );
    assert_eq!(verify(&mut card, 0x80, AUTHENTICATION_PIN), "9000");
    assert_eq!(send(&mut card, "00200080"), "63C3");
    for tries in ["63C2", "63C1", "63C0", "6984", "6984"] {
        assert_eq!(send(&mut card, WRONG), tries);
    }
    assert_eq!(verify(&mut card, 0x80, AUTHENTICATION_PIN), "6984");
    // Of neither time nor power does it recover, and the other PIN is not concerned.
    let mut card = open(&disk);
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "6984");
    for tries in ["63C4", "63C3", "63C2", "63C1", "63C0", "6984"] {
        let lower_case = SIGNATURE_PASSWORD.to_lowercase();
        assert_eq!(verify(&mut card, 0x9B, &lower_case), tries);
    }
    // Nothing that no PIN can be costs a try.
    let (mut card, _) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("0020009B 11 4141414141414141414141414141414141", "6700"),
            ("0020009B", "63C5"),
            ("0020009B 10 41414141414141414141414141414141", "63C4"),
            ("0020009B 01 41", "63C3"),
        ],
    );

    let mut card = personalised_as(Variant {
        blocked_status: Blocked::Status6983,
        ..Variant::default()
    });
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    for tries in ["63C2", "63C1", "63C0", "6983"] {
        assert_eq!(verify(&mut card, 0x98, "9999"), tries);
    }
}

#[test]
fn e9_a_pin_is_changed_after_its_verification_and_within_its_alphabet() {
    let (mut card, disk) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00240180 04 31323334", "6986"),
            ("00A4020C 02 0018", "9000"),
            ("00240180 04 31323334", "6982"),
        ],
    );
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    assert_eq!(send(&mut card, "00240198 04 31323334"), "6982"); // the other PIN does not count
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    exchange(
        &mut card,
        &[
            ("00240080 08 3438323931323334", "6A86"), // old and new together: not this card
            ("00240180 03 313233", "6A80"),
            ("00240180 05 3132333435", "6A80"),
            ("00240180 04 31323341", "6A80"),
            ("00240180", "6700"),
            ("80320080 04 31323334", "6D00"),
            ("00240180 04 31323334", "9000"),
            ("0024019B 05 4142433132", "6A80"),   // 5 characters
            ("0024019B 06 414263313233", "6A80"), // lower case
            ("0024019B 06 41422D313233", "6A80"), // a hyphen
            ("0024019B 11 4141414141414141414141414141414141", "6700"),
            ("0024019B 10 41424344454630313233343536373839", "9000"),
        ],
    );
    let mut card = open(&disk);
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "63C2");
    assert_eq!(verify(&mut card, 0x98, "1234"), "9000");
    assert_eq!(verify(&mut card, 0x9B, "ABCDEF0123456789"), "9000");
}

#[test]
fn e11_what_was_verified_lasts_until_the_application_is_left_or_power_is_lost() {
    /// Whether the authentication PIN counts as verified still.
    fn lasts(card: &mut SoftCard) -> bool {
        match send(card, "802A0097 01 5A 00").as_str() {
            "6982" => false,
            signature => signature.ends_with("9000"),
        }
    }
    fn verified() -> SoftCard {
        let (mut card, _) = personalised();
        assert_eq!(send(&mut card, SELECT_JPKI), "9000");
        assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
        card
    }
    let mut card = verified();
    for kept in [
        "00A4020C020001",
        "00A4020C02001B",
        SELECT_JPKI,
        "00A4040C05D392F00026",
        "00A4040C07A0000003080000", // a SELECT that fails
    ] {
        send(&mut card, kept);
        assert!(lasts(&mut card), "after {kept}");
    }
    card.reset();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert!(lasts(&mut card), "after a warm reset");
    for other in [SELECT_ISSUER, SELECT_TEXT, SELECT_COMMON] {
        let mut card = verified();
        exchange(&mut card, &[(other, "9000"), (SELECT_JPKI, "9000")]);
        assert!(!lasts(&mut card), "after {other}");
    }
    let mut card = verified();
    assert_eq!(verify(&mut card, 0x98, "9999"), "63C2");
    assert!(!lasts(&mut card), "after a wrong PIN");
    let mut card = verified();
    card.power_off();
    assert!(shirushi_apdu::Transmit::transmit(&mut card, &bytes(SELECT_JPKI)).is_err());
    assert_eq!(send(&mut card, SELECT_JPKI), "6F00");
    card.power_on();
    assert_eq!(send(&mut card, "00200098"), "6A82"); // no longer the JPKI application
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert!(!lasts(&mut card), "after power-off");

    let mut card = personalised_as(Variant {
        reset_clears: true,
        reselect_clears: true,
        ..Variant::default()
    });
    for _ in 0..2 {
        assert_eq!(send(&mut card, SELECT_JPKI), "9000");
        assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
        assert_eq!(send(&mut card, SELECT_JPKI), "9000");
        assert!(!lasts(&mut card), "after SELECT of the same application");
        assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
        card.reset();
        assert_eq!(send(&mut card, "00A4020C020018"), "6A82");
    }
}

#[test]
fn e11b_the_first_command_after_power_on_may_be_lost() {
    let (mut card, _) = blank(Variant {
        first_command_6f00: true,
        ..Variant::default()
    });
    for _ in 0..2 {
        exchange(&mut card, &[(SELECT_JPKI, "6F00"), (SELECT_JPKI, "9000")]);
        card.power_off();
        card.power_on();
    }
}

#[test]
fn e13_a_try_is_on_the_disk_before_the_pin_is_compared() {
    for pin in ["9999", AUTHENTICATION_PIN] {
        // The write of the counter fails: right or wrong, nothing is learnt and nothing is opened.
        let (mut card, disk) = personalised();
        assert_eq!(send(&mut card, SELECT_JPKI), "9000");
        disk.fail_at(0);
        assert_eq!(verify(&mut card, 0x98, pin), "6581");
        assert_eq!(send(&mut card, "802A0097 01 5A 00"), "6982");
        assert_eq!(send(&mut card, "00200098"), "63C3"); // the disk has not got it
        assert_eq!(send(&mut open_selected(&disk), "00200098"), "63C3");
    }
    // The write that restores the counter fails: the try stays spent.
    let (mut card, disk) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    disk.fail_at(1);
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "6581");
    assert_eq!(send(&mut card, "802A0097 01 5A 00"), "6982");
    assert_eq!(send(&mut card, "00200098"), "63C2");
    assert_eq!(send(&mut open_selected(&disk), "00200098"), "63C2");
    // A wrong PIN is one write, and it is there when the answer is.
    let before = disk.replaced();
    assert_eq!(verify(&mut card, 0x98, "9999"), "63C1");
    assert_eq!(disk.replaced(), before + 1);
    assert_eq!(send(&mut open_selected(&disk), "00200098"), "63C1");
}

fn open_selected(disk: &Arc<MemoryDisk>) -> SoftCard {
    let mut card = open(disk);
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    card
}
