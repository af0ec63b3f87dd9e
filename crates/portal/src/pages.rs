//! The portal's pages.

pub(crate) mod certificates;
pub(crate) mod draft;
pub(crate) mod enclosures;
pub(crate) mod filing;
pub(crate) mod guide;
pub(crate) mod log_in;
pub(crate) mod my;
pub(crate) mod public;
pub(crate) mod returned;
pub(crate) mod review;
pub(crate) mod start;

use crate::session::Citizen;
use shirushi_rules::LOG_IN_KNOWN_ALIVE;
use shirushi_web::{
    Page, Problem, Visit, local_path,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::filing::Procedure;

/// A page in the portal's frame: it says at its head whether one is logged in, and when one can only read.
fn page(visit: &Visit, citizen: Option<&Citizen>, title: &str, content: Markup) -> Page {
    let user = match citizen {
        Some(_) => html! {
            p { (visit.say("ログイン中", "Logged in")) }
            (ui::button_form(visit, "/log-out", visit.say("ログアウト", "Log out"), false))
        },
        None => html! { p { a href="/log-in" { (visit.say("ログイン", "Log in")) } } },
    };
    let content = match citizen {
        Some(citizen) if !citizen.is_known => html! {
            (ui::notice(ui::Tone::Warning, html! { p { (visit.text(LOG_IN_KNOWN_ALIVE.reason)) } }))
            (content)
        },
        _ => content,
    };
    Page::new(visit, title, content).user(user)
}

fn find(id: &str) -> Result<&'static Procedure, Problem> {
    id.parse()
        .ok()
        .and_then(|id| Procedure::find(&id))
        .ok_or(Problem::NotFound)
}

/// A path of this site, or the citizen's own page.
fn local(path: &str) -> &str {
    local_path(path).unwrap_or("/my")
}

/// The way to the counter, for who needs a new certificate.
fn to_the_counter(visit: &Visit) -> Markup {
    html! {
        p { a href="/apply" { (visit.say(
            "新しい電子証明書を市区町村の窓口で申請する方法", "How to apply for a new certificate at the municipality's counter")) } }
    }
}
