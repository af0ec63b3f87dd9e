//! The measurement of a validation, at a size for every day: both sides verify the same filing, however long it takes.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

#[test]
fn both_verify_the_same_filing() {
    let output = Command::new(env!("CARGO_BIN_EXE_shirushi-bench"))
        .args(["verify", "--json", "--repeat", "1", "--validations", "100"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let measured: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        measured["openssl"]
            .as_str()
            .unwrap()
            .starts_with("OpenSSL 3.")
    );
    for figure in ["ours", "theirs", "ratio"] {
        assert!(
            measured[figure]["median"]
                .as_f64()
                .unwrap()
                > 0.0,
            "{figure}"
        );
    }
}
