//! The routes of the city: those that contracts define (`shirushi_contract`), and a table of the others, held against the sources.

use crate::place::everything_in;
use shirushi_contract::{
    self as contract, About, DESCRIPTION, Method, ROLES, authority, counter, responder::OCSP,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What a route takes as its body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Body {
    Nothing,
    Json,
    Ocsp,
    Form,
}

/// Whom a route answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Caller {
    Anyone,
    Officer,
    Role,
    /// The portal, which the authority knows by a token of its own.
    Portal,
}

use Body::{Form, Json, Nothing, Ocsp};
use Caller::{Anyone, Role};

#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) methods: &'static [&'static str],
    pub(crate) caller: Caller,
    pub(crate) body: Body,
    /// Largest body, in bytes.
    pub(crate) limit: usize,
}

const fn reads(path: &'static str, caller: Caller) -> Route {
    Route {
        path,
        methods: &["GET"],
        caller,
        body: Nothing,
        limit: usize::MAX,
    }
}

const fn takes(path: &'static str, caller: Caller, body: Body, limit: usize) -> Route {
    Route {
        path,
        methods: &["POST"],
        caller,
        body,
        limit,
    }
}

const fn both(path: &'static str, caller: Caller, limit: usize) -> Route {
    Route {
        path,
        methods: &["GET", "POST"],
        caller,
        body: Json,
        limit,
    }
}

const K: usize = 1024;
const M: usize = 1024 * K;

/// Those that no contract defines.
const UNDEFINED: &[Route] = &[
    reads("/", Anyone),
    reads("/authority/status", Anyone),
    reads("/authority/keys", Anyone),
    reads("/authority/log/checkpoint", Anyone),
    reads("/authority/log/key", Anyone),
    takes("/authority/log/meetings", Anyone, Json, 256 * K),
    takes("/authority/officers", Role, Json, 256 * K),
    takes("/authority/enrolment-codes", Role, Json, 256 * K),
    takes("/authority/applications", Role, Json, 256 * K),
    takes("/authority/relay/{token}", Role, Json, 256 * K),
    takes("/authority/revocations", Role, Json, 256 * K),
    takes("/authority/holders", Caller::Portal, Json, 64 * K),
    takes("/authority/holder-revocations", Anyone, Json, 256 * K),
    reads("/cps.html", Anyone),
    reads("/counter/status", Anyone),
    takes("/counter/officers/enrol", Anyone, Json, 16 * K),
    takes("/counter/log-in", Anyone, Json, 16 * K),
    takes("/counter/log-out", Caller::Officer, Nothing, 16 * K),
    reads("/counter/residents/{code}", Caller::Officer),
    both("/counter/applications", Caller::Officer, 16 * K),
    reads("/counter/applications/{id}", Caller::Officer),
    takes(
        "/counter/applications/{id}/relay",
        Caller::Officer,
        Json,
        256 * K,
    ),
    takes("/counter/revocations", Caller::Officer, Json, 16 * K),
    reads("/agency/status", Anyone),
    reads("/portal/status", Anyone),
    reads("/agent/status", Anyone),
    takes("/agency/filings", Anyone, Form, 11 * M + 4 * K),
    reads("/agency/filings/{receipt}", Anyone),
    reads("/agency/filings/{receipt}/evidence/{name}", Anyone),
    takes("/agency/certificate-checks", Anyone, Json, 64 * K),
    reads("/agency/procedures", Anyone),
    both("/sandbox/clock", Anyone, 16 * K),
    takes("/sandbox/residents", Anyone, Json, 20 * M),
    takes("/sandbox/events", Anyone, Json, 16 * K),
    takes("/sandbox/cards", Anyone, Json, 16 * K),
    both("/sandbox/officers", Anyone, 16 * K),
    takes("/sandbox/retirements", Anyone, Json, 16 * K),
    reads("/sandbox/look-ups", Anyone),
];

/// All routes of a city of one process.
pub(crate) fn routes() -> Vec<Route> {
    let defined = defined()
        .filter(|about| is_in_one_process(about))
        .map(|about| {
            let caller = match about.caller {
                contract::Caller::Anyone => Anyone,
                contract::Caller::Roles(_) => Role,
            };
            match about.method {
                Method::Get => reads(about.path, caller),
                Method::Post if about.path == OCSP.about.path => {
                    takes(about.path, caller, Ocsp, about.limit)
                }
                Method::Post => takes(about.path, caller, Json, about.limit),
            }
        });
    UNDEFINED
        .iter()
        .copied()
        .chain(defined)
        .collect()
}

fn defined() -> impl Iterator<Item = &'static About> {
    let roles = ROLES
        .iter()
        .flat_map(|role| role.operations);
    roles
        .chain(authority::OPERATIONS)
        .chain(counter::OPERATIONS)
        .map(|operation| operation.about())
        // Each role says what it can be asked; a city of one process is none of them.
        .filter(|about| about.path != DESCRIPTION.about.path)
}

/// What operators, responders and those who remember beside the authority ask has no door where all are one process.
fn is_in_one_process(about: &About) -> bool {
    match about.caller {
        contract::Caller::Anyone => true,
        contract::Caller::Roles(roles) => roles.contains(&"counter"),
    }
}

/// It takes no body; asked rightly, it would do what it is there for.
pub(crate) const LOG_OUT: &str = "/counter/log-out";

/// Rooms whose sources have routes for programs.
const ROOMS: [&str; 8] = [
    "agency",
    "authority",
    "counter",
    "portal",
    "register",
    "responder",
    "sandbox",
    "town",
];

/// Where the doors stand that parties have for others in other processes: in a city of one process they are not there.
const DOORS: [&str; 1] = ["sandbox/src/desk.rs"];

/// Where the routes of pages stand; the browser's tests hold those against each other (tests/browser/routes.rs).
const PAGES: [&str; 7] = [
    "agency/src/desk.rs",
    "agent/src/router.rs",
    "counter/src/desk.rs",
    "portal/src/router.rs",
    "sandbox/src/pages.rs",
    "web/src/errands.rs",
    "web/src/pages/guard.rs",
];

/// Values for the names in paths.
const NAMES: [(&str, &str); 9] = [
    ("{code}", "90000000014"),
    ("{number}", "S000000000000000"),
    ("{token}", "00000000000000000000000000000000"),
    ("{kind}", "sign"),
    ("{*request}", "MAA="),
    ("{file}", "sign.cer"),
    ("{id}", "00000000000000000000000000000000"),
    ("{receipt}", "00000000"),
    ("{name}", "document"),
];

impl Route {
    pub(crate) fn address(&self) -> String {
        NAMES
            .iter()
            .fold(self.path.to_owned(), |path, (name, value)| {
                path.replace(name, value)
            })
    }

    pub(crate) fn takes_a_body(&self) -> bool {
        self.methods.contains(&"POST")
    }

    pub(crate) fn media_type(&self) -> &'static str {
        match self.body {
            Nothing | Json => "application/json",
            Ocsp => "application/ocsp-request",
            Form => "multipart/form-data; boundary=x",
        }
    }
}

#[test]
fn the_table_has_every_route_of_the_sources() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for room in ROOMS {
        let source = crates.join(room).join("src");
        for path in everything_in(&source) {
            let is_source = path
                .extension()
                .is_some_and(|kind| kind == "rs");
            if is_source && !is_left_out(&crates, &source.join(&path)) {
                found.extend(routes_in(&source.join(path)));
            }
        }
    }
    let table: BTreeSet<_> = UNDEFINED
        .iter()
        .map(|route| route.path.to_owned())
        .collect();
    assert_eq!(table.len(), UNDEFINED.len(), "a path stands twice");
    assert_eq!(found, table);
    // No other room has any.
    for room in std::fs::read_dir(&crates).unwrap() {
        let room = room.unwrap().path();
        let name = room
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let source = room.join("src");
        // What is for tests alone plays parties of others.
        let is_for_tests = name.starts_with("kit");
        if ROOMS.contains(&name) || is_for_tests || !source.is_dir() {
            continue;
        }
        for path in everything_in(&source) {
            let path = source.join(path);
            let is_rust = path
                .extension()
                .is_some_and(|extension| extension == "rs");
            if is_rust && !is_left_out(&crates, &path) {
                assert_eq!(routes_in(&path), Vec::<String>::new(), "{}", path.display());
            }
        }
    }
}

/// The routes of those doors that a city of one process must not have.
pub(crate) fn doors() -> Vec<String> {
    let there: BTreeSet<&str> = routes()
        .iter()
        .map(|route| route.path)
        .collect();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let written = DOORS
        .iter()
        .flat_map(|door| routes_in(&crates.join(door)));
    defined()
        .map(|about| about.path.to_owned())
        .chain(written)
        .filter(|path| !there.contains(path.as_str()))
        .collect()
}

/// Whether what stands in this source is not served by a city of one process, or is held elsewhere.
fn is_left_out(crates: &Path, source: &Path) -> bool {
    PAGES
        .iter()
        .chain(&DOORS)
        .any(|left_out| crates.join(left_out) == source)
}

/// The first text of each `.route(`; a path that is no text is a contract's.
fn routes_in(source: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(source).unwrap();
    text.split(".route(")
        .skip(1)
        .filter_map(|rest| {
            let literal = rest.trim_start().strip_prefix('"')?;
            Some(literal.split('"').next()?.to_owned())
        })
        .collect()
}
