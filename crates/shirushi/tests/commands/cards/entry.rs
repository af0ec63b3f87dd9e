//! PINs typed at a terminal: unseen, folded when it is agreed to, confirmed before the last try, given up at any point.

use super::Hand;
use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    place::{ENGLISH, JAPANESE},
};

const CHANGE_AUTH: [&str; 3] = ["pin", "change", "auth"];
const CHANGE_SIGN: [&str; 3] = ["pin", "change", "sign"];

#[test]
fn a_person_at_a_terminal() {
    let hand = Hand::new();
    let talk = |locale, arguments: &[&str], steps: &[(&str, &str)]| {
        let talk = hand
            .place
            .talk(locale, &hand.with_card(arguments, false), steps);
        assert!(talk.restored, "{talk:?}");
        assert!(talk.echo.iter().all(|echo| !echo), "{talk:?}");
        talk
    };
    let small = SIGNATURE_PASSWORD.to_ascii_lowercase();

    // Changed, with two entries that differ at first; nothing that was typed is seen.
    let changed = talk(
        ENGLISH,
        &CHANGE_AUTH,
        &[
            ("3 of 3 tries left", ""),
            (
                "Your authentication PIN: ",
                &format!("{AUTHENTICATION_PIN}\n"),
            ),
            ("The new authentication PIN: ", "7350\n"),
            ("once more: ", "7351\n"),
            ("The two entries differ", ""),
            ("The new authentication PIN: ", "73\u{7f}350\n"),
            ("once more: ", "99\u{15}7350\n"),
        ],
    );
    assert_eq!(changed.code, 0, "{changed:?}");
    assert!(changed.seen.contains("was changed"), "{changed:?}");
    for pin in [AUTHENTICATION_PIN, "7350", "7351"] {
        assert!(!changed.seen.contains(pin), "{changed:?}");
    }

    // Small letters count as capitals, in what is set too.
    let folded = talk(
        JAPANESE,
        &CHANGE_SIGN,
        &[
            ("署名用パスワード: 残り5回", ""),
            ("避けてください", ""),
            ("署名用パスワード: ", &format!("{small}\r")),
            ("新しい署名用パスワード: ", "kawari0no\n"),
            ("もう一度", "KAWARI0NO\n"),
        ],
    );
    assert_eq!(folded.code, 0, "{folded:?}");
    let back = hand.run(&CHANGE_SIGN, &["KAWARI0NO", SIGNATURE_PASSWORD]);
    assert_eq!(back.code, 0, "{back:?}");

    // A form that no PIN has is said and asked for again, without a try.
    let form = talk(
        ENGLISH,
        &CHANGE_AUTH,
        &[
            ("Your authentication PIN: ", "12\n"),
            ("card/pin-form", ""),
            ("Your authentication PIN: ", "\u{3}"),
        ],
    );
    assert_eq!(form.code, 6, "{form:?}");
    assert!(
        form.seen
            .contains("Nothing was changed"),
        "{form:?}"
    );
    assert_eq!(hand.tries("auth"), 3);

    // Given up by the end of the input, and by a signal from elsewhere, at each question.
    for (steps, key) in [
        (0, "\u{4}"),
        (1, "\u{3}"),
        (2, "SIGNAL:TERM"),
        (0, "SIGNAL:HUP"),
    ] {
        let mut questions = vec![
            ("Your authentication PIN: ", "7350\n"),
            ("The new authentication PIN: ", "1111\n"),
            ("once more: ", "1111\n"),
        ];
        questions.truncate(steps + 1);
        questions.last_mut().unwrap().1 = key;
        let given_up = talk(ENGLISH, &CHANGE_AUTH, &questions);
        assert_eq!(given_up.code, 6, "{given_up:?}");
        assert!(
            given_up
                .seen
                .contains("Nothing was changed"),
            "{given_up:?}"
        );
    }
    assert_eq!(hand.tries("auth"), 3);

    // The last try needs its word.
    for _ in 0..2 {
        assert_eq!(
            hand.run(&CHANGE_AUTH, &["0000", "1111"])
                .code,
            4
        );
    }
    let refused = talk(ENGLISH, &CHANGE_AUTH, &[("type \"yes\": ", "no\n")]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(
        refused
            .seen
            .contains("last-try-confirmed"),
        "{refused:?}"
    );
    assert_eq!(hand.tries("auth"), 1);
    let confirmed = talk(
        JAPANESE,
        &CHANGE_AUTH,
        &[
            ("「はい」と入力してください: ", "はい\n"),
            ("利用者証明用暗証番号: ", "7350\n"),
            ("新しい利用者証明用暗証番号: ", "1111\n"),
            ("もう一度", "1111\n"),
        ],
    );
    assert_eq!(confirmed.code, 0, "{confirmed:?}");
    assert_eq!(hand.tries("auth"), 3);
    hand.up.stop();
}
