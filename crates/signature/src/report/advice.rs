//! What is wrong, and what whoever relies on the signature can do: in both languages.
//!
//! The remedies of the rules are for the signer, who is answered with a refusal; these are for a verifier or a clerk, who did not sign.

use crate::SignatureError;
use const_oid::{ObjectIdentifier, db::rfc5911};
use shirushi_asn1::Cause;
use shirushi_path::{PathError, Reader};
use shirushi_profile::{CertificateKind, RevocationReason};
use shirushi_rules::InBoth;

fn both(ja: impl Into<String>, en: impl Into<String>) -> InBoth {
    InBoth::new(ja, en)
}

/// What can be done about a fault of the signature.
pub(super) fn of_signature(error: &SignatureError) -> InBoth {
    match error {
        SignatureError::Malformed { .. }
        | SignatureError::NotSigned { .. }
        | SignatureError::NoSigner => both(
            "署名のファイルではないか、途中で切れています。署名と文書を取り違えていないか確かめ、署名を受け取り直してください。",
            "The file is no signature, or is cut short. See that it is not the document, and have the signature sent again.",
        ),
        SignatureError::ContentChanged { .. } => both(
            "署名されたのは、この文書ではありません。署名された文書を指定したか確かめてください。指定したとおりなら、文書は署名の後に変わっています。",
            "This is not the document that was signed. See that it is the right file; if it is, it was changed after it was signed.",
        ),
        SignatureError::SignerCertificateMissing | SignatureError::SigningCertificateMismatch => {
            both(
                "署名そのものについては何も分かりません。署名者に証明書を求め、それを添えて検証し直してください。",
                "Nothing is known of the signature itself. Ask the signer for the certificate, and verify again with it.",
            )
        }
        SignatureError::SignatureInvalid => both(
            "この証明書の鍵で作られた署名ではないか、署名が後から変わっています。信用せず、署名者に確かめてください。",
            "The signature was not made with the key of this certificate, or was changed. Do not rely on it; ask the signer.",
        ),
        SignatureError::Algorithm { .. }
        | SignatureError::ShortKey { .. }
        | SignatureError::KeyNotUsable => both(
            "偽造とは言えませんが、この方式の署名は証拠になりません。署名者に、認められている方式で署名し直すよう求めてください。",
            "It is not shown to be forged, but such a signature proves nothing here. Ask the signer to sign again by a method that is accepted.",
        ),
        SignatureError::TooLarge { .. } => both(
            "署名そのものについては何も分かりません。署名のファイルか確かめ、署名者に、文書を含まない署名を求めてください。",
            "Nothing is known of the signature itself. See that the file is a signature, and ask the signer for one without the document inside.",
        ),
        SignatureError::NotRead { .. }
        | SignatureError::BerNotDer { .. }
        | SignatureError::NotDetached
        | SignatureError::ContentType { .. }
        | SignatureError::SeveralSigners { .. }
        | SignatureError::SignedAttribute { .. }
        | SignatureError::BoundBySha1 => both(
            "署名そのものについては何も分かりません。この形式を扱うプログラムで検証するか、署名者に、DERで、文書を含まない、署名者1人のCAdES署名を求めてください。",
            "Nothing is known of the signature itself. Verify it with a program that reads this form, or ask the signer for a CAdES signature in DER, detached, by one signer.",
        ),
    }
}

/// What can be done about a fault of the path; `is_proven` when the signature claims to be of after the certificate's end.
pub(super) fn of_path(error: &PathError, is_proven: bool) -> InBoth {
    match error {
        PathError::Revoked { .. } | PathError::Expired { .. } if is_proven => both(
            "署名者の申告する署名時刻には、証明書はもう使えませんでした。信用せず、有効な証明書で署名し直すよう求めてください。",
            "The certificate could not be used any more when the signer claims to have signed. Do not rely on it; ask for a signature with a living certificate.",
        ),
        PathError::Revoked {
            reason: RevocationReason::CertificateHold,
            ..
        } => both(
            "一時保留は解かれることがあります。解かれるまで信用せず、後で検証し直してください。",
            "A hold may end. Do not rely on the signature until it does, and verify again then.",
        ),
        PathError::Revoked { .. } => both(
            "失効より前に署名されたという証明（受付の記録やタイムスタンプなど）がなければ、信用しないでください。署名時刻は署名者の申告です。",
            "Do not rely on it without a proof that it was made before the revocation, such as a record of receipt or a time-stamp. The signing time is the signer's claim.",
        ),
        PathError::Expired { .. } => both(
            "有効期間のうちに署名されたという証明（受付の記録やタイムスタンプなど）がなければ、信用しないでください。この機械の時計が進んでいないかも確かめてください。",
            "Do not rely on it without a proof that it was made while the certificate was valid, such as a record of receipt or a time-stamp. See also that this machine's clock is not ahead.",
        ),
        PathError::NotYetValid { .. } => both(
            "この機械の時計が合っているか確かめて、検証し直してください。",
            "Is this machine's clock right? Set it, and verify again.",
        ),
        PathError::StatusUnknown { why, .. } => why
            .cause()
            .advice(Reader::Verifier)
            .into(),
        PathError::UntrustedIssuer { .. } => both(
            "署名者が誰かは分かりません。発行した認証局を信頼するなら、その証明書を確かな方法で入手し、信頼するものに加えて検証し直してください。",
            "Who signed is not known. If you trust the authority that issued the certificate, get the authority's own by a way you can rely on, add it to those trusted, and verify again.",
        ),
        PathError::WrongKind {
            expected: CertificateKind::Authentication,
            ..
        } => both(
            "どの鍵による署名のはずかを確かめてください。利用者証明用の鍵によるものでなければならないなら、この署名は使えません。",
            "See by which key it should have been made. If it must be the authentication key, this signature will not do.",
        ),
        PathError::WrongKind { .. } | PathError::KeyUsage { index: 0 } => both(
            "署名者に、署名用電子証明書で署名し直すよう求めてください。",
            "Ask the signer to sign again with a signature certificate.",
        ),
        _ => both(
            "署名者の証明書を、信頼する認証局が発行したものと確かめられません。信用せず、別の証明書による署名を求めてください。",
            "The certificate is not shown to be issued by a trusted authority. Do not rely on the signature; ask for one with another certificate.",
        ),
    }
}

/// A fault of the signature, as a fact in both languages.
pub(super) fn said_of_signature(error: &SignatureError) -> InBoth {
    match error {
        SignatureError::Malformed { cause, .. } => both(in_japanese(*cause), cause.to_string()),
        SignatureError::NotRead {
            what,
            offset,
            cause,
        } => both(
            format!("{what}、{offset}バイト目: {}", in_japanese(*cause)),
            format!("{what}, byte {offset}: {cause}"),
        ),
        SignatureError::BerNotDer { what, offset } => both(
            format!("{what}、{offset}バイト目: DERではなくBERの書き方です"),
            format!("{what}, byte {offset}: BER, not DER"),
        ),
        SignatureError::NotDetached => both(
            "文書が署名の中に入っています",
            "the document is inside the signature",
        ),
        SignatureError::NotSigned { oid } => {
            both(format!("署名ではないCMS（{oid}）です"), error.to_string())
        }
        SignatureError::ContentType { oid } => both(
            format!("署名の対象が別の種類（{oid}）です"),
            error.to_string(),
        ),
        SignatureError::NoSigner => both("誰も署名していません", "nobody has signed"),
        SignatureError::SeveralSigners { count } => {
            both(format!("署名者が{count}人います"), error.to_string())
        }
        SignatureError::SignerCertificateMissing => both(
            "署名者が名指す証明書が入っていません",
            "none of those inside is the one that the signer names",
        ),
        SignatureError::SigningCertificateMismatch => both(
            "入っている証明書は、署名が結び付けているものと違います",
            "the one inside is not the one that the signature binds",
        ),
        SignatureError::SignedAttribute { oid } => {
            let name = attribute(*oid);
            both(
                format!("署名属性 {name} がないか、二つあります"),
                format!("the signed attribute {name} is missing or repeated"),
            )
        }
        SignatureError::BoundBySha1 => both(
            "証明書がSHA-1でしか結び付けられていません",
            error.to_string(),
        ),
        SignatureError::Algorithm { oid } => {
            both(format!("方式 {oid}"), format!("algorithm {oid}"))
        }
        SignatureError::ShortKey { bits } => both(
            format!("署名は鍵と合いますが、鍵が{bits}ビットしかありません"),
            error.to_string(),
        ),
        SignatureError::KeyNotUsable => both(
            "署名者の鍵の長さか曲線を、ここでは使えません",
            error.to_string(),
        ),
        SignatureError::SignatureInvalid => both("署名が鍵と合いません", error.to_string()),
        // Told by facts of their own.
        SignatureError::TooLarge { .. } | SignatureError::ContentChanged { .. } => {
            both("合いません", error.to_string())
        }
    }
}

/// An attribute by the name its standard gives it.
fn attribute(oid: ObjectIdentifier) -> String {
    match oid {
        rfc5911::ID_CONTENT_TYPE => "content-type".to_owned(),
        rfc5911::ID_MESSAGE_DIGEST => "message-digest".to_owned(),
        rfc5911::ID_SIGNING_TIME => "signing-time".to_owned(),
        rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2 => "signing-certificate-v2".to_owned(),
        oid => oid.to_string(),
    }
}

fn in_japanese(cause: Cause) -> String {
    match cause {
        Cause::Truncated => "途中で切れています".to_owned(),
        Cause::TrailingData => "終わりの後に余分なデータがあります".to_owned(),
        Cause::UnexpectedTag { tag } => format!("思わぬ種類（{tag:#04x}）です"),
        Cause::LengthForm => "長さの書き方がDERではありません".to_owned(),
        Cause::TooMany { most } => format!("{most}個より多くあります"),
        Cause::TooLong { length, most } => format!("{length}バイトで、上限は{most}バイトです"),
        Cause::Duplicate => "同じものが二つあります".to_owned(),
        _ => "値が認められません".to_owned(),
    }
}

/// A fault of the path, as a fact in both languages.
#[must_use]
pub fn said_of_path(error: &PathError) -> InBoth {
    let en = match error {
        PathError::WrongKind { expected, found } => format!(
            "it is {}, where one for {} is wanted",
            found.map_or("of another kind".to_owned(), |kind| format!("for {kind}")),
            expected
        ),
        PathError::StatusUnknown { index: 0, why } => why.to_string(),
        PathError::StatusUnknown { why, .. } => format!("an authority's certificate: {why}"),
        PathError::Revoked { .. } => format!("an authority's certificate: {error}"),
        error => error.to_string(),
    };
    let ja = match error {
        PathError::UntrustedIssuer { issuer, .. } => {
            format!("発行者（{issuer}）は信頼されていません")
        }
        PathError::SignatureInvalid { .. } => "証明書の署名が、発行者の鍵と合いません".to_owned(),
        PathError::Algorithm { oid, .. } => {
            format!("証明書の署名の方式（{oid}）を認めていません")
        }
        PathError::IssuerKey { .. } => "証明書を署名した認証局の鍵を認めていません".to_owned(),
        PathError::WrongKind { expected, found } => format!(
            "{}電子証明書が必要で、これは{}です",
            kind_in_japanese(*expected),
            found.map_or("別の種類", kind_in_japanese)
        ),
        PathError::KeyUsage { .. } => "鍵の用途が合いません".to_owned(),
        PathError::NotACa { .. } => "認証局でない証明書が、証明書を発行しています".to_owned(),
        PathError::PathTooLong { .. } => "認証局の連なりが長すぎます".to_owned(),
        PathError::PolicyNotAccepted { .. } => "認められるポリシーがありません".to_owned(),
        PathError::NameConstraint { .. } => "名前が認証局の制約から外れています".to_owned(),
        PathError::UnknownCritical { oid, .. } => {
            format!("証明書に、知らない重要な拡張（{oid}）があります")
        }
        PathError::Extension { oid, .. } => {
            format!("証明書の拡張（{oid}）が正しくありません")
        }
        PathError::BudgetExhausted { .. } => "確かめる手間が上限を超えました".to_owned(),
        PathError::StatusUnknown { index: 0, why } => why.in_japanese(),
        PathError::StatusUnknown { why, .. } => {
            format!("認証局の証明書について、{}", why.in_japanese())
        }
        PathError::Revoked { serial, at, .. } => {
            format!("認証局の証明書（{serial}）が失効しています（{at}）")
        }
        PathError::Expired { not_after, .. } => {
            format!("認証局の証明書の有効期間が終わっています（{not_after}）")
        }
        _ => "証明書の条件を満たしません".to_owned(),
    };
    both(ja, en)
}

fn kind_in_japanese(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => "署名用",
        CertificateKind::Authentication => "利用者証明用",
    }
}

/// Why a certificate was revoked, in words; the name in RFC 5280 §5.3.1 is the English one.
pub(super) fn cause(reason: RevocationReason) -> InBoth {
    let ja = match reason {
        RevocationReason::Unspecified => "示されていません",
        RevocationReason::KeyCompromise => "カードの紛失など",
        RevocationReason::CaCompromise => "認証局の鍵の危殆化",
        RevocationReason::AffiliationChanged => "氏名・住所などの異動",
        RevocationReason::Superseded => "新しい証明書の発行",
        RevocationReason::CessationOfOperation => "本人の申請",
        RevocationReason::CertificateHold => "一時保留",
        RevocationReason::PrivilegeWithdrawn => "住民票の消除など",
    };
    both(ja, reason.to_string())
}
