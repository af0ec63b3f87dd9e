//! What each change does to the holder's certificates, as one table.

use shirushi_profile::CertificateKind::{self, Authentication, Signature};
use shirushi_rules::Bilingual;
use shirushi_wire::EventKind;

/// One row: a reason, the certificates it ends, and where that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Reason of the change.
    pub kind: EventKind,
    /// 異動事由 in Japanese.
    pub name_ja: &'static str,
    /// The same in English.
    pub name_en: &'static str,
    /// The certificates it ends.
    pub ends: &'static [CertificateKind],
    /// The source.
    pub citation: &'static str,
}

/// Every reason (`facts/profile-and-rules.md` B.8).
///
/// An authentication certificate outlives a moving-out: it dies only when no moving-in follows within 30 days of the planned
/// date (Law 31(1)(2)), by the clock and not by this event.
pub static EFFECTS: [Effect; 10] = [
    row(
        EventKind::Birth,
        "出生",
        "birth",
        &[],
        "Juki 8: a new record has no certificates",
    ),
    row(
        EventKind::MoveIn,
        "転入",
        "moving in",
        &[Signature],
        "Law 12(1): the address changed",
    ),
    row(
        EventKind::MoveWithin,
        "転居",
        "moving within",
        &[Signature],
        "Law 12(1): the address changed",
    ),
    row(
        EventKind::MoveOut,
        "転出",
        "moving out",
        &[Signature],
        "Law 12(2), 31(1)(2)",
    ),
    row(
        EventKind::NameChange,
        "氏名変更",
        "change of name",
        &[Signature],
        "Law 12(1); Ord 33, 34 (旧氏, 通称)",
    ),
    row(
        EventKind::CorrectionByOffice,
        "職権修正",
        "correction by office",
        &[Signature],
        "Law 12(1)",
    ),
    row(
        EventKind::MinorCorrection,
        "軽微な修正",
        "minor correction",
        &[],
        "Reg 20",
    ),
    row(
        EventKind::Death,
        "死亡",
        "death",
        &[Signature, Authentication],
        "Law 12(2), 31(1)",
    ),
    row(
        EventKind::DeletionByOffice,
        "職権消除",
        "deletion by office",
        &[Signature, Authentication],
        "Law 12(2), 31(1)",
    ),
    row(
        EventKind::CardInvalidated,
        "個人番号カードの失効",
        "invalidation of the card",
        &[Signature, Authentication],
        "Reg 17, 53; Num 17(10)",
    ),
];

const fn row(
    kind: EventKind,
    name_ja: &'static str,
    name_en: &'static str,
    ends: &'static [CertificateKind],
    citation: &'static str,
) -> Effect {
    Effect {
        kind,
        name_ja,
        name_en,
        ends,
        citation,
    }
}

/// The certificates that a change of this kind ends.
#[must_use]
pub fn ends(kind: EventKind) -> &'static [CertificateKind] {
    effect(kind).map_or(&[], |effect| effect.ends)
}

/// Both names of a kind, for a refusal.
pub(crate) fn name(kind: EventKind) -> Bilingual {
    effect(kind).map_or(Bilingual::new("", ""), |e| {
        Bilingual::new(e.name_ja, e.name_en)
    })
}

fn effect(kind: EventKind) -> Option<&'static Effect> {
    EFFECTS
        .iter()
        .find(|effect| effect.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_row_and_ends_what_the_law_says() {
        use EventKind::{
            Birth, CardInvalidated, CorrectionByOffice, Death, DeletionByOffice, MinorCorrection,
            MoveIn, MoveOut, MoveWithin, NameChange,
        };
        let none: &[CertificateKind] = &[];
        for (kind, expected) in [
            (Birth, none),
            (MoveIn, &[Signature]),
            (MoveWithin, &[Signature]),
            (MoveOut, &[Signature]),
            (NameChange, &[Signature]),
            (CorrectionByOffice, &[Signature]),
            (MinorCorrection, none),
            (Death, &[Signature, Authentication]),
            (DeletionByOffice, &[Signature, Authentication]),
            (CardInvalidated, &[Signature, Authentication]),
        ] {
            let rows = EFFECTS
                .iter()
                .filter(|row| row.kind == kind);
            assert_eq!(rows.count(), 1, "{kind:?}");
            assert_eq!(ends(kind), expected, "{kind:?}");
            assert!(!name(kind).ja.is_empty() && !name(kind).en.is_empty());
        }
    }
}
