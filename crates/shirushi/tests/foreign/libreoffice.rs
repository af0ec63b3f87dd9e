//! LibreOffice signs PDFs at export. Its dialogue has a field for the PIN, and what stands there is the answer to every question for it.

use crate::{
    desk::{Desk, tries},
    loops::{PATIENCE, refused},
    modules::{Module, Token},
    nss,
    said::{Said, ended},
    site::certify,
};
use std::path::{Path, PathBuf};

/// Exports a text by LibreOffice's own interface for programs.
const EXPORT: &str = include_str!("libreoffice.py");

#[test]
fn libreoffice_signs_pdfs_and_spends_what_was_typed() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    certify(&desk);
    nss::set_up(&desk, &module);
    unpack(&desk);
    desk.write("export.py", EXPORT);
    let (auth, sign) = (module.auth, module.sign);
    let small = sign.pin.to_ascii_lowercase();
    // What is typed where the token asks, and stands in the dialogue's field; how often it asks, and what comes of it; tries left.
    for (token, typed, field, asked, result, left) in [
        (sign, "", "", 2, "no password", [3, 5]),
        (sign, "WRONG000", "", 2, "no password", [3, 4]),
        (sign, sign.pin, "", 1, "not written", [3, 5]),
        (sign, sign.pin, "wrong001", 1, "not written", [3, 4]),
        (sign, &small, &small, 1, "signed", [3, 5]),
        (auth, "0000", "", 2, "no password", [2, 5]),
        (auth, auth.pin, auth.pin, 1, "signed", [3, 5]),
    ] {
        let given = (typed, field);
        let said = export(&desk, token, typed, field);
        let told = said.json();
        assert_eq!(told["result"], result, "{given:?}: {said:?}");
        assert_eq!(told["asked"], asked, "{given:?}: {said:?}");
        let seconds = told["seconds"].as_f64().unwrap();
        assert!(seconds < PATIENCE.as_secs_f64(), "{given:?}: {seconds}");
        // Once for the card or the form, and once more for the loop that ends.
        assert!(refused(&said) <= 2, "{given:?}: {said:?}");
        assert_eq!(tries(&desk), left, "{given:?}: {said:?}");
        if result == "signed" {
            assert_valid(&desk, token);
            std::fs::remove_file(desk.path("signed.pdf")).unwrap();
        }
        assert!(!desk.path("signed.pdf").exists(), "{given:?}");
    }
}

fn export(desk: &Desk, token: Token, typed: &str, field: &str) -> Said {
    let mut office = desk.unpacked(Path::new("env"));
    office
        // Looking for certificates, it asks for the PIN of every token that it sees.
        .arg(format!("SHIRUSHI_PKCS11_TOKENS={}", token.word))
        .arg("SHIRUSHI_PKCS11_DEBUG=1")
        .arg(format!("MOZILLA_CERTIFICATE_FOLDER={}", nss::DATABASE))
        // Debian's, which the bridge to LibreOffice was built for.
        .args(["/usr/bin/python3", "export.py"])
        .arg(match token.word {
            "auth" => "for user authentication",
            _ => "for digital signature",
        })
        .args([typed, field]);
    ended(&mut office, "")
}

/// By OpenSSL, over what the signature's `/ByteRange` says (ISO 32000-1 §12.8.1). PyHanko does not read LibreOffice's dates, and poppler
/// has NSS inside as LibreOffice has.
fn assert_valid(desk: &Desk, token: Token) {
    let pdf = std::fs::read(desk.path("signed.pdf")).unwrap();
    let text = String::from_utf8_lossy(&pdf).into_owned();
    let (_, range) = text.split_once("/ByteRange").unwrap();
    let range: Vec<usize> = range
        .trim_start_matches([' ', '['])
        .split(']')
        .next()
        .unwrap()
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [0, first, second, rest] = range[..] else {
        panic!("{range:?}")
    };
    assert_eq!(second + rest, pdf.len());
    // Between angle brackets.
    let signature = hex::decode(&pdf[first + 1..second - 1]).unwrap();
    desk.write("signature", signature);
    let mut content = [&pdf[..first], &pdf[second..]].concat();
    let verify = |content: &[u8]| {
        desk.write("content", content);
        desk.verify_cms(token.word, "signature", "content")
    };
    verify(&content).good();
    content[first / 2] ^= 1;
    assert_ne!(verify(&content).code, Some(0));
}

/// Lays LibreOffice over the lab's programs: it finds its parts by their places.
fn unpack(desk: &Desk) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/libreoffice");
    for folder in ["usr", "etc"] {
        let upper: PathBuf = root
            .join(folder)
            .canonicalize()
            .unwrap_or_else(|_| panic!("LibreOffice is missing; ./test unpacks it"));
        let place = format!("/{folder}");
        let layers = format!("lowerdir={}:{place}", upper.display());
        desk.run(
            "mount",
            &["-t", "overlay", "libreoffice", "-o", &layers, &place],
        )
        .good();
    }
}
