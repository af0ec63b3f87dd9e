//! Browsers and their policies.

use crate::world::{World, named, only_fault, only_warning};
use shirushi_doctor::{Outcome, examine};
use std::fs;

#[test]
fn browsers_that_cannot_load_modules_alone() {
    for closed in [
        "root/snap/bin/firefox",
        "root/var/lib/flatpak/app/org.chromium.Chromium/current",
        "home/.local/share/flatpak/app/org.mozilla.firefox/current",
    ] {
        let mut world = World::new();
        fs::remove_file(world.path("root/usr/bin/chromium")).unwrap();
        world.write(closed, "");
        // As Ubuntu has it: a script that starts the snap.
        world.write(
            "root/usr/bin/firefox",
            "#!/bin/sh\nexec /snap/bin/firefox \"$@\"\n",
        );
        only_fault(&world.surroundings(), "browser/sandboxed");
    }
}

#[test]
fn a_browser_that_cannot_load_modules_beside_one_that_can() {
    let mut world = World::new();
    world.write("root/snap/bin/firefox", "");
    let finding = only_warning(&world.surroundings(), "browser/sandboxed");
    assert!(
        finding
            .seen
            .en
            .contains("/usr/bin/chromium can load it")
    );
}

#[test]
fn no_browser_is_no_fault() {
    let mut world = World::new();
    fs::remove_file(world.path("root/usr/bin/chromium")).unwrap();
    let report = examine(&world.surroundings());
    named(&report, "browser/sandboxed", Outcome::NotConcerned);
}

#[test]
fn policies_of_chromium_that_block_the_agent() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.agent = "127.0.0.1:24780".parse().unwrap();
    for (policy, blocks) in [
        (r#"{"URLBlocklist": ["*"]}"#, true),
        (r#"{"URLBlocklist": ["127.0.0.1"]}"#, true),
        (r#"{"URLBlocklist": ["http://127.0.0.1:24780"]}"#, true),
        (r#"{"URLBlocklist": ["http://*"]}"#, true),
        (r#"{"URLBlocklist": ["127.0.0.1:*"]}"#, true),
        (
            r#"{"URLBlocklist": ["*"], "URLAllowlist": ["127.0.0.1:24780"]}"#,
            false,
        ),
        (
            r#"{"URLBlocklist": ["127.0.0.1:80", "https://*", "example.jp"]}"#,
            false,
        ),
        (r#"{"URLBlocklist": ["127.0.0.1/admin"]}"#, false),
        (r#"{"HomepageLocation": "https://example.jp"}"#, false),
    ] {
        world.write("root/etc/chromium/policies/managed/a.json", policy);
        let report = examine(&surroundings);
        let outcome = if blocks { Outcome::Fault } else { Outcome::Ok };
        named(&report, "browser/blocks-agent", outcome);
    }
}

#[test]
fn policies_of_firefox_that_block_the_agent() {
    let mut world = World::new();
    let surroundings = world.surroundings();
    for (filter, blocks) in [
        (r#"{"Block": ["<all_urls>"]}"#, true),
        (r#"{"Block": ["*://*/*"]}"#, true),
        (r#"{"Block": ["http://127.0.0.1/*"]}"#, true),
        (
            r#"{"Block": ["<all_urls>"], "Exceptions": ["http://127.0.0.1/*"]}"#,
            false,
        ),
        (r#"{"Block": ["https://*/*"]}"#, false),
    ] {
        world.write(
            "root/etc/firefox/policies/policies.json",
            format!(r#"{{"policies": {{"WebsiteFilter": {filter}}}}}"#),
        );
        let report = examine(&surroundings);
        let outcome = if blocks { Outcome::Fault } else { Outcome::Ok };
        named(&report, "browser/blocks-agent", outcome);
    }
}

#[test]
fn a_policy_that_cannot_be_read() {
    let mut world = World::new();
    world.write("root/etc/chromium/policies/managed/a.json", "{");
    let report = examine(&world.surroundings());
    named(&report, "browser/blocks-agent", Outcome::NotLookedAt);
}
