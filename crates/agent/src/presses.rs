//! Forms into which a PIN is typed, each of which is taken once: a reload sends a form again, and the tries that it tells may by then be
//! right again.

use std::sync::{Mutex, PoisonError};

/// Forms that are open at a time. The oldest gives way: whoever still has it is shown it anew, and nothing is sent to the card.
const MOST: usize = 256;

/// The marks of the forms that were given out and have not come back.
#[derive(Debug, Default)]
pub(crate) struct Presses(Mutex<Vec<String>>);

impl Presses {
    /// Remembers the mark of a form that is given out.
    pub(crate) fn give(&self, mark: String) {
        let mut open = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            open.remove(0);
        }
        open.push(mark);
    }

    /// Whether a form of this mark was given out and comes back for the first time.
    pub(crate) fn take(&self, mark: &str) -> bool {
        let mut open = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match open.iter().position(|own| own == mark) {
            Some(place) => {
                open.remove(place);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_once_and_the_oldest_gives_way() {
        let presses = Presses::default();
        presses.give("first".to_owned());
        presses.give("second".to_owned());
        assert!(presses.take("first") && !presses.take("first"));
        assert!(!presses.take("") && !presses.take("never given out"));
        for n in 0..MOST {
            presses.give(n.to_string());
        }
        assert!(!presses.take("second"));
        assert!(presses.take("0"));
    }
}
