//! Where the module is registered.

use crate::world::{World, named, only_fault, only_warning};
use shirushi_doctor::{Outcome, examine};
use std::fs;

const LIBRARY: &str = "usr/lib/x86_64-linux-gnu/pkcs11/libshirushi_pkcs11.so";
const OPENSC: &str = "library=/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so\nname=OpenSC\n";

fn append(world: &World, path: &str, text: &str) {
    let before = fs::read_to_string(world.path(path)).unwrap_or_default();
    world.write(path, format!("{before}\n{text}"));
}

#[test]
fn a_module_that_is_not_there() {
    let mut world = World::new();
    fs::remove_file(world.path("root").join(LIBRARY)).unwrap();
    only_fault(&world.surroundings(), "module/file");
}

#[test]
fn registered_twice_in_a_browser() {
    let mut world = World::new();
    append(
        &world,
        "home/.pki/nssdb/pkcs11.txt",
        &format!("library=/{LIBRARY}\nname=Another\n"),
    );
    let finding = only_fault(&world.surroundings(), "module/twice");
    let fix = finding.fix.unwrap().en;
    assert!(fix.contains("-delete \"Another\""), "{fix}");
}

#[test]
fn two_copies_in_a_profile_of_firefox() {
    let mut world = World::new();
    world.write("root/opt/libshirushi_pkcs11.so", "");
    world.write(
        "home/.mozilla/firefox/abc.default/pkcs11.txt",
        format!("library=/{LIBRARY}\nname=A\n\nlibrary=/opt/libshirushi_pkcs11.so\nname=B\n"),
    );
    only_fault(&world.surroundings(), "module/twice");
}

#[test]
fn registered_by_itself_and_through_p11_kit() {
    let mut world = World::new();
    append(
        &world,
        "home/.pki/nssdb/pkcs11.txt",
        "library=/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so\nname=p11-kit\n",
    );
    let finding = only_fault(&world.surroundings(), "module/twice");
    let fix = finding.fix.unwrap().en;
    assert!(fix.contains("-delete \"Shirushi\""), "{fix}");
}

#[test]
fn two_module_files_of_p11_kit() {
    let mut world = World::new();
    world.write(
        "home/.config/pkcs11/modules/mine.module",
        "# by hand\nmodule: libshirushi_pkcs11.so\n",
    );
    let finding = only_fault(&world.surroundings(), "module/twice");
    let fix = finding.fix.unwrap().en;
    assert!(fix.contains("modules/mine.module`"), "{fix}");
}

#[test]
fn a_module_file_that_replaces_another_is_one() {
    let mut world = World::new();
    world.write(
        "home/.config/pkcs11/modules/shirushi.module",
        "module: libshirushi_pkcs11.so\n",
    );
    let report = examine(&world.surroundings());
    named(&report, "module/twice", Outcome::Ok);
}

#[test]
fn opensc_beside_ours_in_a_browser() {
    let mut world = World::new();
    append(&world, "home/.pki/nssdb/pkcs11.txt", OPENSC);
    let finding = only_fault(&world.surroundings(), "module/opensc");
    let fix = finding.fix.unwrap().en;
    assert!(fix.contains("-delete \"OpenSC\""), "{fix}");
}

#[test]
fn opensc_beside_ours_in_p11_kit() {
    let mut world = World::new();
    world.write(
        "root/usr/share/p11-kit/modules/opensc-pkcs11.module",
        "module: opensc-pkcs11.so\n",
    );
    let finding = only_warning(&world.surroundings(), "module/opensc");
    let fix = finding.fix.unwrap().en;
    assert!(fix.contains("`sudo apt remove opensc-pkcs11`"), "{fix}");
}

#[test]
fn opensc_in_another_database_is_no_fault() {
    let mut world = World::new();
    world.write("home/.mozilla/firefox/abc.default/pkcs11.txt", OPENSC);
    let report = examine(&world.surroundings());
    named(&report, "module/opensc", Outcome::Ok);
}
