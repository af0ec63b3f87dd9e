//! A card that is pulled, or whose connection is torn, at each command in turn: the person is told, nothing is half done, no try is
//! lost, and it is known which PIN is set.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    said::Said,
    seat::Seat,
    trace::verify,
};

const OTHER_PIN: &str = "2580";

/// What is done at a reader from which the card goes.
struct Deed {
    arguments: &'static [&'static str],
    pins: &'static [&'static str],
}

const STATUS: Deed = Deed {
    arguments: &["pin", "status"],
    pins: &[],
};
const SIGN: Deed = Deed {
    arguments: &["sign", "filing.xml", "-o", "signed"],
    pins: &[SIGNATURE_PASSWORD],
};
const SHOW: Deed = Deed {
    arguments: &["cert", "show"],
    pins: &[],
};
const CHANGE: Deed = Deed {
    arguments: &["pin", "change", "auth"],
    pins: &[AUTHENTICATION_PIN, OTHER_PIN, OTHER_PIN],
};

impl Deed {
    fn done(&self, seat: &Seat) -> Said {
        seat.shirushi(self.arguments, self.pins)
    }

    /// How many commands it sends to the card.
    fn commands(&self, seat: &Seat) -> usize {
        let card = seat.insert(&[]);
        let (done, passed) = seat.during(|| self.done(seat));
        done.good();
        card.pull();
        passed.len()
    }
}

/// Does a deed once for each command of it with which the card goes for good, by `fault`. `then` sees how each ended, with the card
/// put in again; it says whether it was the last command, after which nothing can go wrong any more.
fn at_each_command(fault: &str, deed: &Deed, then: impl Fn(&Seat, &Said, usize)) {
    let seat = Seat::new();
    std::fs::write(seat.path("filing.xml"), "申告書").unwrap();
    let count = deed.commands(&seat);
    assert!(count > 2, "{count}");
    for command in 1..=count {
        seat.lay("taro.card");
        let _ = std::fs::remove_file(seat.path("signed"));
        let number = command.to_string();
        let card = seat.insert(&[fault, &number, "--return-after", "3600000"]);
        let ended = deed.done(&seat);
        drop(card);
        let _card = seat.insert(&[]);
        then(&seat, &ended, command);
    }
}

/// It was told that the card is gone, and nothing was spent.
#[track_caller]
fn assert_told(seat: &Seat, ended: &Said, command: usize) {
    assert_eq!(ended.code, Some(3), "at command {command}: {ended:?}");
    let is_told = [
        "The card was taken out",
        "The connection to the card was cut",
        "no card in the reader",
    ]
    .iter()
    .any(|text| ended.errors.contains(text));
    assert!(is_told, "at command {command}: {ended:?}");
    assert_eq!(seat.tries(), [3, 5, 3], "at command {command}");
}

/// A deed that changes nothing on the card.
fn harmless(fault: &str, deed: &Deed) {
    at_each_command(fault, deed, |seat, ended, command| {
        let is_signed = seat.path("signed").exists();
        if ended.code == Some(0) {
            // The last command only leaves the card. Pulled after it, the card was done with.
            assert!(
                fault == "--pull-after" || deed.arguments[0] == "sign",
                "{fault} {command}: {ended:?}"
            );
            assert_eq!(seat.tries(), [3, 5, 3]);
            if deed.arguments[0] == "sign" {
                verify(seat);
            }
            return;
        }
        assert_told(seat, ended, command);
        assert!(!is_signed, "{fault} {command}: half a signature");
        // Nothing is in the way of doing it again.
        deed.done(seat).good();
    });
}

macro_rules! harmless {
    ($($name:ident: $fault:literal $deed:ident;)*) => {
        $(
            #[test]
            fn $name() {
                harmless($fault, &$deed);
            }
        )*
    };
}

harmless! {
    status_while_pulled: "--pull-after" STATUS;
    status_while_torn: "--tear-after" STATUS;
    signing_while_pulled: "--pull-after" SIGN;
    signing_while_torn_before: "--tear-before" SIGN;
    signing_while_torn_after: "--tear-after" SIGN;
    showing_while_pulled: "--pull-after" SHOW;
    showing_while_torn: "--tear-after" SHOW;
}

/// The PIN that the card has, found by using it.
fn set_pin(seat: &Seat) -> &'static str {
    std::fs::write(seat.path("c"), "c").unwrap();
    let sign = ["sign", "c", "-o", "c.p7s", "--key", "auth", "--force"];
    for pin in [AUTHENTICATION_PIN, OTHER_PIN] {
        if seat.shirushi(&sign, &[pin]).code == Some(0) {
            return pin;
        }
    }
    panic!("neither");
}

/// The card comes back by itself while the command waits for it, and the person is told which PIN is set.
#[test]
fn a_change_that_is_torn_ends_in_a_known_state() {
    for fault in ["--tear-before", "--tear-after", "--pull-after"] {
        let seat = Seat::new();
        let count = CHANGE.commands(&seat);
        for command in 1..=count {
            seat.lay("taro.card");
            let number = command.to_string();
            let card = seat.insert(&[fault, &number, "--return-after", "300"]);
            let ended = CHANGE.done(&seat);
            drop(card);
            let _card = seat.insert(&[]);
            let set = set_pin(&seat);
            let is_new = set == OTHER_PIN;
            let at = format!("{fault} {command} of {count}: {set} is set: {ended:?}");
            match ended.code {
                Some(0) => assert!(is_new, "{at}"),
                Some(3) => assert!(!is_new, "{at}"),
                // It was found out by asking the card, and said.
                Some(1) => assert_eq!(ended.errors.contains("old"), !is_new, "{at}"),
                _ => panic!("{at}"),
            }
            assert_eq!(seat.tries(), [3, 5, 3], "{at}");
        }
    }
}

/// Another card that is put in while a change is left open is not tried.
#[test]
fn a_person_who_changes_the_card_loses_no_try_on_it() {
    let seat = Seat::new();
    let count = CHANGE.commands(&seat);
    // VERIFY has passed, CHANGE REFERENCE DATA has not been answered: the command before the last is the change.
    let change = (count - 1).to_string();
    seat.lay("taro.card");
    let card = seat.insert(&["--tear-after", &change, "--return-after", "3600000"]);
    let ended = CHANGE.done(&seat);
    drop(card);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.errors.contains("old") && ended.errors.contains("new"),
        "{ended:?}"
    );
}
