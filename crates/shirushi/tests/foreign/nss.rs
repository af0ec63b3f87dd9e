//! NSS, which Firefox and Chromium have inside: `modutil`, `certutil`, and a TLS log-in by `tstclnt`.

use crate::{
    desk::{Desk, tries},
    modules::{Module, Token},
    said::Said,
    site::{PORT, Site, WELCOME},
};

/// NSS's database below the desk's home, where browsers look for it.
pub(crate) const DATABASE: &str = "sql:.pki/nssdb";

#[test]
fn nss_finds_the_certificate_and_logs_in_to_a_site() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        let site = Site::open(&desk);
        set_up(&desk, &module);
        let token = module.auth;

        let said = desk.run("modutil", &["-dbdir", DATABASE, "-list"]);
        for token in module.tokens() {
            let line = format!("\ttoken: {}\n", token.label);
            assert!(said.good().contains(&line), "{said:?}");
        }
        desk.write("pin.txt", token.pin);
        let of_token = ["-d", DATABASE, "-h", token.label, "-f", "pin.txt"];
        let said = desk.run("certutil", &[&["-L"], &of_token[..]].concat());
        // u: with a private key.
        let name = format!("{}:{}", token.label, token.certificate);
        assert!(
            said.good()
                .lines()
                .any(|line| line.starts_with(&name) && line.trim_end().ends_with("u,u,u")),
            "{said:?}"
        );
        let said = desk.run("certutil", &[&["-K"], &of_token[..]].concat());
        let keys: Vec<&str> = said
            .good()
            .lines()
            .filter(|line| line.starts_with('<'))
            .collect();
        assert!(keys.len() == 1 && keys[0].ends_with(token.key), "{said:?}");

        let said = log_in(&desk, &token, token.pin);
        assert!(said.good().contains(WELCOME), "{said:?}");
        assert_eq!(site.visits(), Site::visit_of_the_holder());

        // With a wrong PIN it tries until it is told to stop. Then it comes without a certificate and is not let in.
        let said = log_in(&desk, &token, "0000");
        assert!(!said.answer.contains(WELCOME), "{said:?}");
        assert_eq!(site.visits().matches("SUCCESS").count(), 1);
        // Ours says so the second time that it is given the same.
        let left = if token.label == Module::ours().auth.label {
            2
        } else {
            0
        };
        assert_eq!(tries(&desk), [left, 5]);
    }
}

/// Logs in to the site with a token's certificate and this PIN, and asks for `/`.
pub(crate) fn log_in(desk: &Desk, token: &Token, pin: &str) -> Said {
    // Which token's PIN it is stands before it.
    desk.write("pins.txt", format!("{}:{pin}\n", token.label));
    desk.write("request", "GET / HTTP/1.0\r\n\r\n");
    let port = PORT.to_string();
    let name = format!("{}:{}", token.label, token.certificate);
    let arguments = [
        "-d",
        DATABASE,
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-n",
        &name,
        "-W",
        "pins.txt",
        "-A",
        "request",
    ];
    desk.run("tstclnt", &arguments)
}

/// Makes a database that knows a module, and the site's authority.
pub(crate) fn set_up(desk: &Desk, module: &Module) {
    std::fs::create_dir_all(desk.path(".pki/nssdb")).unwrap();
    desk.run("certutil", &["-N", "-d", DATABASE, "--empty-password"])
        .good();
    let trust = [
        "-A",
        "-d",
        DATABASE,
        "-n",
        "site-authority",
        "-t",
        "C,,",
        "-i",
        "site-ca.pem",
    ];
    desk.run("certutil", &trust).good();
    let add = [
        "-force",
        "-dbdir",
        DATABASE,
        "-add",
        "jpki",
        "-libfile",
        &module.path,
    ];
    let said = desk.run("modutil", &add);
    assert_eq!(said.good().trim(), "Module \"jpki\" added to database.");
}
