//! What commands write, and over what they do not.
//!
//! * Nothing is written over that the command reads, by whichever name, nor over a card, nor in the place of what is no file.
//! * `-` is standard input and output; what is no text is not written to a terminal; standard input is read for one thing.
//! * A link stays a link, and a file keeps its mode.
//! * Sizes are judged before anything is read, and a document takes no memory, however large. No lock is left beside what is no card.
//! * Whoever closes a pipe ends the command: quietly, with 141, and nothing is left of a tour's city.

use super::{Hand, openssl_verifies};
use crate::{
    citizen::SIGNATURE_PASSWORD,
    place::{ENGLISH, Place, everything_in},
};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _, symlink},
        net::UnixListener,
    },
    process::{Command, Stdio},
};

/// Runs a command, and says last on standard error how many KiB it held at once.
const MEASURED: &str = "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], pass_fds=[3]).returncode; \
     print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)";

#[test]
fn nothing_is_written_over_that_is_read_or_is_no_file() {
    let hand = Hand::new();
    let folder = hand.place.path("");
    let path = |name: &str| folder.join(name);
    fs::write(path("todoke.txt"), "転居届\n").unwrap();
    let card = hand.card.to_str().unwrap();
    let export = ["cert", "export", "sign", "-o", "sign.pem"];
    assert_eq!(
        hand.run(&export, &[SIGNATURE_PASSWORD])
            .code,
        0
    );
    fs::hard_link(path("todoke.txt"), path("hard")).unwrap();
    symlink("todoke.txt", path("soft")).unwrap();
    fs::copy(card, path("other.card")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    let _socket = UnixListener::bind(path("socket")).unwrap();
    symlink("nowhere/at/all", path("dangling")).unwrap();
    let before: Vec<_> = ["todoke.txt", "sign.pem", "other.card", card]
        .map(|name| (name, fs::read(path(name)).unwrap()))
        .into();
    for output in [
        "todoke.txt",
        "./folder/../todoke.txt",
        "hard",
        "soft",
        "sign.pem",
        "other.card",
        card,
        "folder",
        "socket",
        "dangling",
    ] {
        let sign = ["sign", "todoke.txt", "--certificate", "sign.pem", "--force"];
        let ended = hand.run(&[&sign[..], &["-o", output]].concat(), &["WRONG0NE"]);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (1, ""),
            "{output}: {ended:?}"
        );
    }
    let onto_the_card = ["cert", "export", "auth", "--force", "-o", card];
    assert_eq!(hand.run(&onto_the_card, &[]).code, 1);
    for (name, bytes) in before {
        assert_eq!(fs::read(path(name)).unwrap(), bytes, "{name}");
    }
    assert!(path("soft").is_symlink() && path("dangling").is_symlink());
    assert_eq!(hand.tries("sign"), 5);

    // A device is written to, and a link to it stays.
    symlink("/dev/null", path("null")).unwrap();
    let away = ["sign", "todoke.txt", "--force", "-o", "null"];
    assert_eq!(
        hand.run(&away, &[SIGNATURE_PASSWORD])
            .code,
        0
    );
    assert!(path("null").is_symlink());
    let null = fs::metadata("/dev/null").unwrap();
    assert!(null.file_type().is_char_device());
    // A file keeps its mode, and a link to it stays.
    fs::write(path("kept.p7s"), "old").unwrap();
    fs::set_permissions(path("kept.p7s"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("kept.p7s", path("link.p7s")).unwrap();
    let kept = ["sign", "todoke.txt", "--force", "-o", "link.p7s"];
    assert_eq!(
        hand.run(&kept, &[SIGNATURE_PASSWORD])
            .code,
        0
    );
    assert!(path("link.p7s").is_symlink());
    let mode = fs::metadata(path("kept.p7s"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(openssl_verifies("kept.p7s", "todoke.txt", &folder));

    // No lock beside a document. What is large is read in pieces, and what is too large not at all: this much memory would not hold it.
    let document = ["pin", "status", "--card", "todoke.txt"];
    assert_ne!(hand.place.run(ENGLISH, &document).code, 0);
    assert!(!path("todoke.txt.lock").exists());
    let large = fs::File::create(path("large")).unwrap();
    large.set_len(1_500_000_000).unwrap();
    let shell = |script: &str| {
        let output = hand
            .place
            .command("bash", ENGLISH)
            .args(["-c", script, env!("CARGO_BIN_EXE_shirushi"), card])
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), err)
    };
    for (script, code) in [
        (
            "truncate -s 17179869185 huge; ulimit -v 1200000; $0 sign huge --card $1 --pin-fd 0 </dev/null",
            66,
        ),
        ("$0 verify kept.p7s --content huge", 66),
        (
            "ulimit -v 1200000; $0 verify kept.p7s --content - </dev/zero",
            66,
        ),
        (
            "ulimit -v 1200000; $0 sign - --card $1 --pin-fd 3 </dev/zero 3</dev/null >x",
            66,
        ),
        (
            "$0 sign todoke.txt --certificate large --card $1 --pin-fd 0 -o y </dev/null",
            66,
        ),
        ("$0 sign nowhere.txt --card $1 --pin-fd 0 </dev/null", 66),
        ("$0 sign - --card $1 --pin-fd 0 </dev/null", 64),
        (
            "$0 sign - --card $1 --pin-fd 3 <>todoke.txt 1>&0 3<<<ABC",
            1,
        ),
    ] {
        let (ended, err) = shell(script);
        assert_eq!(ended, code, "{script}: {err}");
        assert!(!err.contains("panicked"), "{err}");
    }
    assert_eq!(fs::read(path("todoke.txt")).unwrap(), "転居届\n".as_bytes());
    // The most memory that signing held at once, in bytes, as the kernel counts it (ru_maxrss).
    let peak = |document: &str| -> u64 {
        let (ended, err) = shell(&format!(
            "ulimit -v 1200000; python3 -c '{MEASURED}' $0 sign {document} --card $1 --pin-fd 3 3<<<{SIGNATURE_PASSWORD}"
        ));
        assert_eq!(ended, 0, "{document}: {err}");
        let kibibytes: u64 = err
            .lines()
            .last()
            .unwrap()
            .parse()
            .unwrap();
        kibibytes << 10
    };
    fs::write(path("small"), "x").unwrap();
    let (small, of_large) = (peak("small"), peak("large"));
    println!("peak memory: {small} bytes for 1 byte, {of_large} for 1.5 GB");
    assert!(
        of_large < small + (16 << 20),
        "{of_large} bytes, and {small} for a byte"
    );
    // As much of it as stays within the limit, and standard input likewise.
    let script = format!(
        "head -c 100000000 large | (ulimit -v 1200000; $0 sign - --card $1 --pin-fd 3 3<<<{SIGNATURE_PASSWORD} >large-piped.p7s)"
    );
    let (ended, err) = shell(&script);
    assert_eq!(ended, 0, "{script}: {err}");
    assert!(openssl_verifies("large.p7s", "large", &folder));
    // Through pipes from end to end; what is said goes elsewhere.
    let script = format!(
        "cat todoke.txt | $0 sign - --card $1 --pin-fd 3 3<<<{SIGNATURE_PASSWORD} | cat >piped.p7s"
    );
    let (ended, err) = shell(&script);
    assert_eq!(ended, 0, "{err}");
    assert!(err.contains("Signed: -"), "{err}");
    assert!(openssl_verifies("piped.p7s", "todoke.txt", &folder));
    assert!(!path("-").exists() && !path("-.p7s").exists());
    // A terminal is for text, and is refused before a PIN is asked for.
    let arguments = hand.with_card(&["sign", "todoke.txt", "-o", "-"], false);
    let talk = hand
        .place
        .talk(ENGLISH, &arguments, &[("not written to a terminal", "")]);
    assert_eq!(talk.code, 1, "{talk:?}");
    assert!(!talk.seen.contains("password"), "{talk:?}");
    let text = hand.with_card(&["cert", "export", "auth", "-o", "-"], false);
    let talk = hand
        .place
        .talk(ENGLISH, &text, &[("END CERTIFICATE", "")]);
    assert_eq!(talk.code, 0, "{talk:?}");
    hand.up.stop();
}

#[test]
fn data_are_put_only_into_folders_that_are_nobodys() {
    let place = Place::new();
    fs::create_dir(place.path("etc")).unwrap();
    fs::write(place.path("etc/hosts"), "127.0.0.1 localhost\n").unwrap();
    for (arguments, words) in [
        (
            &["up", "--listen", "127.0.0.1:0", "--dir", "etc"][..],
            "no city's folder",
        ),
        (&["tour", "--dir", "etc"], "no city's folder"),
        (
            &["agent", "--listen", "127.0.0.1:0", "--dir", "etc"],
            "no agent's",
        ),
        (&["tour", "--artefacts", "etc"], "holds something already"),
        (
            &["up", "--listen", "127.0.0.1:0", "--dir", "etc/hosts"],
            "is no folder",
        ),
    ] {
        place
            .run(ENGLISH, arguments)
            .assert_refused(&["etc", words]);
        assert_eq!(everything_in(&place.path("etc")), ["hosts".into()].into());
    }
}

#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    let hand = Hand::new();
    let card = hand.card.to_str().unwrap();
    let closed = |arguments: &[&str]| {
        let mut command = hand
            .place
            .command(env!("CARGO_BIN_EXE_shirushi"), ENGLISH);
        ends_quietly(command.args(arguments))
    };
    for arguments in [
        &["doctor", "--list"][..],
        &["cert", "show", "--card", card],
        &["cert", "export", "auth", "--card", card, "-o", "-"],
        &[
            "cert",
            "export",
            "auth",
            "--card",
            card,
            "-o",
            "/dev/stdout",
            "--json",
        ],
        &["pin", "status", "--card", card, "--json"],
        &["log", "verify", "city"],
        &["tour", "--url", "http://127.0.0.1:1"],
        &["agent", "--listen", "127.0.0.1:0", "--dir", "agent"],
    ] {
        assert_eq!(closed(arguments), 141, "{arguments:?}");
    }
    hand.up.stop();
}

/// Runs it with nobody to read its answer.
fn ends_quietly(command: &mut Command) -> i32 {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        !err.contains("panicked") && !err.contains("Broken pipe"),
        "{err}"
    );
    output.status.code().unwrap()
}

#[test]
fn a_tour_whose_reader_goes_ends_and_removes_its_city() {
    let place = Place::new();
    let mut tour = place
        .command(env!("CARGO_BIN_EXE_shirushi"), ENGLISH)
        .arg("tour")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(tour.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with('✓'), "{line}");
    drop(told);
    let mut out = String::new();
    tour.stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!((tour.wait().unwrap().code(), out.as_str()), (Some(141), ""));
    assert_eq!(everything_in(&place.path("tmp")), [].into());
}
