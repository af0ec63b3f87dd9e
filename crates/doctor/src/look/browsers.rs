//! Browsers: whether one can load a module, and whether its policies let the agent's pages be opened.

use super::entries;
use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{BROWSER_BLOCKS_AGENT, BROWSER_SANDBOXED},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where browsers from a distribution's packages are.
const OPEN: [&str; 8] = [
    "/usr/bin/chromium",
    "/usr/bin/firefox",
    "/usr/bin/firefox-esr",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/usr/bin/microsoft-edge",
    "/usr/bin/brave-browser",
    "/opt/firefox/firefox",
];
/// Browsers from snap, by their names there.
const SNAPS: [&str; 4] = ["chromium", "firefox", "brave", "opera"];
/// Browsers from flatpak, by their identifiers.
const FLATPAKS: [&str; 7] = [
    "org.chromium.Chromium",
    "org.mozilla.firefox",
    "com.google.Chrome",
    "com.brave.Browser",
    "com.microsoft.Edge",
    "io.gitlab.librewolf-community",
    "com.github.Eloston.UngoogledChromium",
];
/// Folders of Chromium's policies, and of its relatives'.
const CHROMIUM_POLICIES: [&str; 5] = [
    "/etc/chromium/policies/managed",
    "/etc/chromium-browser/policies/managed",
    "/etc/opt/chrome/policies/managed",
    "/etc/opt/edge/policies/managed",
    "/etc/brave/policies/managed",
];
/// Files of Firefox's policies.
const FIREFOX_POLICIES: [&str; 4] = [
    "/etc/firefox/policies/policies.json",
    "/etc/firefox-esr/policies/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib/firefox-esr/distribution/policies.json",
];

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    sandboxed(surroundings, notes);
    policies(surroundings, notes);
}

fn sandboxed(surroundings: &Surroundings, notes: &mut Notes) {
    let open: Vec<&str> = OPEN
        .into_iter()
        // A distribution may put a small program there that starts the snap.
        .filter(|path| is_program(&surroundings.at(path)))
        .collect();
    let closed = closed(surroundings);
    let shown = |paths: &[String]| paths.join(", ");
    match (open.is_empty(), closed.is_empty()) {
        (true, true) => notes.not_concerned(
            &[&BROWSER_SANDBOXED],
            &said("ブラウザーが見つかりません", "No browser is found"),
        ),
        (false, true) => {
            let open = open.join(", ");
            notes.ok(&BROWSER_SANDBOXED, said(open.clone(), open));
        }
        (false, false) => {
            let (open, closed) = (open.join(", "), shown(&closed));
            notes.warn(
                &BROWSER_SANDBOXED,
                said(
                    format!("{open}は読み込めますが、{closed}は読み込めません"),
                    format!("{open} can load it, {closed} cannot"),
                ),
                &[],
            );
        }
        (true, false) => {
            let closed = shown(&closed);
            notes.fault(
                &BROWSER_SANDBOXED,
                said(
                    format!("snapかflatpakのブラウザーしかありません: {closed}"),
                    format!("There are browsers from snap or flatpak only: {closed}"),
                ),
                &[],
            );
        }
    }
}

/// A file that is more than a script which starts a snap.
fn is_program(path: &Path) -> bool {
    path.is_file() && !fs::read_to_string(path).is_ok_and(|text| text.contains("/snap/bin/"))
}

fn closed(surroundings: &Surroundings) -> Vec<String> {
    let snaps = SNAPS
        .into_iter()
        .map(|name| format!("/snap/bin/{name}"))
        .filter(|path| surroundings.at(path).exists());
    let systemwide = FLATPAKS
        .into_iter()
        .map(|id| (id, surroundings.at(&format!("/var/lib/flatpak/app/{id}"))));
    let own = FLATPAKS.into_iter().filter_map(|id| {
        let home = surroundings.home.as_ref()?;
        Some((
            id,
            home.join(".local/share/flatpak/app")
                .join(id),
        ))
    });
    let mut flatpaks: Vec<String> = systemwide
        .chain(own)
        .filter(|(_, path)| path.exists())
        .map(|(id, _)| format!("flatpak {id}"))
        .collect();
    flatpaks.dedup();
    snaps.chain(flatpaks).collect()
}

/// A policy that keeps a browser from the agent's pages. What Chromium calls local network access concerns what pages fetch;
/// sites send the browser to the agent by navigation, which it leaves alone.
fn policies(surroundings: &Surroundings, notes: &mut Notes) {
    let mut looked_at = 0;
    let mut unreadable = None;
    for (path, kind) in files(surroundings) {
        looked_at += 1;
        let policies = fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let Some(policies) = policies else {
            unreadable = Some(path);
            continue;
        };
        let blocked = match kind {
            Kind::Chromium => chromium_blocks(&policies, surroundings),
            Kind::Firefox => firefox_blocks(&policies["policies"], surroundings),
        };
        if let Some(policy) = blocked {
            let path = path.display().to_string();
            notes.fault(
                &BROWSER_BLOCKS_AGENT,
                said(
                    format!("{path}の{policy}が拒んでいます"),
                    format!("{policy} in {path} blocks them"),
                ),
                &[
                    ("path", path.into()),
                    ("policy", policy.into()),
                    ("address", surroundings.agent.to_string().into()),
                ],
            );
            return;
        }
    }
    match (looked_at, unreadable) {
        (_, Some(path)) => {
            let path = path.display();
            notes.not_looked_at(
                &BROWSER_BLOCKS_AGENT,
                said(
                    format!("{path}を読み取れません"),
                    format!("{path} cannot be read"),
                ),
            );
        }
        (0, None) => notes.ok(
            &BROWSER_BLOCKS_AGENT,
            said("ポリシーはありません", "There are no policies"),
        ),
        (number, None) => notes.ok(
            &BROWSER_BLOCKS_AGENT,
            said(
                format!("ポリシー{number}個を見ました"),
                format!("looked at {number} files of policies"),
            ),
        ),
    }
}

enum Kind {
    Chromium,
    Firefox,
}

fn files(surroundings: &Surroundings) -> Vec<(PathBuf, Kind)> {
    let mut files = Vec::new();
    for folder in CHROMIUM_POLICIES {
        files.extend(
            entries(&surroundings.at(folder), "json")
                .into_iter()
                .map(|path| (path, Kind::Chromium)),
        );
    }
    for file in FIREFOX_POLICIES {
        let path = surroundings.at(file);
        if path.is_file() {
            files.push((path, Kind::Firefox));
        }
    }
    files
}

fn chromium_blocks(policies: &Value, surroundings: &Surroundings) -> Option<&'static str> {
    let entries = |name: &str| {
        policies[name]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    let allowed = entries("URLAllowlist")
        .iter()
        .any(|pattern| chromium_matches(pattern, surroundings));
    let blocked = entries("URLBlocklist")
        .iter()
        .any(|pattern| chromium_matches(pattern, surroundings));
    (blocked && !allowed).then_some("URLBlocklist")
}

/// Chromium's URL filter format, as far as hosts and ports go: `[scheme://][.]host[:port][/path]`, `*` for every host.
fn chromium_matches(pattern: &str, surroundings: &Surroundings) -> bool {
    let (scheme, rest) = match pattern.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, pattern),
    };
    let host = rest
        .split('/')
        .next()
        .unwrap_or_default();
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    };
    let agent = surroundings.agent;
    let is_path_alone = rest.contains('/')
        && !rest
            .trim_end_matches(['/', '*'])
            .eq(host_part(rest));
    scheme.is_none_or(|scheme| scheme == "http" || scheme == "*")
        && !is_path_alone
        && port.is_none_or(|port| port == "*" || port == agent.port().to_string())
        && (host == "*" || host.trim_start_matches('.') == agent.ip().to_string())
}

fn host_part(rest: &str) -> &str {
    rest.split('/')
        .next()
        .unwrap_or_default()
}

/// Firefox's WebsiteFilter: match patterns (`<all_urls>`, `*://*/*`, `http://127.0.0.1/*`) with exceptions.
fn firefox_blocks(policies: &Value, surroundings: &Surroundings) -> Option<&'static str> {
    let matched = |name: &str| {
        policies["WebsiteFilter"][name]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|pattern| firefox_matches(pattern, surroundings))
    };
    (matched("Block") && !matched("Exceptions")).then_some("WebsiteFilter")
}

/// A match pattern of the WebExtensions, which knows no ports.
fn firefox_matches(pattern: &str, surroundings: &Surroundings) -> bool {
    if pattern == "<all_urls>" {
        return true;
    }
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return false;
    };
    let (host, path) = rest
        .split_once('/')
        .unwrap_or((rest, ""));
    matches!(scheme, "*" | "http")
        && (host == "*" || host == surroundings.agent.ip().to_string())
        && path == "*"
}
