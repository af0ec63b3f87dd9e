//! p11-kit's remoting: the module of one machine in the programs of another, or inside a sandbox.

use crate::{
    desk::{Desk, library, tries},
    modules::Module,
    said::ended,
};
use std::path::Path;

/// Hands out the module by a socket, and uses it through p11-kit's client module: token list, and a signature by each kind of padding with
/// this PIN. The server ends with the script. Of the mechanisms with a digest in them p11-kit 0.24 hands on those of PKCS#1 v1.5 alone.
const USE: &str = r#"
eval "$(p11-kit server --provider "$1" -n "$PWD/socket" 'pkcs11:')"
far() { pkcs11-tool --module "$2" "${@:4}"; }
far "$@" -L
far "$@" --login --pin "$3" -s -m SHA256-RSA-PKCS --id 01 -i content -o padded &&
    openssl dgst -sha256 -binary -out digest content &&
    far "$@" --login --pin "$3" -s -m RSA-PKCS-PSS --hash-algorithm SHA256 --mgf MGF1-SHA256 --salt-len 32 --id 01 -i digest -o pss
"#;

#[test]
fn the_module_of_another_machine_signs() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "押印に代えて\n");
    let far = |pin: &str| {
        let mut script = desk.unpacked(Path::new("bash"));
        script
            .args(["-c", USE, "bash", &module.path])
            .arg(library("pkcs11/p11-kit-client.so"))
            .arg(pin);
        let said = ended(&mut script, "");
        let _ = std::fs::remove_file(desk.path("socket"));
        said
    };
    let said = far("0000");
    assert!(
        said.code != Some(0)
            && said
                .errors
                .contains("CKR_PIN_INCORRECT"),
        "{said:?}"
    );
    assert_eq!(tries(&desk), [2, 5]);
    let said = far(module.auth.pin);
    let listed = |label: &str| said.good().contains(label);
    // Sandboxed programs are browsers, mostly.
    assert!(listed(module.auth.label) && !listed(module.sign.label));
    desk.assert_signed("auth", "-sha256", "content", "padded");
    let key = crate::city::city().key("auth");
    let verify = [
        "dgst",
        "-sha256",
        "-sigopt",
        "rsa_padding_mode:pss",
        "-sigopt",
        "rsa_pss_saltlen:32",
        "-verify",
        key.to_str().unwrap(),
        "-signature",
        "pss",
        "content",
    ];
    assert_eq!(desk.run("openssl", &verify).good(), "Verified OK\n");
    assert_eq!(tries(&desk), [3, 5]);
}
