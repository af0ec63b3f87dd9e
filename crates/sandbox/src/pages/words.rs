//! What the desk calls things, in both languages.

use maud::{Markup, html};
use shirushi_profile::{CertificateKind, MunicipalityCode, Sex, municipality};
use shirushi_register::EFFECTS;
use shirushi_web::{Visit, ui};
use shirushi_wire::{CardKind, CardState, EventKind, RecordStatus, ResidentRecord};

/// The kinds of certificate in the order in which they are told.
pub(super) const CERTIFICATES: [CertificateKind; 2] =
    [CertificateKind::Signature, CertificateKind::Authentication];

/// The municipality's name.
pub(super) fn place(visit: &Visit, code: &MunicipalityCode) -> String {
    match municipality(code) {
        Some(place) => visit
            .say(place.name_ja, place.locality)
            .to_owned(),
        None => code.to_string(),
    }
}

/// A resident's name with its furigana.
pub(super) fn name(resident: &ResidentRecord) -> Markup {
    ui::ruby(&resident.name, resident.furigana.as_deref())
}

pub(super) fn sex(visit: &Visit, sex: Sex) -> &'static str {
    match sex {
        Sex::Male => visit.say("男", "male"),
        Sex::Female => visit.say("女", "female"),
        Sex::Unknown => visit.say("不明", "unknown"),
    }
}

pub(super) fn status(visit: &Visit, status: RecordStatus) -> &'static str {
    match status {
        RecordStatus::Alive => visit.say("現存", "living record"),
        RecordStatus::MovedOut => visit.say("転出により消除", "deleted: moved out"),
        RecordStatus::Dead => visit.say("死亡により消除", "deleted: died"),
        RecordStatus::DeletedByOffice => visit.say("職権により消除", "deleted by office"),
    }
}

pub(super) fn card_kind(visit: &Visit, kind: CardKind) -> &'static str {
    match kind {
        CardKind::IndividualNumberCard => visit.say("個人番号カード", "Individual Number Card"),
        CardKind::ResidentRegisterCard => {
            visit.say("住民基本台帳カード", "Resident Register Card (old)")
        }
    }
}

pub(super) fn card_state(visit: &Visit, state: CardState) -> &'static str {
    match state {
        CardState::Valid => visit.say("有効", "valid"),
        CardState::Invalid => visit.say("失効", "invalidated"),
    }
}

pub(super) fn certificate(visit: &Visit, kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => visit.say("署名用電子証明書", "signature certificate"),
        CertificateKind::Authentication => {
            visit.say("利用者証明用電子証明書", "authentication certificate")
        }
    }
}

/// What the register calls a change.
pub(super) fn event(visit: &Visit, kind: EventKind) -> &'static str {
    EFFECTS
        .iter()
        .find(|effect| effect.kind == kind)
        .map_or("", |effect| visit.say(effect.name_ja, effect.name_en))
}

/// What a change means for the certificates that its person has, by what it ends.
pub(super) fn effects(visit: &Visit, ends: &[CertificateKind]) -> Markup {
    html! {
        ul {
            @for kind in CERTIFICATES {
                li { (effect(visit, kind, ends.contains(&kind))) }
            }
        }
    }
}

fn effect(visit: &Visit, kind: CertificateKind, is_ended: bool) -> String {
    let name = certificate(visit, kind);
    match is_ended {
        true => visit
            .say(
                "{name}は、発行されていれば、ただちに失効します。",
                "The {name}, if there is one, ends at once.",
            )
            .replace("{name}", name),
        false => visit
            .say("{name}は、そのまま生きています。", "The {name} lives on.")
            .replace("{name}", name),
    }
}
