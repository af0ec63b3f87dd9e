//! A terminal with a person at it, and the paths on which PINs are typed there: small letters that count as capitals, a word before the
//! last try, second thoughts.

use crate::{
    card::{Modelled, Which},
    draws::Draws,
    image::BINARY,
    needles::needles,
    traced::{Disk, Run},
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    path::Path,
};

/// What is asked, and what is typed then.
pub(crate) type Asked = (&'static str, String);

/// Opens a terminal: the person's side, and the program's.
pub(crate) fn open() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    (File::from(person), program)
}

/// Answers each question when it is asked, until the program is gone.
pub(crate) fn converse(mut terminal: File, asked: &[Asked]) {
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    let mut asked = asked.iter();
    let mut next = asked.next();
    // Reading fails when nobody has the other side open any more.
    while let Ok(more) = terminal.read(&mut part) {
        seen.extend_from_slice(&part[..more]);
        while let Some((question, answer)) = next
            && let Some(at) = memchr::memmem::find(&seen, question.as_bytes())
        {
            seen.drain(..at + question.len());
            // It may be gone by now.
            let _ = terminal.write_all(answer.as_bytes());
            next = asked.next();
        }
    }
}

const INTERRUPT: &str = "\u{3}";

/// One path: one command with a person.
pub(crate) fn path(seed: u64) {
    let mut draws = Draws::new(seed);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("document"), b"a document").unwrap();
    let mut card = Modelled::worn(folder.path().join("card"), &mut draws);
    let is_change = draws.once_in(2);
    let which = Which::Signature;
    let right = card.held(which).value.clone();
    let tries = card.held(which).tries;
    let present = if draws.once_in(3) {
        draws.password()
    } else {
        right.clone()
    };
    let new = draws.password();

    let mut asked: Vec<Asked> = Vec::new();
    if tries == 1 {
        asked.push(("type \"yes\": ", "yes\n".to_owned()));
    }
    type_in(
        &mut draws,
        &mut asked,
        "Your signature password: ",
        &present,
    );
    if is_change {
        type_in(&mut draws, &mut asked, "The new signature password: ", &new);
        type_in(&mut draws, &mut asked, "once more: ", &new);
    }
    let is_given_up = draws.once_in(4);
    if is_given_up {
        let at = draws.below(asked.len());
        asked.truncate(at + 1);
        asked[at].1 = INTERRUPT.to_owned();
    }
    let mut arguments = match is_change {
        true => vec!["pin", "change", "sign"],
        false => vec!["sign", "document", "--force", "--key", "sign"],
    };
    arguments.extend(["--card", card.path.to_str().unwrap()]);
    let arguments: Vec<_> = arguments
        .into_iter()
        .map(str::to_owned)
        .collect();
    let typed: Vec<_> = [&present, &new, &right]
        .into_iter()
        .flat_map(|pin| [pin.clone(), pin.to_ascii_lowercase()])
        .collect();
    let ended = Run {
        program: Path::new(BINARY),
        wiped_in: Path::new(BINARY),
        folder: folder.path(),
        arguments: &arguments,
        lines: &[],
        terminal: Some(&asked),
        is_given_up: false,
        disk: Disk::Writes,
        is_wiping: true,
    }
    .to_its_end(&needles(&typed));

    let codes: &[i32] = match (tries, is_given_up) {
        (0, _) => &[5],
        (_, true) => &[6],
        _ if !card.present(which, &present) => &[4, 5],
        _ => {
            if is_change {
                card.set(which, &new);
            }
            &[0]
        }
    };
    let story = format!("seed {seed:#x}: {arguments:?}, {asked:?}: {ended:?}");
    assert!(ended.found.is_empty(), "{story}");
    assert!(!ended.may_dump, "{story}");
    assert!(
        ended
            .code
            .is_some_and(|code| codes.contains(&code)),
        "{codes:?} foretold, {story}"
    );
    card.require_as_modelled(&story);
}

/// A password typed as it is, or in small letters, which count as capitals.
fn type_in(draws: &mut Draws, asked: &mut Vec<Asked>, question: &'static str, pin: &str) {
    let typed = match draws.below(2) {
        0 => pin.to_ascii_lowercase(),
        _ => pin.to_owned(),
    };
    asked.push((question, format!("{typed}\n")));
}
