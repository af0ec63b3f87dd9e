//! OpenSSL 3 with Debian's PKCS#11 engine, over both modules.

use crate::{
    city::city,
    desk::{Desk, tries},
    modules::{Module, Token},
    said::{Said, ended},
    site::{PORT, Site, WELCOME},
};
use std::path::Path;

#[test]
fn openssl_signs_through_its_engine() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        desk.write("content", "押印に代えて\n");
        configure(&desk, &module);
        let said = ended(
            desk.command("env")
                .args(sign(module.auth)),
            "",
        );
        said.good();
        desk.assert_signed("auth", "-sha256", "content", "signature");
        std::fs::remove_file(desk.path("signature")).unwrap();

        // The signature key asks for its password at each use, and a person has to type it at a terminal.
        let said = ended(
            desk.command("env")
                .args(sign(module.sign)),
            "",
        );
        assert_eq!(said.code, Some(1), "{said:?}");
        let said = at_terminal(&desk, module.sign);
        assert!(
            said.good()
                .contains("Enter PKCS#11 key PIN for Digital Signature Key:"),
            "{said:?}"
        );
        desk.assert_signed("sign", "-sha256", "content", "signature");
        assert_eq!(tries(&desk), [3, 5]);
    }
}

#[test]
fn openssl_signs_without_a_terminal_where_that_is_set() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "押印に代えて\n");
    configure(&desk, &module);
    std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
    desk.write(
        ".config/shirushi/pkcs11.conf",
        "signature-login = sign-once\n",
    );
    let mut openssl = desk.command("env");
    ended(openssl.args(sign(module.sign)), "").good();
    desk.assert_signed("sign", "-sha256", "content", "signature");
    assert_eq!(tries(&desk), [3, 5]);
}

#[test]
fn openssl_logs_in_to_a_site_through_its_engine() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        let site = Site::open(&desk);
        // Otherwise it would choose RSASSA-PSS, which OpenSC does not have of this card.
        let by_version_1_5 = ["-tls1_2", "-client_sigalgs", "RSA+SHA256"];
        let said = log_in(&desk, &module, &city().pem("auth"), PORT, &by_version_1_5);
        assert!(said.good().contains(WELCOME), "{said:?}");
        assert_eq!(site.visits(), Site::visit_of_the_holder());
    }
}

/// Logs in with the card to whatever listens at this port, by the holder's certificate in this file and with these options, and asks
/// for `/`.
pub(crate) fn log_in(
    desk: &Desk,
    module: &Module,
    certificate: &Path,
    port: u16,
    options: &[&str],
) -> Said {
    configure(desk, module);
    let mut client = desk.command("env");
    client
        .args([
            "OPENSSL_CONF=engine.cnf",
            "openssl",
            "s_client",
            "-quiet",
            "-ign_eof",
            "-CAfile",
            "site-ca.pem",
            "-verify_return_error",
        ])
        .args([
            "-connect",
            &format!("localhost:{port}"),
            "-engine",
            "pkcs11",
            "-keyform",
            "engine",
        ])
        .args(options)
        .args(["-key", &with_pin(module.auth), "-cert"])
        .arg(certificate);
    ended(&mut client, "GET / HTTP/1.0\r\n\r\n")
}

pub(crate) fn configure(desk: &Desk, module: &Module) {
    desk.write(
        "engine.cnf",
        format!(
            "openssl_conf = all\n[all]\nengines = engines\n[engines]\npkcs11 = pkcs11\n[pkcs11]\nengine_id = pkcs11\n\
             MODULE_PATH = {}\ninit = 0\n",
            module.path
        ),
    );
}

/// The order to sign `content`, for `env`.
fn sign(token: Token) -> Vec<String> {
    let order = "OPENSSL_CONF=engine.cnf openssl dgst -engine pkcs11 -keyform engine -sha256 -out signature -sign";
    let words = order.split(' ').map(str::to_owned);
    words
        .chain([with_pin(token), "content".to_owned()])
        .collect()
}

/// [`sign`], at a terminal where the token's PIN is typed.
fn at_terminal(desk: &Desk, token: Token) -> Said {
    let order: Vec<String> = sign(token)
        .iter()
        .map(|word| format!("'{word}'"))
        .collect();
    let mut script = desk.command("script");
    script.args([
        "-q",
        "-e",
        "-c",
        &format!("env {}", order.join(" ")),
        "/dev/null",
    ]);
    ended(&mut script, &format!("{}\n", token.pin))
}

pub(crate) fn with_pin(token: Token) -> String {
    format!("{};pin-value={}", token.url("private"), token.pin)
}
