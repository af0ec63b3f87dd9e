//! The application form (発行申請書) on the page.

use super::words;
use crate::{ApplicationRequest, Form};
use maud::{Markup, html};
use shirushi_accounts::refused;
use shirushi_rules::{Bilingual, Facts, Refusal, RefusalReport, WELL_FORMED};
use shirushi_web::{
    Visit,
    ui::{self, Choice, Field, Label},
};
use shirushi_wire::{
    CardRecord, FEE_YEN, Fee, Presence, Purpose, ResidentCode, ResidentRecord, Waiver,
};

/// What was filled in, as it was typed: names and values, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled(pub(super) Vec<(String, String)>);

impl Filled {
    /// What the officer compares the applicant's form with: the register's words, everything else as it usually is.
    pub(super) fn from_register(record: &ResidentRecord) -> Self {
        let sex = words::SEXES
            .iter()
            .find(|(sex, _, _)| *sex == record.sex)
            .map_or("", |(_, word, _)| word);
        let mut filled = vec![
            ("name", record.name.clone()),
            ("birth-date", record.birth_date.to_string()),
            ("sex", sex.to_owned()),
            ("address", record.address.clone()),
            ("purpose", "new".to_owned()),
            ("presence", "in-person".to_owned()),
            ("fee", "paid".to_owned()),
        ];
        filled.extend(words::KINDS.map(|(_, word, _)| ("kinds", word.to_owned())));
        Self(
            filled
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0
            .retain(|(found, _)| found != name);
        self.0
            .push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }

    fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let values: Vec<&'f str> = self
            .0
            .iter()
            .filter(|(found, _)| found == name)
            .map(|(_, value)| value.trim())
            .collect();
        values.into_iter()
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.all(name)
            .any(|found| found == value)
    }

    /// The application that was filled in.
    pub(super) fn request(&self, code: ResidentCode) -> Result<ApplicationRequest, Refusal> {
        Ok(ApplicationRequest {
            resident_code: code,
            form: Form {
                name: self.value("name").to_owned(),
                birth_date: self
                    .value("birth-date")
                    .parse()
                    .map_err(|_| unfit(Bilingual::new("生年月日", "date of birth")))?,
                sex: words::value(&words::SEXES, self.value("sex"))
                    .ok_or_else(|| unfit(Bilingual::new("性別", "sex")))?,
                address: self.value("address").to_owned(),
            },
            kinds: self
                .all("kinds")
                .filter_map(|word| words::value(&words::KINDS, word))
                .collect(),
            purpose: match self.value("purpose") {
                "new" => Purpose::New,
                "renewal" => Purpose::Renewal,
                _ => return Err(unfit(Bilingual::new("申請の種類", "purpose"))),
            },
            card_number: self
                .value("card")
                .parse()
                .map_err(|_| unfit(Bilingual::new("カードの番号", "card number")))?,
            presence: match self.value("presence") {
                "in-person" => Presence::InPerson,
                "proxy" => Presence::Proxy {
                    reply: self.has("reply", "yes"),
                },
                "mail" => Presence::Mail,
                _ => {
                    return Err(unfit(Bilingual::new(
                        "申請の方法",
                        "how the applicant came",
                    )));
                }
            },
            documents: self
                .all("documents")
                .filter_map(|word| words::value(&words::DOCUMENTS, word))
                .collect(),
            fee: match self.value("fee") {
                "paid" => Fee {
                    paid_yen: FEE_YEN,
                    waiver: None,
                },
                "first-with-card" => free(Some(Waiver::FirstWithCard)),
                "renewal" => free(Some(Waiver::Renewal)),
                "unpaid" => free(None),
                _ => return Err(unfit(Bilingual::new("手数料", "fee"))),
            },
            id: self.value("id").parse().ok(),
        })
    }
}

fn free(waiver: Option<Waiver>) -> Fee {
    Fee {
        paid_yen: 0,
        waiver,
    }
}

fn unfit(place: Bilingual) -> Refusal {
    WELL_FORMED.refusal(Facts::new().and("where", place).and(
        "fault",
        Bilingual::new(
            "記入されていないか、形式が違います",
            "not filled in, or not in the right form",
        ),
    ))
}

/// The form, with what the register says beside it.
pub(super) fn show(
    visit: &Visit,
    record: &ResidentRecord,
    filled: &Filled,
    card: Option<&CardRecord>,
    report: Option<&RefusalReport>,
) -> Markup {
    let action = format!("/applications/new/{}", record.code);
    let text = |name: &'static str, label, kind, autocomplete| {
        ui::field(
            visit,
            Field {
                name,
                label,
                value: filled.value(name),
                kind,
                autocomplete,
                ..Field::default()
            },
        )
    };
    let fields = html! {
        input type="hidden" name="id" value=(filled.value("id"));
        h2 { (visit.say("申請書に書かれたこと", "What the form says")) }
        p.hint { (visit.say(
            "住民票の内容を入れてあります。申請書と一字ずつ見比べ、違うところは申請書のとおりに直してください。",
            "The register's words stand here. Compare them with the form character by character, and change them to what the form says.")) }
        (text("name", Label::new("氏名", "Name"), "text", "off"))
        (text("birth-date", Label::new("生年月日", "Date of birth"), "date", "off"))
        (radios(visit, filled, "sex", Label::new("性別", "Sex"), "", &words::SEXES.map(|(_, word, label)| (word, label.ja, label.en, "", ""))))
        (text("address", Label::new("住所", "Address"), "text", "off"))
        (checks(visit, filled, "kinds", Label::new("申請する証明書", "Certificates applied for"), "", &words::KINDS.map(|(_, word, label)| (word, label.ja, label.en))))
        (radios(visit, filled, "purpose", Label::new("申請の種類", "Purpose"), "", &[
            ("new", "新規発行", "new issue", "", ""),
            ("renewal", "更新（有効な証明書を置き換える）", "renewal (takes the place of a live one)", "", ""),
        ]))
        h2 { (visit.say("窓口で確かめたこと", "What was seen at the counter")) }
        (radios(visit, filled, "presence", Label::new("申請の方法", "How the applicant came"), "", &[
            ("in-person", "本人が来た", "in person", "", ""),
            ("proxy", "代理人が来た", "a proxy came", "先に照会書を送り、本人の回答書を受け取っていることが要ります。", "The holder's reply to a written inquiry is needed first."),
            ("mail", "郵送", "by mail", "郵送では受け付けられません。", "Applications by mail are not taken."),
        ]))
        (checks(visit, filled, "reply", Label::new("代理人の場合", "For a proxy"), "", &[("yes", "本人の回答書を受け取った", "The holder's reply was brought")]))
        (checks(visit, filled, "documents", Label::new("見た本人確認書類", "Identity documents seen"),
            visit.say("写真付きのものは一つで足ります。ないときは、回答書と写真のないものを一つずつ。", "One with a photograph suffices by itself. Otherwise the reply to the inquiry and one without a photograph."),
            &words::DOCUMENTS.map(|(_, word, label)| (word, label.ja, label.en))))
        (radios(visit, filled, "fee", Label::new("手数料", "Fee"), "", &[
            ("paid", "200円を受け取った", "200 yen were paid", "", ""),
            ("first-with-card", "無料: カードと一緒の初めての発行", "free: the first issue, with the card", "", ""),
            ("renewal", "無料: 更新", "free: renewal", "", ""),
            ("unpaid", "まだ受け取っていない", "not paid yet", "", ""),
        ]))
        h2 { (visit.say("カード", "The card")) }
        (ui::field(visit, Field {
            name: "card",
            label: Label::new("カードの番号", "Card number"),
            hint: visit.say("「カードを読む」を押すと、リーダーのカードから入ります。", "“Read the card” fills it in from the card in the reader."),
            value: filled.value("card"),
            required: false,
            ..Field::default()
        }))
        p { button type="submit" name="act" value="card" formnovalidate { (visit.say("カードを読む", "Read the card")) } }
        @if let Some(card) = card { (card_found(visit, record, card)) }
        p.actions { button.main type="submit" name="act" value="send" { (visit.say("申請を受け付ける", "Take the application")) } }
    };
    html! {
        (refused(visit, report))
        (register_says(visit, record))
        (ui::form(visit, &action, fields))
    }
}

/// The record, as the officer compares it.
pub(super) fn register_says(visit: &Visit, record: &ResidentRecord) -> Markup {
    let mut rows = vec![
        (
            visit.say("氏名", "Name"),
            ui::ruby(&record.name, record.furigana.as_deref()),
        ),
        (
            visit.say("生年月日", "Date of birth"),
            html! { (ui::date(visit, record.birth_date)) },
        ),
        (
            visit.say("性別", "Sex"),
            html! { (visit.text(words::label(&words::SEXES, record.sex))) },
        ),
        (
            visit.say("住所", "Address"),
            html! { span lang="ja" { (record.address) } },
        ),
        (
            visit.say("住民票", "Record"),
            html! { (visit.text(words::record(record.status))) },
        ),
    ];
    if let Some(name) = &record.former_name {
        rows.push((
            visit.say("旧氏", "Former name"),
            html! { span lang="ja" { (name) } },
        ));
    }
    if let Some(alias) = &record.alias {
        rows.push((
            visit.say("通称", "Alias"),
            html! { span lang="ja" { (alias) } },
        ));
    }
    if let Some(until) = record.stay_until {
        rows.push((
            visit.say("在留期間の満了", "Stay ends"),
            html! { (ui::date(visit, until)) },
        ));
    }
    html! {
        h2 { (visit.say("住民基本台帳の内容", "What the register says")) }
        (ui::definitions(&rows))
    }
}

/// The card that was read, compared with the card register.
fn card_found(visit: &Visit, record: &ResidentRecord, card: &CardRecord) -> Markup {
    let own = card.holder == record.code;
    let rows = [
        (
            visit.say("番号", "Number"),
            ui::grouped(card.number.as_str()),
        ),
        (
            visit.say("種類", "Kind"),
            html! { (visit.text(words::card_kind(card.kind))) },
        ),
        (
            visit.say("名義", "Holder"),
            html! {
                @if own { (visit.say("申請者本人", "the applicant")) }
                @else { strong { (visit.say("別の人のカードです", "another person's card")) } }
            },
        ),
        (
            visit.say("有効期限", "Valid until"),
            html! { (ui::date(visit, card.valid_until)) },
        ),
        (
            visit.say("状態", "State"),
            html! { (visit.text(words::card_state(card.state))) },
        ),
    ];
    html! {
        h3 { (visit.say("カードの台帳の内容", "What the card register says")) }
        (ui::definitions(&rows))
    }
}

fn radios(
    visit: &Visit,
    filled: &Filled,
    name: &str,
    legend: Label<'_>,
    hint: &str,
    choices: &[(&str, &str, &str, &str, &str)],
) -> Markup {
    let choices: Vec<Choice<'_>> = choices
        .iter()
        .map(|(value, ja, en, hint_ja, hint_en)| Choice {
            value,
            label: Label::new(ja, en),
            hint: visit.say(hint_ja, hint_en),
            chosen: filled.has(name, value),
        })
        .collect();
    ui::choices(visit, "radio", name, legend, hint, &choices)
}

fn checks(
    visit: &Visit,
    filled: &Filled,
    name: &str,
    legend: Label<'_>,
    hint: &str,
    choices: &[(&str, &str, &str)],
) -> Markup {
    let choices: Vec<Choice<'_>> = choices
        .iter()
        .map(|(value, ja, en)| Choice {
            value,
            label: Label::new(ja, en),
            hint: "",
            chosen: filled.has(name, value),
        })
        .collect();
    ui::choices(visit, "checkbox", name, legend, hint, &choices)
}
