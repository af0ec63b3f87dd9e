//! Ten thousand certificates, lists, requests and responses with a fault in them: none makes a parser or the linter panic.
//!
//! The faults are put into the tree of DER elements (also inside OCTET STRINGs), so that lengths stay right and the fault is reached;
//! some are put into the bytes. The generator is seeded: a failure names the input's number and can be run again.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_asn1::tlv;
use shirushi_crypto::{DigestAlgorithm, SigningKey};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlScope, MUNICIPALITIES, RevocationReason,
    RevokedEntry, lint,
    ocsp::{self, CertId, CertificateStatus, ReceivedResponse},
};

const INPUTS: usize = 10_000;
const LEAST_STRUCTURED: usize = INPUTS * 3 / 10;

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
}

/// A DER element whose parts can be exchanged.
#[derive(Clone, Debug)]
struct Node {
    tag: u8,
    /// Octets before the parts: none, or the first of a BIT STRING.
    content: Vec<u8>,
    parts: Vec<Self>,
}

impl Node {
    fn read(element: tlv::Element<'_>) -> Self {
        let constructed = element.tag & 0x20 != 0;
        let parts = if constructed || element.tag == tlv::OCTET_STRING {
            read_all(element.content)
        } else {
            None
        };
        match parts {
            Some(parts) => Self {
                tag: element.tag,
                content: Vec::new(),
                parts,
            },
            None => Self {
                tag: element.tag,
                content: element.content.to_vec(),
                parts: Vec::new(),
            },
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut content = self.content.clone();
        for part in &self.parts {
            part.write(&mut content);
        }
        tlv::push(out, self.tag, &content);
    }

    fn count(&self) -> usize {
        1 + self
            .parts
            .iter()
            .map(Self::count)
            .sum::<usize>()
    }

    /// The `n`th node in order, the root being the 0th.
    fn nth(&mut self, mut n: usize) -> &mut Self {
        if n == 0 {
            return self;
        }
        n -= 1;
        let mut index = 0;
        while index < self.parts.len() {
            let count = self.parts[index].count();
            if n < count {
                break;
            }
            n -= count;
            index += 1;
        }
        self.parts[index].nth(n)
    }
}

fn read_all(content: &[u8]) -> Option<Vec<Node>> {
    let mut walker = tlv::Walker::new("corpus", content);
    let mut parts = Vec::new();
    while !walker.is_finished() {
        parts.push(Node::read(walker.any().ok()?));
    }
    Some(parts)
}

fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = Vec::new();
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let reasons = [
            RevocationReason::Unspecified,
            RevocationReason::KeyCompromise,
            RevocationReason::CertificateHold,
        ];
        let entries = reasons.map(|reason| RevokedEntry {
            serial: serial(),
            revoked_at: at(-60),
            reason,
        });
        for certificate in [
            &authority.certificate,
            &authority.holder,
            &authority.responder,
        ] {
            corpus.push(certificate.der().to_vec());
        }
        for scope in [
            CrlScope::Complete,
            CrlScope::Authorities,
            CrlScope::Municipality(MUNICIPALITIES[0].code),
        ] {
            corpus.push(
                authority
                    .list(scope, &entries)
                    .der()
                    .to_vec(),
            );
        }
        let id =
            |serial| CertId::new(&authority.certificate, serial, DigestAlgorithm::Sha1).unwrap();
        let ids = [id(authority.holder.serial()), id(&serial())];
        corpus.push(ocsp::build_request(&ids, Some(&[7; 32])).unwrap());
        let at_fault = CertificateStatus::Revoked {
            at: at(-60),
            reason: RevocationReason::Superseded,
        };
        let statuses = [
            (ids[0].clone(), CertificateStatus::Good, at(0), at(900)),
            (ids[1].clone(), at_fault, at(0), at(900)),
        ];
        let key = authority.responder_key;
        let tbs = ocsp::response_tbs(key.public_key(), at(0), &statuses, Some(&[7; 32])).unwrap();
        let signature = key.sign(&tbs).unwrap();
        let response =
            ocsp::assemble_response(&tbs, key.algorithm(), &signature, &authority.responder);
        corpus.push(response.unwrap());
    }
    corpus
}

/// One fault in the tree.
fn disturb(root: &mut Node, others: &[Node], dice: &mut Dice) {
    let count = root.count();
    let other = {
        let mut tree = others[dice.throw(others.len())].clone();
        let count = tree.count();
        tree.nth(dice.throw(count)).clone()
    };
    let node = root.nth(dice.throw(count));
    let last = node.parts.len().saturating_sub(1);
    match dice.throw(10) {
        0 if !node.parts.is_empty() => {
            node.parts.remove(dice.throw(last + 1));
        }
        1 if !node.parts.is_empty() => {
            let copy = node.parts[dice.throw(last + 1)].clone();
            node.parts.push(copy);
        }
        2 if !node.parts.is_empty() => {
            let (a, b) = (dice.throw(last + 1), dice.throw(last + 1));
            node.parts.swap(a, b);
        }
        3 => *node = other,
        4 => node.parts.push(other),
        5 => node.tag = dice.throw(256) as u8,
        6 => node
            .content
            .truncate(dice.throw(node.content.len() + 1)),
        7 => node
            .content
            .resize(node.content.len() + dice.throw(300), dice.throw(256) as u8),
        8 => node.parts.clear(),
        _ if !node.content.is_empty() => {
            let place = dice.throw(node.content.len());
            node.content[place] ^= 1 << dice.throw(8);
        }
        _ => node.tag ^= 1 << dice.throw(8),
    }
}

/// One fault in the bytes.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let place = dice.throw(bytes.len());
    match dice.throw(4) {
        0 => bytes.truncate(place),
        1 => bytes.insert(place, dice.throw(256) as u8),
        2 => {
            bytes.remove(place);
        }
        _ => bytes[place] ^= 1 << dice.throw(8),
    }
}

/// Everything that reads foreign bytes, and what reads what was read. How many of the readers were content.
fn read_everything(bytes: &[u8], issuer: &Certificate) -> usize {
    let mut content = 0;
    if let Ok(certificate) = Certificate::from_der(bytes) {
        content += 1;
        let _ = (certificate.holder(), certificate.municipality_code());
        let _ = (certificate.subject_text(), certificate.issuer_text());
        let _ = (certificate.kind(), certificate.signature_algorithm());
        let _ = certificate.unknown_critical_extensions();
        let _ = lint::lint_ca(&certificate);
        let _ = lint::lint_end_entity(&certificate, issuer);
        let _ = lint::lint_responder(&certificate, issuer);
        let _ = lint::lint_end_entity(&certificate, &certificate);
    }
    if let Ok(list) = CertificateList::from_der(bytes) {
        content += 1;
        let entries: Vec<_> = list.entries().collect();
        for entry in &entries {
            assert!(list.entry(&entry.serial).is_some());
        }
        let _ = lint::lint_crl(&list, issuer);
    }
    if let Ok(request) = ocsp::parse_request(bytes) {
        content += 1;
        assert!((1..=ocsp::MOST_ENTRIES).contains(&request.entries.len()));
    }
    if let Ok(response) = ReceivedResponse::from_der(bytes) {
        content += 1;
        let _ = (response.is_by(issuer), response.signature_algorithm());
    }
    content
}

#[test]
fn ten_thousand_faults_make_no_parser_panic() {
    let authority = Authority::new(CertificateKind::Signature);
    let issuer = &authority.certificate;
    let corpus = corpus();
    for sound in &corpus {
        assert_eq!(
            read_everything(sound, issuer),
            1,
            "each is read by its one reader"
        );
    }
    let trees: Vec<Node> = corpus
        .iter()
        .map(|der| Node::read(tlv::only("corpus", der, tlv::SEQUENCE).unwrap()))
        .collect();
    let mut dice = Dice(0x5348_4952_5553_4849);
    let (mut structured, mut accepted) = (0, 0);
    for number in 0..INPUTS {
        let mut tree = trees[dice.throw(trees.len())].clone();
        for _ in 0..=dice.throw(3) {
            disturb(&mut tree, &trees, &mut dice);
        }
        let mut bytes = Vec::new();
        tree.write(&mut bytes);
        if dice.throw(4) == 0 {
            damage(&mut bytes, &mut dice);
        }
        if tlv::only("input", &bytes, tlv::SEQUENCE).is_ok() {
            structured += 1;
        }
        let outcome = std::panic::catch_unwind(|| read_everything(&bytes, issuer));
        match outcome {
            Ok(content) => accepted += content,
            Err(_) => panic!("input {number}: {}", hex::encode(&bytes)),
        }
    }
    println!(
        "{structured} of {INPUTS} inputs were whole elements, {accepted} were read to the end"
    );
    assert!(structured >= LEAST_STRUCTURED, "{structured} of {INPUTS}");
    // Faults that a parser cannot see, such as in a key or a name, are left to the signature.
    assert!(accepted > 100, "{accepted} of {INPUTS}");
}
