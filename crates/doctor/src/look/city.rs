//! The keys of a city's authority, for who runs it.

use crate::{
    Surroundings, Unreached,
    notes::{Notes, said},
    table::CITY_KEYS,
};
use shirushi_profile::CertificateKind;
use shirushi_rules::InBoth;
use shirushi_wire::{AuthorityKeys, KeyWarning, KeysInUse};

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    let check = &CITY_KEYS;
    let Some(city) = &surroundings.city else {
        let why = said(
            "市が示されていません（--city）",
            "No city is named (--city)",
        );
        return notes.not_concerned(&[check], &why);
    };
    if !surroundings.is_online {
        let why = said("--offlineが指定されています", "--offline is given");
        return notes.not_concerned(&[check], &why);
    }
    let city = city.trim_end_matches('/');
    match ask(surroundings, &format!("{city}/authority/keys")) {
        Err(why) => notes.not_looked_at(check, why),
        Ok(keys) => tell(city, &keys, notes),
    }
}

fn ask(surroundings: &Surroundings, url: &str) -> Result<AuthorityKeys, InBoth> {
    let failed = |why: String| said(format!("{url}: {why}"), format!("{url}: {why}"));
    let reply = surroundings
        .web
        .get(url)
        .map_err(|Unreached { source }| {
            said(
                format!("{url}: 答えがありません（{source}）"),
                format!("{url}: no answer ({source})"),
            )
        })?;
    match reply.status {
        200 => serde_json::from_slice(&reply.body).map_err(|_| {
            said(
                format!("{url}: 市の認証局の答えではありません"),
                format!("{url}: not the answer of a city's authority"),
            )
        }),
        status => Err(failed(format!("HTTP {status}"))),
    }
}

fn tell(city: &str, keys: &AuthorityKeys, notes: &mut Notes) {
    let facts = [("url", city.into())];
    let of = |is_fault: bool| -> Vec<InBoth> {
        keys.warnings
            .iter()
            .filter(|warning| warning.is_fault() == is_fault)
            .map(KeyWarning::told)
            .collect()
    };
    let (faults, ahead) = (of(true), of(false));
    if !faults.is_empty() {
        notes.fault(&CITY_KEYS, together(&[faults, ahead].concat()), &facts);
    } else if !ahead.is_empty() {
        notes.warn(&CITY_KEYS, together(&ahead), &facts);
    } else {
        notes.ok(&CITY_KEYS, newest(&keys.generations));
    }
}

fn together(told: &[InBoth]) -> InBoth {
    let joined = |of: fn(&InBoth) -> &str, between| {
        told.iter()
            .map(of)
            .collect::<Vec<_>>()
            .join(between)
    };
    said(joined(|told| &told.ja, "。"), joined(|told| &told.en, ". "))
}

/// The newest generation of each kind, with its end.
fn newest(generations: &[KeysInUse]) -> InBoth {
    let last = |kind: CertificateKind| {
        generations
            .iter()
            .rfind(|keys| keys.kind == kind)
    };
    let all: Vec<&KeysInUse> = CertificateKind::ALL
        .into_iter()
        .filter_map(last)
        .collect();
    let ja: Vec<String> = all
        .iter()
        .map(|keys| {
            let kind = match keys.kind {
                CertificateKind::Signature => "署名用",
                CertificateKind::Authentication => "利用者証明用",
            };
            let end = keys.not_after.date_jst();
            format!("{kind}: 第{}世代、{end}まで", keys.generation)
        })
        .collect();
    let en: Vec<String> = all
        .iter()
        .map(|keys| {
            let end = keys.not_after.date_jst();
            format!("{}: generation {} until {end}", keys.kind, keys.generation)
        })
        .collect();
    said(ja.join("、"), en.join(", "))
}
