//! The card driver myna-card from the command line, for the tests of the software card. PINs come by standard input, a line each; what is
//! found goes to standard output.
//!
//! * `look`: the token, the certificates that anybody may read, the tries left
//! * `sign auth|sign SCHEME CONTENT SIGNATURE`: signs with a key after its PIN; SCHEME is `digest-info` or `on-card`
//! * `try auth|sign`: presents a PIN
//! * `change auth|sign`: changes a PIN, the old one first
//! * `text`: 基本4情報 and 個人番号 after the PIN
//! * `pins`: the tries left of every reference of the four applications beside JPKI
//! * `face`: after the text PIN everything that the surface and text applications sign, judged; and a challenge signed by the card
//! * `objects`: the data objects of the MF's level

use myna_card::{
    Card, Pin, Result,
    ap::{
        common::CommonAp,
        jpki::{JpkiAp, SignatureScheme},
        juki::JukiAp,
        surface::{self, SurfaceAp},
        text::{self, TextAp},
    },
    mf::{MasterFile, tag},
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
        ["text"] => read_text(&mut card),
        ["pins"] => pins(&mut card),
        ["face"] => face(&mut card),
        ["objects"] => objects(&mut card),
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

fn read_text(card: &mut Card<PcscTransport>) -> Result<()> {
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

fn pins(card: &mut Card<PcscTransport>) -> Result<()> {
    let mut told = TextAp::select(card)?;
    for (name, key) in [
        ("text", text::ef::PIN),
        ("text-a", text::ef::CODE_A),
        ("text-b", text::ef::CODE_B),
    ] {
        println!("{name}: {:?}", told.retries(key)?);
    }
    let mut told = SurfaceAp::select(card)?;
    for (name, key) in [
        ("birth", surface::ef::BIRTH_DATE),
        ("face-b", surface::ef::CODE_B),
        ("face-a", surface::ef::CODE_A),
    ] {
        println!("{name}: {:?}", told.retries(key)?);
    }
    println!("common: {:?}", CommonAp::select(card)?.pin_retries()?);
    println!("juki: {:?}", JukiAp::select(card)?.pin_retries()?);
    Ok(())
}

fn face(card: &mut Card<PcscTransport>) -> Result<()> {
    let mut text = TextAp::select(card)?;
    text.verify_pin(&pin()?)?;
    let number = text.read_my_number()?;
    let issuer = text.read_certificate()?.public_key;
    let integrity = text.read_integrity_record()?;
    println!("integrity: {:?}", integrity.verify(&issuer));
    let stored = text.read_my_number_file()?;
    println!("number-file: {}", integrity.matches_my_number_file(&stored));
    let items = text.read_ef(text::ef::ATTRIBUTES)?;
    println!("items-file: {}", integrity.matches_attributes_file(&items)?);
    let signed = text.read_signed_public_key()?;
    println!("challenge-key: {:?}", signed.verify(&issuer));
    let answer = text.sign(b"challenge")?;
    println!(
        "challenge: {:?}",
        signed
            .public_key
            .verify_pkcs1_sha256(b"challenge", &answer)
    );

    let mut face = SurfaceAp::select(card)?;
    let told = face.read_ap_basic_data()?;
    println!("municipality: {}", told.municipality_code);
    let issuer = face.read_certificate()?.public_key;
    match face.read_card_face() {
        Ok(_) => println!("face: without a code"),
        Err(error) => println!("face: {error}"),
    }
    face.verify_code_a(&number.as_verification_code_a()?)?;
    let shown = face.read_card_face()?;
    println!("face: {:?}", shown.verify(&issuer));
    println!(
        "birth: {} sex: {:?} expiry: {}",
        shown.birth_date, shown.sex, shown.expiry
    );
    println!(
        "pictures: {:?} {:?} {:?} {:?}",
        shown.name_image.format,
        shown.address_image.format,
        shown.photo.format,
        shown.security_code_image.format
    );
    let printed = face.read_my_number_image()?;
    println!(
        "number: {:?} {:?}",
        printed.verify(&issuer),
        printed.image.format
    );
    let answer = face.sign(b"another challenge")?;
    println!(
        "challenge: {:?}",
        shown
            .public_key
            .verify_pkcs1_sha256(b"another challenge", &answer)
    );
    let (_, year) = shown.birth_date.to_era().unwrap();
    let birth = format!(
        "{year:02}{:02}{:02}",
        shown.birth_date.month, shown.birth_date.day
    );
    face.verify_birth_date(&Pin::new(&birth)?)?;
    println!("age: {:?}", face.read_age_record()?.verify(&issuer));
    Ok(())
}

fn objects(card: &mut Card<PcscTransport>) -> Result<()> {
    let mut level = MasterFile::select(card)?;
    for (name, tag) in [
        ("municipality", tag::MUNICIPALITY_CODE),
        ("expiry", tag::EXPIRY),
        ("number", tag::CARD_IDENTIFICATION),
    ] {
        println!(
            "{name}: {}",
            String::from_utf8_lossy(&level.data_object(tag)?)
        );
    }
    let chain = level.certificate_chain()?;
    println!("chain: {}", chain.len());
    println!("link: {:?}", chain[1].verify_with(&chain[0].public_key));
    println!("atr: {}", hex(&card.contact_atr()?));
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
