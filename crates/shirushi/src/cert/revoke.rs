//! `cert revoke`: the holder's online request for revocation.

use super::{Cards, words};
use crate::{
    arguments::Ending,
    at_card::wrong_application,
    attended::{attended, say, settled, unsettled},
    city::time_for,
    failure::Failure,
    language::Language,
    network::{Http, http},
    output::{print, print_json},
    pin_entry::PinEntry,
    told::{code, of_client, told},
};
use serde_json::json;
use shirushi_client::{RevocationToSend, ToEnd, Unsent, sign_revocation};
use shirushi_crypto::SystemRandom;
use shirushi_profile::{CertificateKind, RevocationReason};
use std::process::ExitCode;

/// What is typed to confirm, in both languages.
const WORDS: (&str, &str) = ("失効する", "revoke");

pub(super) async fn run(cards: Cards, ending: Ending) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    if !ending.is_confirmed && !PinEntry::has_terminal() {
        return Err(unconfirmed(language));
    }
    let network = http()?;
    let serials = attended(language, move || ended(&cards, &ending, &network)).await?;
    match (is_json, language) {
        (true, _) => print_json(&json!({ "revoked": serials }))?,
        (false, Language::Japanese) if serials.is_empty() => {
            print("すでに失効していました。")?;
        }
        (false, Language::English) if serials.is_empty() => print("It had ended already.")?,
        (false, Language::Japanese) => print(&format!("失効しました: {}", serials.join("、")))?,
        (false, Language::English) => print(&format!("Revoked: {}", serials.join(", ")))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Signs and sends the request; the serials that ended.
fn ended(cards: &Cards, ending: &Ending, network: &Http) -> Result<Vec<String>, Failure> {
    let language = cards.language();
    let authentication = match ending.authentication {
        true => {
            let overview = cards.overview()?;
            let authentication = overview.authentication;
            let is_hidden = authentication.needs_pin;
            let certificate = authentication
                .certificate
                .ok_or_else(|| match is_hidden {
                    true => told(
                        code::FAILED,
                        language,
                        "スマートフォンは、利用者証明用電子証明書を暗証番号なしでは見せないので、ここからは、その失効を申請できません。何も失効していません。\n  署名用だけ（sign）なら申請できます。利用者証明用も失効させるときは、スマートフォンの側で手続きしてください。",
                        "A telephone does not show its authentication certificate without a PIN, and its revocation cannot be asked for here. Nothing was revoked.\n  For the signature certificate alone (sign) it can be. To end the authentication certificate too, do so on the telephone.",
                    ),
                    false => told(
                        code::FAILED,
                        language,
                        "カードに利用者証明用電子証明書がありません。",
                        "There is no authentication certificate on the card.",
                    ),
                })?;
            Some(*certificate.serial())
        }
        false => None,
    };
    confirm(ending, language)?;
    let to_end = ToEnd {
        signature: ending.signature,
        authentication,
    };
    let reason = match ending.is_lost {
        true => RevocationReason::KeyCompromise,
        false => RevocationReason::CessationOfOperation,
    };
    let request = cards.card.run(|access, pin| {
        let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
            return Err(wrong_application(language));
        };
        let time_of = |certificate: &_| time_for(certificate, None, network, language);
        sign_revocation(card, pin, &to_end, reason, time_of, &SystemRandom)
            .map_err(|error| of_client(&error, language))
    })?;
    send(&request, ending, network, language)
}

/// Before anything is read: a PIN in a pipe can be read once.
fn unconfirmed(language: Language) -> Failure {
    told(
        code::USAGE,
        language,
        "失効は取り消せないので、確認の言葉を端末で入力する必要がありますが、端末がありません。暗証番号は読んでいません。何も失効していません。\n  端末で実行するか、確認なしでよければ --yes を指定してください。",
        "Revoking cannot be undone, so a word is to be typed at a terminal to confirm it, and there is none. No PIN was read, and nothing was revoked.\n  Run this at a terminal, or give --yes to do without.",
    )
}

fn confirm(ending: &Ending, language: Language) -> Result<(), Failure> {
    let kinds = [
        (ending.authentication, CertificateKind::Authentication),
        (ending.signature, CertificateKind::Signature),
    ];
    let named: Vec<_> = kinds
        .into_iter()
        .filter(|(is_named, _)| *is_named)
        .map(|(_, kind)| words::kind(kind, language))
        .collect();
    let what = named.join(language.pick("と", " and "));
    say(&match language {
        Language::Japanese => format!(
            "{what}を失効させます。取り消すことはできず、新しい発行には市区町村の窓口での申請が必要です。"
        ),
        Language::English => format!(
            "To be revoked: {what}. This cannot be undone; a new one is applied for at the municipality's counter."
        ),
    });
    if ending.signature {
        say(language.pick(
            "失効申請は署名用の鍵で署名するので、署名用電子証明書の失効後は、このカードからは次の失効申請ができません。両方を失効させるときは、一度に（both）申請してください。",
            "Requests are signed with the signature key: once the signature certificate has ended, this card can make no further one. To end both, ask for both at once.",
        ));
    }
    if ending.is_confirmed {
        return Ok(());
    }
    let word = language.pick(WORDS.0, WORDS.1);
    let question = match language {
        Language::Japanese => format!("続けるには「{word}」と入力してください: "),
        Language::English => format!("To go on, type \"{word}\": "),
    };
    PinEntry::at_terminal(language)?.confirm(&question, word)
}

fn send(
    request: &RevocationToSend,
    ending: &Ending,
    network: &Http,
    language: Language,
) -> Result<Vec<String>, Failure> {
    let url = request
        .address(ending.authority.as_deref())
        .ok_or_else(|| {
            told(
                code::FAILED,
                language,
                "電子証明書に認証局のアドレスがありません。--authority で指定してください。何も失効していません。",
                "The certificate names no address of its authority: give one with --authority. Nothing was revoked.",
            )
        })?;
    let left_open = match language {
        Language::Japanese => format!(
            "失効申請を {url} に送りましたが、受け付けられたかは分かっていません。\n  cert check で確かめ、有効なままなら、もう一度実行してください。"
        ),
        Language::English => format!(
            "The request was sent to {url}; whether it was taken is not known.\n  Ask with cert check, and run this again if the certificate is still alive."
        ),
    };
    unsettled(&left_open);
    say(language.pick("認証局に送っています…", "Sending it to the authority…"));
    let answered = request.send(&url, network);
    settled();
    match answered {
        Ok(serials) => Ok(serials),
        Err(Unsent::ByRule(report)) => Err(Failure::Told {
            code: code::FAILED,
            text: format!(
                "{}\n  {}\n  [{}]",
                language.of_both(&report.reason),
                language.of_both(&report.remedy),
                report.rule
            ),
        }),
        Err(Unsent::NotSent(why)) => Err(Failure::Told {
            code: code::NOT_REACHED,
            text: format!(
                "{url}: {why}\n  {}",
                language.pick(
                    "認証局に届いていません。何も失効していません。ネットワークと認証局のアドレスを確かめて、もう一度実行してください。",
                    "The authority was not reached. Nothing was revoked. Look at the network and at the authority's address, and run this again.",
                )
            ),
        }),
        Err(Unsent::Unknown(why)) => Err(Failure::Told {
            code: code::INDETERMINATE,
            text: format!("{left_open}\n  ({why})"),
        }),
    }
}
