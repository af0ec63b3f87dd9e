//! The measurement of lists, at a size for every day: what is measured is what should be (a list with each revocation, 304 for who has
//! it, whole lists, signed OCSP answers beside them), however long it takes.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

#[test]
fn lists_are_published_fetched_and_compared_while_ocsp_answers() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shirushi-bench"))
        .args(["lists", "--json", "--repeat", "1"])
        .args(["--revocations", "1000", "--answers", "1000"])
        .arg("--folder")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let measured: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(measured["revocations"], 1000);
    // Each entry has 16 octets of serial number, a date and a reason.
    let bytes = measured["list_bytes"].as_u64().unwrap();
    assert!((40_000..80_000).contains(&bytes), "{bytes}");
    for figure in ["publication", "conditional", "whole", "ocsp_beside_p99"] {
        assert!(
            measured[figure]["median"]
                .as_f64()
                .unwrap()
                > 0.0,
            "{figure}"
        );
    }
}
