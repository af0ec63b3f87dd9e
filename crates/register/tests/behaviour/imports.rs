//! Import: all or nothing, and every fault by its place.

use crate::support::{Fresh, HEADER, SAMPLE, TARO, everything, faults, resident};
use shirushi_register::{ImportError, MAX_IMPORT_BYTES, MAX_LISTED};
use shirushi_rules::Fact;
use shirushi_text::with_wrong_check_digit;
use shirushi_wire::RecordStatus;
use std::process::Command;

const GOOD: [&str; 11] = [
    "10000000001",
    "13998",
    "印　一",
    "シルシ　ハジメ",
    "",
    "",
    "1990-01-01",
    "male",
    "東京都印市朱肉一丁目１番１号",
    "",
    "alive",
];

pub(crate) async fn the_sample_is_read_back_item_by_item(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let mut rows = 0;
    for line in SAMPLE.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let record = resident(&register, cells[0]).await;
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let date = |date: Option<_>| {
            date.map_or_else(String::new, |d: shirushi_clock::Date| d.to_string())
        };
        let word = |json: String| json.trim_matches('"').to_owned();
        assert_eq!(
            [
                record.code.to_string(),
                record.municipality.to_string(),
                record.name,
                optional(&record.furigana),
                optional(&record.former_name),
                optional(&record.alias),
                record.birth_date.to_string(),
                word(serde_json::to_string(&record.sex).unwrap()),
                record.address,
                date(record.stay_until),
                word(serde_json::to_string(&record.status).unwrap()),
            ],
            cells.as_slice()
        );
        assert_eq!(record.sequence, 0);
        // Invented codes show that they are invented, by the same digit in Python and in Rust.
        assert_eq!(with_wrong_check_digit(&cells[0][..10]), cells[0]);
        rows += 1;
    }
    assert!(rows >= 300, "{rows}");
    assert_eq!(
        register
            .residents_count()
            .await
            .unwrap(),
        rows
    );
}

#[test]
fn the_sample_is_what_its_script_writes() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/sample_residents.py");
    let run = Command::new("python3")
        .args([script, "--check"])
        .status()
        .expect("python3 is installed");
    assert!(run.success());
}

pub(crate) async fn every_kind_of_fault_is_named_by_line_and_column(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let long_name = "印".repeat(121);
    let long_address = format!("東京都印市{}", "一".repeat(196));
    let kinds: &[(usize, &str)] = &[
        (0, ""),
        (0, "1234567890"),
        (0, "１２３４５６７８９０１"),
        (0, TARO),
        (1, ""),
        (1, "13101"),
        (1, "99999"),
        (2, ""),
        (2, " 印"),
        (2, "印\u{1}"),
        (2, "印\u{e000}"),
        (2, &long_name),
        (3, "ｼﾙｼ"),
        (3, "印"),
        (3, "シルシ　"),
        (4, "　"),
        (5, "通称\u{fffd}"),
        (6, ""),
        (6, "1990-02-29"),
        (6, "1990-1-1"),
        (6, "19900101"),
        (6, "+001990-01-01"),
        (6, "2026-11-23"),
        (6, "1868-01-24"),
        (7, ""),
        (7, "Male"),
        (7, "1"),
        (8, ""),
        (8, "神奈川県判子市篆刻一丁目１番１号"),
        (8, &long_address),
        (9, "2026-13-01"),
        (9, "1989-12-31"),
        (10, ""),
        (10, "living"),
    ];
    let columns: Vec<&str> = HEADER.split(',').collect();
    let mut file = format!("{HEADER}\n");
    let mut expected = Vec::new();
    for (at, &(column, value)) in kinds.iter().enumerate() {
        let code = format!("{:011}", 20_000_000_000u64 + at as u64);
        let mut cells = GOOD;
        cells[0] = &code;
        cells[column] = value;
        file.push_str(&format!("{}\n", cells.join(",")));
        expected.push((at + 2, columns[column].to_owned()));
    }
    let error = register
        .import_csv(file.as_bytes())
        .await
        .unwrap_err();
    let (places, count) = faults(error);
    assert_eq!(places, expected);
    assert_eq!(count, kinds.len().to_string());

    // Faults of a row's shape, of its encoding, of a repeated code, and two in one row.
    let good = |code: &str| {
        let mut cells = GOOD;
        cells[0] = code;
        cells.join(",")
    };
    let mut bytes = format!(
        "{HEADER}\n{}\n{},too many\nfew,of them\n{}\n\"{}\n",
        good("30000000001"),
        good("30000000002"),
        good("30000000001"),
        good("30000000003")
            .replace("male", "x")
            .replace("1990-01-01", "y")
            .replacen(',', "\",", 1)
    )
    .into_bytes();
    let broken = bytes.len();
    bytes.extend(good("30000000004").into_bytes());
    let name = broken + "30000000004,13998,".len();
    bytes[name] = 0xff;
    let (places, count) = faults(
        register
            .import_csv(&bytes)
            .await
            .unwrap_err(),
    );
    let expected = [
        (3, "row"),
        (4, "row"),
        (5, "resident_code"),
        (6, "birth_date"),
        (6, "sex"),
        (7, "name"),
    ];
    assert_eq!(
        places,
        expected.map(|(line, column)| (line, column.to_owned()))
    );
    assert_eq!(count, "5");

    for (file, column) in [
        ("", "row"),
        ("resident_code,municipality\n", "row"),
        ("名前\n印\n", "row"),
        (&HEADER.replace("alias", "Alias"), "row"),
    ] {
        let (places, _) = faults(
            register
                .import_csv(file.as_bytes())
                .await
                .unwrap_err(),
        );
        assert_eq!(places, [(1, column.to_owned())], "{file}");
    }
}

pub(crate) async fn a_refused_file_leaves_the_register_as_it_was(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let before = everything(&register).await;
    let mut file = format!("{HEADER}\n");
    for at in 0..4_500u64 {
        let code = format!("{:011}", 40_000_000_000 + at);
        let mut cells = GOOD;
        cells[0] = &code;
        file.push_str(&format!("{}\n", cells.join(",")));
    }
    let good = file.clone();
    file.push_str(&GOOD.join(",").replace(GOOD[0], TARO));
    let (places, count) = faults(
        register
            .import_csv(file.as_bytes())
            .await
            .unwrap_err(),
    );
    assert_eq!(places, [(4_502, "resident_code".to_owned())]);
    assert_eq!(count, "1");
    assert_eq!(everything(&register).await, before);
    let report = register
        .import_csv(good.as_bytes())
        .await
        .unwrap();
    assert_eq!(report.imported, 4_500);
    // The same file again: every row is wrong now, also those of the last batch.
    let (places, count) = faults(
        register
            .import_csv(good.as_bytes())
            .await
            .unwrap_err(),
    );
    assert_eq!(count, "4500");
    assert_eq!(places[0], (2, "resident_code".to_owned()));
}

pub(crate) async fn marks_and_line_ends_of_other_systems_are_taken(fresh: &Fresh) {
    let (register, _store) = fresh.register().await;
    let row = |code: &str, end: &str| format!("{}{end}", GOOD.join(",").replace(GOOD[0], code));
    let windows = format!(
        "\u{feff}{HEADER}\r\n{}{}",
        row("50000000001", "\r\n"),
        row("50000000002", "\r\n")
    );
    assert_eq!(
        register
            .import_csv(windows.as_bytes())
            .await
            .unwrap()
            .imported,
        2
    );
    let no_end = format!("{HEADER}\n\n\n{}", row("50000000003", ""));
    assert_eq!(
        register
            .import_csv(no_end.as_bytes())
            .await
            .unwrap()
            .imported,
        1
    );
    let quoted = format!(
        "{HEADER}\n{}",
        row("50000000004", "")
            .replace("male", "\"女\"")
            .replace("alive", "死亡")
    );
    assert_eq!(
        register
            .import_csv(quoted.as_bytes())
            .await
            .unwrap()
            .imported,
        1
    );
    assert_eq!(
        resident(&register, "50000000004")
            .await
            .status,
        RecordStatus::Dead
    );
    assert_eq!(
        register
            .import_csv(HEADER.as_bytes())
            .await
            .unwrap()
            .imported,
        0
    );
    // Lines are counted by what an editor shows: CRLF once, blank lines and line ends inside quotes too.
    let bad = format!(
        "\u{feff}{HEADER}\r\n\r\n{}{}{}",
        row("50000000005", "\r\n\r\n").replace("印　一", "\"印\r\n一\""),
        row("x", "\r\n"),
        row("y", "\r\n")
    );
    let (places, _) = faults(
        register
            .import_csv(bad.as_bytes())
            .await
            .unwrap_err(),
    );
    let expected = [(3, "name"), (6, "resident_code"), (7, "resident_code")];
    assert_eq!(
        places,
        expected.map(|(line, column)| (line, column.to_owned()))
    );
}

pub(crate) async fn a_file_over_the_limit_is_refused_by_its_size(fresh: &Fresh) {
    let (register, _store) = fresh.register().await;
    let mut file = format!("{HEADER}\n").into_bytes();
    file.resize(MAX_IMPORT_BYTES, b'\n');
    assert_eq!(
        register
            .import_csv(&file)
            .await
            .unwrap()
            .imported,
        0
    );
    file.push(b'\n');
    match register
        .import_csv(&file)
        .await
        .unwrap_err()
    {
        ImportError::Refused { refusal, rows } => {
            assert_eq!(refusal.rule().id, "upload/size-limit");
            assert_eq!(refusal.report().facts["limit"], Fact::Number(16_777_216));
            assert!(rows.is_empty());
        }
        other => panic!("{other}"),
    }
}

pub(crate) async fn faults_beyond_the_list_are_counted(fresh: &Fresh) {
    let (register, _store) = fresh.register().await;
    let mut file = format!("{HEADER}\n");
    for _ in 0..3_000 {
        file.push_str(
            &GOOD
                .join(",")
                .replace("male", "x")
                .replace("1990-01-01", "y"),
        );
        file.push('\n');
    }
    match register
        .import_csv(file.as_bytes())
        .await
        .unwrap_err()
    {
        ImportError::Refused { refusal, rows } => {
            assert_eq!(refusal.rule().id, "register/import-rows");
            assert_eq!(refusal.report().facts["count"], Fact::Number(3_000));
            assert_eq!(rows.len(), MAX_LISTED);
            assert_eq!(rows[0].value_shown, "y");
        }
        other => panic!("{other}"),
    }
    let long = GOOD
        .join(",")
        .replace("male", &"長".repeat(1_000));
    let file = format!("{HEADER}\n{long}\n");
    match register
        .import_csv(file.as_bytes())
        .await
        .unwrap_err()
    {
        ImportError::Refused { rows, .. } => {
            assert_eq!(rows[0].value_shown, format!("{}…", "長".repeat(40)));
        }
        other => panic!("{other}"),
    }
}

pub(crate) async fn a_list_goes_on_where_it_ended(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let place = "13998".parse().unwrap();
    let all = register
        .list(&place, 1_000, None)
        .await
        .unwrap();
    let mut paged = Vec::new();
    while let Some(page) = Some(
        register
            .list(
                &place,
                50,
                paged
                    .last()
                    .map(|r: &shirushi_wire::ResidentRecord| &r.code),
            )
            .await
            .unwrap(),
    )
    .filter(|page| !page.is_empty())
    {
        assert!(page.len() <= 50);
        paged.extend(page);
    }
    assert!(all.len() > 100);
    assert_eq!(paged, all);
    assert!(all.is_sorted_by(|a, b| a.code < b.code));
    assert!(
        all.iter()
            .all(|r| r.municipality == place)
    );
}

pub(crate) async fn a_search_finds_a_text_wherever_it_stands(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let place = "13998".parse().unwrap();
    for (text, found) in [
        ("印　太郎", "90000000014"),
        ("シュニク", "90000000021"),
        ("0000000039", "90000000039"),
        ("篆刻", "90000000080"),
        ("𠮷", "90000000039"),
    ] {
        let people = register
            .search(&place, text, 1_000, 0)
            .await
            .unwrap();
        assert!(
            people
                .iter()
                .any(|r| r.code.as_str() == found),
            "{text}"
        );
    }
    for pattern in ["%", "_", "!", "' OR 1=1 --"] {
        let people = register
            .search(&place, pattern, 1_000, 0)
            .await
            .unwrap();
        assert_eq!(people, [], "{pattern} is a text like any other");
    }
    let all = register
        .search(&place, "", 1_000, 0)
        .await
        .unwrap();
    let mut paged = Vec::new();
    for page in 0.. {
        let people = register
            .search(&place, "", 50, 50 * page)
            .await
            .unwrap();
        if people.is_empty() {
            break;
        }
        paged.extend(people);
    }
    assert!(all.len() > 100);
    assert_eq!(paged, all);
}
