//! Commands to a card and their answers (`shirushi_apdu`).

use shirushi_apdu::{Command, Response};

/// What is a command is read the same when it is written again, and writing it again adds nothing.
pub fn check(bytes: &[u8]) {
    if let Ok(command) = Command::parse(bytes) {
        let written = command.to_bytes();
        assert!(written.len() <= bytes.len());
        assert_eq!(Command::parse(&written).as_ref(), Ok(&command));
        // What may hold a PIN is not shown.
        let shown = format!("{command:?}");
        assert!(shown.len() < 80, "{shown}");
    }
    match Response::parse(bytes) {
        Ok(response) => assert_eq!(response.data.len() + 2, bytes.len()),
        Err(_) => assert!(bytes.len() < 2),
    }
}
