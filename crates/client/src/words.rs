//! What is said of certificates, their status and signatures: the same words on a terminal and on a page.

use crate::{Asked, CityTime, Left, Standing, Term, city::may_be_of_a_city};
use shirushi_clock::{Date, Instant};
use shirushi_path::{Cause, PathError, Reader, StatusProblem};
use shirushi_profile::{Certificate, CertificateKind, HolderItems, RevocationReason, Sex};
use shirushi_rules::{Bilingual, InBoth, Language};
use shirushi_signature::report::said_of_path;

/// The kind of a certificate.
#[must_use]
pub fn kind(kind: CertificateKind) -> Bilingual {
    match kind {
        CertificateKind::Signature => Bilingual::new("署名用電子証明書", "Signature certificate"),
        CertificateKind::Authentication => {
            Bilingual::new("利用者証明用電子証明書", "Authentication certificate")
        }
    }
}

/// That a sandbox city's time is taken for what it has issued, and not this machine's.
#[must_use]
pub fn city_time(found: &CityTime, language: Language) -> String {
    let (city, day) = (&found.city, found.now.date_jst());
    match language {
        Language::Japanese => format!(
            "練習用の市（{city}）の時計は、この機械より進んでいて、{day} です。この市の電子証明書には、この機械の時計ではなく、市の時計を使います。"
        ),
        Language::English => format!(
            "The clock of the sandbox city at {city} is ahead of this machine's, at {day}: for its certificates the city's time is taken."
        ),
    }
}

/// A day in Japan, as people write it.
#[must_use]
pub fn day(at: Instant, language: Language) -> String {
    date(at.date_jst(), language)
}

/// A date, in Japanese with the era.
#[must_use]
pub fn date(date: Date, language: Language) -> String {
    match language {
        Language::Japanese => format!(
            "{}年{}月{}日（{}）",
            date.year(),
            date.month(),
            date.day(),
            shirushi_text::wareki(date.year(), date.month(), date.day())
        ),
        Language::English => date.to_string(),
    }
}

/// How long a certificate still lives, and whether it is time to renew it.
#[must_use]
pub fn term(term: Term, language: Language) -> String {
    let near = term.is_near();
    let pick = |ja, en| pick(language, ja, en);
    let said = match (term, language) {
        (Term::NotYet, _) => pick("まだ有効ではありません", "not valid yet").to_owned(),
        (Term::Over, _) => pick("期限切れです", "has expired").to_owned(),
        (Term::Left(Left::Years(n)), Language::Japanese) => format!("あと{n}年あまり"),
        (Term::Left(Left::Years(n)), Language::English) => format!("in {n} years"),
        (Term::Left(Left::Months(n)), Language::Japanese) => format!("あと{n}か月あまり"),
        (Term::Left(Left::Months(1)), Language::English) => "in 1 month".to_owned(),
        (Term::Left(Left::Months(n)), Language::English) => format!("in {n} months"),
        (Term::Left(Left::Days(n)), Language::Japanese) => format!("あと{n}日"),
        (Term::Left(Left::Days(1)), Language::English) => "tomorrow".to_owned(),
        (Term::Left(Left::Days(n)), Language::English) => format!("in {n} days"),
        (Term::Left(Left::Today), _) => pick("今日まで", "today").to_owned(),
    };
    let renew = match near {
        true => pick(
            "。市区町村の窓口で更新できます",
            "; it can be renewed at the municipality's counter",
        ),
        false => "",
    };
    match language {
        Language::Japanese => format!("（{said}{renew}）"),
        Language::English => format!("({said}{renew})"),
    }
}

/// Why a certificate was revoked.
#[must_use]
pub fn reason(reason: RevocationReason) -> Bilingual {
    match reason {
        RevocationReason::Unspecified => {
            Bilingual::new("理由は示されていません", "no reason given")
        }
        RevocationReason::KeyCompromise => Bilingual::new(
            "カードの紛失など",
            "the card was lost, or its key is in other hands",
        ),
        RevocationReason::CaCompromise => {
            Bilingual::new("認証局の鍵の危殆化", "the authority's key is compromised")
        }
        RevocationReason::AffiliationChanged => Bilingual::new(
            "氏名・住所などの異動",
            "name, address or another item has changed",
        ),
        RevocationReason::Superseded => {
            Bilingual::new("新しい証明書の発行", "a new certificate took its place")
        }
        RevocationReason::CessationOfOperation => {
            Bilingual::new("本人の申請", "its holder asked for it")
        }
        RevocationReason::CertificateHold => Bilingual::new("一時保留", "on hold"),
        RevocationReason::PrivilegeWithdrawn => {
            Bilingual::new("住民票の消除など", "the resident's record has ended")
        }
    }
}

/// The date of birth in a certificate. Where a part of it is unknown, the digits say which.
#[must_use]
pub fn birth(items: &HolderItems, language: Language) -> String {
    match items.birth_date() {
        Some(birth) => date(birth, language),
        None => items.birth.clone(),
    }
}

/// The sex in a certificate.
#[must_use]
pub fn sex(sex: Sex) -> Bilingual {
    match sex {
        Sex::Male => Bilingual::new("男", "male"),
        Sex::Female => Bilingual::new("女", "female"),
        Sex::Unknown => Bilingual::new("不明", "unknown"),
    }
}

/// How a certificate stands, and what its holder can do. How to name a further authority is for whoever asks to add.
#[must_use]
pub fn standing(standing: &Standing, certificate: &Certificate, language: Language) -> String {
    let day = |at| day(at, language);
    let why_revoked = |why| reason(why).text(language);
    match (standing, language) {
        (Standing::Good { .. }, Language::Japanese) => {
            let until = day(certificate.not_after());
            format!("有効です。失効していません。有効期限は{until}です。")
        }
        (Standing::Good { .. }, Language::English) => {
            let until = day(certificate.not_after());
            format!("Alive: not revoked, valid until {until}.")
        }
        (Standing::Revoked { at, reason, .. }, Language::Japanese) => format!(
            "失効しています（{}、{}）。もう使えません。市区町村の窓口で新しい電子証明書の発行を申請してください。",
            day(*at),
            why_revoked(*reason)
        ),
        (Standing::Revoked { at, reason, .. }, Language::English) => format!(
            "Revoked since {} ({}). It cannot be used any more; apply for a new one at the municipality's counter.",
            day(*at),
            why_revoked(*reason)
        ),
        (Standing::OnHold { at, .. }, Language::Japanese) => format!(
            "{}から一時保留になっています。保留が解かれるまで使えません。カードが見つかったら、届け出てください。",
            day(*at)
        ),
        (Standing::OnHold { at, .. }, Language::English) => format!(
            "On hold since {}. It cannot be used until that ends; report it when the card is found.",
            day(*at)
        ),
        (Standing::Expired { not_after }, Language::Japanese) => format!(
            "{}に有効期限が切れました。市区町村の窓口で更新してください。",
            day(*not_after)
        ),
        (Standing::Expired { not_after }, Language::English) => format!(
            "Expired on {}. Have it renewed at the municipality's counter.",
            day(*not_after)
        ),
        (Standing::NotYetValid { not_before }, Language::Japanese) => format!(
            "{}から有効です。この機械の時計が合っているか確かめてください。{}",
            day(*not_before),
            if may_be_of_a_city(certificate) {
                "練習用の市が発行した電子証明書で、市の時計は進めてあることがあります。市が動いているか（shirushi up）も確かめてください。"
            } else {
                ""
            }
        ),
        (Standing::NotYetValid { not_before }, Language::English) => format!(
            "Valid from {}, not yet. See whether this machine's clock is right.{}",
            day(*not_before),
            if may_be_of_a_city(certificate) {
                " A sandbox city has issued it, whose clock may have been moved ahead: see also that the city runs (shirushi up)."
            } else {
                ""
            }
        ),
        (Standing::Unknown { why }, Language::Japanese) => format!(
            "分かりません。有効とみなさないでください。{}",
            problem(*why, language)
        ),
        (Standing::Unknown { why }, Language::English) => format!(
            "Unknown, which is not to be taken as alive. {}",
            problem(*why, language)
        ),
        (Standing::Untrusted { why }, _) => untrusted(why, language),
    }
}

/// What is wrong with the path. How to name another authority is for whoever asks to add.
fn untrusted(why: &PathError, language: Language) -> String {
    let said = said_of_path(why);
    let said = both(&said, language);
    match (why, language) {
        (PathError::UntrustedIssuer { issuer, .. }, Language::Japanese) => format!(
            "発行者（{issuer}）を信頼していないので、失効しているかどうかを問い合わせていません。"
        ),
        (PathError::UntrustedIssuer { issuer, .. }, Language::English) => format!(
            "Its issuer ({issuer}) is not trusted, so nobody was asked whether it is revoked."
        ),
        (PathError::WrongKind { .. }, Language::Japanese) => format!(
            "この場所に入るべき種類の電子証明書ではありません（{said}）。市区町村の窓口に相談してください。"
        ),
        (PathError::WrongKind { .. }, Language::English) => format!(
            "It is not of the kind that belongs into its place ({said}). Ask at the municipality's counter."
        ),
        (_, Language::Japanese) => format!("有効とは確かめられません（{said}）。"),
        (_, Language::English) => format!("Not shown to be valid ({said})."),
    }
}

/// What is said of a certificate whose policy is none of those that are known.
pub const UNLISTED_POLICY: Bilingual = Bilingual::new(
    "ポリシーは、知られているもの（マイナンバーカードのもの）ではありません。スマートフォンや新しいカードのものかもしれません。",
    "Its policy is none that is known (a My Number Card's). It may be a telephone's or a newer card's.",
);

/// What is said where this machine's clock is further from the authority's than a clock may be.
#[must_use]
pub fn wrong_clock(ahead: i64, language: Language) -> String {
    let minutes = ahead.abs() / 60;
    match (language, ahead > 0) {
        (Language::Japanese, is_ahead) => format!(
            "判定できません。この機械の時計が、認証局の時計より{minutes}分{}います。時計を合わせて（sudo timedatectl set-ntp true）、やり直してください。",
            if is_ahead { "進んで" } else { "遅れて" }
        ),
        (Language::English, is_ahead) => format!(
            "Cannot be told: this machine's clock is {minutes} minutes {} the authority's. Set it (sudo timedatectl set-ntp true) and try again.",
            if is_ahead { "ahead of" } else { "behind" }
        ),
    }
}

/// What came of a source: what happened, and what to do about it. Nothing where it was not asked.
#[must_use]
pub fn source(asked: &Asked, language: Language) -> Option<(String, Option<&'static str>)> {
    match (asked, language) {
        (Asked::Answered { url }, Language::Japanese) => {
            Some((format!("{url} から回答がありました"), None))
        }
        (Asked::Answered { url }, Language::English) => Some((format!("{url} answered"), None)),
        (Asked::NoAddress, _) => Some((
            pick(
                language,
                "証明書にアドレスがありません",
                "the certificate names no address",
            )
            .to_owned(),
            None,
        )),
        (Asked::Failed { url, why }, _) => {
            let told = why.told();
            let advice = why.why.cause().advice(Reader::Verifier);
            Some((
                format!("{url}: {}", both(&told, language)),
                Some(advice.text(language)),
            ))
        }
        (Asked::NotAsked, _) => None,
    }
}

/// What is said of a status that is not known, and what to do.
#[must_use]
pub fn problem(why: StatusProblem, language: Language) -> String {
    let advice = why.cause().advice(Reader::Verifier);
    let advice = advice.text(language);
    match (why.cause(), language) {
        // Each source tells what came of it, with its own advice.
        (
            Cause::NoEvidence
            | Cause::NotReached
            | Cause::HttpStatus
            | Cause::Intercepted
            | Cause::TooLarge
            | Cause::Unreadable
            | Cause::ResponderError
            | Cause::TryLater
            | Cause::NonceWrong
            | Cause::NonceMissing,
            _,
        ) => pick(
            language,
            "使える回答がありませんでした。",
            "Nothing that can be used was answered.",
        )
        .to_owned(),
        (Cause::WrongSigner, Language::Japanese) => format!(
            "回答に署名したのは、この認証局でも、認証局から任された者でもありません（{}）。{advice}",
            why.in_japanese()
        ),
        (Cause::WrongSigner, Language::English) => format!(
            "The answer is signed neither by the authority nor by anyone in its charge ({why}). {advice}"
        ),
        (_, Language::Japanese) => {
            format!(
                "回答から状態が分かりません（{}）。{advice}",
                why.in_japanese()
            )
        }
        (_, Language::English) => format!("The answer does not tell ({why}). {advice}"),
    }
}

pub(crate) fn both(text: &InBoth, language: Language) -> &str {
    match language {
        Language::Japanese => &text.ja,
        Language::English => &text.en,
    }
}

pub(crate) fn pick(language: Language, ja: &'static str, en: &'static str) -> &'static str {
    Bilingual::new(ja, en).text(language)
}
