//! What the commands of a connection leave behind in the card (`facts/card.md` §11): whether a PIN may still be verified.
//!
//! A card forgets that a PIN was verified when another application is selected and when it loses power; it does not when the same
//! application is selected once more, nor at a warm reset. So who has selected another application behind it has left properly,
//! and otherwise the card is to lose power.

/// SELECT, and its P1 for "by application identifier".
const SELECT: [u8; 3] = [0x00, 0xA4, 0x04];
/// VERIFY.
const VERIFY: u8 = 0x20;
/// The one command of our own that sets a PIN, and leaves it verified.
const SET_INITIAL_PIN: [u8; 2] = [0x80, 0x24];
/// EXTERNAL AUTHENTICATE: of an issuer's channel, which too is open until then.
const EXTERNAL_AUTHENTICATE: u8 = 0x82;

/// What has passed over one connection.
#[derive(Default)]
pub(super) struct Traces {
    /// The application identifier that was selected last, as it was given: it may be the first bytes of the application's.
    selected: Option<Vec<u8>>,
    is_open: bool,
    was_open: bool,
}

impl Traces {
    /// Takes note of a command, and of its answer if one came.
    pub(super) fn note(&mut self, command: &[u8], answer: Option<&[u8]>) {
        let is_accepted = answer.map(|answer| answer.ends_with(&[0x90, 0x00]));
        match command {
            _ if is_accepted == Some(false) => (),
            [class, a4, p1, _, lc, rest @ ..] if [*class, *a4, *p1] == SELECT => {
                let aid = rest
                    .get(..usize::from(*lc))
                    .unwrap_or(rest);
                self.select(aid, is_accepted.is_some());
            }
            [_, VERIFY, _, _, _, _, ..] | [_, EXTERNAL_AUTHENTICATE, ..] => self.is_open = true,
            [class, instruction, ..] if [*class, *instruction] == SET_INITIAL_PIN => {
                self.is_open = true;
            }
            _ => (),
        }
        self.was_open |= self.is_open;
    }

    /// Whether a PIN, or an issuer's channel, may be open.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether one was, so that another application is selected now than other programs left.
    pub(super) fn was_open(&self) -> bool {
        self.was_open
    }

    fn select(&mut self, aid: &[u8], is_answered: bool) {
        if !is_answered {
            // Whichever it is now.
            self.selected = None;
            return;
        }
        // Of what was selected before the first SELECT nothing is known: it may have been this one.
        if let Some(before) = &self.selected
            && !before.starts_with(aid)
            && !aid.starts_with(before)
        {
            self.is_open = false;
        }
        self.selected = Some(aid.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::Traces;
    use shirushi_apdu::{Command, ISSUER_AID, JPKI_AID, TEXT_AID, initial_pin, select};

    const OK: Option<&[u8]> = Some(&[0x90, 0x00]);
    const REFUSED: Option<&[u8]> = Some(&[0x69, 0x82]);

    fn verify() -> Vec<u8> {
        Command::new(0x00, 0x20, 0x00, 0x80)
            .data(b"4829")
            .to_bytes()
    }

    fn after(steps: &[(Vec<u8>, Option<&[u8]>)]) -> bool {
        let mut traces = Traces::default();
        for (command, answer) in steps {
            traces.note(command, *answer);
        }
        traces.is_open()
    }

    #[test]
    fn a_verified_pin_is_open_until_another_application_is_selected() {
        let jpki = || select::application(&JPKI_AID).to_bytes();
        let issuer = || select::application(&ISSUER_AID).to_bytes();
        let open = [(jpki(), OK), (verify(), OK)];
        let then = |command: Vec<u8>, answer| {
            let mut steps = open.to_vec();
            steps.push((command, answer));
            after(&steps)
        };
        assert!(after(&open));
        assert!(!then(issuer(), OK));
        assert!(!then(select::application(&TEXT_AID).to_bytes(), OK));
        assert!(then(issuer(), Some(&[0x6A, 0x82])));
        assert!(then(issuer(), None));
        // The same application, also by the first bytes of its identifier; an elementary file.
        assert!(then(jpki(), OK));
        assert!(then(select::application(&JPKI_AID[..6]).to_bytes(), OK));
        assert!(then(select::file(0x0017).to_bytes(), OK));
    }

    #[test]
    fn what_opens() {
        let query = Command::new(0x00, 0x20, 0x00, 0x80).to_bytes();
        assert!(!after(&[(query.clone(), OK), (verify(), REFUSED)]));
        assert!(!after(&[(
            query.into_iter().chain([0]).collect(),
            Some(&[0x63, 0xC3])
        )]));
        // No answer: it may have been accepted.
        assert!(after(&[(verify(), None)]));
        let set = Command::new(
            initial_pin::CLASS,
            initial_pin::INSTRUCTION,
            initial_pin::P1,
            initial_pin::SIGNATURE,
        );
        assert!(after(&[(set.data(b"ABC123").to_bytes(), OK)]));
        let authenticate = Command::new(0x84, 0x82, 0x33, 0x00).data([0; 16]);
        assert!(after(&[(authenticate.to_bytes(), OK)]));
    }

    #[test]
    fn what_was_selected_before_the_first_select_is_unknown() {
        let jpki = select::application(&JPKI_AID).to_bytes();
        assert!(after(&[(verify(), OK), (jpki, OK)]));
    }

    #[test]
    fn any_bytes_are_taken() {
        let mut traces = Traces::default();
        for command in [
            &[][..],
            &[0],
            &[0, 0xA4, 4],
            &[0, 0xA4, 4, 0xC, 9, 1],
            &[0xFF; 5],
        ] {
            traces.note(command, OK);
            traces.note(command, None);
        }
        assert!(!traces.is_open());
    }
}
