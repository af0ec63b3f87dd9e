//! GnuTLS: its `p11tool` and a TLS log-in, over both modules.

use crate::{
    desk::{Desk, tries},
    modules::Module,
    said::{Said, ended},
    site::{PORT, Site, WELCOME},
};

#[test]
fn p11tool_lists_tokens_and_objects_and_signs() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        let provider = format!("--provider={}", module.path);
        let said = desk.run("p11tool", &[&provider, "--list-tokens"]);
        for token in module.tokens() {
            assert!(
                said.good()
                    .contains(&format!("Label: {}\n", token.label)),
                "{said:?}"
            );
        }
        assert_eq!(
            said.answer
                .matches("Type: Hardware token")
                .count(),
            2
        );
        assert_eq!(
            said.answer
                .matches("Requires login")
                .count(),
            2
        );

        for token in module.tokens() {
            let address = token.url("private");
            let of_token = address.split(';').next().unwrap();
            let said = with_pin(
                &desk,
                token.pin,
                &[&provider, "--login", "--list-all", of_token],
            );
            for object in [token.key, token.certificate] {
                assert!(
                    said.good()
                        .contains(&format!("Label: {object}\n")),
                    "{said:?}"
                );
            }
            // The certificate as it is on the card.
            let said = with_pin(
                &desk,
                token.pin,
                &[&provider, "--login", "--export", &token.url("cert")],
            );
            assert_eq!(
                pem_of(said.good()),
                pem_of(&std::fs::read_to_string(crate::city::city().pem(token.word)).unwrap())
            );
        }

        let key = module.auth.url("private");
        let sign = [&provider[..], "--login", "--test-sign", &key];
        let said = with_pin(&desk, module.auth.pin, &sign);
        said.good();
        let told = said.text();
        for line in [
            "Signing using RSA-SHA256... ok\n",
            "Verifying against private key parameters... ok\n",
            "Verifying against public key in the token... ok\n",
        ] {
            assert!(told.contains(line), "{told}");
        }

        let said = with_pin(&desk, "0000", &sign);
        assert_eq!(said.code, Some(1));
        assert!(
            said.text()
                .contains("*** Wrong PIN has been provided!\n"),
            "{said:?}"
        );
        assert_eq!(tries(&desk), [2, 5]);
        with_pin(&desk, module.auth.pin, &sign).good();
        assert_eq!(tries(&desk), [3, 5]);
    }
}

#[test]
fn gnutls_logs_in_to_a_site() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        let site = Site::open(&desk);
        let mut client = desk.command("env");
        client
            .arg(format!("GNUTLS_PIN={}", module.auth.pin))
            .arg("gnutls-cli")
            .arg(format!("--provider={}", module.path))
            .args([
                "--x509cafile",
                "site-ca.pem",
                "--x509keyfile",
                &module.auth.url("private"),
            ])
            .args([
                "--x509certfile",
                &module.auth.url("cert"),
                "--port",
                &PORT.to_string(),
                "localhost",
            ]);
        let said = ended(&mut client, "GET / HTTP/1.0\r\n\r\n");
        assert!(said.good().contains(WELCOME), "{said:?}");
        assert_eq!(site.visits(), Site::visit_of_the_holder());
    }
}

fn with_pin(desk: &Desk, pin: &str, arguments: &[&str]) -> Said {
    let mut command = desk.command("env");
    command
        .arg(format!("GNUTLS_PIN={pin}"))
        .arg("p11tool")
        .args(arguments);
    ended(&mut command, "")
}

/// The PEM block of a text.
fn pem_of(text: &str) -> &str {
    text[text.find("-----BEGIN").unwrap()..].trim()
}
