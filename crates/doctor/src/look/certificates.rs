//! The authentication certificate and the CA certificates beside it; the signature certificate is behind its password.

use super::{
    card::Certificates,
    status::{self, Status},
};
use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{
        CARD_GENERATION, CERTIFICATE_ANCHOR, CERTIFICATE_EXPIRED, CERTIFICATE_EXPIRING,
        CERTIFICATE_NOT_YET_VALID, CERTIFICATE_ON_HOLD, CERTIFICATE_REVOKED,
    },
};
use shirushi_clock::Instant;
use shirushi_path::{Evidence, PathError, Requirements, TrustAnchors, examine};
use shirushi_profile::{Certificate, CertificateKind, RevocationReason, renewable_from};

/// A generation of the authority is near its end when its certificate has less than this left.
const NEAR: i64 = 365 * 86_400;
/// Where a person's anchors are kept, below the home folder.
const ANCHORS: &str = "~/.config/shirushi/anchors";

pub(crate) fn look(surroundings: &Surroundings, certificates: &Certificates, notes: &mut Notes) {
    let Some(certificate) = &certificates.authentication else {
        notes.not_concerned(
            &[
                &CERTIFICATE_EXPIRED,
                &CERTIFICATE_NOT_YET_VALID,
                &CERTIFICATE_EXPIRING,
                &CERTIFICATE_ANCHOR,
                &CERTIFICATE_REVOKED,
                &CERTIFICATE_ON_HOLD,
                &CARD_GENERATION,
            ],
            &said(
                "見る証明書がありません",
                "There is no certificate to look at",
            ),
        );
        status::look_without(notes);
        return;
    };
    let issuer = issuer(surroundings, certificate, certificates, notes);
    let (status, time) = status::look(surroundings, certificate, &issuer, notes);
    validity(certificate, time, notes);
    generation(certificate, certificates, time, notes);
    revocation(&status, notes);
}

/// Whoever issued the certificate.
pub(crate) enum Issuer {
    Trusted(Certificate),
    /// The one that the card brings along.
    OfCard(Certificate),
    Unknown,
}

fn issuer(
    surroundings: &Surroundings,
    certificate: &Certificate,
    certificates: &Certificates,
    notes: &mut Notes,
) -> Issuer {
    let check = &CERTIFICATE_ANCHOR;
    let anchors = &surroundings.anchors;
    if let Some(anchor) = anchors
        .iter()
        .find(|anchor| issued(anchor, certificate))
    {
        let name = anchor.subject_text();
        notes.ok(check, said(name.clone(), name));
        return Issuer::Trusted(anchor.clone());
    }
    let facts = [("path", ANCHORS.into())];
    let name = certificate.issuer_text();
    if anchors.is_empty() {
        notes.warn(
            check,
            said(
                format!("信頼する認証局の証明書が一つも示されていません（発行者: {name}）"),
                format!("No authority's certificate is given or known (issuer: {name})"),
            ),
            &facts,
        );
    } else {
        notes.fault(
            check,
            said(
                format!(
                    "示された{}個のどれも発行者ではありません: {name}",
                    anchors.len()
                ),
                format!("None of the {} given is the issuer: {name}", anchors.len()),
            ),
            &facts,
        );
    }
    match &certificates.authentication_authority {
        Some(own) if issued(own, certificate) => Issuer::OfCard(own.clone()),
        _ => Issuer::Unknown,
    }
}

fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let anchors = TrustAnchors::new(vec![issuer.clone()]);
    let requirements = Requirements::new(CertificateKind::Authentication, certificate.not_before());
    !examine(
        certificate,
        &[],
        &anchors,
        &Evidence::default(),
        &requirements,
    )
    .problems()
    .iter()
    .any(|problem| {
        matches!(
            problem,
            PathError::UntrustedIssuer { .. }
                | PathError::SignatureInvalid { .. }
                | PathError::NotACa { .. }
        )
    })
}

fn validity(certificate: &Certificate, time: Instant, notes: &mut Notes) {
    let until = certificate.not_after().date_jst();
    let from = certificate.not_before().date_jst();
    let until_ja = japanese(until);
    let begins = said(format!("{}から", japanese(from)), format!("from {from}"));
    match time < certificate.not_before() {
        true => notes.fault(&CERTIFICATE_NOT_YET_VALID, begins, &[]),
        false => notes.ok(&CERTIFICATE_NOT_YET_VALID, begins),
    }
    if time > certificate.not_after() {
        notes.fault(
            &CERTIFICATE_EXPIRED,
            said(
                format!("{until_ja}までの証明書です"),
                format!("It was valid until {until}"),
            ),
            &[],
        );
        notes.not_concerned(
            &[&CERTIFICATE_EXPIRING],
            &said("もう終わっています", "It has ended"),
        );
        return;
    }
    notes.ok(
        &CERTIFICATE_EXPIRED,
        said(format!("{until_ja}まで"), format!("until {until}")),
    );
    match renewable_from(certificate.not_after()) {
        Ok(first) if time.date_jst() >= first => notes.warn(
            &CERTIFICATE_EXPIRING,
            said(format!("{until_ja}まで"), format!("until {until}")),
            &[("until", said(until_ja, until.to_string()).into())],
        ),
        Ok(first) => notes.ok(
            &CERTIFICATE_EXPIRING,
            said(
                format!("{}から更新できます", japanese(first)),
                format!("It can be renewed from {first}"),
            ),
        ),
        Err(error) => notes.not_looked_at(
            &CERTIFICATE_EXPIRING,
            said(error.to_string(), error.to_string()),
        ),
    }
}

/// The generation of the card's keys and of its authority (`facts/card.md` §7, §21).
fn generation(
    certificate: &Certificate,
    certificates: &Certificates,
    time: Instant,
    notes: &mut Notes,
) {
    let check = &CARD_GENERATION;
    let ending = [
        &certificates.authentication_authority,
        &certificates.signature_authority,
    ]
    .into_iter()
    .flatten()
    .map(Certificate::not_after)
    .min();
    let (key_ja, key_en) = match certificate.public_key().rsa_modulus_bits() {
        Some(bits) if bits < 2048 => {
            notes.fault(
                check,
                said(
                    format!("鍵はRSA {bits}ビットで、もう使えません"),
                    format!("The key is RSA of {bits} bits, which nobody accepts any more"),
                ),
                &[],
            );
            return;
        }
        Some(bits) => (
            format!("鍵はRSA {bits}ビット（現在の世代）"),
            format!("The key is RSA of {bits} bits, the present generation"),
        ),
        None => (
            "鍵は楕円曲線（次期個人番号カード。まだ仕様が公表されていない仮定です）".to_owned(),
            "The key is on an elliptic curve: the next generation of cards, which is an assumption until its specification is published".to_owned(),
        ),
    };
    let Some(end) = ending else {
        notes.ok(check, said(key_ja, key_en));
        return;
    };
    let day = end.date_jst();
    let day_ja = japanese(day);
    let seen = said(
        format!("{key_ja}。認証局の証明書は{day_ja}まで"),
        format!("{key_en}; the authority's certificate is valid until {day}"),
    );
    if end < time {
        notes.fault(check, seen, &[]);
    } else if end < time.plus_seconds(NEAR) {
        notes.warn(check, seen, &[]);
    } else {
        notes.ok(check, seen);
    }
}

fn revocation(status: &Status, notes: &mut Notes) {
    let both = [&CERTIFICATE_REVOKED, &CERTIFICATE_ON_HOLD];
    match status {
        Status::Good => {
            for check in both {
                notes.ok(
                    check,
                    said(
                        "サーバーが「有効」と答えました",
                        "The responder says \"good\"",
                    ),
                );
            }
        }
        Status::Revoked { at, reason } => {
            let day = at.date_jst();
            let seen = said(
                format!("{}から（{}）", japanese(day), reason_in_japanese(*reason)),
                format!("since {day} ({reason})"),
            );
            let is_held = *reason == RevocationReason::CertificateHold;
            let (this, other) = match is_held {
                true => (&CERTIFICATE_ON_HOLD, &CERTIFICATE_REVOKED),
                false => (&CERTIFICATE_REVOKED, &CERTIFICATE_ON_HOLD),
            };
            notes.fault(this, seen, &[]);
            let held = said("一時停止です", "It is on hold");
            let revoked = said("失効しています", "It is revoked");
            notes.not_concerned(&[other], if is_held { &held } else { &revoked });
        }
        Status::NotAsked(why) => notes.not_concerned(&both, why),
        Status::Unknown(why) => {
            for check in both {
                notes.not_looked_at(check, why.clone());
            }
        }
    }
}

fn reason_in_japanese(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "理由は示されていません",
        RevocationReason::KeyCompromise => "カードの紛失・盗難",
        RevocationReason::CaCompromise => "認証局の鍵の危殆化",
        RevocationReason::AffiliationChanged => "氏名・住所などの変更",
        RevocationReason::Superseded => "新しい証明書の発行",
        RevocationReason::CessationOfOperation => "本人の届け出",
        RevocationReason::CertificateHold => "一時停止",
        RevocationReason::PrivilegeWithdrawn => "記録の消除・誤り",
    }
}

fn japanese(day: shirushi_clock::Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}
