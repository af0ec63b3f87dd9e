//! What a person is told when no card could be reached.

use super::of_card;
use crate::{ReaderError, tasks::Told};
use shirushi_client::{FindError, Inside, Looked};

pub(crate) fn of_found(error: FindError) -> Told {
    match error {
        FindError::Reader(error) => of_reader(error),
        FindError::Card(error) => of_card(error),
        FindError::NoJpki { looked } => {
            let readers = Looked::all(looked.iter());
            Told::words(
                (
                    &format!("公的個人認証に使えるカードがありません（{}）。", readers.ja),
                    "マイナンバーカードをカードリーダーに置いて、もう一度操作してください。",
                ),
                (
                    &format!(
                        "No card that can be used for public personal authentication was found ({}).",
                        readers.en
                    ),
                    "Put a My Number Card into a reader and try again.",
                ),
            )
        }
        FindError::Several { looked } => {
            let readers = Looked::all(
                looked
                    .iter()
                    .filter(|looked| looked.inside == Inside::Jpki),
            );
            Told::words(
                (
                    &format!(
                        "公的個人認証に使えるカードが2枚以上あります（{}）。",
                        readers.ja
                    ),
                    "使わないほうのカードを取り出して、もう一度操作してください。",
                ),
                (
                    &format!(
                        "There is more than one card that can be used for public personal authentication ({}).",
                        readers.en
                    ),
                    "Take out the one that you do not mean and try again.",
                ),
            )
        }
        error => {
            tracing::warn!(%error, "no card was found");
            of_reader(ReaderError::NoCard)
        }
    }
}

pub(crate) fn of_reader(error: ReaderError) -> Told {
    match error {
        ReaderError::NoLibrary { source } => {
            tracing::warn!(%source, "the PC/SC library cannot be loaded");
            Told::words(
                (
                    "カードリーダーを使うための PC/SC ライブラリーが、このパソコンにありません。",
                    "pcscd と libpcsclite1 をインストールして（Debian・Ubuntu では sudo apt install pcscd）、もう一度操作してください。",
                ),
                (
                    "The PC/SC library, through which card readers are used, is not on this computer.",
                    "Install pcscd and libpcsclite1 (on Debian and Ubuntu: sudo apt install pcscd), then try again.",
                ),
            )
        }
        ReaderError::NoService => Told::words(
            (
                "PC/SC サービス（pcscd）が答えません。動いていないか、使うことを許されていません。",
                "pcscd を起動して（sudo systemctl start pcscd.socket）、もう一度操作してください。続くときは、管理者に権限を確かめてもらってください。",
            ),
            (
                "The PC/SC service (pcscd) does not answer: it does not run, or you are not allowed to use it.",
                "Start it (sudo systemctl start pcscd.socket) and try again. If it goes on, have the administrator see to the permission.",
            ),
        ),
        ReaderError::NoReader => Told::words(
            (
                "カードリーダーが見つかりません。",
                "カードリーダーをパソコンにつないで、もう一度操作してください。",
            ),
            (
                "No card reader was found.",
                "Plug in a card reader and try again.",
            ),
        ),
        ReaderError::NoCard => Told::words(
            (
                "カードリーダーにカードがありません。",
                "カードを置いて、もう一度操作してください。",
            ),
            (
                "There is no card in the reader.",
                "Put the card in and try again.",
            ),
        ),
        ReaderError::Busy => Told::words(
            (
                "カードは今、ほかのプログラムに使われています。",
                "そのプログラムの処理が終わるのを待つか、閉じてから、もう一度操作してください。",
            ),
            (
                "Another program is using the card now.",
                "Wait until it has ended, or close it, then try again.",
            ),
        ),
        ReaderError::Mute => Told::words(
            (
                "カードリーダーにあるカードが答えません。",
                "カードの向きと裏表を確かめて、置き直してください。続くときは、市区町村の窓口に相談してください。",
            ),
            (
                "The card in the reader does not answer.",
                "See that it is the right way round and put it in again. If it goes on, ask at the municipality's counter.",
            ),
        ),
        ReaderError::Transmit(error) => of_card(error.into()),
        error => {
            tracing::warn!(%error, "the card could not be reached");
            Told::words(
                (
                    "カードリーダーを使えませんでした。",
                    "カードリーダーをつなぎ直し、カードを置き直して、もう一度操作してください。",
                ),
                (
                    "The card reader could not be used.",
                    "Unplug the reader and plug it in again, put the card in again, then try once more.",
                ),
            )
        }
    }
}
