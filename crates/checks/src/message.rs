//! What parties say to each other as JSON (`shirushi_wire`): errands, claims, deeds, relayed answers, signed messages.

use serde::{Serialize, de::DeserializeOwned};
use shirushi_wire::{
    Application, Claim, Errand, ForeignCommand, HolderRevocation, Message, RegisterEvent,
    RelayAnswer, RelayRequest, ResidentRecord, Return, RevocationRequest, Settled, Signed,
    SignedByHolder, Want,
};
use std::fmt::Debug;

/// The first byte says what the rest is read as. What is read means the same when it is written and read again.
pub fn check(bytes: &[u8]) {
    let [kind, json @ ..] = bytes else {
        return;
    };
    match kind {
        b'c' => same::<Claim>(json),
        b'e' => errand(json),
        b'd' => same::<Settled>(json),
        b'r' => same::<Return>(json),
        b'q' => same::<RelayRequest>(json),
        b'a' => same::<RelayAnswer>(json),
        b'f' => same::<ForeignCommand>(json),
        b'p' => same::<ResidentRecord>(json),
        b'A' => signed::<Application>(json),
        b'R' => signed::<RevocationRequest>(json),
        b'E' => signed::<RegisterEvent>(json),
        b'H' => by_holder(json),
        _ => {}
    }
}

fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(json: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(json) else {
        return;
    };
    let written = serde_json::to_vec(&value).unwrap_or_else(|error| panic!("{error}"));
    match serde_json::from_slice::<T>(&written) {
        Ok(again) => assert_eq!(again, value),
        Err(error) => panic!("{error}: {value:?}"),
    }
}

fn errand(json: &[u8]) {
    same::<Errand>(json);
    if let Ok(Errand {
        want: Want::LogIn { challenge },
        ..
    }) = serde_json::from_slice(json)
        && challenge.require_form().is_ok()
    {
        // Five lines, whatever its parts are: none of them can begin a line of its own.
        let statement = challenge.statement("https://portal.example");
        assert_eq!(
            statement
                .iter()
                .filter(|byte| **byte == b'\n')
                .count(),
            5
        );
    }
}

/// The envelope, and what it holds: also from the bare message.
fn signed<T: Message + PartialEq + Debug>(json: &[u8]) {
    same::<T>(json);
    let Ok(envelope) = serde_json::from_slice::<Signed<T>>(json) else {
        return;
    };
    let _ = envelope.key_identifier();
    if let Ok(message) = envelope.unverified() {
        assert!(envelope.json().is_ok());
        assert!(serde_json::to_vec(&message).is_ok());
    }
}

fn by_holder(json: &[u8]) {
    if let Ok(request) = HolderRevocation::from_signed(json) {
        let written = request.to_be_signed();
        assert!(written.is_ok_and(|bytes| HolderRevocation::from_signed(&bytes) == Ok(request)));
    }
    if let Ok(envelope) = serde_json::from_slice::<SignedByHolder>(json) {
        let _ = (envelope.payload(), envelope.cms());
    }
}
