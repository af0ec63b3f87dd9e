//! A card in a reader.

use crate::{Lab, wait_for};
use std::process::{Child, Command, Stdio};

/// A card in a reader of a lab, until it is pulled or dropped.
#[derive(Debug)]
pub struct Inserted<'a> {
    lab: &'a Lab,
    reader: u16,
    serve: Child,
}

impl<'a> Inserted<'a> {
    pub(crate) fn start(lab: &'a Lab, mut serve: Command, reader: u16) -> Self {
        // A card that comes before pcscd has missed the one before it is taken for that one, and nothing is written.
        wait_for("the reader to be empty", || lab.is_empty(reader));
        let before = lab.insertions(reader);
        let serve = serve
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{serve:?}: {e}"));
        let mut inserted = Self { lab, reader, serve };
        wait_for("pcscd to see the card", || {
            let ended = inserted.serve.try_wait();
            assert!(
                matches!(ended, Ok(None)),
                "the card's program ended: {ended:?}"
            );
            lab.insertions(reader) > before
        });
        inserted
    }

    /// Pulls the card out, and returns when pcscd has seen that it is gone.
    pub fn pull(self) {
        let (lab, reader) = (self.lab, self.reader);
        drop(self);
        // By itself it may have been out already.
        wait_for("pcscd to see that the card is gone", || {
            lab.is_empty(reader)
        });
    }
}

impl Drop for Inserted<'_> {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.serve.kill();
        let _ = self.serve.wait();
    }
}
