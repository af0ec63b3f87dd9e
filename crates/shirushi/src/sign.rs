//! `sign`: a document signed with the card.

use crate::{
    arguments::{Sign, WhichCard},
    attended::{AtCard, attended, say},
    failure::Failure,
    language::Language,
    output::{Output, print, print_json, read},
    pin_entry::PinEntry,
    readers::{connect, source},
    told::{code, of_card, of_client, told},
};
use serde_json::json;
use shirushi_card::{Card, CardError, Credential, Pin};
use shirushi_client::{PinName, SignedContent, Signing, sign_with};
use shirushi_clock::{Clock as _, Instant, SystemClock};
use shirushi_reader::{CardSource, Connection};
use std::{path::PathBuf, process::ExitCode, sync::Arc};

/// `sign`
pub(crate) async fn run(sign: Sign, language: Language) -> Result<ExitCode, Failure> {
    let path = sign
        .output
        .clone()
        .unwrap_or_else(|| beside(&sign.file));
    let output = Output::at(&path, sign.is_forced, language)?;
    let content = read(&sign.file)?;
    let known = sign
        .certificate
        .as_deref()
        .map(|path| crate::certificates::one(path, language))
        .transpose()?;
    let is_json = sign.is_json;
    let work = Work {
        source: source(&sign.card, language)?,
        signing: Signing {
            credential: sign.key,
            known,
            with_authority: sign.with_ca,
        },
        sign,
        content,
        at: SystemClock.now(),
        language,
    };
    let signed = attended(language, move || work.run()).await?;
    output.write(&signed.cms, language)?;
    let path = output.path().display().to_string();
    let serial = signed.certificate.serial().to_string();
    match (is_json, language) {
        (true, _) => print_json(&json!({ "signature": path, "certificate": serial }))?,
        (false, Language::Japanese) => print(&format!("署名しました: {path}"))?,
        (false, Language::English) => print(&format!("Signed: {path}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

struct Work {
    source: Arc<dyn CardSource>,
    sign: Sign,
    signing: Signing,
    content: Vec<u8>,
    at: Instant,
    language: Language,
}

impl Work {
    fn run(&self) -> Result<SignedContent, Failure> {
        let language = self.language;
        let name = name_of(self.signing.credential);
        let mut entry = PinEntry::open(&self.sign.pins, language)?;
        if !entry.asks_a_person() {
            // All is known beforehand: one connection, and no command that is not needed.
            let mut card = self.open(Card::select)?;
            let tries = self.tries(&mut card)?;
            entry.tell_tries(name, tries)?;
            let pin = entry.pin(name)?;
            return self.finish(card, pin.key());
        }
        let (serial, tries) = {
            let mut card = self.open(Card::open)?;
            (card.token().serial.clone(), self.tries(&mut card)?)
        };
        entry.tell_tries(name, tries)?;
        let pin = entry.pin(name)?;
        // While the person typed, the card was free for others.
        let mut card = self.open(Card::open)?;
        if card.token().serial != serial || self.tries(&mut card)? != tries {
            return Err(told(
                code::FAILED,
                language,
                "入力の間に、カードが取り替えられたか、残りの回数が変わりました。カードには何も送っていません。\n  もう一度実行してください。",
                "While you typed, the card was exchanged or its tries have changed. Nothing was sent to it.\n  Run this again.",
            ));
        }
        say(language.pick("署名しています…", "Signing…"));
        self.finish(card, pin.key())
    }

    fn open(
        &self,
        select: impl FnOnce(Connection) -> Result<Card<Connection>, CardError>,
    ) -> Result<Card<Connection>, Failure> {
        let which: &WhichCard = &self.sign.card;
        let connection = connect(&*self.source, which, self.language)?;
        let _busy = AtCard::begin();
        select(connection).map_err(|error| of_card(&error, self.language))
    }

    fn tries(&self, card: &mut Card<Connection>) -> Result<u8, Failure> {
        let _busy = AtCard::begin();
        card.tries(self.signing.credential)
            .map_err(|error| of_card(&error, self.language))
    }

    fn finish(
        &self,
        mut card: Card<Connection>,
        pin: Option<&Pin>,
    ) -> Result<SignedContent, Failure> {
        let _busy = AtCard::begin();
        let pin = pin.ok_or_else(|| Failure::Told {
            code: code::FAILED,
            text: String::new(),
        })?;
        let signed = sign_with(&mut card, &self.signing, pin, &self.content, self.at);
        // Nothing stays verified; a card that is gone has lost its power.
        let left = card.leave();
        let signed = signed.map_err(|error| of_client(&error, self.language))?;
        if left.is_err() {
            say(self.language.pick(
                "カードの照合状態を消せませんでした。カードを抜いてください。",
                "The card could not be left as it should: take it out.",
            ));
        }
        Ok(signed)
    }
}

fn name_of(credential: Credential) -> PinName {
    match credential {
        Credential::Signature => PinName::Signature,
        Credential::Authentication => PinName::Authentication,
    }
}

fn beside(file: &std::path::Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".p7s");
    PathBuf::from(name)
}
