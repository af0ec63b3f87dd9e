//! The routes of the sites, as their sources state them: what is not listed there is not served.

use crate::tools;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The files of each site's routes, by the site's word.
const SOURCES: [(&str, &str); 5] = [
    ("sandbox", "crates/sandbox/src/pages.rs"),
    ("counter", "crates/counter/src/desk.rs"),
    ("portal", "crates/portal/src/router.rs"),
    ("agency", "crates/agency/src/desk.rs"),
    ("agent", "crates/agent/src/router.rs"),
];

/// A route of a site's pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) site: &'static str,
    /// With `{…}` for what varies.
    pub(crate) pattern: String,
    pub(crate) is_get: bool,
    pub(crate) is_post: bool,
}

impl Route {
    /// Whether a path is one of this route's.
    pub(crate) fn is_of(&self, path: &str) -> bool {
        let (pattern, path): (Vec<&str>, Vec<&str>) =
            (self.pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern
                .iter()
                .zip(path)
                .all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
    }
}

/// All routes of all sites.
pub(crate) fn all() -> BTreeSet<Route> {
    SOURCES
        .into_iter()
        .flat_map(|(site, path)| of(site, &tools::workspace().join(path)))
        .collect()
}

fn of(site: &'static str, path: &Path) -> Vec<Route> {
    let source = std::fs::read_to_string(path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; where are the routes of the {site} now?",
            path.display()
        )
    });
    let routes: Vec<Route> = source
        .split(".route(")
        .skip(1)
        .map(|rest| {
            let (_, rest) = rest.split_once('"').unwrap();
            let (pattern, rest) = rest.split_once('"').unwrap();
            let handler = balanced(rest);
            Route {
                site,
                pattern: pattern.to_owned(),
                is_get: handler.contains("get("),
                is_post: handler.contains("post("),
            }
        })
        .collect();
    assert!(!routes.is_empty(), "no routes in {}", path.display());
    routes
}

/// Up to the parenthesis that closes the call.
fn balanced(text: &str) -> &str {
    let mut depth = 1;
    for (place, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..place];
        }
    }
    text
}

/// No route of pages stands in another file, where it would be overlooked.
#[test]
fn every_route_of_a_page_is_known() {
    let known: BTreeSet<PathBuf> = SOURCES
        .iter()
        .map(|(_, path)| tools::workspace().join(path))
        .collect();
    // Not pages: what programs ask for, and what every site has.
    let others = [
        "crates/agency/src/routes.rs",
        "crates/counter/src/router.rs",
        "crates/portal/src/party.rs",
        "crates/responder/src/status.rs",
        "crates/web/src/contract.rs",
        "crates/web/src/errands.rs",
        "crates/web/src/pages/guard.rs",
        "crates/sandbox/src/desk.rs",
        "crates/sandbox/src/near.rs",
        "crates/sandbox/src/practice.rs",
        "crates/sandbox/src/start.rs",
        "crates/town/src/parties.rs",
    ];
    let others: BTreeSet<PathBuf> = others
        .into_iter()
        .map(|path| tools::workspace().join(path))
        .collect();
    let mut unknown = Vec::new();
    for room in [
        "agency",
        "agent",
        "counter",
        "portal",
        "responder",
        "sandbox",
        "town",
        "web",
    ] {
        let mut waiting = vec![tools::workspace().join(format!("crates/{room}/src"))];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else if std::fs::read_to_string(&path)
                    .is_ok_and(|source| source.contains(".route("))
                    && !known.contains(&path)
                    && !others.contains(&path)
                {
                    unknown.push(path);
                }
            }
        }
    }
    assert!(unknown.is_empty(), "routes in {unknown:?}");
}
