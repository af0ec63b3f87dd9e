//! Programs in a lab: ours, which speak with the card line by line, and one that holds the reader as other programs do.

use shirushi_crypto::{Secret, SystemRandom};
use shirushi_kit_card::{Channel, keys};
use shirushi_lab::Lab;
use shirushi_personalisation::{
    Kind, PersonalisationCommand, TransactionId, initial_pin::set_initial_pin,
};
use shirushi_softcard::{Atr, CardKind, Manufacture, SoftCard, Variant};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

pub(crate) const FIRST: &str = "Virtual PCD 00 00";
pub(crate) const SECOND: &str = "Virtual PCD 00 01";

pub(crate) const SELECT_JPKI: &str = "00A4040C0AD392F000260100000001";
pub(crate) const SELECT_ISSUER: &str = "00A4040C07A0000001510000";
pub(crate) const SELECT_PIN: &str = "00A4020C020018";
pub(crate) const SELECT_KEY: &str = "00A4020C020017";
/// VERIFY with the PIN that [`card_file`] sets.
pub(crate) const VERIFY: &str = "002000800434383239";
/// COMPUTE SIGNATURE of six bytes.
pub(crate) const SIGN: &str = "802A00800653485249464F00";
pub(crate) const READ: &str = "00B0860020";

/// One of this crate's examples. Cargo builds them before it runs all of a crate's tests, not before one test file alone.
pub(crate) fn example(name: &str) -> PathBuf {
    // target/debug/deps/pcsc-… is the test.
    let test = std::env::current_exe().unwrap();
    let profile = test
        .parent()
        .and_then(Path::parent)
        .unwrap();
    let path = profile.join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is not built: cargo build --examples",
        path.display()
    );
    path
}

pub(crate) fn readers(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = lab.command(example("readers"));
    command.args(arguments);
    command
}

/// All that `readers` says, given nothing.
pub(crate) fn said(lab: &Lab, arguments: &[&str]) -> Vec<String> {
    let output = readers(lab, arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(str::to_owned)
        .collect()
}

/// What puts a card's file into a reader, 0 or 1.
pub(crate) fn card(lab: &Lab, reader: u16, file: &Path, words: &[&str]) -> Command {
    let mut command = lab.command(example("card"));
    command
        .arg(Lab::address(reader))
        .arg(file)
        .args(words);
    command
}

/// A program with which one speaks line by line.
pub(crate) struct Spoken {
    child: Child,
    /// Closed by [`Spoken::leave`].
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Spoken {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// `readers send`, connected.
    pub(crate) fn connected(lab: &Lab, reader: &str) -> Self {
        let mut spoken = Self::start(readers(lab, &["send", reader]));
        assert_eq!(spoken.hear(), "connected");
        spoken
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.say(line);
        self.hear()
    }

    /// The status word of the answer.
    pub(crate) fn status(&mut self, command: &str) -> String {
        let answer = self.ask(command);
        match answer.len() {
            4.. if !answer.starts_with('!') => answer[answer.len() - 4..].to_owned(),
            _ => answer,
        }
    }

    /// Gives the card back; returns when it is given back.
    pub(crate) fn leave(mut self) {
        self.input = None;
        assert_eq!(self.hear(), "left");
    }
}

impl Drop for Spoken {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Another program, which shares nothing of ours but libpcsclite: `exclusive`, `transaction` or `shared`. It says `held`, and does
/// what it is told: `reset`, `unpower`, or an empty line to end.
pub(crate) fn other_program(lab: &Lab, how: &str) -> Spoken {
    let mut command = lab.command("python3");
    command
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/pcsc/other_program.py"
        ))
        .args([FIRST, how]);
    let mut spoken = Spoken::start(command);
    assert_eq!(spoken.hear(), "held");
    spoken
}

/// A card with the authentication key and its PIN, 4829.
pub(crate) fn card_file(lab: &Lab, number: &str) -> PathBuf {
    card_file_with(lab, number, Atr::Contact)
}

/// The same, with this answer to reset.
pub(crate) fn card_file_with(lab: &Lab, number: &str, atr: Atr) -> PathBuf {
    let path = lab.folder().join(number);
    let manufacture = Manufacture {
        kind: CardKind::IndividualNumberCard,
        card_number: number.to_owned(),
        keys: keys(number),
        text: None,
        variant: Variant {
            atr,
            ..Variant::default()
        },
    };
    let mut card = SoftCard::create_file(&path, manufacture, Arc::new(SystemRandom)).unwrap();
    let transaction = TransactionId::new([0x11; 16]);
    let kind = Kind::Authentication;
    issue(
        &mut card,
        number,
        &[
            PersonalisationCommand::Begin {
                transaction,
                kinds: vec![kind],
            },
            PersonalisationCommand::GenerateKey(kind),
            PersonalisationCommand::PinsToBeSet,
        ],
    );
    let set = set_initial_pin(kind, &Secret::from(b"4829".as_slice()));
    let set = [hex::decode(SELECT_JPKI).unwrap(), set.to_bytes()];
    assert_eq!(send(&mut card, &set), [[0x90, 0x00], [0x90, 0x00]]);
    // Nothing here looks into the certificates.
    let der = || [&[0x30, 0x82, 0x01, 0x00][..], &[0; 256]].concat();
    issue(
        &mut card,
        number,
        &[
            PersonalisationCommand::WriteCertificate { kind, der: der() },
            PersonalisationCommand::WriteCaCertificate { kind, der: der() },
            PersonalisationCommand::Activate { transaction },
        ],
    );
    path
}

/// Sends the card these commands in the issuer's channel.
fn issue(card: &mut SoftCard, number: &str, commands: &[PersonalisationCommand]) {
    let mut channel = Channel::open(card, keys(number));
    for command in commands {
        channel.run(card, command);
    }
}

fn send(card: &mut SoftCard, commands: &[Vec<u8>]) -> Vec<Vec<u8>> {
    commands
        .iter()
        .map(|command| card.answer(command))
        .collect()
}
