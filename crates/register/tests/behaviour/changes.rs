//! Changes: their effect on the record and on certificates, and what does not fit.

use crate::support::{
    Fresh, NOBODY, TARO, TODAY, UTSURU, code, day, everything, happens, refusal, resident,
};
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    Sex,
};
use shirushi_register::{Change, NewItems, NewNames, NewResident, What};
use shirushi_wire::{EventKind, RecordStatus};

fn move_within(address: &str) -> What {
    What::MoveWithin {
        address: address.to_owned(),
    }
}

fn move_in() -> What {
    What::MoveIn {
        municipality: "13999".parse().unwrap(),
        address: "東京都朱肉町字印池１番地".to_owned(),
    }
}

fn renamed(name: &str) -> What {
    What::NameChange(NewNames {
        name: Some(name.to_owned()),
        ..NewNames::default()
    })
}

fn born() -> What {
    What::Birth(NewResident {
        municipality: "14998".parse().unwrap(),
        name: "印　新".to_owned(),
        furigana: Some("シルシ　アラタ".to_owned()),
        sex: Sex::Unknown,
        address: "神奈川県判子市柘一丁目１番１号".to_owned(),
        stay_until: None,
    })
}

pub(crate) async fn each_change_does_what_the_table_says(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let correction = What::CorrectionByOffice(NewItems {
        birth_date: Some(day("1980-02-18")),
        sex: Some(Sex::Female),
        address: Some("東京都印市印影一丁目２番３号".to_owned()),
        ..NewItems::default()
    });
    let minor = What::MinorCorrection {
        name: Some("印　太郞".to_owned()),
        address: Some("東京都印市印影１丁目２番３号".to_owned()),
        reason: Some("町名の表記の変更".to_owned()),
    };
    let both: &[CertificateKind] = &[Signature, Authentication];
    let story: Vec<(&str, What, EventKind, &str, &[CertificateKind])> = vec![
        (
            TARO,
            move_within("東京都印市朱肉二丁目１番１号"),
            EventKind::MoveWithin,
            "13998",
            &[Signature],
        ),
        (
            TARO,
            renamed("印　太朗"),
            EventKind::NameChange,
            "13998",
            &[Signature],
        ),
        (
            TARO,
            correction,
            EventKind::CorrectionByOffice,
            "13998",
            &[Signature],
        ),
        (TARO, minor, EventKind::MinorCorrection, "13998", &[]),
        (
            TARO,
            What::MoveOut,
            EventKind::MoveOut,
            "13998",
            &[Signature],
        ),
        (TARO, move_in(), EventKind::MoveIn, "13999", &[Signature]),
        (
            TARO,
            What::DeletionByOffice,
            EventKind::DeletionByOffice,
            "13999",
            both,
        ),
        (TARO, move_in(), EventKind::MoveIn, "13999", &[Signature]),
        (TARO, What::Death, EventKind::Death, "13999", both),
        (NOBODY, born(), EventKind::Birth, "14998", &[]),
    ];
    let mut sequence = 0;
    for (who, what, kind, municipality, ends) in story {
        let event = happens(&register, who, what)
            .await
            .unwrap();
        sequence += 1;
        assert_eq!(event.sequence, sequence);
        assert_eq!(event.resident, code(who));
        assert_eq!(event.kind, kind);
        assert_eq!(event.ends, ends, "{kind:?}");
        assert_eq!(event.municipality.to_string(), municipality, "{kind:?}");
        assert_eq!(event.occurred_on, TODAY);
        assert_eq!(event.recorded_at.date_jst(), TODAY);
        assert_eq!(resident(&register, who).await.sequence, sequence);
        let status = match kind {
            EventKind::MoveOut => RecordStatus::MovedOut,
            EventKind::DeletionByOffice => RecordStatus::DeletedByOffice,
            EventKind::Death => RecordStatus::Dead,
            _ => RecordStatus::Alive,
        };
        assert_eq!(resident(&register, who).await.status, status, "{kind:?}");
    }
    let taro = resident(&register, TARO).await;
    assert_eq!(taro.name, "印　太郞");
    assert_eq!(taro.furigana.as_deref(), Some("シルシ　タロウ"));
    assert_eq!(
        (taro.birth_date, taro.sex),
        (day("1980-02-18"), Sex::Female)
    );
    assert_eq!(taro.address, "東京都朱肉町字印池１番地");
    let baby = resident(&register, NOBODY).await;
    assert_eq!((baby.name.as_str(), baby.birth_date), ("印　新", TODAY));
    let told = register.undelivered(100).await.unwrap();
    assert_eq!(told.len(), 10);
    assert_eq!(
        register
            .events_of(&code(TARO))
            .await
            .unwrap(),
        told[..9]
    );
}

pub(crate) async fn a_change_that_does_not_fit_changes_nothing(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let dead = "90000000110";
    happens(&register, dead, What::Death)
        .await
        .unwrap();
    let before = everything(&register).await;
    let on = |who: &str, date: &str, what: What| Change {
        resident: code(who),
        occurred_on: day(date),
        what,
    };
    let today = "2026-11-22";
    let cases = [
        (
            on(NOBODY, today, What::Death),
            "register/resident-known",
            "12345678900",
        ),
        (
            on(TARO, "2026-11-23", What::Death),
            "register/event-fits",
            "future",
        ),
        (
            on(TARO, "1980-02-16", What::Death),
            "register/event-fits",
            "before the birth",
        ),
        (
            on(TARO, today, move_in()),
            "register/event-fits",
            "not moved out",
        ),
        (
            on(UTSURU, today, What::MoveOut),
            "register/event-fits",
            "has moved out",
        ),
        (
            on(UTSURU, today, renamed("朱文　移")),
            "register/event-fits",
            "has moved out",
        ),
        (
            on(dead, today, What::Death),
            "register/event-fits",
            "is dead",
        ),
        (on(dead, today, move_in()), "register/event-fits", "is dead"),
        (
            on(TARO, today, born()),
            "register/event-fits",
            "recorded already",
        ),
        (
            on(TARO, today, renamed("印　太郎")),
            "register/event-fits",
            "nothing would change",
        ),
        (
            on(TARO, today, What::NameChange(NewNames::default())),
            "register/event-fits",
            "nothing would change",
        ),
        (
            on(TARO, today, move_within("東京都印市朱肉一丁目１番１号")),
            "register/event-fits",
            "nothing would change",
        ),
    ];
    for (change, rule, fact) in cases {
        let shown = format!("{:?}", change.what);
        let refused = refusal(register.record_event(change).await);
        assert_eq!(refused.rule().id, rule, "{shown}");
        assert!(refused.to_string().contains(fact), "{refused}");
    }
    assert_eq!(everything(&register).await, before);
    assert_eq!(register.sequence().await.unwrap(), 1);
    assert_eq!(
        register
            .undelivered(10)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// Reg 20: character by character another shape of the same, or an officer's decision with a reason.
pub(crate) async fn a_minor_correction_changes_shapes_only_or_has_a_reason(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let minor =
        |name: Option<&str>, address: Option<&str>, reason: Option<&str>| What::MinorCorrection {
            name: name.map(str::to_owned),
            address: address.map(str::to_owned),
            reason: reason.map(str::to_owned),
        };
    for (name, address, said) in [
        (
            Some("全然　違人"),
            None,
            "1文字目: 印 (U+5370) と 全 (U+5168)",
        ),
        (Some("印　太"), None, "4文字目: 郎 (U+90CE) と なし"),
        (
            None,
            Some("東京都印市朱肉一丁目１番２号"),
            "文字目: １ (U+FF11) と ２ (U+FF12)",
        ),
    ] {
        let refused = refusal(happens(&register, TARO, minor(name, address, None)).await);
        assert_eq!(refused.rule().id, "register/event-fits");
        let told = refused.report().reason.ja;
        assert!(told.contains(said), "{told}");
    }
    // A kana or letter in pieces is recorded in one piece; a reason decides.
    for (what, name) in [
        (minor(Some("印　太郞"), None, None), "印　太郞"),
        (
            minor(Some("印　か\u{3099}"), None, Some("字の誤り")),
            "印　が",
        ),
    ] {
        happens(&register, TARO, what)
            .await
            .unwrap();
        let found = register
            .resident(&TARO.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.name, name);
    }
    let refused = refusal(
        happens(
            &register,
            TARO,
            minor(Some("印　a"), None, Some("\u{202e}")),
        )
        .await,
    );
    assert_eq!(refused.report().facts["where"], "reason");
}

pub(crate) async fn items_out_of_form_are_refused_by_name(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let names = |change: &dyn Fn(&mut NewNames)| {
        let mut names = NewNames::default();
        change(&mut names);
        What::NameChange(names)
    };
    let elsewhere = What::MoveIn {
        municipality: "13101".parse().unwrap(),
        address: "東京都千代田区".to_owned(),
    };
    let cases = [
        (TARO, names(&|n| n.name = Some(" ".to_owned())), "name"),
        (
            TARO,
            names(&|n| n.furigana = Some("印".to_owned())),
            "furigana",
        ),
        (
            TARO,
            names(&|n| n.former_name = Some("\u{0}".to_owned())),
            "former_name",
        ),
        (
            TARO,
            names(&|n| n.alias = Some("\u{e000}".to_owned())),
            "alias",
        ),
        (TARO, move_within("神奈川県判子市"), "address"),
        (UTSURU, elsewhere, "municipality"),
        (
            TARO,
            What::CorrectionByOffice(NewItems {
                birth_date: Some(day("2026-11-23")),
                ..NewItems::default()
            }),
            "birth_date",
        ),
    ];
    for (who, what, item) in cases {
        let refused = refusal(happens(&register, who, what).await);
        assert_eq!(refused.rule().id, "upload/well-formed");
        assert_eq!(refused.report().facts["where"], item);
    }
    assert_eq!(register.sequence().await.unwrap(), 0);
}

pub(crate) async fn names_are_removed_by_an_empty_text(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let musubi = "90000000080";
    let what = What::NameChange(NewNames {
        name: Some("捺印　結".to_owned()),
        former_name: Some(String::new()),
        alias: Some("結".to_owned()),
        ..NewNames::default()
    });
    // As an HTTP face receives it.
    let json = serde_json::to_string(&what).unwrap();
    assert!(json.contains(r#""kind":"name-change""#), "{json}");
    let what = serde_json::from_str(&json).unwrap();
    happens(&register, musubi, what)
        .await
        .unwrap();
    let after = resident(&register, musubi).await;
    assert_eq!(after.name, "捺印　結");
    assert_eq!(after.furigana.as_deref(), Some("ラッカン　ムスビ"));
    assert_eq!(after.former_name, None);
    assert_eq!(after.alias.as_deref(), Some("結"));
}
