//! What a person is told when a command on a card does not come to its end, with the exit code that says the same to programs.

use crate::{failure::Failure, language::Language};
use shirushi_apdu::TransmitError;
use shirushi_card::CardError;
use shirushi_client::{ClientError, FindError, Inside, Looked};
use shirushi_reader::ReaderError;
use shirushi_rules::{PIN_RIGHT, PIN_TRIES, Refusal};
use shirushi_signature::SignatureError;

/// Exit codes, as `docs/commands.md` tells them.
pub(crate) mod code {
    /// Refused, or failed.
    pub(crate) const FAILED: u8 = 1;
    /// What is there does not tell.
    pub(crate) const INDETERMINATE: u8 = 2;
    /// No reader, no card, or not reached.
    pub(crate) const NOT_REACHED: u8 = 3;
    /// The PIN was wrong; a try was spent.
    pub(crate) const WRONG_PIN: u8 = 4;
    /// The PIN is locked.
    pub(crate) const LOCKED: u8 = 5;
    /// Given up by the person.
    pub(crate) const GIVEN_UP: u8 = 6;
    /// The command line was not understood.
    pub(crate) const USAGE: u8 = 64;
    /// A file that was named is not there, cannot be read, is too large, or is not what it should be (`EX_NOINPUT`).
    pub(crate) const NO_INPUT: u8 = 66;
    /// Whoever read the output has stopped: what a shell shows of a program that SIGPIPE has ended.
    pub(crate) const CLOSED_PIPE: u8 = 128 + 13;
}

/// A failure that is told in the person's language: what happened, and what to do.
pub(crate) fn told(code: u8, language: Language, ja: &str, en: &str) -> Failure {
    Failure::Told {
        code,
        text: match language {
            Language::Japanese => ja,
            Language::English => en,
        }
        .to_owned(),
    }
}

/// A refusal by a rule.
pub(crate) fn of_refusal(refusal: &Refusal, language: Language) -> Failure {
    let code = match refusal.rule().id {
        id if id == PIN_RIGHT.id => code::WRONG_PIN,
        id if id == PIN_TRIES.id => code::LOCKED,
        _ => code::FAILED,
    };
    Failure::Told {
        code,
        text: refusal_text(refusal, language),
    }
}

/// The reason, the remedy, and by which rule.
pub(crate) fn refusal_text(refusal: &Refusal, language: Language) -> String {
    let spoken = language.of_rules();
    format!(
        "{}\n  {}\n  [{}]",
        refusal.reason(spoken),
        refusal.remedy(spoken),
        refusal.rule().id
    )
}

/// A reader that gives no card.
pub(crate) fn of_reader(error: &ReaderError, language: Language) -> Failure {
    let say = |ja, en| told(code::NOT_REACHED, language, ja, en);
    match error {
        ReaderError::NoLibrary { .. } => say(
            "カードリーダーを使うためのPC/SCのライブラリがありません。\n  Debianではlibpcsclite1とpcscdをインストールしてください。",
            "The PC/SC library, through which card readers are used, is not on this machine.\n  On Debian, install libpcsclite1 and pcscd.",
        ),
        ReaderError::NoService => say(
            "PC/SCサービス（pcscd）が動いていないか、使う許可がありません。\n  pcscdを起動してください（systemctl start pcscd.socket）。",
            "The PC/SC service (pcscd) does not run, or does not let you in.\n  Start it: systemctl start pcscd.socket.",
        ),
        ReaderError::NoReader => say(
            "カードリーダーが見つかりません。\n  リーダーを接続するか、--cardでソフトウェアのカードのファイルを指定してください。",
            "There is no card reader.\n  Connect one, or name the file of a software card with --card.",
        ),
        ReaderError::NoCard => say(
            "カードリーダーにカードがありません。\n  カードを置いて、もう一度実行してください。",
            "There is no card in the reader.\n  Put the card in and run this again.",
        ),
        ReaderError::Busy => say(
            "カードは、ほかのプログラムが使っています。\n  そのプログラムを終えてから、もう一度実行してください。",
            "Another program holds the card.\n  End what it does, then run this again.",
        ),
        ReaderError::Mute => say(
            "カードが応答しません。\n  向きと裏表を確かめて、置き直してください。",
            "The card does not answer.\n  See that it is the right way round, and put it in again.",
        ),
        ReaderError::Transmit(TransmitError::CardGone) => gone(language),
        error => Failure::Told {
            code: code::NOT_REACHED,
            text: format!(
                "{}: {error}",
                language.pick("カードに接続できません", "The card cannot be reached")
            ),
        },
    }
}

/// Why there is not one card that is meant.
pub(crate) fn of_found(error: &FindError, language: Language) -> Failure {
    match error {
        FindError::Reader(error) => of_reader(error, language),
        FindError::Card(error) => of_card(error, language),
        FindError::NoJpki { looked } => {
            // Another program, or a card that lies the wrong way round, may be all that is in the way.
            let is_settled = looked
                .iter()
                .all(|looked| matches!(looked.inside, Inside::OtherCard | Inside::Nothing));
            Failure::Told {
                code: if is_settled { code::FAILED } else { code::NOT_REACHED },
                text: format!(
                    "{}{}",
                    language.pick(
                        "公的個人認証に使えるカードがありません。\n  マイナンバーカードを置いて、もう一度実行してください。カードリーダーにあるもの:",
                        "No card that can be used for public personal authentication was found.\n  Put in an Individual Number Card and run this again. The readers have:",
                    ),
                    listed(looked.iter(), language)
                ),
            }
        }
        FindError::Several { looked } => Failure::Told {
            code: code::NOT_REACHED,
            text: format!(
                "{}{}",
                language.pick(
                    "公的個人認証に使えるカードが2枚以上あります。\n  --reader で、使うカードのリーダーを指定してください:",
                    "There is more than one card that can be used for public personal authentication.\n  Say with --reader in which reader the one lies that you mean:",
                ),
                listed(
                    looked
                        .iter()
                        .filter(|looked| looked.inside == Inside::Jpki),
                    language
                )
            ),
        },
        error => Failure::Told {
            code: code::NOT_REACHED,
            text: error.to_string(),
        },
    }
}

fn listed<'a>(looked: impl Iterator<Item = &'a Looked>, language: Language) -> String {
    looked
        .map(|looked| format!("\n    {}", language.of_both(&looked.words())))
        .collect()
}

/// A card that did not do it.
pub(crate) fn of_card(error: &CardError, language: Language) -> Failure {
    match error {
        CardError::Refused(refusal) => of_refusal(refusal, language),
        CardError::Transmit(TransmitError::CardGone) => gone(language),
        CardError::Transmit(_) => told(
            code::NOT_REACHED,
            language,
            "カードとの通信が切れました。\n  カードを置き直して、もう一度実行してください。",
            "The connection to the card was cut.\n  Take the card out, put it in again and run this once more.",
        ),
        CardError::NoJpkiApplication { .. } => told(
            code::FAILED,
            language,
            "このカードは、公的個人認証に使えるカードではありません。\n  マイナンバーカードに取り替えてください。",
            "This card cannot be used for public personal authentication.\n  Put in an Individual Number Card.",
        ),
        CardError::NoTextApplication { .. } => told(
            code::FAILED,
            language,
            "このカードには、券面事項入力補助の機能がありません。",
            "This card has no text application (券面事項入力補助).",
        ),
        CardError::NoCertificate { .. } => told(
            code::FAILED,
            language,
            "このカードには、必要な電子証明書が入っていません。\n  市区町村の窓口で電子証明書の発行を申請してください。",
            "The certificate that is needed is not in this card.\n  Apply for it at the municipality's counter.",
        ),
        error => Failure::Told {
            code: code::FAILED,
            text: format!(
                "{}\n  {error}",
                language.pick(
                    "カードから正しい答えがありませんでした。カードを置き直して、もう一度実行してください。続くときは、市区町村の窓口に相談してください。",
                    "The card did not answer as it should. Take it out, put it in again and run this once more. If it goes on, ask at the municipality's counter.",
                )
            ),
        },
    }
}

/// A client's work that failed.
pub(crate) fn of_client(error: &ClientError, language: Language) -> Failure {
    match error {
        ClientError::Card(error) => of_card(error, language),
        ClientError::WrongKind { .. } => told(
            code::FAILED,
            language,
            "カードに入っている電子証明書は、その場所に入るべき種類のものではありません。署名していません。",
            "The certificate on the card is of another kind than its place. Nothing was signed.",
        ),
        ClientError::Signature(SignatureError::SignatureInvalid) => told(
            code::FAILED,
            language,
            "カードの署名が、電子証明書の鍵と合いません。署名は書き出していません。\n  --certificate を指定したときは、このカードの電子証明書か確かめてください。そうでなければ、市区町村の窓口に相談してください。",
            "What the card signed does not verify with the certificate's key. No signature was written.\n  With --certificate, see that it is this card's; otherwise ask at the municipality's counter.",
        ),
        error => Failure::Told {
            code: code::FAILED,
            text: error.to_string(),
        },
    }
}

fn gone(language: Language) -> Failure {
    told(
        code::NOT_REACHED,
        language,
        "カードが途中で抜かれました。\n  カードを置いて、もう一度実行してください。",
        "The card was taken out.\n  Put it in and run this again.",
    )
}
