//! `shirushi card new`: a card from the factory of a sandbox city.

use super::{failed, kind_name, kind_word};
use crate::{
    arguments,
    failure::Failure,
    language::Language,
    output::{Output, Wanted},
    told::{code, told},
};
use serde_json::json;
use shirushi_crypto::SystemRandom;
use shirushi_profile::CertificateKind;
use shirushi_softcard::{CardKind, FileDisk, Generation, SoftCard};
use shirushi_tour::{READY_PASSWORD, READY_PIN, make_ready, order_card};
use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

/// Orders the card, has certificates written into it if that is wanted, and makes it the card that was asked for.
pub(super) async fn run(order: arguments::New, language: Language) -> Result<ExitCode, Failure> {
    if order.is_ready && order.variation.generation() == Some(Generation::Next) {
        // The authority would refuse as well, after a card was made that nobody wants.
        return Err(told(
            code::FAILED,
            language,
            "次期カード（P-384の鍵）には電子証明書を発行できません。今の法令の鍵はRSA 2048ビットです。\n  --ready なしで作ってください。",
            "No certificates are issued to the next generation's card (keys on P-384): today's law has RSA of 2048 bits.\n  Make it without --ready.",
        ));
    }
    if order.file.symlink_metadata().is_ok() {
        return Err(exists(&order.file, language));
    }
    let wanted = Wanted {
        is_private: true,
        ..Wanted::default()
    };
    let output = Output::at(&order.file, &wanted, language)?;
    // The counter issues to My Number Cards alone; what else a ready one shall be, it becomes afterwards.
    let kind = match order.variation.kind() {
        Some(CardKind::ResidentRegisterCard) if !order.is_ready => "resident-register-card",
        _ => "individual-number-card",
    };
    let ordered = order_card(&order.city, &order.resident, kind)
        .await
        .map_err(|failure| refused(failure, language))?;
    output.write(&ordered.file, language)?;
    let finished = finish(&order, language).await;
    if finished.is_err() {
        // A card that is not what was asked for would be taken for it.
        remove(&order.file);
    }
    let (card, kinds) = finished?;
    announce(&order, &card, &kinds, language).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

async fn finish(
    order: &arguments::New,
    language: Language,
) -> Result<(SoftCard, Vec<CertificateKind>), Failure> {
    let mut card =
        SoftCard::open_file(&order.file, Arc::new(SystemRandom)).map_err(failed(&order.file))?;
    let issued = match order.is_ready {
        true => make_ready(&order.city, &order.resident, &mut card)
            .await
            .map_err(|failure| refused(failure, language))?,
        false => Vec::new(),
    };
    let (kind, variant) = order.variation.of_card(&card);
    card.settle(kind, variant)
        .map_err(failed(&order.file))?;
    let kinds = issued
        .into_iter()
        .map(|issued| issued.kind)
        .collect();
    Ok((card, kinds))
}

/// No card is ever written over: its keys would be gone for good.
fn exists(file: &Path, language: Language) -> Failure {
    let there = FileDisk::peek(file)
        .ok()
        .and_then(|bytes| SoftCard::look(bytes, Arc::new(SystemRandom)).ok());
    let Some(card) = there else {
        let file = file.display();
        return told(
            code::FAILED,
            language,
            &format!(
                "{file} はすでにあります。そのままにしてあります。\n  別の名前にしてください。"
            ),
            &format!("{file} is there already. It was left as it is.\n  Choose another name."),
        );
    };
    let (file, number) = (file.display(), card.card_number());
    told(
        code::FAILED,
        language,
        &format!(
            "{file} にはすでにカード {number} があります。そのままにしてあり、使えます。\n  中身は shirushi cert show --card {file} で表示されます。別のカードを作るには別のファイルを指定してください（同じ住民に新しいカードを作ると、前のカードは使えなくなります）。"
        ),
        &format!(
            "{file} holds card {number} already. It was left as it is, and can be used.\n  shirushi cert show --card {file} tells what is on it. For another card name another file (a new card of the same resident ends the earlier one)."
        ),
    )
}

/// What cannot be removed is the lesser trouble; the other one is told.
fn remove(card: &Path) {
    let _ = fs::remove_file(card);
    let _ = fs::remove_file(card.with_added_extension("lock"));
}

fn refused(failure: shirushi_tour::Failure, language: Language) -> Failure {
    match failure {
        shirushi_tour::Failure::Refused(report) => Failure::Told {
            code: code::FAILED,
            text: format!(
                "{}\n  {}\n  [{}]",
                language.of_both(&report.reason),
                language.of_both(&report.remedy),
                report.rule
            ),
        },
        shirushi_tour::Failure::Broken(text) => Failure::Told {
            code: code::FAILED,
            text,
        },
    }
}

fn announce(
    order: &arguments::New,
    card: &SoftCard,
    kinds: &[CertificateKind],
    language: Language,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let number = card.card_number();
    let is_next = card.variant().generation == Generation::Next;
    if order.is_json {
        let mut line = json!({
            "card": number,
            "file": order.file,
            "kind": kind_word(card.kind()),
            "generation": if is_next { "next" } else { "current" },
            "certificates": kinds,
        });
        if order.is_ready {
            line["pins"] = json!({ "authentication": READY_PIN, "signature": READY_PASSWORD });
        }
        writeln!(out, "{line}")?;
        return out.flush();
    }
    let (file, kind) = (order.file.display(), kind_name(card.kind(), language));
    match language {
        Language::Japanese => {
            writeln!(out, "{file}: カード {number}（{kind}）")?;
            if is_next {
                writeln!(
                    out,
                    "  次期カードの仕様は公開されていません。P-384の鍵であることのほかは、すべて仮定です。"
                )?;
            }
            if order.is_ready {
                if kinds.contains(&CertificateKind::Authentication) {
                    writeln!(out, "  利用者証明用電子証明書  暗証番号 {READY_PIN}")?;
                }
                if kinds.contains(&CertificateKind::Signature) {
                    writeln!(out, "  署名用電子証明書        パスワード {READY_PASSWORD}")?;
                }
                writeln!(
                    out,
                    "練習用のカードです。暗証番号は誰でも知っているものです。"
                )?;
            }
        }
        Language::English => {
            writeln!(out, "{file}: card {number} ({kind})")?;
            if is_next {
                writeln!(
                    out,
                    "  The next card's specification is not public: all of this but keys on P-384 is an assumption."
                )?;
            }
            if order.is_ready {
                if kinds.contains(&CertificateKind::Authentication) {
                    writeln!(out, "  authentication certificate  PIN {READY_PIN}")?;
                }
                if kinds.contains(&CertificateKind::Signature) {
                    writeln!(
                        out,
                        "  signature certificate       password {READY_PASSWORD}"
                    )?;
                }
                writeln!(
                    out,
                    "A card of the sandbox, whose PINs are known to all the world."
                )?;
            }
        }
    }
    out.flush()
}
