//! Node with pkcs11js, over both modules. Its addon is compiled here, since nothing is fetched that runs when it is installed.

use crate::{
    desk::{Desk, tries},
    modules::{Module, Token},
    said::{Said, ended},
};
use std::{path::Path, process::Command};

/// Lists what the token has and signs a file; the PIN comes by standard input.
const SIGN: &str = r#"
const [pkcs11js, library, label, id] = process.argv.slice(2);
const fs = require('node:fs');
const { PKCS11, ...c } = require(pkcs11js);
const pin = fs.readFileSync(0, 'utf8').trim();
const token = new PKCS11();
token.load(library);
token.C_Initialize();
try {
    const slot = token.C_GetSlotList(true).find((slot) => token.C_GetTokenInfo(slot).label.trim() === label);
    const session = token.C_OpenSession(slot, c.CKF_SERIAL_SESSION);
    token.C_Login(session, c.CKU_USER, pin);
    const find = (objects) => {
        const wanted = [{ type: c.CKA_CLASS, value: objects }, { type: c.CKA_ID, value: Buffer.from(id, 'hex') }];
        token.C_FindObjectsInit(session, wanted);
        const found = token.C_FindObjects(session, 2);
        token.C_FindObjectsFinal(session);
        if (found.length !== 1) throw new Error(`${found.length} objects`);
        return found[0];
    };
    const attribute = (object, type) => token.C_GetAttributeValue(session, object, [{ type }])[0].value;
    const certificate = find(c.CKO_CERTIFICATE);
    const key = find(c.CKO_PRIVATE_KEY);
    fs.writeFileSync('read.cer', attribute(certificate, c.CKA_VALUE));
    console.log(attribute(key, c.CKA_LABEL).toString());
    token.C_SignInit(session, { mechanism: c.CKM_SHA256_RSA_PKCS }, key);
    if (attribute(key, c.CKA_ALWAYS_AUTHENTICATE)[0]) token.C_Login(session, c.CKU_CONTEXT_SPECIFIC, pin);
    fs.writeFileSync('signature', token.C_Sign(session, fs.readFileSync('content'), Buffer.alloc(256)));
    token.C_Logout(session);
    token.C_CloseSession(session);
} catch (error) {
    console.log(error.message);
} finally {
    token.C_Finalize();
}
"#;

#[test]
fn node_reads_and_signs() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        compile(&desk);
        let _card = desk.insert(&[]);
        desk.write("sign.js", SIGN);
        desk.write("content", "押印に代えて\n");
        for token in module.tokens() {
            let said = sign(&desk, &module, token, token.pin);
            assert_eq!(said.good(), format!("{}\n", token.key));
            let read = std::fs::read(desk.path("read.cer")).unwrap();
            assert!(read == crate::city::city().certificate(token.word));
            desk.assert_signed(token.word, "-sha256", "content", "signature");
            std::fs::remove_file(desk.path("signature")).unwrap();
        }
        let said = sign(&desk, &module, module.auth, "0000");
        assert_eq!(said.good(), "CKR_PIN_INCORRECT\n");
        assert_eq!(tries(&desk), [2, 5]);
    }
}

fn sign(desk: &Desk, module: &Module, token: Token, pin: &str) -> Said {
    let arguments = ["sign.js", "./pkcs11js", &module.path, token.label, token.id];
    desk.run_with("node", &arguments, pin)
}

/// A copy of pkcs11js in the desk's folder, with its addon.
fn compile(desk: &Desk) {
    let package =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/npm/node_modules/pkcs11js");
    let copied = ended(
        Command::new("cp")
            .arg("-r")
            .arg(&package)
            .arg(desk.path("pkcs11js")),
        "",
    );
    assert_eq!(
        copied.code,
        Some(0),
        "{} is missing; ./test installs it: {copied:?}",
        package.display()
    );
    let release = desk.path("pkcs11js/build/Release");
    std::fs::create_dir_all(&release).unwrap();
    // What its binding.gyp says, without node-gyp, which would fetch headers.
    let mut compiler = Command::new("g++");
    compiler
        .current_dir(desk.path("pkcs11js"))
        .args([
            "-std=c++17",
            "-shared",
            "-fPIC",
            "-DNAPI_DISABLE_CPP_EXCEPTIONS",
            "-DNODE_GYP_MODULE_NAME=pkcs11",
        ])
        .args([
            "-Iincludes",
            "-I/usr/include/node",
            "src/dl.cpp",
            "src/common.cpp",
            "src/main.cpp",
            "-o",
        ])
        .arg(release.join("pkcs11.node"));
    let compiled = ended(&mut compiler, "");
    assert_eq!(compiled.code, Some(0), "{compiled:?}");
}
