//! Go's crypto/tls with miekg/pkcs11, as Debian has both.

use crate::{
    desk::{Desk, unpacked_libraries, unpacked_root},
    logins::log_in,
    modules::Module,
    said::{Said, ended},
    site::PORT,
};

/// Logs in with the card's key as a `crypto.Signer`.
const LOGIN: &str = include_str!("login.go");

#[test]
fn go_logs_in() {
    // Compiled once, and run at two desks.
    let workshop = Desk::new();
    workshop.write("login.go", LOGIN);
    compile(&workshop);
    let program = workshop.path("login");
    let used = log_in(
        |_, _| (),
        |desk, module| {
            let site = std::fs::read_to_string(desk.path("nginx.conf")).unwrap();
            let version = ["TLSv1.2", "TLSv1.3"]
                .into_iter()
                .find(|version| site.contains(&format!("ssl_protocols {version};")))
                .unwrap();
            visit(desk, module, &program, version)
        },
    );
    assert_eq!(used, [[4], [4]]);
}

fn visit(desk: &Desk, module: &Module, program: &std::path::Path, version: &str) -> Said {
    let mut client = desk.unpacked(program);
    client
        .args([&module.path, module.auth.label, "site-ca.pem"])
        .arg(format!("https://localhost:{PORT}/"))
        .arg(version);
    ended(&mut client, module.auth.pin)
}

/// With Debian's copy of miekg/pkcs11 alone: nothing is fetched.
fn compile(desk: &Desk) {
    let root = unpacked_root();
    let libraries = unpacked_libraries();
    let linked = libraries
        .split(':')
        .map(|folder| format!("-L{folder}"))
        .collect::<Vec<_>>()
        .join(" ");
    let go = root.join("usr/lib/go-1.19");
    let mut build = desk.command("env");
    build
        .arg(format!("GOROOT={}", go.display()))
        .arg(format!(
            "GOPATH={}",
            root.join("usr/share/gocode").display()
        ))
        .arg(format!("GOCACHE={}", desk.path("go-cache").display()))
        .args(["GO111MODULE=off", "GOFLAGS=-buildvcs=false"])
        .arg(format!(
            "CGO_CFLAGS=-I{}",
            root.join("usr/include").display()
        ))
        .arg(format!("CGO_LDFLAGS={linked}"))
        .arg(go.join("bin/go"))
        .args(["build", "-o", "login", "login.go"]);
    ended(&mut build, "").good();
}
