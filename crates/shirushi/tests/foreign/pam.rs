//! Linux's log-in with the card: pam_p11 and pam_pkcs11, asked by pamtester.

use crate::{
    city::city,
    desk::{Desk, tries, unpacked_root},
    loops::sent,
    modules::Module,
    said::{Said, ended},
    site::Site,
};
use shirushi_lab::program;
use std::path::PathBuf;

/// Who logs in; a user of the lab alone.
const USER: &str = "hanako";

#[test]
fn pam_p11_logs_in() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let service = format!(
        "auth required {} {}\n",
        security("pam_p11.so").display(),
        module.path
    );
    set_up(&desk, &service);
    // Nobody's key is in the file.
    let said = authenticate(&desk, module.auth.pin);
    assert_ne!(said.code, Some(0), "{said:?}");
    let said = desk.run("ssh-keygen", &["-D", &module.path]);
    let line = said
        .good()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    desk.write(".ssh/authorized_keys", line + "\n");
    log_in_with_each_pin(&desk, &module);
}

#[test]
fn pam_pkcs11_logs_in() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let service = format!(
        "auth required {} config_file={}\n",
        security("pam_pkcs11.so").display(),
        desk.path("pam_pkcs11.conf").display()
    );
    set_up(&desk, &service);
    std::fs::create_dir(desk.path("authorities")).unwrap();
    std::fs::copy(city().pem("auth-ca"), desk.path("authorities/auth-ca.pem")).unwrap();
    desk.run("openssl", &["rehash", "authorities"])
        .good();
    let folder = desk.lab.folder().display();
    desk.write(
        "pam_pkcs11.conf",
        format!(
            "pam_pkcs11 {{\n\
               use_pkcs11_module = jpki;\n\
               pkcs11_module jpki {{ module = {}; description = \"JPKI\"; slot_num = 0; support_threads = true;\n\
                 ca_dir = {folder}/authorities; crl_dir = {folder}/authorities; cert_policy = ca, signature; }}\n\
               use_mappers = subject;\n\
               mapper subject {{ module = internal; ignorecase = false; mapfile = file://{folder}/subjects; }}\n\
             }}\n",
            module.path
        ),
    );
    // Somebody else's name.
    desk.write("subjects", format!("/C=JP/CN=somebody -> {USER}\n"));
    let said = authenticate(&desk, module.auth.pin);
    assert_ne!(said.code, Some(0), "{said:?}");
    let holder = Site::name_of_the_holder();
    desk.write("subjects", format!("/C=JP/CN={holder} -> {USER}\n"));
    log_in_with_each_pin(&desk, &module);
}

/// Each wrong one costs what was typed: nothing where it has not the form of a PIN.
fn log_in_with_each_pin(desk: &Desk, module: &Module) {
    let before = sent(desk);
    for (pin, good, left) in [
        (module.auth.pin, true, [3, 5]),
        ("0000", false, [2, 5]),
        ("", false, [2, 5]),
        ("12345", false, [2, 5]),
        (module.auth.pin, true, [3, 5]),
    ] {
        let said = authenticate(desk, pin);
        assert_eq!(said.code == Some(0), good, "{pin}: {said:?}");
        assert_eq!(
            said.text()
                .contains("successfully authenticated"),
            good,
            "{pin}: {said:?}"
        );
        assert_eq!(tries(desk), left, "{pin}: {said:?}");
    }
    // The wrong one once; the right ones for log-in and signature.
    assert_eq!(sent(desk) - before, 1 + 2 * 2);
}

/// A user whose home is the desk, and a service that asks one module.
fn set_up(desk: &Desk, service: &str) {
    let known = std::fs::read_to_string("/etc/passwd").unwrap();
    let home = desk.lab.folder().display();
    desk.write(
        "passwd",
        format!("{known}{USER}:x:4711:4711::{home}:/bin/sh\n"),
    );
    for folder in ["pam.d", ".ssh"] {
        std::fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.write("pam.d/card", service);
    for (own, place) in [("passwd", "/etc/passwd"), ("pam.d", "/etc/pam.d")] {
        desk.run("mount", &["--bind", own, place])
            .good();
    }
}

/// Asks the service whether the user may come in with this PIN.
fn authenticate(desk: &Desk, pin: &str) -> Said {
    let mut pamtester = desk.unpacked(program("pamtester"));
    pamtester.args(["card", USER, "authenticate"]);
    ended(&mut pamtester, &format!("{pin}\n"))
}

/// A module of PAM that `./test` unpacks.
fn security(name: &str) -> PathBuf {
    let folders = std::fs::read_dir(unpacked_root().join("lib")).unwrap();
    folders
        .map(|folder| {
            folder
                .unwrap()
                .path()
                .join("security")
                .join(name)
        })
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is missing; ./test unpacks it"))
}
