//! The document of a filing.
//!
//! * every filing is read back as it was written;
//! * a document is read only in its one form, and the place of a fault is named;
//! * what it encloses is bound by size and digest, and everything is bounded;
//! * it is Canonical XML, as an XML library that is not ours says.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "filing/sample.rs"]
mod sample;

use proptest::prelude::*;
use sample::{document, filing};
use shirushi_clock::Instant;
use shirushi_rules::InBoth;
use shirushi_wire::filing::{
    Attachment, FieldForm, Filing, FilingApplicant, FilingFault, FilingId, LARGEST_DOCUMENT,
    PROCEDURES, Procedure, ProcedureId,
};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

fn fault(document: &str) -> FilingFault {
    Filing::parse(document.as_bytes())
        .unwrap_err()
        .what
}

#[test]
fn a_filing_is_read_back_as_it_was_written() {
    let written = filing().to_xml().unwrap();
    assert_eq!(Filing::parse(&written).unwrap(), filing());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_filing_is_read_back(filing in any_filing()) {
        let written = filing.to_xml().unwrap();
        prop_assert_eq!(Filing::parse(&written).unwrap(), filing);
    }
}

fn any_filing() -> impl Strategy<Value = Filing> {
    let line = "[ -~ぁ-ん一-丏﨑\u{3000}\u{20000}]{1,40}";
    let value = "[ -~\n一-丏]{0,60}";
    let attachment = (
        "[ -.0-~あ-ん]{3,20}".prop_filter("no path", |name| !name.contains('\\')),
        prop::collection::vec(any::<u8>(), 0..400),
    );
    (
        any::<[u8; 16]>(),
        "[A-W]{3}[0-9]{4}",
        0_i64..4_000_000_000,
        (line, 0_i64..40_000, line),
        prop::collection::btree_map("[a-z -]{1,20}", value, 0..8),
        prop::collection::btree_map(attachment.0, attachment.1, 0..4),
    )
        .prop_map(
            |(id, procedure, time, (name, day, address), form, attachments)| {
                let born = Instant::from_unix((day - 20_000) * 86_400).unwrap();
                Filing {
                    id: FilingId::from_bytes(id),
                    procedure: procedure.parse().unwrap(),
                    prepared_at: Instant::from_unix(time).unwrap(),
                    applicant: FilingApplicant {
                        name,
                        birth_date: born.date_jst(),
                        address,
                    },
                    form: form.into_iter().collect(),
                    attachments: attachments
                        .into_iter()
                        .map(|(name, content)| Attachment {
                            name,
                            media_type: "application/pdf".to_owned(),
                            content,
                        })
                        .collect(),
                }
            },
        )
}

#[test]
fn the_document_is_canonical_xml_to_another_library() {
    let document = document();
    let (declaration, body) = document.split_once('\n').unwrap();
    assert!(declaration.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\""));
    let mut python = Command::new("python3")
        .args([
            "-c",
            "import sys, xml.etree.ElementTree as e; \
             sys.stdout.buffer.write(e.canonicalize(sys.stdin.buffer.read().decode()).encode())",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // ElementTree takes text without a declaration.
    python
        .stdin
        .take()
        .unwrap()
        .write_all(body.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let canonical = String::from_utf8(output.stdout).unwrap();
    assert_eq!(canonical, body.trim_end_matches('\n'));
}

#[test]
fn another_spelling_of_the_same_filing_is_refused_where_it_differs() {
    let document = document();
    let cases = [
        // (what is replaced, by what, line, column)
        ("2026<", "&#50;026<", 15, 24),
        ("<form>\n", "<form>\n\n", 15, 1),
        ("<form>", "<form >", 14, 6),
        ("<address>", "<address lang=\"ja\">", 10, 9),
        ("id=\"DATA\"", "id='DATA'", 2, 42),
        ("</DATA>\n", "</DATA>", 23, 8),
        ("</DATA>\n", "</DATA>\n\n", 24, 1),
        (" standalone=\"no\"", "", 1, 37),
        ("2027-01-15T08:00:00Z", "2027-01-15T17:00:00+09:00", 6, 25),
        ("<filing>5a", "<filing>5A", 0, 0),
    ];
    for (this, by, line, column) in cases {
        assert!(document.contains(this), "{this}");
        let error = Filing::parse(
            document
                .replacen(this, by, 1)
                .as_bytes(),
        )
        .unwrap_err();
        if line == 0 {
            assert!(
                matches!(error.what, FilingFault::Malformed { .. }),
                "{error}"
            );
            continue;
        }
        assert_eq!(error.what, FilingFault::NotCanonical, "{by}");
        assert_eq!((error.line, error.column, by), (line, column, by));
    }
    let windows = document.replace('\n', "\r\n");
    assert_eq!(fault(&windows), FilingFault::NotCanonical);
}

#[test]
fn nothing_that_is_not_read_has_a_place_in_a_filing() {
    for (this, by) in [
        (
            "<DATA",
            "<!DOCTYPE DATA [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>\n<DATA",
        ),
        ("<DATA", "<!DOCTYPE DATA>\n<DATA"),
        ("<form>", "<form><!-- unseen -->"),
        ("2026<", "<![CDATA[2026]]><"),
        ("</DATA>", "</DATA><?unseen?>"),
        ("<?xml", "\u{feff}<?xml"),
    ] {
        let error = Filing::parse(
            document()
                .replacen(this, by, 1)
                .as_bytes(),
        )
        .unwrap_err();
        assert_eq!(error.what, FilingFault::Markup, "{by}");
        assert!(error.is_no_document() && error.line > 0);
    }
    let entity = document().replacen("2026<", "&x;<", 1);
    assert!(matches!(fault(&entity), FilingFault::Xml { .. }));
}

#[test]
fn a_changed_attachment_or_digest_is_noticed() {
    for (this, by) in [
        ("b25lIHJlY2VpcHQ=", "b25lIHJlY2VpcHR="),
        ("b25lIHJlY2VpcHQ=", "b25lIHJlY2VpcHU="),
        ("size=\"11\"", "size=\"12\""),
        ("size=\"11\"", "size=\"011\""),
    ] {
        let changed = document().replacen(this, by, 1);
        assert_ne!(changed, document());
        assert!(
            matches!(
                fault(&changed),
                FilingFault::Digest | FilingFault::Malformed { .. }
            ),
            "{by}"
        );
    }
}

#[test]
fn the_place_of_an_absent_element_is_named_in_both_languages() {
    let without = document().replacen("<address>東京都架空市見本町1丁目2番3号</address>\n", "", 1);
    let error = Filing::parse(without.as_bytes()).unwrap_err();
    assert_eq!(
        error.what,
        FilingFault::ElementAbsent {
            name: "address".to_owned()
        }
    );
    assert_eq!(
        error.place().unwrap(),
        InBoth::new("7行1列", "line 7, column 1")
    );
    assert_eq!(
        error.what.in_both_languages(),
        InBoth::new(
            "要素 address がありません",
            "element address is absent here"
        )
    );
}

#[test]
fn an_item_without_its_form_is_neither_written_nor_read() {
    type Change = fn(&mut Filing);
    let changes: [(&str, Change); 13] = [
        ("empty name", |f| f.applicant.name = String::new()),
        ("long name", |f| f.applicant.name = "あ".repeat(201)),
        ("control", |f| f.applicant.name = "a\u{7}".to_owned()),
        ("direction", |f| f.applicant.name = "a\u{202e}b".to_owned()),
        ("line feed", |f| f.applicant.address = "a\nb".to_owned()),
        ("carriage return", |f| f.form[1].1 = "a\r\nb".to_owned()),
        ("long value", |f| f.form[1].1 = "x".repeat(10_001)),
        ("field twice", |f| f.form[1].0 = "tax-year".to_owned()),
        ("many fields", |f| {
            f.form = (0..201)
                .map(|n| (n.to_string(), String::new()))
                .collect();
        }),
        ("path", |f| f.attachments[0].name = "../a".to_owned()),
        ("media type", |f| {
            f.attachments[0].media_type = "Text/Plain".to_owned()
        }),
        ("attachment twice", |f| {
            f.attachments
                .push(f.attachments[0].clone())
        }),
        ("many attachments", |f| {
            f.attachments = (0..21)
                .map(|n| Attachment {
                    name: n.to_string(),
                    media_type: "text/plain".to_owned(),
                    content: Vec::new(),
                })
                .collect();
        }),
    ];
    for (name, change) in changes {
        let mut filing = filing();
        change(&mut filing);
        assert!(filing.to_xml().is_err(), "{name}");
    }
    let long = document().replacen("2026<", &format!("{}<", "2".repeat(10_001)), 1);
    let error = Filing::parse(long.as_bytes()).unwrap_err();
    assert!(matches!(
        error.what,
        FilingFault::Length { most: 10_000, .. }
    ));
    assert_eq!(error.line, 15);
}

#[test]
fn no_item_of_a_filing_has_a_character_that_is_not_seen() {
    type Put = fn(&mut Filing, char);
    let items: [(&str, Put); 5] = [
        ("name", |f, c| f.applicant.name.insert(0, c)),
        ("address", |f, c| f.applicant.address.push(c)),
        ("field name", |f, c| f.form[1].0.push(c)),
        ("field value", |f, c| f.form[1].1.push(c)),
        ("attachment name", |f, c| f.attachments[0].name.insert(0, c)),
    ];
    let right = document();
    for (item, put) in items {
        for character in UNSEEN {
            let mut changed = filing();
            put(&mut changed, character);
            let fault = changed.to_xml().unwrap_err().what;
            let told = fault.in_both_languages();
            let number = format!("U+{:04X}", u32::from(character));
            for words in [item, &number] {
                assert!(
                    told.ja.contains(words) && told.en.contains(words),
                    "{told:?}"
                );
            }
            // Nor is it read from a document that somebody else has written.
            let mut plain = filing();
            put(&mut plain, '\u{5370}');
            let plain = String::from_utf8(plain.to_xml().unwrap()).unwrap();
            assert_ne!(plain, right);
            let at = plain
                .char_indices()
                .zip(right.chars())
                .find(|((_, one), other)| one != other)
                .map(|((at, _), _)| at)
                .unwrap();
            let mut forged = plain.clone();
            forged.replace_range(at..at + '\u{5370}'.len_utf8(), &character.to_string());
            let error = Filing::parse(forged.as_bytes()).unwrap_err();
            assert!(
                matches!(error.what, FilingFault::Character { unfit, .. } if unfit.character == character),
                "{item} {number}: {error}"
            );
            assert!(error.line > 0);
        }
    }
    // A selector behind an ideograph tells its form.
    let mut right = filing();
    right.applicant.name = "葛\u{E0100}城　花子".to_owned();
    assert_eq!(Filing::parse(&right.to_xml().unwrap()).unwrap(), right);
}

/// Of each kind one: direction, joiner, zero width, filler, selector, private use, unassigned, tag, failed decoding.
const UNSEEN: [char; 9] = [
    '\u{202E}',
    '\u{200D}',
    '\u{200B}',
    '\u{3164}',
    '\u{FE0F}',
    '\u{E000}',
    '\u{378}',
    '\u{E0031}',
    '\u{FFFD}',
];

#[test]
fn a_document_over_the_limit_is_not_even_parsed() {
    let mut large = document();
    large.push_str(&" ".repeat(LARGEST_DOCUMENT));
    assert!(matches!(fault(&large), FilingFault::TooLarge { .. }));
    let mut filing = filing();
    filing.attachments[0].content = vec![0; LARGEST_DOCUMENT];
    assert!(matches!(
        filing.to_xml().unwrap_err().what,
        FilingFault::TooLarge { .. }
    ));
    filing.attachments[0].content = vec![7; LARGEST_DOCUMENT / 4 * 3 - 4096];
    let written = filing.to_xml().unwrap();
    assert_eq!(Filing::parse(&written).unwrap(), filing);
}

#[test]
fn depth_and_breadth_are_bounded() {
    let deep = "<a>".repeat(1_000_000);
    assert!(matches!(fault(&deep), FilingFault::Xml { .. }));
    let broad = format!("<DATA>{}</DATA>", "<a/>".repeat(1_000_000));
    assert!(matches!(fault(&broad), FilingFault::Xml { .. }));
    let attributes: String = (0..100_000)
        .map(|n| format!(" a{n}=\"\""))
        .collect();
    // Quadratic in the parser: minutes, if they reached it.
    for wide in [
        format!("<DATA{attributes}/>"),
        format!("<DATA a='>'{attributes}/>"),
        format!("<?xml version=\"1.0\"?><!--'--><DATA{attributes}/>"),
    ] {
        assert!(matches!(
            fault(&wide),
            FilingFault::TooMany { .. } | FilingFault::Markup
        ));
    }
}

#[test]
fn procedures_have_unique_ids_and_fields_of_which_each_has_a_form() {
    let mut ids: Vec<_> = PROCEDURES
        .iter()
        .map(|p| p.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), PROCEDURES.len());
    for procedure in PROCEDURES {
        let id: ProcedureId = procedure.id.parse().unwrap();
        assert_eq!(Procedure::find(&id), Some(procedure));
        assert!(!procedure.fields.is_empty(), "{id}");
    }
    for (form, right, wrong) in [
        (FieldForm::Date, "2026-03-01", "2026-3-1"),
        (FieldForm::Digits(4), "0123", "123"),
        (FieldForm::Text, "x", " \u{3000}"),
        (FieldForm::Year, "2026", "令和8年"),
        (FieldForm::Yen, "-1200", "1,200"),
    ] {
        assert!(form.fits(right), "{right}");
        assert!(!form.fits(wrong), "{wrong}");
    }
    for text in ["rko0010", "RKO001", "RKO00100", "XML0010", "RKO001０"] {
        assert!(text.parse::<ProcedureId>().is_err(), "{text}");
    }
}
