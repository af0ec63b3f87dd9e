//! Log-ins to sites that do as nginx does by default, in TLS 1.3 and 1.2: there most programs sign by RSA-PSS with the client's key, and
//! have no other way in TLS 1.3.

use crate::{
    city::city,
    desk::{Desk, tries},
    engine::{self, configure, with_pin},
    modules::Module,
    nss,
    ours::register,
    said::{Said, ended},
    site::{PORT, Site, TLS12, TLS13, WELCOME},
};
use shirushi_lab::{exchanges, program, wait_for};

const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";

/// Logs in by both versions of TLS, and tells which schemes of the card were used: P1 of COMPUTE SIGNATURE.
pub(crate) fn log_in(
    prepare: impl Fn(&Desk, &Module),
    visit: impl Fn(&Desk, &Module) -> Said,
) -> [Vec<u8>; 2] {
    let module = Module::ours();
    [TLS12, TLS13].map(|protocol| {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        let site = Site::speaking(&desk, protocol);
        prepare(&desk, &module);
        let said = visit(&desk, &module);
        assert!(said.text().contains(WELCOME), "{protocol}: {said:?}");
        // nginx writes it after the answer.
        wait_for("the visit", || !site.visits().is_empty());
        assert_eq!(site.visits(), Site::visit_by(protocol));
        assert_eq!(tries(&desk), [3, 5]);
        schemes(&desk)
    })
}

/// P1 of each COMPUTE SIGNATURE.
pub(crate) fn schemes(desk: &Desk) -> Vec<u8> {
    exchanges(&desk.lab.log())
        .iter()
        .filter(|exchange| {
            exchange
                .command
                .starts_with(&[0x80, 0x2A])
        })
        .map(|exchange| exchange.command[2])
        .collect()
}

fn openssl(desk: &Desk, module: &Module) -> Said {
    engine::log_in(desk, module, &city().pem("auth"), PORT, &[])
}

#[test]
fn openssl_logs_in() {
    assert_eq!(log_in(|_, _| (), openssl), [[4], [4]]);
}

#[test]
fn curl_logs_in() {
    let used = log_in(configure, |desk, module| {
        let mut client = desk.command("env");
        client
            .args([
                "OPENSSL_CONF=engine.cnf",
                "curl",
                "-sS",
                "--cacert",
                "site-ca.pem",
            ])
            .args(["--engine", "pkcs11", "--key-type", "ENG", "--key"])
            .args([&with_pin(module.auth), "--cert"])
            .arg(city().pem("auth"))
            .arg(format!("https://localhost:{PORT}/"));
        ended(&mut client, "")
    });
    assert_eq!(used, [[4], [4]]);
}

#[test]
fn gnutls_logs_in() {
    let used = log_in(
        |_, _| (),
        |desk, module| {
            let mut client = desk.command("env");
            client
                .arg(format!("GNUTLS_PIN={}", module.auth.pin))
                .arg("gnutls-cli")
                .arg(format!("--provider={}", module.path))
                .args(["--x509cafile", "site-ca.pem"])
                .args(["--x509keyfile", &module.auth.url("private")])
                .args(["--x509certfile", &module.auth.url("cert")])
                .args(["--port", &PORT.to_string(), "localhost"]);
            ended(&mut client, REQUEST)
        },
    );
    assert_eq!(used, [[4], [4]]);
}

#[test]
fn wget_logs_in() {
    let used = log_in(register, |desk, module| {
        let mut client = desk.command("env");
        client
            .args(["wget", "-q", "-O", "-", "--ca-certificate=site-ca.pem"])
            .arg(format!("--private-key={}", with_pin(module.auth)))
            .arg(format!("--certificate={}", module.auth.url("cert")))
            .arg(format!("https://localhost:{PORT}/"));
        ended(&mut client, "")
    });
    // GnuTLS tries whether key and certificate belong together.
    assert_eq!(used, [[0, 4], [0, 4]]);
}

#[test]
fn stunnel_logs_in() {
    let used = log_in(
        |_, _| (),
        |desk, module| {
            let holder = city().pem("auth");
            let configuration = format!(
                "foreground = yes\npid =\nengine = pkcs11\nengineCtrl = MODULE_PATH:{}\n\
                 client = yes\nconnect = 127.0.0.1:{PORT}\nengineId = pkcs11\nkey = {}\ncert = {}\n\
                 CAfile = site-ca.pem\nverifyChain = yes\ncheckHost = localhost\n",
                module.path,
                with_pin(module.auth),
                holder.display()
            );
            desk.write("stunnel.conf", configuration);
            // Without `accept` and a service it is what inetd would start: a filter.
            ended(
                desk.unpacked(program("stunnel4"))
                    .arg("stunnel.conf"),
                REQUEST,
            )
        },
    );
    assert_eq!(used, [[4], [4]]);
}

#[test]
fn nss_logs_in() {
    let used = log_in(nss::set_up, |desk, module| {
        nss::log_in(desk, &module.auth, module.auth.pin)
    });
    assert_eq!(used, [[4], [4]]);
}

/// A card that has PKCS#1 v1.5 alone refuses the first signature. No try is lost, and whoever says so beforehand logs in by TLS 1.2.
#[test]
fn a_card_without_pss_logs_in_by_tls_1_2_when_the_settings_say_so() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&["--schemes", "padded"]);
    let site = Site::open(&desk);
    nss::set_up(&desk, &module);
    let said = openssl(&desk, &module);
    assert!(!said.answer.contains(WELCOME), "{said:?}");
    assert_eq!((site.visits(), tries(&desk)), (String::new(), vec![3, 5]));
    assert_eq!(schemes(&desk), [4]);
    std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
    desk.write(".config/shirushi/pkcs11.conf", "pss = off\n");
    let said = nss::log_in(&desk, &module.auth, module.auth.pin);
    assert!(said.good().contains(WELCOME), "{said:?}");
    assert_eq!(site.visits(), Site::visit_of_the_holder());
    assert_eq!(schemes(&desk), [4, 0]);
}
