//! `pin`: the tries left of each PIN, and changing them.

use crate::{
    arguments::{Pin, PinOptions, PinOrder, WhichCard},
    at_card::{another, open},
    attended::{AtCard, attended, say, settled, unsettled},
    failure::Failure,
    language::Language,
    output::{print, print_json},
    pin_entry::{PinEntry, pin_form, pin_name},
    readers::{connect, source},
    told::{code, of_card, told},
};
use serde_json::{Value, json};
use shirushi_card::CardError;
use shirushi_client::{
    PinAccess, PinChangeError, PinName, PinStatus, SetPin, TypedPin, find_pin, pin_status,
};
use shirushi_reader::{CardSource, Connection};
use std::{process::ExitCode, time::Duration};

/// How long the card may be away before the question which PIN is set is left open.
const PATIENCE: Duration = Duration::from_secs(60);

/// `pin`
pub(crate) async fn run(pin: Pin, language: Language) -> Result<ExitCode, Failure> {
    match pin.order {
        PinOrder::Status => {
            let status = attended(language, move || status(&pin.card, language)).await?;
            match pin.is_json {
                true => print_json(&in_json(&status))?,
                false => print(&in_words(&status, language))?,
            }
        }
        PinOrder::Change { name, options } => {
            attended(language, move || {
                change(&pin.card, name, &options, language)
            })
            .await?;
            match pin.is_json {
                true => print_json(&json!({ "pin": key(name), "changed": true }))?,
                false => print(&changed(name, language))?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn status(which: &WhichCard, language: Language) -> Result<PinStatus, Failure> {
    let connection = connect(&*source(which, language)?, which, language)?;
    let _busy = AtCard::begin();
    pin_status(connection)
        .map(|(status, _)| status)
        .map_err(|error| of_card(&error, language))
}

/// What a change is made to: the card by its number, for it may be another one after the person has typed.
struct Place<'a> {
    source: &'a dyn CardSource,
    which: &'a WhichCard,
    name: PinName,
    serial: String,
    language: Language,
}

fn change(
    which: &WhichCard,
    name: PinName,
    options: &PinOptions,
    language: Language,
) -> Result<(), Failure> {
    let source = source(which, language)?;
    let mut entry = PinEntry::open(options, language)?;
    let (serial, tries) = {
        let connection = connect(&*source, which, language)?;
        let _busy = AtCard::begin();
        let (access, serial) = open(connection, name).map_err(|error| of_card(&error, language))?;
        count(access)
            .map(|tries| (serial, tries))
            .map_err(|error| of_card(&error, language))?
    };
    entry.tell_tries(name, tries)?;
    if entry.asks_a_person() {
        say(&rules(name, language));
    }
    let old = entry.pin(name)?;
    let new = entry.new_pin(name)?;
    let place = Place {
        source: &*source,
        which,
        name,
        serial,
        language,
    };
    place.change(tries, &old, &new)
}

fn count(mut access: PinAccess<Connection>) -> Result<u8, CardError> {
    access.tries()
}

impl Place<'_> {
    fn change(&self, tries: u8, old: &TypedPin, new: &TypedPin) -> Result<(), Failure> {
        let language = self.language;
        let connection = connect(self.source, self.which, language)?;
        let changed = {
            let _busy = AtCard::begin();
            let (mut access, serial) =
                open(connection, self.name).map_err(|error| of_card(&error, language))?;
            let counted = access
                .tries()
                .map_err(|error| of_card(&error, language))?;
            if serial != self.serial || counted != tries {
                return Err(another(language));
            }
            let changed = access.change(old, new);
            if matches!(changed, Err(PinChangeError::Unknown(_))) {
                unsettled(&self.left_open(None));
            }
            // A card that is gone has lost its power, and the PIN state with it.
            let _ = access.leave();
            changed
        };
        match changed {
            Ok(()) => Ok(()),
            Err(PinChangeError::Unchanged(error)) => Err(of_card(&error, language)),
            Err(_) => {
                let set = self.find(old, new);
                settled();
                self.tell(set?)
            }
        }
    }

    /// Waits for the card and asks it which of the two it has.
    fn find(&self, old: &TypedPin, new: &TypedPin) -> Result<SetPin, Failure> {
        let language = self.language;
        say(language.pick(
            "変更の途中でカードとの通信が切れました。どちらの暗証番号になったかを確かめます。カードを置いたままにするか、置き直してください。",
            "The connection to the card was cut during the change. Which PIN is set now will be found out: leave the card in, or put it in again.",
        ));
        let mut known = self
            .source
            .readers()
            .unwrap_or_default();
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let found = connect(self.source, self.which, language)
                .ok()
                .and_then(|connection| {
                    let _busy = AtCard::begin();
                    let (mut access, serial) = open(connection, self.name).ok()?;
                    if serial != self.serial {
                        return None;
                    }
                    let found = find_pin(&mut access, old, new).ok();
                    let _ = access.leave();
                    found
                });
            if let Some(found) = found {
                return Ok(found);
            }
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return Err(Failure::Told {
                    code: code::NOT_REACHED,
                    text: self.left_open(None),
                });
            }
            known = self
                .source
                .wait(&known, left)
                .map_err(|_| Failure::Told {
                    code: code::NOT_REACHED,
                    text: self.left_open(None),
                })?;
        }
    }

    fn tell(&self, set: SetPin) -> Result<(), Failure> {
        let language = self.language;
        match set {
            SetPin::New => {
                say(language.pick(
                    "カードに確かめました。新しい暗証番号に変わっています。",
                    "The card was asked: the new PIN is set.",
                ));
                Ok(())
            }
            SetPin::Old => Err(told(
                code::NOT_REACHED,
                language,
                "カードに確かめました。暗証番号は変わっておらず、元のままです。\n  もう一度実行してください。",
                "The card was asked: the PIN was not changed, the old one is set.\n  Run this again.",
            )),
            SetPin::Neither { tries } | SetPin::NotAsked { tries } => Err(Failure::Told {
                code: code::NOT_REACHED,
                text: self.left_open(Some(tries)),
            }),
        }
    }

    /// What is known when nothing is.
    fn left_open(&self, tries: Option<u8>) -> String {
        let pin = pin_name(self.name, self.language);
        let left = match (tries, self.language) {
            (None, _) => String::new(),
            (Some(tries), Language::Japanese) => format!("（残り{tries}回）"),
            (Some(tries), Language::English) => format!(" ({tries} tries left)"),
        };
        match self.language {
            Language::Japanese => format!(
                "{pin}が新しいものに変わったか、元のままかは、分かっていません{left}。\n  次に使うとき、まず新しいものを入れ、違うと言われたら元のものを入れてください。残りが1回のときは入力しないでください。残りの回数は pin status で分かります。"
            ),
            Language::English => format!(
                "It is not known whether the {pin} is the new one or still the old one{left}.\n  Next time, enter the new one first, and the old one if that is wrong. Do not, when one try is left; pin status tells."
            ),
        }
    }
}

fn rules(name: PinName, language: Language) -> String {
    let form = pin_form(name, language);
    let pin = pin_name(name, language);
    match language {
        Language::Japanese => format!(
            "{pin}は{form}です。生年月日や同じ数字の並びなど、人に推測されるものは避けてください。"
        ),
        Language::English => format!(
            "The {pin} consists of {form}. Choose none that others can guess, such as a date of birth or one digit repeated."
        ),
    }
}

fn changed(name: PinName, language: Language) -> String {
    let pin = pin_name(name, language);
    match language {
        Language::Japanese => format!("{pin}を変更しました。"),
        Language::English => format!("The {pin} was changed."),
    }
}

/// The word for a PIN on the command line and in JSON.
fn key(name: PinName) -> &'static str {
    match name {
        PinName::Authentication => "auth",
        PinName::Signature => "sign",
        PinName::Text => "text",
    }
}

fn in_json(status: &PinStatus) -> Value {
    let pins: serde_json::Map<_, _> = PinName::ALL
        .into_iter()
        .zip(status.tries)
        .map(|(name, tries)| {
            let told = tries.map(
                |tries| json!({ "tries": tries, "most": name.most_tries(), "locked": tries == 0 }),
            );
            (key(name).to_owned(), json!(told))
        })
        .collect();
    json!({ "card": status.token.serial, "pins": pins })
}

fn in_words(status: &PinStatus, language: Language) -> String {
    let mut lines = vec![format!(
        "{} {}",
        language.pick("カード", "Card"),
        status.token.serial
    )];
    for (name, tries) in PinName::ALL
        .into_iter()
        .zip(status.tries)
    {
        let most = name.most_tries();
        let told = match (tries, language) {
            (None, Language::Japanese) => "ありません".to_owned(),
            (None, Language::English) => "none".to_owned(),
            (Some(0), Language::Japanese) => {
                "ロックされています（マイナンバーカードは市区町村の窓口で初期化できます。練習用のカードは作り直してください）".to_owned()
            }
            (Some(0), Language::English) => {
                "locked (a My Number Card is reset at a municipality's counter; make a new card in the sandbox)".to_owned()
            }
            (Some(tries), Language::Japanese) => format!("残り{tries}回（最大{most}回）"),
            (Some(tries), Language::English) => format!("{tries} of {most} tries left"),
        };
        lines.push(format!("  {}: {told}", pin_name(name, language)));
    }
    lines.join("\n")
}
