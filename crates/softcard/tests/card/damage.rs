//! Files that are none, damaged, of another version, in use; and real files on a real disk.

use crate::support::*;
use shirushi_crypto::{Secret, SystemRandom, sha256};
use shirushi_softcard::{Damage, SoftCard, SoftCardError, Variant};
use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc};

fn error(bytes: &[u8]) -> SoftCardError {
    SoftCard::open(MemoryDisk::holding(bytes.to_vec()), Arc::new(SystemRandom)).unwrap_err()
}

fn damage(bytes: &[u8]) -> Damage {
    match error(bytes) {
        SoftCardError::Damaged { damage } => damage,
        other => panic!("{other:?}"),
    }
}

fn open_file(path: &Path) -> Result<SoftCard, SoftCardError> {
    SoftCard::open_file(path, Arc::new(SystemRandom))
}

/// The same of a file that nobody has: a child that another test begins holds its lock too, until its own program runs.
fn open_freed(path: &Path) -> Result<SoftCard, SoftCardError> {
    loop {
        match open_file(path) {
            Err(SoftCardError::InUse) => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

/// The file with its JSON edited and its checksum made to fit.
fn edited(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let (_, json) = text.split_once('\n').unwrap();
    let json = json.trim_end();
    assert!(json.contains(from));
    let json = json.replacen(from, to, 1);
    let checksum = hex::encode(sha256(json.as_bytes()));
    format!("shirushi-softcard 2 {checksum}\n{json}\n").into_bytes()
}

#[test]
fn every_single_damaged_byte_is_found() {
    let (_, disk) = blank(Variant::default());
    let file = disk.bytes();
    for at in 0..file.len() {
        let mut broken = file.clone();
        broken[at] ^= 0x01;
        assert!(SoftCard::open(MemoryDisk::holding(broken), Arc::new(SystemRandom)).is_err());
    }
    for length in 0..file.len() {
        damage(&file[..length]);
    }
}

#[test]
fn damage_is_named_and_says_what_to_do() {
    let (_, disk) = blank(Variant::default());
    let file = disk.bytes();
    assert_eq!(damage(b""), Damage::NotACard);
    assert_eq!(damage(b"{}"), Damage::NotACard);
    assert_eq!(damage(&file[..file.len() - 1]), Damage::Cut);
    assert_eq!(damage(&vec![b'x'; (1 << 20) + 1]), Damage::TooLong);
    let mut flipped = file.clone();
    flipped[200] ^= 1;
    assert_eq!(damage(&flipped), Damage::Checksum);
    for (from, to) in [
        ("\"card_number\":\"0000", "\"card_number\":\"印00"),
        ("\"filler\":300", "\"filler\":999999999"),
        ("\"pins\":{", "\"pins\":{\"Unheard\":{},"),
        ("\"kind\":", "\"unknown\":1,\"kind\":"),
        ("\"tries\":3", "\"tries\":300"),
        ("\"municipality\":\"99201\"", "\"municipality\":\"9\""),
    ] {
        let broken = edited(&file, from, to);
        assert!(matches!(damage(&broken), Damage::Content { .. }), "{to}");
    }
    // The same edit without a fault is taken: the rows above fail for their own reason.
    let sound = edited(&file, "\"filler\":300", "\"filler\":301");
    SoftCard::open(MemoryDisk::holding(sound), Arc::new(SystemRandom)).unwrap();

    let text = error(&flipped).to_string();
    assert!(
        text.contains("checksum") && text.contains("new card"),
        "{text}"
    );
    let newer = [b"shirushi-softcard 3 00\n".as_slice(), &file].concat();
    let SoftCardError::Version { found: 3, known: 2 } = error(&newer) else {
        panic!("another version is told from damage");
    };
}

#[test]
fn a_file_is_its_owners_and_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    assert!(matches!(open_freed(&path), Err(SoftCardError::Missing)));
    assert_eq!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .count(),
        0
    );

    let create = || {
        SoftCard::create_file(
            &path,
            manufacture(Variant::default()),
            Arc::new(SystemRandom),
        )
    };
    let mut card = create().unwrap();
    let mode = std::fs::metadata(&path)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(open_file(&path), Err(SoftCardError::InUse)));
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    assert_eq!(verify(&mut card, 0x91, "0000"), "63C2");
    drop(card);

    assert!(matches!(create(), Err(SoftCardError::Exists)));
    let mut card = open_freed(&path).unwrap();
    assert_eq!(card.card_number(), CARD_NUMBER);
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    assert_eq!(send(&mut card, "00200091"), "63C2");
    assert!(!folder.path().join("card.new").exists());
}

#[test]
fn what_an_interrupted_write_left_behind_is_overwritten_and_made_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let left = folder.path().join("card.new");
    std::fs::write(&left, vec![b'x'; 100_000]).unwrap();
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&left, mode).unwrap();
    SoftCard::create_file(
        &path,
        manufacture(Variant::default()),
        Arc::new(SystemRandom),
    )
    .unwrap();
    let mode = std::fs::metadata(&path)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    open_freed(&path).unwrap();
}

#[test]
fn a_folder_that_is_gone_is_a_memory_failure_and_the_card_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let path = inner.join("card");
    let mut card = SoftCard::create_file(
        &path,
        manufacture(Variant::default()),
        Arc::new(SystemRandom),
    )
    .unwrap();
    std::fs::rename(&inner, folder.path().join("away")).unwrap();
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "6581");
    assert_eq!(send(&mut card, "00200091"), "63C3");
    std::fs::rename(folder.path().join("away"), &inner).unwrap();
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "9000");
}

#[test]
fn a_manufacture_that_no_card_can_hold_is_refused() {
    let make = |change: fn(&mut shirushi_softcard::Manufacture)| {
        let mut manufacture = manufacture(Variant::default());
        change(&mut manufacture);
        let disk = Arc::new(MemoryDisk::default());
        let made = SoftCard::make(disk.clone(), manufacture, Arc::new(SystemRandom));
        assert_eq!(disk.replaced(), 0);
        made.unwrap_err().to_string()
    };
    assert!(make(|m| m.card_number.clear()).contains("card number"));
    assert!(make(|m| m.card_number = "1".repeat(17)).contains("card number"));
    assert!(make(|m| m.card_number = "カード".to_owned()).contains("card number"));
    assert!(make(|m| m.variant.filler = 4097).contains("filler"));
    type Change = fn(&mut shirushi_softcard::HolderText);
    let changes: [(&str, Change); 4] = [
        ("name", |text| text.name.clear()),
        ("address", |text| text.address = "あ".repeat(2000)),
        ("municipality", |text| text.municipality = "1".to_owned()),
        ("pin", |text| text.pin = Secret::default()),
    ];
    for (field, change) in changes {
        let mut manufacture = manufacture(Variant::default());
        change(manufacture.text.as_mut().unwrap());
        let disk = Arc::new(MemoryDisk::default());
        let made = SoftCard::make(disk, manufacture, Arc::new(SystemRandom));
        let text = made.unwrap_err().to_string();
        assert!(text.contains(&format!("holder's {field} ")), "{text}");
    }
}
