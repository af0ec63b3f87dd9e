//! The first page: what to try first, the city's time, the people whom the documentation names, and what stands here.

use super::{
    Answer, Desk, cards,
    personas::{PERSONAS, Persona},
    said::Said,
    time, words,
};
use crate::start::ROLES;
use axum::{
    extract::{Query, State},
    response::IntoResponse as _,
};
use maud::{Markup, html};
use shirushi_clock::age_on;
use shirushi_profile::{CertificateKind, CrlScope, MUNICIPALITIES};
use shirushi_register::problem;
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Page, Problem, Visit,
    ui::{self, Choice, Field, Label, Tone},
};
use shirushi_wire::{
    CardKind, CardRecord, CardState, KeysInUse, RecordStatus, ResidentCode, ResidentRecord,
};
use std::sync::Arc;

pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Query(said): Query<Said>,
) -> Answer {
    Ok(shown(&desk, &visit, None, &said, "")
        .await?
        .into_response())
}

/// A resident of the documentation as the register knows them now.
struct Known {
    persona: &'static Persona,
    resident: ResidentRecord,
    /// The one that counts.
    card: Option<CardRecord>,
}

/// Those who are recorded. A city with residents of its own has none of them.
async fn people(desk: &Desk) -> Result<Vec<Known>, Problem> {
    let register = desk.sandbox.register();
    let mut people = Vec::new();
    for persona in &PERSONAS {
        let code: ResidentCode = persona
            .code
            .parse()
            .map_err(|_| Problem::NotFound)?;
        let resident = register
            .resident(&code)
            .await
            .map_err(|error| problem(&error))?;
        let cards = register
            .cards_of(&code)
            .await
            .map_err(|error| problem(&error))?;
        people.extend(resident.map(|resident| Known {
            persona,
            resident,
            card: that_counts(cards),
        }));
    }
    Ok(people)
}

/// The one that counts: a valid individual number card before all others, and of equals the last made.
fn that_counts(cards: Vec<CardRecord>) -> Option<CardRecord> {
    cards.into_iter().max_by_key(|card| {
        (
            card.kind == CardKind::IndividualNumberCard,
            card.state == CardState::Valid,
        )
    })
}

/// The page; `days` is what was typed into the free number of days.
pub(super) async fn shown(
    desk: &Desk,
    visit: &Visit,
    report: Option<&RefusalReport>,
    said: &Said,
    days: &str,
) -> Result<Page, Problem> {
    let people = people(desk).await?;
    let in_reader = cards::known(desk)
        .await?
        .iter()
        .find(|card| card.stored.is_inserted)
        .map(|card| cards::holder(visit, card));
    let content = html! {
        @if let Some(report) = report { (ui::refusal(visit, report)) }
        (said.notice(visit))
        p.lead { (visit.say(
            "公的個人認証サービスの全体が、このパソコンの上で動いています。人もカードも架空です。何を試しても、だれにも迷惑はかかりません。",
            "All of JPKI runs on this computer. Its people and cards are invented: whatever you try, nobody is harmed.")) }
        h2 { (visit.say("まず試すこと", "What to try first")) }
        (first_steps(desk, visit, people.first().map(|person| &person.resident), in_reader.as_ref()))
        h2 id="time" { (visit.say("市の時計", "The city's time")) }
        (city_time(desk, visit, days, &people))
        @if !people.is_empty() {
            h2 { (visit.say("登場人物", "People to try things with")) }
            ul.cards { @for known in &people { (person(desk, visit, known)) } }
            p { a href="/residents" { (visit.say("すべての住民", "All residents")) } }
        }
        h2 { (visit.say("ここにあるもの", "What stands here")) }
        (everything(desk, visit))
    };
    Ok(Page::new(
        visit,
        visit.say("練習用の市へようこそ", "Welcome to the sandbox city"),
        content,
    ))
}

fn first_steps(
    desk: &Desk,
    visit: &Visit,
    first: Option<&ResidentRecord>,
    in_reader: Option<&Markup>,
) -> Markup {
    let place = first.map_or(MUNICIPALITIES[0].code, |resident| resident.municipality);
    html! {
        ol.path {
            li {
                h3 { (visit.say("カードを用意する", "Get a card")) }
                @if let Some(holder) = in_reader {
                    (ui::notice(Tone::Good, html! { p { (visit.say("リーダーに入っているカード: ", "In the reader: ")) (holder) } }))
                } @else if let Some(resident) = first {
                    p { (visit.say(
                        "個人番号カードを作り、カードリーダーに入れます。証明書はまだ入っていません。",
                        "Makes an Individual Number Card and puts it into the reader. There are no certificates in it yet.")) }
                    (ui::form(visit, "/cards", html! {
                        input type="hidden" name="resident" value=(resident.code);
                        input type="hidden" name="kind" value="individual-number-card";
                        input type="hidden" name="insert" value="yes";
                        input type="hidden" name="from" value="start";
                        button.main type="submit" { (resident.name) (visit.say("さんのカードを作って入れる", ": make a card and put it in")) }
                    }))
                } @else {
                    p { a href="/cards" { (visit.say("カードの画面で作ります", "Make one on the page of cards")) } }
                }
            }
            li {
                h3 { (visit.say("窓口で、証明書を発行する", "At the counter: have certificates issued")) }
                p { (visit.say(
                    "1回だけ使える登録コードで、窓口の担当者として登録し、ログインします。申請を受け、カードを読み、申請者になって暗証番号を決めます。",
                    "Enrol as an officer with a code that is good once, and log in. Take the application, read the card, and be the applicant who chooses the PINs.")) }
                div.actions {
                    (ui::form(visit, "/codes/officer", html! {
                        input type="hidden" name="municipality" value=(place);
                        button type="submit" {
                            (visit.say("登録コードを作る: ", "Make a code: ")) (words::place(visit, &place))
                        }
                    }))
                    a.button href={ (desk.config.counter) "/" } { (visit.say("窓口を開く", "Open the counter")) }
                }
            }
            li {
                h3 { (visit.say("自宅で、申請に署名して送る", "At home: sign a filing and send it")) }
                p { (visit.say(
                    "ポータルにカードでログインし、申請を書き、署名用パスワードで署名します。",
                    "Log in to the portal with the card, fill in a form, and sign it with the signature password.")) }
                p { a.button href={ (desk.config.portal) "/" } { (visit.say("ポータルを開く", "Open the portal")) } }
            }
            li {
                h3 { (visit.say("行政機関で、検証の結果を見て受理する", "At the agency: see the validation and accept")) }
                p { (visit.say(
                    "ここでも、登録コードで登録してログインします。",
                    "Here too, enrol with a code and log in.")) }
                div.actions {
                    (ui::button_form(visit, "/codes/clerk", visit.say("受付の登録コードを作る", "Make a code for the agency"), false))
                    a.button href={ (desk.config.agency) "/" } { (visit.say("受付を開く", "Open the agency's desk")) }
                }
            }
            li {
                h3 { (visit.say("引っ越して、もう一度送ってみる", "Move house, and try again")) }
                p { (visit.say(
                    "住所が変わると、署名用電子証明書はすぐに失効します。次の申請は、書き始める前に断られます。",
                    "When the address changes, the signature certificate ends at once. The next filing is refused before it is even written.")) }
                @if let Some(resident) = first {
                    p { a href={ "/residents/" (resident.code) "/changes/move-within" } { (resident.name) (visit.say("さんの転居を記録する", ": record a move")) } }
                    p { a href={ "/residents/" (resident.code) } { (visit.say("ほかに起こりうること", "What else can happen")) } }
                }
            }
        }
    }
}

fn city_time(desk: &Desk, visit: &Visit, days: &str, people: &[Known]) -> Markup {
    let step = |step: &str, label: &str| {
        ui::form(
            visit,
            "/time",
            html! { button type="submit" name="step" value=(step) { (label) } },
        )
    };
    html! {
        p { (visit.say("今は ", "It is ")) strong { (ui::moment(visit, desk.sandbox.now())) } (visit.say("（日本時間）です。", " in Japan.")) }
        div.actions {
            (step("day", visit.say("1日進める", "One day on")))
            (step("month", visit.say("1か月進める", "One month on")))
            (step("year", visit.say("1年進める", "One year on")))
        }
        (ui::form(visit, "/time", html! {
            (ui::field(visit, Field {
                name: "days",
                label: Label::new("進める日数", "Days to let pass"),
                hint: visit.say("1から36525まで。進めた時計は戻せません。", "1 to 36525. The clock does not go back."),
                value: days,
                kind: "number",
                ..Field::default()
            }))
            p.actions { button type="submit" name="step" value="days" { (visit.say("この日数だけ進める", "Let them pass")) } }
        }))
        @if !people.is_empty() { (until_a_birthday(desk, visit, people)) }
    }
}

fn until_a_birthday(desk: &Desk, visit: &Visit, people: &[Known]) -> Markup {
    let today = desk.sandbox.today();
    let said: Vec<(String, &ResidentRecord)> = people
        .iter()
        .filter_map(
            |Known {
                 persona, resident, ..
             }| {
                let name = visit.say(&resident.name, persona.latin);
                let day = time::next_birthday(resident, today)?;
                Some((format!("{name} – {}", ui::date(visit, day)), resident))
            },
        )
        .collect();
    let choices: Vec<Choice<'_>> = said
        .iter()
        .map(|(label, resident)| Choice {
            value: resident.code.as_str(),
            label: label.as_str().into(),
            hint: "",
            chosen: false,
        })
        .collect();
    ui::form(
        visit,
        "/time",
        html! {
            (ui::select(visit, "resident", Label::new("次の誕生日", "The next birthday"), "", &choices))
            p.actions { button type="submit" name="step" value="birthday" { (visit.say("誕生日まで進める", "Go on to the birthday")) } }
        },
    )
}

fn person(desk: &Desk, visit: &Visit, known: &Known) -> Markup {
    let Known {
        persona,
        resident,
        card,
    } = known;
    let age = age_on(resident.birth_date, desk.sandbox.today());
    html! {
        li {
            h3 { a href={ "/residents/" (resident.code) } { (words::name(resident)) } }
            p.hint lang="en" { (persona.latin) }
            p {
                (words::place(visit, &resident.municipality)) " · "
                (age) (visit.say("歳", " years old"))
                @if resident.status != RecordStatus::Alive { " · " strong { (words::status(visit, resident.status)) } }
            }
            p {
                (visit.say("カード: ", "Card: "))
                @match card {
                    None => (visit.say("なし", "none")),
                    Some(card) => {
                        code { (card.number) } " – " (words::card_state(visit, card.state)) " – "
                        (visit.say("有効期限 ", "valid until ")) (ui::date(visit, card.valid_until))
                    }
                }
            }
            p { (visit.text(persona.who)) }
            p { strong { (visit.say("試すこと: ", "To try: ")) } (visit.text(persona.good_for)) }
        }
    }
}

fn everything(desk: &Desk, visit: &Visit) -> Markup {
    let config = &desk.config;
    let base = &config.base;
    let sites = [
        (
            format!("{}/", config.counter),
            "市区町村の窓口",
            "municipal counter",
        ),
        (
            format!("{}/", config.portal),
            "ポータル",
            "citizens' portal",
        ),
        (
            format!("{}/", config.agency),
            "申請・届出の受付",
            "agency's desk",
        ),
        (format!("{}/", config.agent), "利用者クライアント", "agent"),
    ];
    let keys = desk
        .sandbox
        .authority()
        .keys_in_use()
        .generations;
    let public = [
        (
            "/ca/all.pem",
            "すべての世代の認証局の証明書（PEM）",
            "CA certificates of all generations (PEM)",
        ),
        (
            "/authority/keys",
            "認証局の鍵の世代と、その予定",
            "generations of the authority's keys, and what comes of them",
        ),
        (
            "/authority/log/checkpoint",
            "発行記録の署名付き要約",
            "signed checkpoint of the log",
        ),
    ];
    html! {
        h3 { (visit.say("画面", "Pages")) }
        ul { @for (to, ja, en) in &sites { li { a href=(to) { (visit.say(ja, en)) } " " code { (to) } } } }
        h3 { (visit.say("公開されているもの", "What is public")) }
        ul { @for keys in keys.iter().rev() { (of_generation(desk, visit, keys)) } }
        ul { @for (path, ja, en) in public { li { a href={ (base) (path) } { (visit.say(ja, en)) } } } }
        h3 { (visit.say("それぞれの状態", "How each role is")) }
        ul { @for (_, path, ja, en) in ROLES { li { a href={ (base) (path) } { (visit.say(ja, en)) } } } }
        h3 { (visit.say("プログラムから", "From programs")) }
        p { (visit.say("全工程の実演: ", "The whole story: ")) code { "shirushi tour --url " (base) } }
    }
}

/// What a generation of the authority's keys publishes. It is served to the generation's end.
fn of_generation(desk: &Desk, visit: &Visit, keys: &KeysInUse) -> Markup {
    let base = &desk.config.base;
    let (ja, en) = match keys.kind {
        CertificateKind::Signature => ("署名用", "signature"),
        CertificateKind::Authentication => ("利用者証明用", "authentication"),
    };
    // Named with its number also where it is the newest: the address stays the same when there is a newer one.
    let certificate = format!("/ca/{}-{}.cer", keys.kind.path(), keys.generation);
    let of = keys.generation.path(keys.kind);
    let list = format!("/crl/{of}/{}.crl", CrlScope::Complete);
    let of_authorities = format!("/crl/{of}/{}.crl", CrlScope::Authorities);
    let has_ended = keys.not_after < desk.sandbox.now();
    html! {
        li {
            (visit.say(ja, en)) " " (visit.say("第", "generation ")) (keys.generation) (visit.say("世代: ", ": "))
            a href={ (base) (certificate) } { (visit.say("認証局の証明書", "CA certificate")) }
            @if !has_ended {
                " · " a href={ (base) (list) } { (visit.say("失効リスト", "CRL")) }
                " · " a href={ (base) (of_authorities) } { (visit.say("認証局失効リスト", "authority list")) }
            }
            " · " (visit.say("有効期限 ", "valid until ")) (ui::date(visit, keys.not_after.date_jst()))
        }
    }
}
