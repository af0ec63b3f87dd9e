//! PC/SC and the readers.

use crate::world::{OfReaders as _, Slot, World, named, only_fault, only_warning};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_doctor::{Cards, Outcome, Surroundings, examine};
use shirushi_reader::ReaderError;
use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixListener,
    sync::{Arc, Mutex},
    thread,
};

fn no_service() -> ReaderError {
    ReaderError::NoService
}

/// What keeps the library from its service, with a socket below the world's root.
fn behind(world: &World, error: fn() -> ReaderError) -> Surroundings {
    world.around(Cards::failing(error))
}

/// A service that reads the client's version and answers with these bytes.
fn service(world: &World, answer: Vec<u8>) {
    let path = world.path("root/run/pcscd/pcscd.comm");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut message = [0; 20];
            stream.read_exact(&mut message).unwrap();
            let size_and_command = [12, 0, 0, 0, 0x11, 0, 0, 0];
            assert_eq!(message[..8], size_and_command);
            // The client may have gone by now.
            let _ = stream.write_all(&answer);
        }
    });
}

fn version(major: u32, minor: u32, result: u32) -> Vec<u8> {
    [major, minor, result]
        .into_iter()
        .flat_map(u32::to_ne_bytes)
        .collect()
}

#[test]
fn no_library() {
    let world = World::new();
    let surroundings = behind(&world, || ReaderError::NoLibrary {
        source: "libpcsclite.so.1: cannot open shared object file".into(),
    });
    let report = examine(&surroundings);
    let finding = named(&report, "pcsc/library", Outcome::Fault);
    assert!(
        finding
            .seen
            .en
            .contains("libpcsclite.so.1")
    );
    assert!(
        finding
            .fix
            .unwrap()
            .en
            .contains("`sudo apt install libpcsclite1`")
    );
    named(&report, "pcsc/installed", Outcome::Ok);
}

#[test]
fn pcscd_not_installed() {
    let world = World::new();
    fs::remove_file(world.path("root/usr/sbin/pcscd")).unwrap();
    only_fault(&behind(&world, no_service), "pcsc/installed");
}

#[test]
fn pcscd_not_running() {
    let world = World::new();
    let finding = only_fault(&behind(&world, no_service), "pcsc/running");
    assert!(
        finding
            .fix
            .unwrap()
            .ja
            .contains("systemctl")
    );
}

#[test]
fn pcscd_gone_with_its_socket_left_behind() {
    let world = World::new();
    let path = world.path("root/run/pcscd/pcscd.comm");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    drop(UnixListener::bind(path).unwrap());
    world.write("root/proc/4711/comm", "pcscd\n");
    let finding = only_fault(&behind(&world, no_service), "pcsc/running");
    assert!(finding.seen.en.contains("pcscd (4711)"), "{finding:?}");
}

#[test]
fn another_protocol() {
    for result in [0, 0x8010_001E] {
        let world = World::new();
        service(&world, version(4, 9, result));
        let finding = only_fault(&behind(&world, no_service), "pcsc/protocol");
        assert!(finding.seen.en.contains("4:9"), "{finding:?}");
        assert!(finding.seen.ja.contains("4:9"), "{finding:?}");
    }
}

#[test]
fn something_else_at_the_socket() {
    let world = World::new();
    service(&world, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    only_fault(&behind(&world, no_service), "pcsc/running");
}

#[test]
fn a_socket_named_by_the_environment() {
    let world = World::new();
    service(&world, version(4, 9, 0));
    let mut surroundings = behind(&world, no_service);
    surroundings.environment.insert(
        "PCSCLITE_CSOCK_NAME".to_owned(),
        world.path("elsewhere").into(),
    );
    let finding = only_fault(&surroundings, "pcsc/running");
    assert!(finding.seen.en.contains("elsewhere"));
}

#[test]
fn polkit_refuses() {
    let world = World::new();
    // pcscd hangs up before it reads anything when polkit does not let the user in.
    service(&world, Vec::new());
    let refused = || ReaderError::Other { code: 0x8010_0013 };
    only_fault(&behind(&world, refused), "pcsc/permission");
    let seen_not_used = Slot::Fails(|| ReaderError::NoService);
    let surroundings = world.around(Cards::readers(vec![("Reader 0", seen_not_used)]));
    only_fault(&surroundings, "pcsc/permission");
}

#[test]
fn an_answer_that_says_nothing() {
    let world = World::new();
    service(&world, version(4, 4, 0));
    let report = examine(&behind(&world, || ReaderError::Other { code: 0x8010_0001 }));
    let finding = named(&report, "pcsc/protocol", Outcome::NotLookedAt);
    assert!(finding.seen.en.contains("80100001"));
    assert_eq!(report.worst(), Some(Outcome::NotLookedAt));
}

#[test]
fn no_reader() {
    let world = World::new();
    only_fault(&world.around(Cards::readers(vec![])), "reader/present");
}

#[test]
fn no_reader_of_that_name() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    if let Cards::Readers { name, .. } = &mut surroundings.cards {
        *name = Some("ACR".to_owned());
    }
    let finding = only_fault(&surroundings, "reader/present");
    assert!(finding.seen.en.contains("Reader 0"), "{finding:?}");
}

/// Another kind of card, which answers that it has none of what it is asked for.
fn another_kind() -> Slot {
    struct Other;
    impl Transmit for Other {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransmitError> {
            Ok(vec![0x6A, 0x82])
        }
    }
    Slot::Card(Arc::new(Mutex::new(Other)))
}

#[test]
fn the_card_is_found_whatever_the_readers_before_it_have() {
    for other in [
        Slot::Fails(|| ReaderError::NoCard),
        Slot::Fails(|| ReaderError::Busy),
        Slot::Fails(|| ReaderError::Mute),
        another_kind(),
    ] {
        let mut world = World::new();
        let card = std::mem::replace(&mut world.home.card, crate::home::blank());
        let surroundings = world.around(Cards::readers(vec![
            ("Left", other),
            ("Right", Slot::card(card)),
        ]));
        let report = examine(&surroundings);
        assert_eq!(report.worst(), None, "{report:#?}");
        let finding = named(&report, "reader/single", Outcome::Ok);
        assert!(
            finding
                .seen
                .en
                .starts_with("The card is in \"Right\" (Left: "),
            "{finding:?}"
        );
    }
}

#[test]
fn two_cards_that_may_be_meant() {
    let mut world = World::new();
    let card = std::mem::replace(&mut world.home.card, crate::home::blank());
    let surroundings = world.around(Cards::readers(vec![
        ("Left", Slot::card(card)),
        ("Right", Slot::card(crate::home::blank())),
    ]));
    let finding = only_warning(&surroundings, "reader/single");
    assert!(
        finding
            .seen
            .en
            .contains("2 cards with JPKI (Left: a card with JPKI, Right: a card with JPKI); the one in \"Left\""),
        "{finding:?}"
    );
}

#[test]
fn no_reader_has_the_card() {
    let world = World::new();
    let empty = Slot::Fails(|| ReaderError::NoCard);
    let surroundings = world.around(Cards::readers(vec![
        ("Left", empty),
        ("Right", another_kind()),
    ]));
    only_fault(&surroundings, "card/application");
    let report = examine(&surroundings);
    let finding = named(&report, "reader/single", Outcome::Warning);
    assert!(
        finding
            .seen
            .en
            .contains("(Left: no card, Right: another kind of card); \"Right\" is looked at"),
        "{finding:?}"
    );
}

#[test]
fn a_reader_in_use() {
    let world = World::new();
    world.write("root/proc/77/comm", "scdaemon\n");
    world.write(
        "root/proc/77/maps",
        "7f00 r-xp /usr/lib/libpcsclite.so.1.0.0\n",
    );
    world.write("root/proc/78/comm", "bash\n");
    world.write("root/proc/78/maps", "7f00 r-xp /usr/lib/libc.so.6\n");
    let busy = Slot::Fails(|| ReaderError::Busy);
    let surroundings = world.around(Cards::readers(vec![("Reader 0", busy)]));
    let finding = only_fault(&surroundings, "reader/free");
    let fix = finding.fix.unwrap().en;
    assert!(
        fix.contains("scdaemon (77)") && !fix.contains("bash"),
        "{fix}"
    );
}

#[test]
fn no_card() {
    let world = World::new();
    let empty = Slot::Fails(|| ReaderError::NoCard);
    only_fault(
        &world.around(Cards::readers(vec![("Reader 0", empty)])),
        "card/present",
    );
}

#[test]
fn a_mute_card() {
    let world = World::new();
    let mute = Slot::Fails(|| ReaderError::Mute);
    only_fault(
        &world.around(Cards::readers(vec![("Reader 0", mute)])),
        "card/answers",
    );
}
