//! Chains with faults, re-signed by the right keys, before openssl with `-x509_strict` and lists.
//!
//! * What we accept, openssl accepts, but for the reasons in [`accepted_all_the_same`].
//! * What openssl accepts is never called failed here, but for the reasons in [`is_failed_on_purpose`].
//!
//! The faults are thrown with a seeded dice: a failure names its number and can be run again.

use crate::{
    openssl::Openssl,
    pki::{
        self, Authority, DAY, Draft, Ext, ListDraft, NOW, authority_key, directory,
        distribution_point, extended_usage, issuing_point, key_usage, name_constraints, now, p256,
        point_name, policies, subject_key,
    },
};
use base64ct::{Base64, Encoding};
use const_oid::{ObjectIdentifier, db::rfc5280};
use shirushi_asn1::{Signed, encode_signed, oid, tlv};
use shirushi_crypto::{SigningKey, SoftwareKey};
use shirushi_path::{Evidence, Indication, PathError, Requirements, TrustAnchors, validate};
use shirushi_profile::{Certificate, CertificateKind, CertificateList};
use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

/// Why a chain is accepted that openssl refuses in these words, or without any because it cannot read the leaf; none where there is no
/// reason.
fn accepted_all_the_same(words: &str, leaf: &Certificate, stock: &Stock) -> Option<&'static str> {
    const VISIBLE_STRING: u8 = 0x1a;
    match words {
        "" | "unspecified certificate verification error"
            if leaf.public_key() != stock.holder.public_key() =>
        {
            Some("the key is no point of a curve that is known: no signature verifies with it")
        }
        "" | "unable to get local issuer certificate"
            if names_of(leaf).any(|name| name.contains(&VISIBLE_STRING)) =>
        {
            Some("openssl reads no VisibleString in a name; here it is one string type more")
        }
        "Missing Authority Key Identifier" => {
            Some("RFC 5280 §4.2.1.1 binds issuers; §6.1 does without, and the signature decides")
        }
        "Missing Subject Key Identifier" => Some("RFC 5280 §4.2.1.2 binds CAs; §6.1 does without"),
        "Basic Constraints of CA cert not marked critical" => {
            Some("RFC 5280 §4.2.1.9 binds CAs; §6.1.4(k) asks what they say (PKITS 4.6.4 is valid)")
        }
        "CRL signature failure" => Some("a list by nobody is passed over: another one tells"),
        "certificate has expired" if leaf.not_after() == now() => {
            Some("RFC 5280 §4.1.2.5: the validity includes its last second")
        }
        _ => None,
    }
}

fn names_of(leaf: &Certificate) -> impl Iterator<Item = &[u8]> {
    let points = leaf.distribution_points().iter();
    points
        .flat_map(|point| {
            point
                .names
                .iter()
                .chain(&point.crl_issuer)
        })
        .map(Vec::as_slice)
        .chain([leaf.issuer_der(), leaf.subject_der()])
}

/// Leaves for each chain of authorities and lists: openssl judges them in one process.
const LEAVES: usize = 15;

#[test]
fn openssl_refuses_nothing_that_is_accepted_here() {
    run(20, 0x5eed);
}

#[test]
#[ignore = "minutes"]
fn long_openssl_refuses_nothing_that_is_accepted_here() {
    run(1_334, 0x1095_eed5);
}

/// xorshift64*: which fault, and where. Nothing secret.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self
            .0
            .wrapping_mul(0x2545_f491_4f6c_dd1d)
            >> 33;
        number as usize % sides.max(1)
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.throw(sides) == 0
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.throw(all.len())]
    }

    fn octets(&mut self, most: usize) -> Vec<u8> {
        (0..self.throw(most))
            .map(|_| self.throw(256) as u8)
            .collect()
    }
}

/// What every chain is made of.
struct Stock {
    root: Authority,
    sub: Arc<SoftwareKey>,
    holder: Arc<SoftwareKey>,
    stranger: Arc<SoftwareKey>,
    written_out: Vec<u8>,
}

/// One chain of authorities, its lists, and leaves below it.
struct Group {
    sub: Vec<u8>,
    lists: Vec<Vec<u8>>,
    leaves: Vec<Vec<u8>>,
}

fn run(groups: usize, seed: u64) {
    let openssl = Openssl::new();
    openssl.run("ecparam -name prime256v1 -param_enc explicit -outform DER -out curve.der");
    let stock = Stock {
        root: Authority::root("Root"),
        sub: p256(),
        holder: p256(),
        stranger: p256(),
        written_out: openssl.read("curve.der"),
    };
    openssl.write("root.pem", pem("CERTIFICATE", stock.root.certificate.der()));
    let mut dice = Dice(seed);
    let mut accepted = 0;
    let mut agreed = 0;
    let mut faults = Vec::new();
    for number in 0..groups {
        let group = stock.group(&mut dice);
        let theirs = theirs(&openssl, &group);
        for (leaf, said) in group.leaves.iter().zip(theirs) {
            let ours = ours(&stock, &group, leaf);
            accepted += usize::from(ours.is_ok());
            match (&ours, said) {
                (Ok(()), Err(errors)) => {
                    if let Ok(d) = std::env::var("FAULTS") {
                        let n = faults.len();
                        std::fs::write(format!("{d}/{n}.leaf"), leaf).unwrap();
                        std::fs::write(format!("{d}/{n}.sub"), &group.sub).unwrap();
                        for (i, l) in group.lists.iter().enumerate() {
                            std::fs::write(format!("{d}/{n}.list{i}"), l).unwrap();
                        }
                        std::fs::write(format!("{d}/{n}.why"), format!("{errors:?}")).unwrap();
                    }
                    let leaf = Certificate::from_der(leaf).unwrap();
                    let mut errors = errors;
                    if errors.is_empty() {
                        errors.push(String::new());
                    }
                    let unexplained = errors
                        .iter()
                        .any(|words| accepted_all_the_same(words, &leaf, &stock).is_none());
                    if unexplained {
                        faults.push(format!("{number}: accepted here, openssl says {errors:?}"));
                    }
                }
                (Err(Some(error)), Ok(())) if is_failed(error) && !is_failed_on_purpose(error) => {
                    faults.push(format!("{number}: openssl accepts, here {error}"));
                }
                (ours, said) => agreed += usize::from(ours.is_ok() == said.is_ok()),
            }
        }
    }
    let cases = groups * LEAVES;
    println!("{cases} chains: {accepted} accepted here, {agreed} judged the same");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Faults that let nothing pass would show nothing.
    assert!(
        accepted * 20 > cases && accepted < cases,
        "{accepted} of {cases}"
    );
}

fn is_failed(error: &PathError) -> bool {
    error.indication() == Indication::Failed
}

/// Whom a list of the issuer names as revoked is revoked here, wherever the entry stands and whatever its reason.
fn is_failed_on_purpose(error: &PathError) -> bool {
    matches!(error, PathError::Revoked { .. })
}

/// What is said here; an error without words is of what cannot be read.
fn ours(stock: &Stock, group: &Group, leaf: &[u8]) -> Result<(), Option<PathError>> {
    let leaf = Certificate::from_der(leaf).map_err(|_| None)?;
    let intermediates: Vec<_> = Certificate::from_der(&group.sub)
        .into_iter()
        .collect();
    let evidence = Evidence {
        crls: group
            .lists
            .iter()
            .filter_map(|list| CertificateList::from_der(list).ok())
            .collect(),
        ..Evidence::default()
    };
    let anchors = TrustAnchors::new(vec![stock.root.certificate.clone()]);
    let requirements = Requirements::new(CertificateKind::Signature, now());
    validate(&leaf, &intermediates, &anchors, &evidence, &requirements)
        .map(|_| ())
        .map_err(Some)
}

/// What openssl says of each leaf: the errors, none of which is named for what it cannot read.
fn theirs(openssl: &Openssl, group: &Group) -> Vec<Result<(), Vec<String>>> {
    openssl.write("sub.pem", pem("CERTIFICATE", &group.sub));
    let lists: String = group
        .lists
        .iter()
        .map(|list| pem("X509 CRL", list))
        .collect();
    openssl.write("lists.pem", lists);
    let mut line = format!(
        "verify -x509_strict -crl_check_all -extended_crl -attime {NOW} -no-CAfile -no-CApath \
         -CAfile root.pem -untrusted sub.pem -CRLfile lists.pem"
    );
    for (number, leaf) in group.leaves.iter().enumerate() {
        let file = format!("leaf-{number}.der");
        openssl.write(&file, leaf);
        write!(line, " {file}").unwrap();
    }
    let output = openssl.try_run(&line);
    let out = String::from_utf8_lossy(&output.stdout);
    let mut said: BTreeMap<String, Result<(), Vec<String>>> = out
        .lines()
        .filter_map(|line| line.strip_suffix(": OK"))
        .map(|file| (file.to_owned(), Ok(())))
        .collect();
    let mut errors = Vec::new();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        if let Some((_, words)) = line.split_once(" lookup: ") {
            errors.push(words.to_owned());
        } else if let Some(file) = line
            .strip_prefix("error ")
            .and_then(|rest| rest.strip_suffix(": verification failed"))
        {
            said.insert(file.to_owned(), Err(std::mem::take(&mut errors)));
        }
    }
    (0..group.leaves.len())
        .map(|number| {
            said.remove(&format!("leaf-{number}.der"))
                .unwrap_or_else(|| Err(Vec::new()))
        })
        .collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let digits = Base64::encode_string(der);
    for line in digits.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    writeln!(text, "-----END {label}-----").unwrap();
    text
}

impl Stock {
    fn group(&self, dice: &mut Dice) -> Group {
        let name = pki::sandbox("Sub");
        let mut sub = Draft::ca(&self.root.name, &name, &self.sub)
            .serial(&[0x42, 0x03])
            .with(authority_key(&self.root.identifier()));
        if dice.one_in(2) {
            self.spoil(&mut sub, dice);
        }
        let below = Authority {
            key: Arc::clone(&self.sub),
            name: sub.subject.clone(),
            certificate: self.root.certificate.clone(),
        };
        let mut upper = self.root.full_list();
        let mut lower = match dice.throw(2) {
            0 => below.list(),
            _ => below.full_list(),
        };
        if dice.one_in(4) {
            spoil_list(&mut upper, dice);
        }
        if dice.one_in(2) {
            spoil_list(&mut lower, dice);
        }
        let mut lists = vec![
            self.signed(upper.sign_der(&self.root.key), &self.root.key, dice, 12),
            self.signed(lower.sign_der(&self.sub), &self.sub, dice, 6),
        ];
        if dice.one_in(4) {
            let mut another = below.list().number(8);
            spoil_list(&mut another, dice);
            lists.push(another.sign_der(&self.sub));
        }
        let leaves = (0..LEAVES)
            .map(|_| {
                let mut leaf = below.signature_draft(&self.holder);
                for _ in 0..dice.throw(3) {
                    self.spoil(&mut leaf, dice);
                }
                self.signed(leaf.sign_der(&self.sub), &self.sub, dice, 3)
            })
            .collect();
        Group {
            sub: self.signed(sub.sign_der(&self.root.key), &self.root.key, dice, 4),
            lists,
            leaves,
        }
    }

    /// One of `sides` gets a fault in its elements and is signed again; few are signed by a stranger or not at all.
    fn signed(&self, der: Vec<u8>, key: &SoftwareKey, dice: &mut Dice, sides: usize) -> Vec<u8> {
        if !dice.one_in(sides) {
            return der;
        }
        let parts = Signed::from_der("x", &der, der.len()).unwrap();
        let mut node = Node::read(parts.tbs);
        for _ in 0..=dice.throw(2) {
            node.spoil(dice);
        }
        let mut tbs = Vec::new();
        node.write(&mut tbs);
        let signer = if dice.one_in(20) { &self.stranger } else { key };
        let mut signature = signer.sign(&tbs).unwrap();
        if dice.one_in(20) {
            signature[9] ^= 1;
        }
        encode_signed(&tbs, &key.algorithm().identifier(), &signature).unwrap()
    }

    /// One fault, or what only looks like one.
    fn spoil(&self, draft: &mut Draft, dice: &mut Dice) {
        let with = |draft: &mut Draft, extension: Ext| *draft = draft.clone().with(extension);
        let types = [
            pki::UTF8,
            pki::PRINTABLE,
            pki::TELETEX,
            pki::BMP,
            0x16,
            0x1a,
        ];
        match dice.throw(22) {
            0 => {
                let place = dice.throw(draft.extensions.len());
                if place < draft.extensions.len() {
                    draft.extensions.remove(place);
                }
            }
            1 => {
                let place = dice.throw(draft.extensions.len());
                if let Some(extension) = draft.extensions.get_mut(place) {
                    extension.critical = !extension.critical;
                }
            }
            2 => {
                let place = dice.throw(draft.extensions.len());
                if let Some(extension) = draft.extensions.get(place).cloned() {
                    draft.extensions.push(extension);
                }
            }
            3 => {
                let unknown = Ext::new("2.25.4711.99".parse().unwrap(), dice.one_in(2), [5, 0]);
                with(draft, unknown);
            }
            4 => {
                let bits = [dice.throw(8) as u8, dice.throw(256) as u8];
                let masked = bits[1] & (0xff << bits[0]);
                with(draft, key_usage(&[0x03, 0x02, bits[0], masked]));
            }
            5 => {
                let usage = match dice.throw(5) {
                    0 => extended_usage(&[]),
                    1 => extended_usage(&["1.3.6.1.5.5.7.3.4"]),
                    2 => extended_usage(&["2.5.29.37.0"]),
                    3 => extended_usage(&["1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.2"]),
                    _ => extended_usage(&["1.3.6.1.5.5.7.3.9"]),
                };
                with(draft, usage);
            }
            6 => {
                let value: &[u8] = match dice.throw(6) {
                    0 => &[0x30, 0x00],
                    1 => &[0x30, 0x03, 0x01, 0x01, 0xff],
                    2 => &[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00],
                    3 => &[0x30, 0x03, 0x02, 0x01, 0x00],
                    4 => &[0x30, 0x03, 0x01, 0x01, 0x00],
                    _ => &[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0xff],
                };
                let oid = rfc5280::ID_CE_BASIC_CONSTRAINTS;
                with(draft, Ext::new(oid, !dice.one_in(3), value));
            }
            7 => {
                let oid = rfc5280::ID_CE_SUBJECT_ALT_NAME;
                let names = match dice.throw(5) {
                    0 => Vec::new(),
                    1 => tlv::element(0x81, b"a@example.jp"),
                    2 => directory(&pki::person("Another")),
                    3 => tlv::element(0x82, b"www.example.jp"),
                    _ => tlv::element(0x86, b"http://www.example.jp/"),
                };
                let value = tlv::element(tlv::SEQUENCE, &names);
                with(draft, Ext::new(oid, dice.one_in(3), value));
            }
            8 => {
                let base = match dice.throw(6) {
                    0 => directory(&pki::name(&[("C", "JP")])),
                    1 => directory(&pki::name(&[("C", "JP"), ("L", "tokyo-TO")])),
                    2 => directory(&pki::name(&[("C", "JP"), ("O", "JPKI-SANDBOX")])),
                    3 => tlv::element(0x81, b"example.jp"),
                    4 => tlv::element(0x82, b"example.jp"),
                    _ => tlv::element(0x86, b".example.jp"),
                };
                let constraints = if dice.one_in(2) {
                    name_constraints(&[base], &[])
                } else {
                    name_constraints(&[], &[base])
                };
                with(draft, constraints);
            }
            9 => {
                let oid = dice.pick(&[
                    rfc5280::ID_CE_NAME_CONSTRAINTS,
                    rfc5280::ID_CE_POLICY_CONSTRAINTS,
                    rfc5280::ID_CE_POLICY_MAPPINGS,
                    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
                    rfc5280::ID_CE_ISSUER_ALT_NAME,
                    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
                    rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
                    rfc5280::ID_CE_FRESHEST_CRL,
                ]);
                let value = match dice.throw(3) {
                    0 => tlv::element(tlv::SEQUENCE, &[]),
                    1 => tlv::element(tlv::INTEGER, &[0]),
                    _ => dice.octets(6),
                };
                with(draft, Ext::new(oid, dice.one_in(2), value));
            }
            10 => {
                let id = match dice.throw(3) {
                    0 => self.root.identifier(),
                    1 => self.sub.public_key().key_identifier(),
                    _ => [7; 20],
                };
                with(draft, authority_key(&id));
            }
            11 => with(draft, subject_key(&dice.octets(24))),
            12 => {
                let lists: [&[ObjectIdentifier]; 4] = [
                    &[rfc5280::ANY_POLICY],
                    &[oid::POLICY_SIGNATURE, oid::POLICY_AUTHENTICATION],
                    &[oid::POLICY_SIGNATURE_TEST, oid::POLICY_SIGNATURE_TEST],
                    &[oid::POLICY_SIGNATURE_TEST, rfc5280::ANY_POLICY],
                ];
                with(draft, policies(dice.pick(&lists)));
            }
            13 => {
                let name = match dice.throw(3) {
                    0 => point_name("Hanko-shi CRLDP"),
                    1 => pki::retyped(&point_name("Shirushi-shi CRLDP"), dice.pick(&types)),
                    _ => draft.issuer.clone(),
                };
                let mut point = distribution_point(&name);
                if dice.one_in(3) {
                    let outer = tlv::only("x", &point.value, tlv::SEQUENCE).unwrap();
                    let inner = tlv::only("x", outer.content, tlv::SEQUENCE).unwrap();
                    let field = if dice.one_in(2) {
                        tlv::element(0x81, &[0x05, 0x60])
                    } else {
                        tlv::element(0xa2, &directory(&pki::sandbox("Other")))
                    };
                    let content = [inner.content, &field].concat();
                    point.value =
                        tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &content));
                }
                with(draft, point);
            }
            14 => draft.subject = pki::name(&[]),
            15 => draft.subject = pki::retyped(&draft.subject, dice.pick(&types)),
            16 => {
                let address = dice.pick(&["a@example.jp", "a@example.com", "a"]);
                draft.subject = pki::name(&[("C", "JP"), ("L", "Tokyo-to"), ("E", address)]);
            }
            17 => draft.issuer = pki::retyped(&draft.issuer, dice.pick(&types)),
            18 => {
                let serials: [&[u8]; 6] = [
                    &[0],
                    &[0x80],
                    &[0x7f; 20],
                    &[0x7f; 21],
                    &[0x41, 0x09],
                    &[0, 0x80],
                ];
                draft.serial = dice.pick(&serials).to_vec();
            }
            19 => {
                draft.valid = dice.pick(&[
                    (NOW - DAY, NOW - 1),
                    (NOW + 1, NOW + DAY),
                    (NOW - DAY, NOW + 1),
                    (NOW, NOW + DAY),
                    (NOW + DAY, NOW - DAY),
                ]);
            }
            20 => {
                draft.key = crate::odd::with_parameters(
                    if dice.one_in(2) {
                        &self.sub
                    } else {
                        &self.holder
                    },
                    if dice.one_in(2) {
                        &self.written_out
                    } else {
                        &[5, 0]
                    },
                );
            }
            _ => {
                let place = dice.throw(draft.extensions.len());
                if let Some(extension) = draft.extensions.get_mut(place)
                    && !extension.value.is_empty()
                {
                    let octet = dice.throw(extension.value.len());
                    extension.value[octet] ^= 1 << dice.throw(8);
                }
            }
        }
    }
}

fn spoil_list(list: &mut ListDraft, dice: &mut Dice) {
    let types = [pki::UTF8, pki::PRINTABLE, pki::TELETEX, pki::BMP];
    let point = point_name("Shirushi-shi CRLDP");
    let reasons = [0_u8, 1, 3, 5, 6, 7, 8, 9, 10, 11];
    *list = match dice.throw(12) {
        0 => list
            .clone()
            .revoke(&[0x41, 0x01], NOW - DAY, dice.pick(&reasons)),
        1 => list
            .clone()
            .revoke(&[0x41, 0x09], NOW - DAY, dice.pick(&reasons)),
        2 => list
            .clone()
            .revoke(&[0x41, 0x01], NOW + DAY, dice.pick(&reasons)),
        3 => {
            let serials: [&[u8]; 4] = [&[0], &[0x80], &[0x7f; 30], &[0x42, 0x03]];
            list.clone()
                .revoke(dice.pick(&serials), NOW - DAY, 1)
        }
        4 => {
            let times = [
                (NOW - 2 * DAY, Some(NOW - 1)),
                (NOW - DAY, None),
                (NOW + 400, Some(NOW + DAY)),
                (NOW + 3_000 * DAY, Some(NOW + 3_001 * DAY)),
                (NOW - DAY, Some(NOW + 1)),
            ];
            let (this_update, next_update) = dice.pick(&times);
            list.clone()
                .made(this_update, next_update)
        }
        5 => {
            let fields: [&[u8]; 7] = [
                &[],
                &[0x81, 0x01, 0xff],
                &[0x82, 0x01, 0xff],
                &[0x83, 0x02, 0x05, 0x60],
                &[0x84, 0x01, 0xff],
                &[0x85, 0x01, 0xff],
                &[0x81, 0x01, 0x00],
            ];
            let name = match dice.throw(4) {
                0 => None,
                1 => Some(point_name("Hanko-shi CRLDP")),
                2 => Some(pki::retyped(&point, dice.pick(&types))),
                _ => Some(point),
            };
            let mut point = issuing_point(name.as_deref(), dice.pick(&fields));
            point.critical = !dice.one_in(3);
            list.clone().with(point)
        }
        6 => {
            let indicator = rfc5280::ID_CE_DELTA_CRL_INDICATOR;
            list.clone()
                .with(Ext::new(indicator, dice.one_in(2), [0x02, 0x01, 0x06]))
        }
        7 => {
            let numbers: [&[u8]; 4] = [
                &[0x7f; 20],
                &[0x7f; 8],
                &[1, 0, 0, 0, 0, 0, 0, 0, 0],
                &[0x80],
            ];
            let number = tlv::element(tlv::INTEGER, dice.pick(&numbers));
            list.number = None;
            list.clone()
                .with(Ext::new(rfc5280::ID_CE_CRL_NUMBER, dice.one_in(3), number))
        }
        8 => list
            .clone()
            .with(authority_key(&[7; 20])),
        9 => {
            let unknown = "2.25.4711.98".parse().unwrap();
            list.clone()
                .with(Ext::new(unknown, dice.one_in(2), [5, 0]))
        }
        10 => {
            list.issuer = pki::retyped(&list.issuer, dice.pick(&types));
            list.clone()
        }
        _ => {
            list.empty_entries = true;
            list.clone()
        }
    };
}

/// A DER element whose parts can be exchanged.
#[derive(Clone)]
struct Node {
    tag: u8,
    content: Vec<u8>,
    parts: Vec<Self>,
}

impl Node {
    fn read(element: tlv::Element<'_>) -> Self {
        let constructed = element.tag & 0x20 != 0 || element.tag == tlv::OCTET_STRING;
        let parts = constructed
            .then(|| Self::read_all(element.content))
            .flatten();
        Self {
            tag: element.tag,
            content: if parts.is_some() {
                Vec::new()
            } else {
                element.content.to_vec()
            },
            parts: parts.unwrap_or_default(),
        }
    }

    fn read_all(content: &[u8]) -> Option<Vec<Self>> {
        let mut walker = tlv::Walker::new("x", content);
        let mut parts = Vec::new();
        while !walker.is_finished() {
            parts.push(Self::read(walker.any().ok()?));
        }
        Some(parts)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut content = self.content.clone();
        for part in &self.parts {
            part.write(&mut content);
        }
        tlv::push(out, self.tag, &content);
    }

    /// A fault somewhere below.
    fn spoil(&mut self, dice: &mut Dice) {
        let mut node = self;
        while !node.parts.is_empty() && !dice.one_in(4) {
            let place = dice.throw(node.parts.len());
            node = &mut node.parts[place];
        }
        let count = node.parts.len();
        match dice.throw(6) {
            0 if count > 0 => {
                node.parts.remove(dice.throw(count));
            }
            1 if count > 0 => {
                let part = node.parts[dice.throw(count)].clone();
                node.parts.push(part);
            }
            2 if count > 1 => node
                .parts
                .swap(dice.throw(count), dice.throw(count)),
            3 => node.tag ^= 1 << dice.throw(5),
            4 => node.content.extend(dice.octets(4)),
            _ => {
                let place = dice.throw(node.content.len());
                if let Some(octet) = node.content.get_mut(place) {
                    *octet ^= 1 << dice.throw(8);
                }
            }
        }
    }
}
