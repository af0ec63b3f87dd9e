//! Characters, memory and the data folder.

use crate::world::{World, named, only_fault, only_warning};
use shirushi_doctor::{Outcome, examine};
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn characters_that_are_not_utf_8() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    for (name, value) in [
        ("LANG", "ja_JP.eucJP"),
        ("LANG", "ja_JP"),
        ("LC_CTYPE", "ja_JP.SJIS"),
        ("LC_ALL", "en_US.ISO-8859-1"),
    ] {
        surroundings.environment = [
            ("LANG".to_owned(), "ja_JP.UTF-8".into()),
            (name.to_owned(), value.into()),
        ]
        .into();
        let finding = only_fault(&surroundings, "machine/locale");
        assert_eq!(finding.seen.en, format!("{name}={value}"));
    }
    for value in ["C.UTF-8", "ja_JP.utf8", "en_US.UTF-8@euro"] {
        surroundings.environment = [("LC_ALL".to_owned(), value.into())].into();
        named(&examine(&surroundings), "machine/locale", Outcome::Ok);
    }
    surroundings.environment.clear();
    only_warning(&surroundings, "machine/locale");
}

#[test]
fn memory_that_cannot_be_locked() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.locks_memory = false;
    only_fault(&surroundings, "machine/memory");
}

#[test]
fn a_data_folder_that_is_none() {
    let mut world = World::new();
    let surroundings = world.surroundings();
    let folder = world.path("home/.local/share/shirushi-agent");
    fs::remove_dir_all(&folder).unwrap();
    // It would be made: no fault yet.
    named(&examine(&surroundings), "machine/folder", Outcome::Ok);
    fs::write(&folder, "").unwrap();
    only_fault(&surroundings, "machine/folder");
}

#[test]
fn a_data_folder_that_others_may_enter() {
    let mut world = World::new();
    let surroundings = world.surroundings();
    let folder = world.path("home/.local/share/shirushi-agent");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let finding = only_fault(&surroundings, "machine/folder");
    assert!(
        finding
            .fix
            .unwrap()
            .en
            .contains("chmod 700")
    );
}

#[test]
fn a_data_folder_on_a_disk_without_room() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    // The file system of processes has no room for anything.
    surroundings.agent_folder = Some("/proc/self/task".into());
    let finding = named(&examine(&surroundings), "machine/folder", Outcome::Fault);
    assert!(
        finding
            .seen
            .en
            .contains("/proc/self/task")
    );
}

#[test]
fn no_home_at_all() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.home = None;
    surroundings.agent_folder = None;
    named(
        &examine(&surroundings),
        "machine/folder",
        Outcome::NotLookedAt,
    );
}
