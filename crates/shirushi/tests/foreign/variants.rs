//! Cards that differ, through both modules.

use crate::{
    desk::Desk,
    modules::{Module, Token},
    said::Said,
};

#[test]
fn both_modules_sign_with_other_kinds_of_cards() {
    let desk = desk_with_content();
    for options in [
        ["--kind", "resident-register"],
        // Its authentication certificate is read after the PIN alone, so that there is no public key before.
        ["--kind", "android"],
        ["--interface", "contactless"],
        ["--filler", "0"],
        ["--filler", "4096"],
    ] {
        assert_all_sign(&desk, &options);
    }
}

#[test]
fn both_modules_sign_with_cards_of_other_behaviour() {
    let desk = desk_with_content();
    for options in [
        &["--exact-le"][..],
        &["--first-command-6f00"],
        &["--reselect", "clears"],
        &["--reset", "clears"],
        &[
            "--interface",
            "contactless",
            "--slow",
            "10",
            "--slow-sign",
            "500",
        ],
    ] {
        assert_all_sign(&desk, options);
    }
}

#[test]
fn a_signature_that_is_announced_is_fetched_by_ours_and_is_nothing_but_zeros_of_opensc() {
    let desk = desk_with_content();
    let _card = desk.insert(&["--response-chaining"]);
    let ours = Module::ours();
    for token in ours.tokens() {
        sign(&desk, &ours, token).good();
        desk.assert_signed(token.word, "-sha256", "content", "signature");
    }
    // OpenSC 0.23 takes 61xx for success here and does not ask for the data.
    let opensc = Module::opensc();
    for token in opensc.tokens() {
        sign(&desk, &opensc, token).good();
        assert_eq!(std::fs::read(desk.path("signature")).unwrap(), [0; 256]);
    }
}

#[test]
fn opensc_leaves_a_pin_verified_and_our_module_does_not() {
    // This card says so: asked for the tries of a PIN that is verified, it answers 9000, and OpenSC does not know what to do with it.
    let said_by_opensc = |module: &Module| {
        let desk = desk_with_content();
        let _card = desk.insert(&["--empty-verify", "success"]);
        sign(&desk, module, module.auth).good();
        desk.run("pkcs15-tool", &["--list-pins"])
    };
    let said = said_by_opensc(&Module::opensc());
    assert!(
        said.code == Some(1)
            && said
                .errors
                .contains("PKCS#15 binding failed: Unsupported card"),
        "{said:?}"
    );
    said_by_opensc(&Module::ours()).good();
}

fn desk_with_content() -> Desk {
    let desk = Desk::new();
    desk.write("content", "押印に代えて\n");
    desk
}

/// Both tokens of both modules sign with a card that differs like this.
fn assert_all_sign(desk: &Desk, options: &[&str]) {
    let card = desk.insert(options);
    for module in [Module::opensc(), Module::ours()] {
        for token in module.tokens() {
            let said = sign(desk, &module, token);
            assert_eq!(said.code, Some(0), "{options:?} {}: {said:?}", token.label);
            desk.assert_signed(token.word, "-sha256", "content", "signature");
            std::fs::remove_file(desk.path("signature")).unwrap();
        }
    }
    card.pull();
}

fn sign(desk: &Desk, module: &Module, token: Token) -> Said {
    let arguments = [
        "--module",
        &module.path,
        "--token-label",
        token.label,
        "--login",
        "--pin",
        token.pin,
        "--sign",
        "--mechanism",
        "SHA256-RSA-PKCS",
        "--id",
        token.id,
        "--input-file",
        "content",
        "--output-file",
        "signature",
    ];
    desk.run("pkcs11-tool", &arguments)
}
