//! Whatever is lost, and wherever, the next visit finishes the work.

use crate::bench::{Pulled, Reader, certificate, open, personalise, transaction};
use shirushi_personalisation::{ChannelError, Kind, PersonalisationCommand};

/// For every APDU of a whole personalisation, lost on its way to the card or with its answer:
/// * the visit fails, the card holds nothing live
/// * the next visit finishes: keys, PINs and certificates are live, and each certificate is of the key beside it
/// * no key was made twice
#[test]
fn a_pulled_cable_leaves_a_card_that_the_next_visit_finishes() {
    let mut apdus = 0;
    for last_arrives in [false, true] {
        for pull_after in 0.. {
            let mut reader = Reader::new();
            reader.pull_after = Some(pull_after);
            reader.last_arrives = last_arrives;
            if personalise(&mut reader, 1) != Err(Pulled) {
                apdus = pull_after;
                break;
            }
            // Only the answer to the last APDU, which activates, can be lost after the work is done.
            let done = reader.applet.completed.is_some();
            assert_eq!(done, !reader.applet.live.is_empty());
            personalise(&mut reader, 2).unwrap();
            let applet = &reader.applet;
            assert_eq!(applet.completed, Some(transaction()));
            assert_eq!(applet.keys_made, 2, "after {pull_after}");
            assert_eq!(applet.live.len(), 2);
            for kind in Kind::ALL {
                let slot = &applet.live[&kind];
                let key = slot.key.as_ref().unwrap();
                assert!(slot.pin.is_some());
                assert_eq!(slot.own.whole(), Some(certificate(kind, key).as_slice()));
            }
        }
    }
    // Two to open, two to authenticate, five to make keys, two PINs, six to read keys, 30 to write, one to activate.
    assert_eq!(apdus, 48);
}

#[test]
fn a_batch_whose_answers_stop_short_is_an_error_and_not_a_success() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let apdus = host
        .wrap(&PersonalisationCommand::Status)
        .unwrap();
    assert_eq!(apdus.len(), 1);
    assert_eq!(
        host.take_answer(&PersonalisationCommand::Status, &[]),
        Err(ChannelError::Unanswered {
            sent: 1,
            answered: 0
        })
    );
}
