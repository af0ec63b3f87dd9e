//! What is searched for.

use std::collections::BTreeSet;

/// Before the bytes of every guarded secret (`shirushi_crypto`, memory.rs).
const MARK: u8 = 0xA5;
/// Below it a PIN is too short to be searched for by itself.
const DISTINCT: usize = 8;
/// Commands that carry a PIN: VERIFY, CHANGE REFERENCE DATA, SET INITIAL PIN of either kind (`facts/card.md` §9).
const COMMANDS: [[u8; 4]; 6] = [
    [0x00, 0x20, 0x00, 0x80],
    // The module names a PIN by its file's short identifier.
    [0x00, 0x20, 0x00, 0x98],
    [0x00, 0x20, 0x00, 0x9B],
    [0x00, 0x24, 0x01, 0x80],
    [0x80, 0x24, 0x00, 0x98],
    [0x80, 0x24, 0x00, 0x9B],
];

/// A PIN in one of the forms that it takes on its way.
pub(crate) struct Needle {
    pub(crate) what: String,
    pub(crate) bytes: Vec<u8>,
}

/// Of everything that was typed.
pub(crate) fn needles(typed: &[String]) -> Vec<Needle> {
    let mut needles = Vec::new();
    let typed: BTreeSet<_> = typed
        .iter()
        .filter(|text| !text.is_empty())
        .collect();
    for text in typed {
        let mut add = |what: &str, bytes: Vec<u8>| {
            let what = format!("{text} {what}");
            needles.push(Needle { what, bytes });
        };
        if text.len() >= DISTINCT {
            add("itself", text.clone().into_bytes());
            add("in hexadecimal", hex::encode(text).into_bytes());
            let folded = text.to_ascii_uppercase();
            if folded != **text {
                add("in capitals", folded.into_bytes());
            }
            continue;
        }
        for command in COMMANDS {
            let length = [text.len() as u8];
            let bytes = [&command, length.as_slice(), text.as_bytes()].concat();
            add(
                "in a command in hexadecimal",
                hex::encode(&bytes).into_bytes(),
            );
            add("in a command", bytes);
        }
        add("in a form", format!("pin={text}").into_bytes());
        add("in a slot", [&[MARK], text.as_bytes(), &[0; 8]].concat());
    }
    needles
}
