//! A PDF signed by pyHanko with python-pkcs11, over both modules, and judged by pyHanko with the city's revocation lists.

use crate::{
    city::city,
    desk::{Desk, tries},
    modules::Module,
    said::{Said, ended},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Writes a page that says nothing.
pub(crate) const WRITE: &str = "
from pyhanko.pdf_utils import generic, writer
pdf = writer.PdfFileWriter()
content = pdf.add_object(generic.StreamObject(stream_data=b'0 0 m 100 100 l S'))
box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 200, 200)))
pdf.insert_page(writer.PageObject(contents=content, media_box=box))
with open('page.pdf', 'wb') as file:
    pdf.write(file)
";

#[test]
fn pyhanko_signs_a_pdf_with_the_card_and_finds_it_valid() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        desk.write("write.py", WRITE);
        desk.run(installed("python").to_str().unwrap(), &["write.py"])
            .good();

        let said = sign(&desk, &module, "WRONG0", "page.pdf");
        assert_ne!(said.code, Some(0), "{said:?}");
        assert!(!desk.path("signed.pdf").exists());
        assert_eq!(tries(&desk), [3, 4]);
        sign(&desk, &module, module.sign.pin, "page.pdf").good();
        assert_eq!(tries(&desk), [3, 5]);

        let said = validate(&desk.path("signed.pdf"), "sign-ca", &[]);
        for line in [
            "The signer's certificate is trusted.",
            "The signature is cryptographically sound.",
            "The signature covers the entire file.",
            "The signature is judged VALID.",
        ] {
            assert!(said.good().contains(line), "{said:?}");
        }
        // Not by another authority, and not another page.
        let said = validate(&desk.path("signed.pdf"), "auth-ca", &[]);
        assert!(
            said.code == Some(1)
                && said
                    .answer
                    .contains("The signature is judged INVALID."),
            "{said:?}"
        );
        let mut signed = std::fs::read(desk.path("signed.pdf")).unwrap();
        let at = signed
            .windows(9)
            .position(|bytes| bytes == b"100 100 l")
            .unwrap();
        signed[at] = b'9';
        desk.write("changed.pdf", signed);
        let said = validate(&desk.path("changed.pdf"), "sign-ca", &[]);
        assert!(
            said.code == Some(1)
                && said
                    .answer
                    .contains("The signature is judged INVALID."),
            "{said:?}"
        );
    }
}

fn sign(desk: &Desk, module: &Module, pin: &str, page: &str) -> Said {
    let (token, authority) = (module.sign, city().pem("sign-ca"));
    desk.write(
        "pyhanko.yml",
        format!(
            "pkcs11-setups:\n  card:\n    module-path: {}\n    token-criteria: {{label: '{}'}}\n    cert-label: {}\n    \
             key-label: {}\n    user-pin: {pin}\n    signing-pin-mode: reauthenticate\n    other-certs: [{}]\n",
            module.path,
            token.label,
            token.certificate,
            token.key,
            authority.display()
        ),
    );
    let arguments = [
        "sign",
        "addsig",
        "--field",
        "Signature",
        "--use-pades",
        "pkcs11",
        "--p11-setup",
        "card",
        page,
        "signed.pdf",
    ];
    desk.run(installed("pyhanko").to_str().unwrap(), &arguments)
}

/// Judges a PDF outside the lab, where the city answers with its revocation lists.
pub(crate) fn validate(pdf: &Path, authority: &str, options: &[&str]) -> Said {
    let mut pyhanko = Command::new(installed("pyhanko"));
    pyhanko
        .env_clear()
        .args([
            "sign",
            "validate",
            "--trust-replace",
            "--pretty-print",
            "--trust",
        ])
        .arg(city().pem(authority))
        .args(options)
        .arg(pdf);
    ended(&mut pyhanko, "")
}

/// A program of `.ci/requirements.txt`.
pub(crate) fn installed(name: &str) -> PathBuf {
    let environment = match std::env::var_os("SHIRUSHI_PYTHON_ENV") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python"),
    };
    let program = environment.join("bin").join(name);
    assert!(
        program.is_file(),
        "{} is missing; ./test installs it",
        program.display()
    );
    program
}
