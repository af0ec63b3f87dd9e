//! NIST's Public Key Interoperability Test Suite (PKITS, 2011), with what is expected of each path.
//!
//! The suite is not kept here. `PKITS` names the folder `tests/fixtures/nist_pkits` of the source package `pyhanko-certvalidator` 0.33.0
//! (PyPI), which has it with the expectations as data.
//!
//! Its certificates are of no kind of ours: what is said of the kind and the key usage of the last one is left aside. Left out are the
//! four paths for which policy mapping or anyPolicy is inhibited from the start, which nobody can ask for here.
//!
//! Of the other 242 paths 219 are judged as NIST does, and none is wrongly accepted. Refused although valid are: DSA (2), a notBefore in 1950,
//! lists signed by another key of the CA than the certificate (11, of which 10 about self-issued rollovers), indirect lists (7), a hold that a list
//! of changes lifts, and a policy that is not valid where one is asked for.

use crate::pki::at;
use const_oid::ObjectIdentifier;
use serde_json::Value;
use shirushi_path::{Check, Evidence, Requirements, TrustAnchors, examine};
use shirushi_profile::{Certificate, CertificateKind, CertificateList};
use std::path::{Path, PathBuf};

/// 2026-11-29T09:00:00Z
const THEN: i64 = 1_795_942_800;

#[test]
#[ignore = "needs the suite"]
fn long_pkits_has_no_wrong_acceptance() {
    let Some(folder) = std::env::var_os("PKITS").map(PathBuf::from) else {
        panic!("PKITS names the folder of the suite");
    };
    let cases = std::fs::read(folder.join("pkits.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    let mut right = 0;
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for case in cases
        .iter()
        .filter(|case| can_be_asked(case))
    {
        let expected = case.get("error").is_none();
        let name = case["name"].as_str().unwrap();
        match (judge(&folder, case), expected) {
            (Ok(()), true) | (Err(_), false) => right += 1,
            (Ok(()), false) => accepted.push(name),
            (Err(why), true) => refused.push(format!("{name}: {why}")),
        }
    }
    let asked = right + accepted.len() + refused.len();
    println!("{right} of {asked} right; refused too much:");
    println!("{}", refused.join("\n"));
    assert!(accepted.is_empty(), "wrongly accepted: {accepted:?}");
}

fn can_be_asked(case: &Value) -> bool {
    let asks = |key: &str| {
        case.get("params")
            .is_some_and(|params| params[key] == true)
    };
    !asks("initial_policy_mapping_inhibit") && !asks("initial_any_policy_inhibit")
}

fn judge(folder: &Path, case: &Value) -> Result<(), String> {
    let read = |kind: &str, name: &str| std::fs::read(folder.join(kind).join(name)).unwrap();
    let names = |key: &str| -> Vec<String> {
        let list = case.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let certificate = |name: &str| Certificate::from_der(&read("certs", name));
    let leaf = certificate(case["cert"].as_str().unwrap()).map_err(|error| error.to_string())?;
    let intermediates: Vec<_> = names("other_certs")
        .iter()
        .filter_map(|name| certificate(name).ok())
        .collect();
    let mut lists = names("crls");
    lists.push("TrustAnchorRootCRL.crl".to_owned());
    let evidence = Evidence {
        crls: lists
            .iter()
            .filter_map(|name| CertificateList::from_der(&read("crls", name)).ok())
            .collect(),
        ..Evidence::default()
    };
    let anchor = certificate("TrustAnchorRootCertificate.crt").unwrap();
    let mut requirements = Requirements::new(CertificateKind::Signature, at(THEN));
    let params = case.get("params");
    let set = params.and_then(|params| params["user_initial_policy_set"].as_array());
    requirements.policies = set
        .into_iter()
        .flatten()
        .map(|oid| ObjectIdentifier::new(oid.as_str().unwrap()).unwrap())
        .collect();
    let explicit = params.is_some_and(|params| params["initial_explicit_policy"] == true);
    if explicit && requirements.policies.is_empty() {
        // Any of the suite's.
        requirements.policies = (1..=10)
            .map(|number| format!("2.16.840.1.101.3.2.1.48.{number}"))
            .map(|oid| oid.parse().unwrap())
            .collect();
    }
    let anchors = TrustAnchors::new(vec![anchor]);
    let examination = examine(&leaf, &intermediates, &anchors, &evidence, &requirements);
    match examination
        .problems()
        .iter()
        .find(|problem| problem.check() != Check::Kind)
    {
        Some(problem) => Err(problem.to_string()),
        None => Ok(()),
    }
}
