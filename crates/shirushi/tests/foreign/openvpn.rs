//! A tunnel of OpenVPN with the card's key.

use crate::{
    browser::is_verify,
    city::city,
    desk::{Desk, tries},
    logins::schemes,
    modules::Module,
    said::ended,
    site::{Site, certify},
};
use serde_json::{Value, json};
use shirushi_lab::{exchanges, program};
use std::path::Path;

/// Two ends of a tunnel, and the card's holder at one.
const DIG: &str = include_str!("openvpn.py");

#[test]
fn openvpn_digs_a_tunnel() {
    let module = Module::ours();
    for version in ["1.2", "1.3"] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        certify(&desk);
        let seen = dig(&desk, &module, version, &["0000", "short", module.auth.pin]);
        let question = format!("{} token", module.auth.label);
        assert_eq!(seen["asked"], json!(vec![question; 3]), "{seen}");
        let told = seen["told"].as_str().unwrap();
        let name = Site::name_of_the_holder();
        for line in [
            format!("Control Channel: TLSv{version}, "),
            "peer certificate: 2048 bits RSA,".to_owned(),
            format!("[{name}] Peer Connection Initiated"),
        ] {
            assert!(told.contains(&line), "{line}: {told}");
        }
        if device() == "tun" {
            assert_eq!(seen["came"], "10.9.0.2");
        }
        assert_eq!(schemes(&desk), [4]);
        let wrong = exchanges(&desk.lab.log())
            .iter()
            .filter(|exchange| is_verify(exchange) && exchange.command[5..] == *b"0000")
            .count();
        assert_eq!((wrong, tries(&desk)), (1, vec![3, 5]));
    }
}

/// `tun`, or what needs no device where the machine has none.
fn device() -> &'static str {
    if Path::new("/dev/net/tun").exists() {
        "tun"
    } else {
        "null"
    }
}

/// Digs one with these PINs: what was asked, what came through, and what the server told.
fn dig(desk: &Desk, module: &Module, version: &str, pins: &[&str]) -> Value {
    desk.write("dig.py", DIG);
    let mut openvpn = desk.unpacked("python3");
    openvpn
        .arg("dig.py")
        .arg(program("openvpn"))
        .arg(&module.path)
        .arg(city().pem("auth-ca"))
        .args([version, device()])
        .args(pins);
    ended(&mut openvpn, "").json()
}
