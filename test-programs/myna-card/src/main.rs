//! The card driver myna-card from the command line, for the tests of the software card. PINs come by standard input, a line each; what is
//! found goes to standard output.
//!
//! * `look`: the token, the certificates that anybody may read, the tries left
//! * `sign auth|sign SCHEME CONTENT SIGNATURE`: signs with a key after its PIN; SCHEME is `digest-info` or `on-card`
//! * `try auth|sign`: presents a PIN
//! * `change auth|sign`: changes a PIN, the old one first
//! * `text`: 基本4情報 and 個人番号 after the PIN

use myna_card::{
    Card, Pin, Result,
    ap::{
        jpki::{JpkiAp, SignatureScheme},
        text::TextAp,
    },
    transport::pcsc::{self, PcscTransport, Sharing},
};
use std::fs;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .collect();
    let mut card = pcsc::connect_any(Sharing::Exclusive).unwrap();
    let done = match words[..] {
        ["look"] => look(&mut card),
        ["sign", key, scheme, content, signature] => {
            sign(&mut card, key, scheme, content, signature)
        }
        ["try", key] => present(&mut card, key),
        ["change", key] => change(&mut card, key),
        ["text"] => text(&mut card),
        _ => panic!("unknown: {words:?}"),
    };
    if let Err(error) = done {
        println!("refused: {error}");
    }
}

fn look(card: &mut Card<PcscTransport>) -> Result<()> {
    let mut jpki = JpkiAp::select(card)?;
    let token = jpki.read_token_info()?;
    println!("token: {}", token.token_type.name());
    println!("physical: {}", token.token_type.is_physical_card());
    let present = jpki.read_certificate_availability()?;
    println!("has-auth: {}", present.has_auth_certificate());
    println!("has-sign: {}", present.has_sign_certificate());
    println!("auth: {}", hex(&jpki.read_auth_certificate_der()?));
    println!("auth-ca: {}", hex(&jpki.read_auth_ca_certificate_der()?));
    println!("sign-ca: {}", hex(&jpki.read_sign_ca_certificate_der()?));
    match jpki.read_sign_certificate_der() {
        Ok(_) => println!("sign: without a PIN"),
        Err(error) => println!("sign: {error}"),
    }
    println!("auth-tries: {:?}", jpki.auth_pin_retries()?.count());
    println!("sign-tries: {:?}", jpki.sign_pin_retries()?.count());
    Ok(())
}

fn sign(
    card: &mut Card<PcscTransport>,
    key: &str,
    scheme: &str,
    content: &str,
    signature: &str,
) -> Result<()> {
    let content = fs::read(content).unwrap();
    let scheme = match scheme {
        "digest-info" => SignatureScheme::Verbatim,
        "on-card" => SignatureScheme::Sha256DigestInfo,
        _ => panic!("unknown: {scheme}"),
    };
    let mut jpki = JpkiAp::select(card)?;
    let signed = match key {
        "auth" => {
            jpki.verify_auth_pin(&pin()?)?;
            jpki.sign_with_auth_key(scheme, &content)?
        }
        "sign" => {
            jpki.verify_sign_pin(&pin()?)?;
            println!("sign: {}", hex(&jpki.read_sign_certificate_der()?));
            jpki.sign_with_sign_key(scheme, &content)?
        }
        _ => panic!("unknown: {key}"),
    };
    fs::write(signature, signed).unwrap();
    Ok(())
}

fn present(card: &mut Card<PcscTransport>, key: &str) -> Result<()> {
    let mut jpki = JpkiAp::select(card)?;
    match key {
        "auth" => jpki.verify_auth_pin(&pin()?)?,
        "sign" => jpki.verify_sign_pin(&pin()?)?,
        _ => panic!("unknown: {key}"),
    }
    println!("right");
    Ok(())
}

fn change(card: &mut Card<PcscTransport>, key: &str) -> Result<()> {
    let mut jpki = JpkiAp::select(card)?;
    let (old, new) = (pin()?, pin()?);
    match key {
        "auth" => jpki.change_auth_pin(&old, &new)?,
        "sign" => jpki.change_sign_pin(&old, &new)?,
        _ => panic!("unknown: {key}"),
    }
    println!("changed");
    Ok(())
}

fn text(card: &mut Card<PcscTransport>) -> Result<()> {
    let mut text = TextAp::select(card)?;
    text.verify_pin(&pin()?)?;
    let attributes = text.read_attributes()?;
    println!("name: {}", attributes.name);
    println!("address: {}", attributes.address);
    println!("birth: {}", attributes.birth_date);
    println!("sex: {:?}", attributes.sex);
    println!("number: {}", text.read_my_number()?.as_str());
    Ok(())
}

/// The next line of standard input.
fn pin() -> Result<Pin> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .unwrap();
    Pin::new(line.trim_end())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
