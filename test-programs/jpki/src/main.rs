//! The card driver jpki from the command line, for the tests of the software card. PINs come by standard input; what is found goes to
//! standard output.
//!
//! * `look`: the certificates that anybody may read, the tries left
//! * `sign auth|sign DIGEST-INFO SIGNATURE`: signs with a key after its PIN; with `sign` its certificate too
//! * `text`: 基本4情報 and 個人番号 after the PIN
//! * `face`: the tries left of the surface application's codes, and the face after 照合番号A

use jpki::{
    Card,
    ap::{CryptoAp, SupportAp, SurfaceAp, crypto::CertType, surface},
    card::Error,
    pcsc::{Context, PcscCard},
};
use std::{fs, rc::Rc};

type Connected = Rc<Card<PcscCard<'static>, ()>>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .collect();
    let context = Context::try_new().unwrap();
    let device = context.open().unwrap();
    let card = Rc::new(Card::new(Box::new(device.connect(context).unwrap())));
    let done = match words[..] {
        ["look"] => look(card),
        ["sign", key, digest_info, signature] => sign(card, key, digest_info, signature),
        ["text"] => text(card),
        ["face"] => face(card),
        _ => panic!("unknown: {words:?}"),
    };
    if let Err(error) = done {
        println!("refused: {error}");
    }
}

fn look(card: Connected) -> Result<(), Error> {
    let jpki = CryptoAp::open((), card)?;
    for (name, certificate) in [
        ("auth", CertType::Auth),
        ("auth-ca", CertType::AuthCA),
        ("sign-ca", CertType::SignCA),
    ] {
        println!(
            "{name}: {}",
            hex(&jpki.read_certificate((), certificate, Vec::new())?)
        );
    }
    println!("auth-tries: {}", jpki.auth_pin_status(())?);
    println!("sign-tries: {}", jpki.sign_pin_status(())?);
    Ok(())
}

fn sign(card: Connected, key: &str, digest_info: &str, signature: &str) -> Result<(), Error> {
    let digest_info = fs::read(digest_info).unwrap();
    let jpki = CryptoAp::open((), card)?;
    let pin = pin();
    let signed = match key {
        "auth" => jpki.auth((), pin, digest_info)?,
        "sign" => {
            println!(
                "sign: {}",
                hex(&jpki.read_certificate((), CertType::Sign, pin.clone())?)
            );
            jpki.sign((), pin, digest_info)?
        }
        _ => panic!("unknown: {key}"),
    };
    fs::write(signature, signed).unwrap();
    Ok(())
}

fn text(card: Connected) -> Result<(), Error> {
    let text = SupportAp::open((), card)?;
    let pin = pin();
    let attributes = text.read_attributes((), pin.clone())?;
    println!("name: {}", attributes.name);
    println!("address: {}", attributes.address);
    println!("birth: {}", attributes.date_of_birth);
    println!("sex: {:?}", attributes.sex);
    println!("number: {}", text.read_my_number((), pin)?);
    Ok(())
}

fn face(card: Connected) -> Result<(), Error> {
    let told = SupportAp::open((), card.clone())?;
    println!("text-tries: {}", told.pin_status(())?);
    let number = told.read_my_number((), pin())?;
    let face = SurfaceAp::open((), card)?;
    println!("a-tries: {}", face.pin_a_status(())?);
    println!("b-tries: {}", face.pin_b_status(())?);
    let shown = face.read_surface((), surface::Pin::A(number.into_bytes()))?;
    println!("birth: {}", String::from_utf8_lossy(&shown.date_of_birth));
    println!("sex: {}", String::from_utf8_lossy(&shown.sex));
    println!("expiry: {}", String::from_utf8_lossy(&shown.expiry_date));
    println!("name: {}", String::from_utf8_lossy(&shown.name[1..4]));
    println!("photo: {}", String::from_utf8_lossy(&shown.photo[4..6]));
    println!("signature: {}", shown.signature.len());
    Ok(())
}

/// The next line of standard input.
fn pin() -> Vec<u8> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .unwrap();
    line.trim_end().as_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
