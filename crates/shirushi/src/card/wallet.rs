//! `shirushi card list`, `insert` and `eject`: the cards in the agent's wallet.

use super::{kind_name, kind_word};
use crate::{
    arguments,
    failure::Failure,
    language::Language,
    told::{code, told},
    up::data_folder,
};
use serde_json::{Value, json};
use shirushi_agent::{StoredCard, WalletFolder};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{CardKind, FileDisk, SoftCard};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// Does what was ordered.
pub(super) fn run(order: &arguments::InWallet, language: Language) -> Result<ExitCode, Failure> {
    let folder = match &order.cards {
        Some(folder) => folder.clone(),
        None => data_folder("shirushi-agent")?.join("cards"),
    };
    if !folder.is_dir() {
        let text = match language {
            Language::Japanese => format!(
                "{} はありません。\n  利用者クライアントを一度起動するか、--cards でカード入れのフォルダを指定してください。",
                folder.display()
            ),
            Language::English => format!(
                "There is no folder {}.\n  Start the agent once, or say with --cards where its wallet is.",
                folder.display()
            ),
        };
        return Err(Failure::Told {
            code: code::FAILED,
            text,
        });
    }
    match &order.order {
        arguments::WalletOrder::List => list(&folder, order.is_json, language)?,
        arguments::WalletOrder::Insert { number } => insert(&folder, number, order, language)?,
        arguments::WalletOrder::Eject => eject(&folder, order, language)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A wallet that no agent has.
fn take(folder: &Path, language: Language) -> Result<WalletFolder, Failure> {
    WalletFolder::take(folder)?.ok_or_else(|| {
        told(
            code::FAILED,
            language,
            "このカード入れは、動いている利用者クライアントが使っています。\n  利用者クライアントの「カード」の画面で入れるか抜くか、利用者クライアントを止めてから実行してください。",
            "An agent that runs has this wallet.\n  Put the card in or take it out on the agent's page of cards, or stop the agent first.",
        )
    })
}

fn insert(
    folder: &Path,
    number: &str,
    order: &arguments::InWallet,
    language: Language,
) -> Result<(), Failure> {
    let wallet = take(folder, language)?;
    let known = WalletFolder::look(folder)?
        .into_iter()
        .find(|card| card.number.as_str() == number);
    let Some(card) = known else {
        return Err(told(
            code::NOT_REACHED,
            language,
            "この番号のカードは、カード入れにありません。\n  `shirushi card list` で番号を確かめてください。",
            "There is no card of this number in the wallet.\n  `shirushi card list` shows the numbers.",
        ));
    };
    wallet.insert(&card.number, Arc::new(SystemRandom))?;
    tell(
        order.is_json,
        &json!({ "inserted": card.number }),
        &match language {
            Language::Japanese => {
                format!(
                    "カード {number} は、次に利用者クライアントを起動するとカードリーダーに入っています。"
                )
            }
            Language::English => {
                format!("Card {number} will be in the reader when the agent is started.")
            }
        },
    )
}

fn eject(folder: &Path, order: &arguments::InWallet, language: Language) -> Result<(), Failure> {
    let ejected = take(folder, language)?.eject()?;
    let text = match (&ejected, language) {
        (Some(number), Language::Japanese) => format!("カード {number} を抜きました。"),
        (Some(number), Language::English) => format!("Card {number} is out of the reader."),
        (None, Language::Japanese) => "カードは入っていませんでした。".to_owned(),
        (None, Language::English) => "There was no card in the reader.".to_owned(),
    };
    tell(order.is_json, &json!({ "ejected": ejected }), &text)
}

fn list(folder: &Path, is_json: bool, language: Language) -> Result<(), Failure> {
    let cards: Vec<_> = WalletFolder::look(folder)?
        .into_iter()
        .map(|card| Listed::of(folder, card))
        .collect();
    if is_json {
        let cards: Vec<_> = cards
            .iter()
            .map(Listed::to_json)
            .collect();
        return tell(true, &json!({ "folder": folder, "cards": cards }), "");
    }
    let text = match cards.is_empty() {
        true => match language {
            Language::Japanese => format!("{} にカードはありません。", folder.display()),
            Language::English => format!("There are no cards in {}.", folder.display()),
        },
        false => cards
            .iter()
            .map(|card| card.line(language))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    tell(false, &Value::Null, &text)
}

fn tell(is_json: bool, json: &Value, text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match is_json {
        true => writeln!(out, "{json}"),
        false => writeln!(out, "{text}"),
    }
    .and_then(|()| out.flush())
    .map_err(Failure::Output)
}

/// A card of the list.
struct Listed {
    stored: StoredCard,
    /// None when its file cannot be read.
    seen: Option<Seen>,
}

/// What a look at a card shows, without a PIN and without a try.
struct Seen {
    kind: CardKind,
    has_authentication: bool,
    has_signature: bool,
}

impl Listed {
    fn of(folder: &Path, stored: StoredCard) -> Self {
        let path: PathBuf = folder.join(format!("{}.card", stored.number));
        let seen = FileDisk::peek(&path)
            .ok()
            .and_then(|file| SoftCard::look(file, Arc::new(SystemRandom)).ok())
            .map(Seen::of);
        Self { stored, seen }
    }

    fn to_json(&self) -> Value {
        let seen = self.seen.as_ref();
        json!({
            "card": self.stored.number,
            "inserted": self.stored.is_inserted,
            "kind": seen.map(|seen| kind_word(seen.kind)),
            "authentication_certificate": seen.map(|seen| seen.has_authentication),
            "signature_certificate": seen.map(|seen| seen.has_signature),
        })
    }

    fn line(&self, language: Language) -> String {
        let mut line = self.stored.number.to_string();
        match &self.seen {
            None => {
                line.push_str(language.pick("  ファイルを読めません", "  its file cannot be read"))
            }
            Some(seen) => {
                line.push_str("  ");
                line.push_str(kind_name(seen.kind, language));
                line.push_str(match (seen.has_authentication, seen.has_signature) {
                    (true, true) => language.pick("  利用者証明用・署名用", "  both certificates"),
                    (true, false) => {
                        language.pick("  利用者証明用", "  authentication certificate")
                    }
                    (false, true) => language.pick("  署名用", "  signature certificate"),
                    (false, false) => language.pick("  電子証明書なし", "  no certificates"),
                });
            }
        }
        if self.stored.is_inserted {
            line.push_str(language.pick("  ← カードリーダーの中", "  <- in the reader"));
        }
        line
    }
}

impl Seen {
    fn of(mut card: SoftCard) -> Self {
        /// READ BINARY of EF 0008, which says what certificates there are (`facts/card.md` §5).
        const AVAILABILITY: [u8; 5] = [0x00, 0xB0, 0x88, 0x00, 0x03];
        const PRESENT: u8 = 0x8F;
        // The first command after power-on is one that may be lost.
        let select = shirushi_apdu::select::application(&shirushi_apdu::JPKI_AID).to_bytes();
        card.answer(&select);
        card.answer(&select);
        let answer = card.answer(&AVAILABILITY);
        let is_present = |at: usize| answer.len() == 5 && answer.get(at) == Some(&PRESENT);
        Self {
            kind: card.kind(),
            has_authentication: is_present(1),
            has_signature: is_present(0),
        }
    }
}
