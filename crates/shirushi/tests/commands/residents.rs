//! `up --residents`: a file is imported as a whole or not at all.

use crate::{
    http,
    place::{ENGLISH, Place, Up},
};

const HEADER: &str = "resident_code,municipality,name,furigana,former_name,alias,birth_date,sex,address,stay_until,status\n";

/// Three rows, of which the second and third are wrong; two faults are in the third.
const BAD: &str = "\
90000000014,13998,印　太郎,シルシ　タロウ,,,1980-02-17,male,東京都印市朱肉一丁目１番１号,,alive
90000000021,13998,朱肉　花,シュニク　ハナ,,,2012-02-30,female,東京都印市朱肉二丁目３番５号,,alive
90000000039,99999,髙﨑　𠮷德,タカサキ　ヨシノリ,,,1975-08-20,male,東京都印市実印坂一丁目４番７号,,elsewhere
";

fn residents(up: &Up) -> String {
    let status = http::get(&up.url, "/register/status").success();
    let checks = status["checks"].as_array().unwrap();
    let check = checks
        .iter()
        .find(|check| check["name"] == "residents");
    check.unwrap()["seen"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn wrong_rows_are_named_and_nothing_is_imported_until_the_file_is_good() {
    let place = Place::new();
    let good = BAD
        .replace("2012-02-30", "2012-05-05")
        .replace("99999", "13998")
        .replace("elsewhere", "alive");
    std::fs::write(place.path("bad.csv"), format!("{HEADER}{BAD}")).unwrap();
    std::fs::write(place.path("good.csv"), format!("{HEADER}{good}")).unwrap();
    let listen = ["up", "--dir", "city", "--listen", "127.0.0.1:0"];
    let ended = place.run(
        ENGLISH,
        &[&listen[..], &["--residents", "bad.csv"]].concat(),
    );
    ended.assert_refused(&[
        "bad.csv was not imported; nothing of it has been recorded",
        "bad.csv は取り込まれませんでした（1件も記録されていません）",
        "3行目 / line 3, birth_date: ",
        "(2012-02-30)",
        "4行目 / line 4, municipality: ",
        "4行目 / line 4, status: ",
    ]);
    assert!(!ended.err.contains("line 2"), "{}", ended.err);

    // The same file again: nothing of it had been recorded, or its codes would be taken now.
    let again = place.run(
        ENGLISH,
        &[&listen[..], &["--residents", "bad.csv"]].concat(),
    );
    assert_eq!(again.err, ended.err);

    let up = place.up_with(Some("127.0.0.1:0"), &["--residents", "good.csv"], "warn");
    assert_eq!(residents(&up), "3");
    up.stop();
}

#[test]
fn a_file_that_is_missing_empty_or_no_csv_is_named_and_refused() {
    let place = Place::new();
    std::fs::write(place.path("empty.csv"), "").unwrap();
    std::fs::write(
        place.path("image.csv"),
        [0x89, b'P', b'N', b'G', 0xff, 0x00],
    )
    .unwrap();
    std::fs::write(place.path("huge.csv"), vec![b' '; 17 * 1024 * 1024]).unwrap();
    for (file, ja, en) in [
        (
            "nowhere.csv",
            "読み書きできません",
            "No such file or directory",
        ),
        ("empty.csv", "1行目", "line 1"),
        ("image.csv", "1行目", "line 1"),
        ("huge.csv", "上限", "exceeds the limit"),
    ] {
        let arguments = [
            "up",
            "--dir",
            "city",
            "--listen",
            "127.0.0.1:0",
            "--residents",
            file,
        ];
        place
            .run(ENGLISH, &arguments)
            .assert_refused(&[file, ja, en]);
    }
}

#[test]
fn without_a_file_the_sample_lives_there() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    assert_eq!(residents(&up), "330");
    up.stop();
}

#[test]
fn a_city_of_other_municipalities_is_a_file_and_a_wrong_one_is_named_with_its_line() {
    const FIRST: &str = "code,prefecture,locality,prefecture_ja,name_ja\n";
    let place = Place::new();
    std::fs::write(
        place.path("bad.csv"),
        format!(
            "{FIRST}01998,Hokkai-do,Yuki-mura,北海道,雪村\n01999,Hokkai-do,Yuki-mura,北海道,雪町\n"
        ),
    )
    .unwrap();
    std::fs::write(
        place.path("good.csv"),
        format!("{FIRST}01998,Hokkai-do,Yuki-mura,北海道,雪村\n"),
    )
    .unwrap();
    let row = "90000000014,01998,雪　太郎,ユキ　タロウ,,,1980-02-17,male,北海道雪村一丁目１番１号,,alive\n";
    std::fs::write(place.path("people.csv"), format!("{HEADER}{row}")).unwrap();

    let listen = ["up", "--dir", "city", "--listen", "127.0.0.1:0"];
    let ended = place.run(
        ENGLISH,
        &[&listen[..], &["--municipalities", "bad.csv"]].concat(),
    );
    ended.assert_refused(&[
        "bad.csv",
        "line 3 / 3行目: another municipality has the same prefecture and locality",
        "英字名が同じ市区町村がほかにあります",
    ]);

    // The sandbox's own residents live in none of these.
    let ended = place.run(
        ENGLISH,
        &[&listen[..], &["--municipalities", "good.csv"]].concat(),
    );
    ended.assert_refused(&["residents.csv was not imported", "line 2, municipality: "]);

    let of_its_own = ["--municipalities", "good.csv", "--residents", "people.csv"];
    let up = place.up_with(Some("127.0.0.1:0"), &of_its_own, "warn");
    assert_eq!(residents(&up), "1");
    let code = http::post(
        &up.url,
        "/sandbox/officers",
        None,
        &serde_json::json!({ "municipality": "01998" }),
    );
    assert!(code.success()["code"].is_string());
    let elsewhere = http::post(
        &up.url,
        "/sandbox/officers",
        None,
        &serde_json::json!({ "municipality": "13998" }),
    );
    assert_eq!(elsewhere.status, 422);
    // Its revocations have a list of their own, under its own name.
    let list = http::get(&up.url, "/crl/sign/01998.crl");
    assert_eq!(list.status, 200);
    up.stop();
}
