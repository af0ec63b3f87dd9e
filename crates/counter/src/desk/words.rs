//! The words of the law, as officers read them.

use crate::State;
use shirushi_profile::{CertificateKind, RevocationReason, Sex};
use shirushi_rules::Bilingual;
use shirushi_wire::{CardKind, CardState, IdentityDocument, RecordStatus};

/// A value with the word that forms send for it, and what a person reads.
pub(super) type Word<T> = (T, &'static str, Bilingual);

const fn both(ja: &'static str, en: &'static str) -> Bilingual {
    Bilingual { ja, en }
}

pub(super) const KINDS: [Word<CertificateKind>; 2] = [
    (
        CertificateKind::Signature,
        "signature",
        both("署名用電子証明書", "signature certificate"),
    ),
    (
        CertificateKind::Authentication,
        "authentication",
        both("利用者証明用電子証明書", "authentication certificate"),
    ),
];

pub(super) const SEXES: [Word<Sex>; 3] = [
    (Sex::Male, "male", both("男", "male")),
    (Sex::Female, "female", both("女", "female")),
    (Sex::Unknown, "unknown", both("不明", "unknown")),
];

pub(super) const DOCUMENTS: [Word<IdentityDocument>; 8] = [
    (
        IdentityDocument::IndividualNumberCard,
        "individual-number-card",
        both(
            "個人番号カード（写真付き）",
            "Individual Number Card (photograph)",
        ),
    ),
    (
        IdentityDocument::DrivingLicence,
        "driving-licence",
        both("運転免許証（写真付き）", "driving licence (photograph)"),
    ),
    (
        IdentityDocument::Passport,
        "passport",
        both("旅券（写真付き）", "passport (photograph)"),
    ),
    (
        IdentityDocument::ResidenceCard,
        "residence-card",
        both("在留カード（写真付き）", "residence card (photograph)"),
    ),
    (
        IdentityDocument::SpecialPermanentResidentCertificate,
        "special-permanent-resident-certificate",
        both(
            "特別永住者証明書（写真付き）",
            "special permanent resident certificate (photograph)",
        ),
    ),
    (
        IdentityDocument::OtherPhotoDocument,
        "other-photo-document",
        both(
            "その他、官公署発行の写真付きのもの",
            "another official document with a photograph",
        ),
    ),
    (
        IdentityDocument::InquiryReply,
        "inquiry-reply",
        both("照会書に対する回答書", "the reply to the inquiry"),
    ),
    (
        IdentityDocument::WithoutPhoto,
        "without-photo",
        both(
            "写真のないもの（資格確認書、年金手帳など）",
            "one without a photograph (insurance, pension)",
        ),
    ),
];

/// Why a holder asks that certificates end.
pub(super) const REASONS: [Word<RevocationReason>; 2] = [
    (
        RevocationReason::CessationOfOperation,
        "cessation-of-operation",
        both("利用をやめる", "no longer wanted"),
    ),
    (
        RevocationReason::KeyCompromise,
        "key-compromise",
        both(
            "カードの紛失、または他人に使われたおそれ",
            "card lost, or perhaps used by somebody else",
        ),
    ),
];

/// What a person reads for a value.
pub(super) fn label<T: Copy + PartialEq>(words: &[Word<T>], value: T) -> Bilingual {
    words
        .iter()
        .find(|(found, _, _)| *found == value)
        .map_or(both("—", "—"), |(_, _, label)| *label)
}

/// The value that a word stands for.
pub(super) fn value<T: Copy>(words: &[Word<T>], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, found, _)| *found == word)
        .map(|(value, _, _)| *value)
}

pub(super) fn state(state: State) -> Bilingual {
    match state {
        State::Recorded => both(
            "受付済み（認証局に未達）",
            "taken, not yet with the authority",
        ),
        State::Received => both("カードへの書込み待ち", "waiting for the card"),
        State::Refused => both("認証局が不受理", "refused by the authority"),
        State::Issued => both("発行済み", "issued"),
    }
}

pub(super) fn record(status: RecordStatus) -> Bilingual {
    match status {
        RecordStatus::Alive => both("現存", "alive"),
        RecordStatus::MovedOut => both("転出により消除", "deleted: moved out"),
        RecordStatus::Dead => both("死亡により消除", "deleted: dead"),
        RecordStatus::DeletedByOffice => both("職権で消除", "deleted by office"),
    }
}

pub(super) fn card_kind(kind: CardKind) -> Bilingual {
    match kind {
        CardKind::IndividualNumberCard => both("個人番号カード", "Individual Number Card"),
        CardKind::ResidentRegisterCard => both("住民基本台帳カード", "resident register card"),
    }
}

pub(super) fn card_state(state: CardState) -> Bilingual {
    match state {
        CardState::Valid => both("有効", "valid"),
        CardState::Invalid => both("失効", "invalidated"),
    }
}
