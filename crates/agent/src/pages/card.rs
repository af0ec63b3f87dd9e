//! The card in the reader: what it tells without a PIN, how its certificates stand, and what is behind the signature password.
//!
//! Without a PIN a card tells its kind and number, the tries left of each PIN, the authentication certificate (which names nobody) and
//! the authorities' certificates. Whose it is stands only behind a PIN: in the signature certificate behind its password, and in the text
//! application behind its own; on a telephone the authentication certificate is behind its PIN too (`facts/card.md` §5, §7.2, §13, §22).
//! The municipality and the card's last day, which are free at the MF's level (§15), are not asked for: a telephone has neither.

use super::{
    errand::{changed, kind},
    pin::{asked, called, entered, locked},
    reader, told,
};
use crate::{
    Agent,
    own::{City, Overview},
    tasks::Told,
    work::Fault,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_card::{Credential, TokenKind};
use shirushi_client::{Aliveness, Asked, Checked, PinName, Term, kind_of, words};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_web::{
    Fields, Page, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use std::sync::Arc;

/// The card on the first page, with what can be done with it.
pub(super) async fn section(agent: &Agent, visit: &Visit) -> Result<Markup, Problem> {
    let overview = agent.overview().await;
    let reader = reader::section(agent, visit, "/").await?;
    let overview = match overview {
        Ok(overview) => overview,
        Err(fault) => {
            let is_absent = agent.is_without_card().await;
            return Ok(html! {
                h2 { (visit.say("カード", "Card")) }
                @if is_absent {
                    p #no-card { (visit.say("カードをカードリーダーに置いてください。", "Put the card into the reader.")) }
                } @else {
                    (told(visit, &fault))
                }
                (reader)
                p { a.button href="/" { (visit.say("もう一度確かめる", "Look again")) } }
            });
        }
    };
    let shown = overview
        .card
        .authentication
        .certificate
        .clone();
    let is_unlisted = shown
        .as_ref()
        .is_some_and(|certificate| certificate.kind().is_none());
    let city = City::default();
    let at = agent.time_for(shown, &city).await;
    Ok(html! {
        h2 { (visit.say("カード", "Card")) }
        (ui::definitions(&[
            (visit.say("種類", "Kind"), html! { (kind(visit, overview.card.token.kind)) }),
            (visit.say("番号", "Number"), html! {
                span #card-number data-card=(overview.card.token.serial) { (ui::grouped(&overview.card.token.serial)) }
            }),
            (visit.say("持ち主", "Whose it is"), html! {
                span #holder {
                    (visit.say(
                        "暗証番号なしでは分かりません。氏名と住所は、暗証番号のいるところにだけあります。署名用パスワードで、署名用電子証明書のものを見られます。",
                        "Not told without a PIN: name and address stand only where one is needed. With the signature password you see those in the signature certificate."))
                }
            }),
        ]))
        details {
            summary { (visit.say("カードを取り替える", "Change the card")) }
            (reader)
        }
        h2 { (visit.say("電子証明書", "Certificates")) }
        (noted(visit, is_unlisted, &city))
        ul.cards {
            li #authentication { (authentication(visit, &overview, at)) }
            li #signature { (signature(visit, &overview)) }
        }
        h2 { (visit.say("暗証番号の残りの回数", "Tries left of each PIN")) }
        (tries(visit, &overview))
        h2 { (visit.say("失効", "Revocation")) }
        p {
            (visit.say(
                "電子証明書を使うのをやめるときや、暗証番号を人に知られたおそれがあるときに、失効させる申請をします。カードと署名用パスワードが要ります。",
                "When the certificates are not to be used any more, or a PIN may be in other hands, ask for them to be revoked. It takes the card and the signature password."))
        }
        p { a.button href="/revoke" { (visit.say("失効を申請する", "Ask for revocation")) } }
    })
}

fn authentication(visit: &Visit, overview: &Overview, at: Instant) -> Markup {
    let own = &overview.card.authentication;
    html! {
        h3 { (visit.text(words::kind(CertificateKind::Authentication))) }
        @match &own.certificate {
            Some(certificate) => {
                (validity(visit, certificate, at))
                (ask_form(visit, certificate))
            }
            None if own.needs_pin => {
                p {
                    (visit.say(
                        "スマートフォンのため、暗証番号がないと読めません。",
                        "Not read: a telephone shows it after the PIN only."))
                }
                p { a.button href="/certificates/auth" { (visit.say("暗証番号で見る", "See it with the PIN")) } }
            }
            None => p { (visit.say("入っていません。", "There is none.")) },
        }
    }
}

fn signature(visit: &Visit, overview: &Overview) -> Markup {
    html! {
        h3 { (visit.text(words::kind(CertificateKind::Signature))) }
        @if overview.card.signature.authority.is_some() {
            p {
                (visit.say(
                    "氏名や住所が書かれているため、署名用パスワードがないと、有効期限も読めません。",
                    "It bears name and address: without the signature password not even its expiry can be read."))
            }
            p { a.button href="/certificates/sign" { (visit.say("パスワードで見る", "See it with the password")) } }
        } @else {
            p { (visit.say("入っていません。", "There is none.")) }
        }
    }
}

fn tries(visit: &Visit, overview: &Overview) -> Markup {
    html! {
        ul #pins {
            @for name in PinName::ALL {
                @let left = overview.tries_of(name);
                li data-pin=(super::pins::word(name)) data-left=[left] {
                    (called(visit, name)) ": " (super::pins::tries(visit, name, left))
                }
            }
        }
        p { a.button href="/pins" { (visit.say("暗証番号を変える", "Change a PIN")) } }
    }
}

/// What a certificate is used with all the same: a policy that is on no list, a sandbox city's time.
pub(super) fn noted(visit: &Visit, is_unlisted: bool, city: &City) -> Markup {
    let language = visit.language();
    html! {
        @if is_unlisted { (unlisted(visit)) }
        @if let Some(city) = city.get() { p #city-time { (words::city_time(city, language)) } }
    }
}

/// That nobody knows the policy of the certificate that was used.
pub(super) fn unlisted(visit: &Visit) -> Markup {
    html! { p #unlisted { (words::UNLISTED_POLICY.text(visit.language())) } }
}

/// From when until when, and how long still.
pub(super) fn validity(visit: &Visit, certificate: &Certificate, at: Instant) -> Markup {
    let language = visit.language();
    let term = Term::of(certificate, at);
    html! {
        (ui::definitions(&[
            (visit.say("発行日", "Issued"), html! { (words::day(certificate.not_before(), language)) }),
            (visit.say("有効期限", "Expires"), html! {
                span.expiry {
                    (words::day(certificate.not_after(), language)) " " strong { (words::term(term, language)) }
                }
            }),
            (visit.say("シリアル番号", "Serial number"), html! { code { (certificate.serial()) } }),
        ]))
    }
}

/// The button that asks, and whom it asks.
fn ask_form(visit: &Visit, certificate: &Certificate) -> Markup {
    html! {
        (ui::form(visit, "/status", html! {
            p.hint #asks { (whom(visit, certificate)) }
            p.actions { button #ask type="submit" { (visit.say("失効していないか問い合わせる", "Ask whether it is revoked")) } }
        }))
    }
}

/// Whom a question goes to, and what it says of its asker.
fn whom(visit: &Visit, certificate: &Certificate) -> Markup {
    let lists = certificate
        .distribution_points()
        .iter()
        .flat_map(|point| point.uris.iter());
    let addresses: Vec<&String> = certificate
        .ocsp_urls()
        .iter()
        .chain(lists)
        .collect();
    html! {
        @if addresses.is_empty() {
            (visit.say(
                "この証明書には、問い合わせ先が書かれていません。",
                "This certificate names nobody who could be asked."))
        } @else {
            (visit.say("押すと、証明書にあるアドレスに、シリアル番号で問い合わせます: ",
                "This asks, by the serial number, at the address in the certificate: "))
            @for (place, address) in addresses.iter().enumerate() {
                @if place > 0 { (visit.say("（答えがなければ）", " (without an answer) ")) }
                code { (ui::shown(address)) }
            }
        }
    }
}

/// Asks how the authentication certificate stands.
pub(crate) async fn status(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    _fields: Fields,
) -> Result<Response, Problem> {
    let city = City::default();
    let asked = match agent.overview().await {
        Err(fault) => Err(fault),
        Ok(overview) => {
            let authorities = overview.authorities();
            match overview.card.authentication.certificate {
                None => Err(no_certificate()),
                Some(certificate) => {
                    agent
                        .ask(
                            CertificateKind::Authentication,
                            certificate,
                            authorities,
                            &city,
                        )
                        .await
                }
            }
        }
    };
    let title = visit.say("電子証明書の状態", "How the certificate stands");
    let back =
        html! { p { a.button href="/" { (visit.say("カードに戻る", "Back to the card")) } } };
    Ok(match asked {
        Ok(checked) => {
            let content = html! {
                h2 { (visit.text(words::kind(checked.kind))) }
                (noted(&visit, checked.certificate.kind().is_none(), &city))
                (standing(&visit, &checked))
                (back)
            };
            Page::new(&visit, title, content).into_response()
        }
        Err(fault) => Page::new(&visit, title, html! { (told(&visit, &fault)) (back) })
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response(),
    })
}

/// How a certificate stands, and what each source answered.
fn standing(visit: &Visit, checked: &Checked) -> Markup {
    let language = visit.language();
    let (tone, word) = match checked.aliveness() {
        Aliveness::Alive => (Tone::Good, "alive"),
        Aliveness::Dead => (Tone::Bad, "dead"),
        Aliveness::Unknown => (Tone::Warning, "unknown"),
    };
    html! {
        (ui::notice(tone, html! { p #standing data-standing=(word) { strong { (checked.said(language)) } } }))
        p.hint {
            (visit.say(
                "カードに入っている認証局の証明書を信頼して判定しました。",
                "Judged by the authority's certificate on the card."))
        }
        (answers(visit, [("OCSP", &checked.inquiry.ocsp), ("CRL", &checked.inquiry.list)]))
    }
}

/// What came of each source that was asked.
pub(super) fn answers(visit: &Visit, asked: [(&str, &Asked); 2]) -> Markup {
    let language = visit.language();
    html! {
        ul #answers {
            @for (name, asked) in asked {
                @if let Some((told, advice)) = words::source(asked, language) {
                    li { (name) ": " (ui::shown(&told)) @if let Some(advice) = advice { br; (advice) } }
                }
            }
        }
    }
}

fn no_certificate() -> Told {
    Told::words(
        (
            "このカードには、利用者証明用電子証明書がありません。",
            "市区町村の窓口で電子証明書の発行を申請してください。",
        ),
        (
            "There is no authentication certificate on this card.",
            "Apply for it at the municipality's counter.",
        ),
    )
}

/// The certificate of an address.
fn of_word(text: &str) -> Result<Credential, Problem> {
    match text {
        "auth" => Ok(Credential::Authentication),
        "sign" => Ok(Credential::Signature),
        _ => Err(Problem::NotFound),
    }
}

/// Where the PIN is typed that a certificate is read with.
pub(crate) async fn certificate(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(word): Path<String>,
) -> Result<Response, Problem> {
    certificate_page(&agent, &visit, of_word(&word)?, None).await
}

async fn certificate_page(
    agent: &Agent,
    visit: &Visit,
    credential: Credential,
    problem: Option<Told>,
) -> Result<Response, Problem> {
    let name = PinName::of(credential);
    let action = format!("/certificates/{}", super::pins::word(name));
    let lead = match credential {
        Credential::Signature => visit.say(
            "氏名、生年月日、性別、住所と有効期限を、署名用電子証明書から読んで、次の画面に示します。どこにも送らず、残しません。",
            "Name, date of birth, sex, address and expiry are read from the signature certificate and shown on the next page. They are sent nowhere and not kept."),
        Credential::Authentication => visit.say(
            "利用者証明用電子証明書を読んで、有効期限を次の画面に示します。どこにも送らず、残しません。",
            "The authentication certificate is read, and its expiry shown on the next page. It is sent nowhere and not kept."),
    };
    let content = html! {
        @if let Some(problem) = &problem { (told(visit, problem)) }
        p.lead { (lead) }
        (with_card(agent, visit, &action, name, |_| html! {
            div.choice {
                input #ask-too type="checkbox" name="ask" value="yes";
                label for="ask-too" {
                    (visit.say(
                        "失効していないかも、証明書にあるアドレスに、シリアル番号で問い合わせる",
                        "Ask also whether it is revoked, by its serial number at the address in the certificate"))
                }
            }
            p.actions { button.main #send type="submit" { (visit.say("証明書を見る", "See the certificate")) } }
        }).await)
        p { a href="/" { (visit.say("やめて戻る", "Back to the card")) } }
    };
    let title = visit.text(words::kind(kind_of(credential)));
    Ok(Page::new(visit, title, content)
        .status(status_of(problem.as_ref()))
        .into_response())
}

pub(super) fn status_of(problem: Option<&Told>) -> StatusCode {
    match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

/// A form for a PIN of the card that is in the reader, with `rest` behind it; or why there is none.
pub(super) async fn with_card(
    agent: &Agent,
    visit: &Visit,
    action: &str,
    name: PinName,
    rest: impl FnOnce(&Overview) -> Markup,
) -> Markup {
    let overview = match agent.overview().await {
        Ok(overview) => overview,
        Err(fault) => {
            return html! {
                (told(visit, &fault))
                p { a.button href=(visit.here()) { (visit.say("もう一度確かめる", "Look again")) } }
            };
        }
    };
    let number = &overview.card.token.serial;
    let press = agent.new_id();
    agent.presses.give(press.clone());
    html! {
        (ui::definitions(&[
            (visit.say("カード", "Card"), html! {
                (kind(visit, overview.card.token.kind)) " "
                span #card-number data-card=(number) { (ui::grouped(number)) }
            }),
        ]))
        @match overview.tries_of(name) {
            None => (ui::notice(Tone::Bad, html! {
                p #no-pin { strong {
                    (visit.say("このカードには、この暗証番号がありません。", "This card has no such PIN."))
                } }
                p { (where_to_apply(visit, overview.card.token.kind)) }
            })),
            Some(0) => (locked(visit, name)),
            Some(tries) => (ui::form(visit, action, html! {
                input type="hidden" name="press" value=(press);
                (asked(visit, name, number, tries))
                (rest(&overview))
            })),
        }
    }
}

/// Where a certificate that is missing is applied for.
pub(super) fn where_to_apply(visit: &Visit, kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::AndroidToken | TokenKind::IphoneToken => visit.say(
            "スマートフォンの側で、電子証明書の発行を申請してください。",
            "Apply for the certificate on the telephone.",
        ),
        _ => visit.say(
            "市区町村の窓口で電子証明書の発行を申請してください。",
            "Apply for the certificate at the municipality's counter.",
        ),
    }
}

/// What a person is told of a PIN that came to nothing.
pub(super) fn fault_told(fault: Fault) -> Told {
    match fault {
        Fault::Changed => changed(),
        Fault::Again => again(),
        Fault::Told(told) => told,
    }
}

/// A reload sends a form again, also one that was taken.
fn again() -> Told {
    Told::words(
        (
            "この画面の入力は、前に一度送られています。今度は、カードには何も送っていません。",
            "前の結果は履歴で確かめられます。もう一度行うときは、下に入力してください。",
        ),
        (
            "This form was sent before. This time nothing was sent to the card.",
            "The history tells what came of it. To do it once more, fill in the form below.",
        ),
    )
}

/// Reads the certificate and shows it.
pub(crate) async fn read(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(word): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let credential = of_word(&word)?;
    let read = match entered(&visit, &fields, PinName::of(credential)) {
        Ok(entry) => agent
            .certificate(credential, entry)
            .await
            .map_err(fault_told),
        Err(problem) => Err(problem),
    };
    let shown = match read {
        Ok(shown) => shown,
        Err(problem) => {
            return certificate_page(&agent, &visit, credential, Some(problem)).await;
        }
    };
    let kind = kind_of(credential);
    let city = City::default();
    let at = agent
        .time_for(Some(shown.certificate.clone()), &city)
        .await;
    let checked = match fields.has("ask") {
        true => Some(
            agent
                .ask(kind, shown.certificate.clone(), shown.authorities, &city)
                .await,
        ),
        false => None,
    };
    let content = html! {
        (noted(&visit, shown.certificate.kind().is_none(), &city))
        (holder(&visit, &shown.certificate))
        (validity(&visit, &shown.certificate, at))
        @match &checked {
            Some(Ok(checked)) => (standing(&visit, checked)),
            Some(Err(fault)) => (told(&visit, fault)),
            None => {}
        }
        p { a.button href="/" { (visit.say("カードに戻る", "Back to the card")) } }
    };
    Ok(Page::new(&visit, visit.text(words::kind(kind)), content).into_response())
}

/// The four items of a certificate.
fn holder(visit: &Visit, certificate: &Certificate) -> Markup {
    let Some(items) = certificate.holder() else {
        return ui::nothing();
    };
    let language = visit.language();
    let has_substitutes =
        items.name_substitutes.contains('1') || items.address_substitutes.contains('1');
    html! {
        (ui::definitions(&[
            (visit.say("氏名", "Name"), html! { strong #name lang="ja" { (ui::shown(&items.name)) } }),
            (visit.say("生年月日", "Date of birth"), html! { (words::birth(&items, language)) }),
            (visit.say("性別", "Sex"), html! { (visit.text(words::sex(items.sex))) }),
            (visit.say("住所", "Address"), html! { span lang="ja" { (ui::shown(&items.address)) } }),
        ]))
        @if has_substitutes {
            p {
                (visit.say(
                    "氏名か住所に、本来の文字の代わりに書かれた文字があります。",
                    "Some characters of the name or address stand for others."))
            }
        }
    }
}
