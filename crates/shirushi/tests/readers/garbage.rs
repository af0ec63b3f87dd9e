//! A card that answers nonsense, or not at all, at each command in turn: told as such, nothing is sent twice that must not be, no try is
//! lost, and what comes out is right or nothing.

use crate::{citizen::SIGNATURE_PASSWORD, said::Said, seat::Seat, trace::verify};

/// Kinds of garbage; `more` and `le` are status words that ask for something, which no answer then satisfies.
const KINDS: [&str; 6] = ["empty", "one", "random", "length", "more", "le"];

fn sign(seat: &Seat) -> Said {
    let _ = std::fs::remove_file(seat.path("signed"));
    seat.shirushi(
        &["sign", "filing.xml", "-o", "signed"],
        &[SIGNATURE_PASSWORD],
    )
}

/// How often the password was sent.
fn passwords(passed: &[shirushi_lab::Exchange]) -> usize {
    passed
        .iter()
        .filter(|exchange| {
            exchange
                .command
                .windows(SIGNATURE_PASSWORD.len())
                .any(|bytes| bytes == SIGNATURE_PASSWORD.as_bytes())
        })
        .count()
}

/// Signs with a card of which one answer is wrong; afterwards with the same card in health.
fn signing_with(options: &[&str], at: &str) {
    let seat = Seat::new();
    std::fs::write(seat.path("filing.xml"), "申告書").unwrap();
    let card = seat.insert(options);
    let (ended, passed) = seat.during(|| sign(&seat));
    card.pull();
    let _card = seat.insert(&[]);
    assert!(passwords(&passed) <= 1, "{at}: sent twice");
    match ended.code {
        // The garbage did not matter, or the card's answer to leaving it: what was signed is right.
        Some(0) => verify(&seat),
        Some(1 | 3) => {
            assert!(!ended.errors.is_empty(), "{at}: {ended:?}");
            assert!(!ended.errors.contains("panicked"), "{at}: {ended:?}");
            assert!(!seat.path("signed").exists(), "{at}: {ended:?}");
        }
        // A status word that counts tries, by chance: it was the card's word.
        Some(4 | 5) => {}
        _ => panic!("{at}: {ended:?}"),
    }
    assert!(
        !ended
            .errors
            .contains(SIGNATURE_PASSWORD),
        "{at}"
    );
    assert_eq!(seat.tries(), [3, 5, 3], "{at}");
    sign(&seat).good();
    verify(&seat);
}

macro_rules! garbage {
    ($($name:ident: $kind:literal;)*) => {
        $(
            #[test]
            fn $name() {
                // The commands of a signature, the last parts of the certificate left out.
                for command in [1, 3, 4, 6, 14, 15] {
                    let garble = format!("{command}={}", KINDS[$kind]);
                    signing_with(&["--garble", &garble], &garble);
                }
            }
        )*
    };
}

garbage! {
    an_answer_of_nothing: 0;
    an_answer_of_one_byte: 1;
    an_answer_at_random: 2;
    an_answer_of_another_length: 3;
    an_answer_that_promises_more: 4;
    an_answer_that_wants_another_length: 5;
}

#[test]
fn status_words_that_no_command_explains() {
    for status in ["6F00", "6985", "0000"] {
        for command in ["select", "read", "verify", "sign"] {
            let word = format!("{command}={status}");
            signing_with(&["--sw", &word], &word);
        }
    }
}

#[test]
fn a_card_that_does_not_answer_is_gone_in_the_end() {
    for command in ["1", "3", "verify", "sign"] {
        signing_with(&["--mute-at", command, "--mute-for", "300"], command);
    }
}

#[test]
fn chance_by_seed() {
    for seed in 0..6 {
        let seed = seed.to_string();
        let options = [
            "--fault-rate",
            "0.15",
            "--seed",
            &seed,
            "--return-after",
            "200",
            "--mute-for",
            "200",
        ];
        signing_with(&options, &format!("seed {seed}"));
    }
}
