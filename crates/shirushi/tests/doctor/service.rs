//! The PC/SC library and pcscd.

use crate::patient::{Diagnosis, SHIRUSHI, doctor};
use shirushi_lab::{Lab, Setup};
use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixListener,
    process::Command,
    thread,
};

/// In a mount namespace of its own inside the lab: first `hide` is done, then the doctor looks.
fn after(lab: &Lab, hide: &str) -> Diagnosis {
    let mut command = lab.command("unshare");
    let script = format!("{hide}\nexec \"$@\"");
    command.args(["--mount", "bash", "-ec", &script, "bash", SHIRUSHI]);
    Diagnosis::of(doctor(&mut command, lab.folder()))
}

/// Nobody finds pcscd in the usual places.
const WITHOUT_PROGRAM: &str = "mount -t tmpfs none /usr/local/sbin
    [[ ! -e /usr/sbin/pcscd ]] || mount --bind /dev/null /usr/sbin/pcscd";
/// There is one, which nobody has started.
const WITH_PROGRAM: &str = "mount -t tmpfs none /usr/local/sbin; : > /usr/local/sbin/pcscd";

#[test]
fn without_the_library() {
    let lab = Lab::set_up(Setup::WithoutService);
    let hide =
        "for library in $(find /usr/lib /usr/local/lib -name 'libpcsclite.so.1*' -type f); do
        mount --bind /dev/null \"$library\"; done";
    let diagnosis = after(&lab, &format!("{WITH_PROGRAM}\n{hide}"));
    assert!(
        diagnosis
            .with("fault")
            .contains("pcsc/library"),
        "{diagnosis:#?}"
    );
}

#[test]
fn without_pcscd() {
    let lab = Lab::set_up(Setup::WithoutService);
    after(&lab, WITHOUT_PROGRAM).only_fault("pcsc/installed");
}

#[test]
fn with_a_pcscd_that_does_not_run() {
    let lab = Lab::set_up(Setup::WithoutService);
    let seen = after(&lab, WITH_PROGRAM).only_fault("pcsc/running");
    assert!(seen.contains("/run/pcscd/pcscd.comm"), "{seen}");
}

#[test]
fn without_permission_for_the_socket() {
    let lab = Lab::set_up(Setup::WithoutReaders);
    // Who may do everything is not stopped by permissions: root without that power.
    let mut command = lab.command("bash");
    let drop = "chmod 000 /run/pcscd/pcscd.comm
        exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all \"$@\"";
    command.args(["-ec", drop, "bash", SHIRUSHI]);
    Diagnosis::of(doctor(&mut command, lab.folder())).only_fault("pcsc/permission");
}

#[test]
fn without_a_reader() {
    let lab = Lab::set_up(Setup::WithoutReaders);
    let mut command = lab.command(SHIRUSHI);
    let diagnosis = Diagnosis::of(doctor(&mut command, lab.folder()));
    diagnosis.only_fault("reader/present");
    assert_eq!(diagnosis.finding("pcsc/protocol")["outcome"], "ok");
}

#[test]
fn a_service_of_another_version() {
    // What a pcscd answers that knows the client's version as foreign, and one that says nothing about it.
    for result in [0x8010_001E_u32, 0] {
        let answer: Vec<u8> = [4, 9, result]
            .into_iter()
            .flat_map(u32::to_ne_bytes)
            .collect();
        let diagnosis = behind(answer);
        let seen = diagnosis.only_fault("pcsc/protocol");
        assert!(seen.contains("4:9"), "{seen}");
    }
}

#[test]
fn a_service_that_polkit_keeps_closed() {
    // pcscd closes the connection before it has read anything.
    let diagnosis = behind(Vec::new());
    let seen = diagnosis.only_fault("pcsc/permission");
    assert!(seen.contains("polkit"), "{seen}");
}

/// What the doctor says when this machine's library meets a service that answers its version so.
fn behind(answer: Vec<u8>) -> Diagnosis {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("pcscd.comm");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut version = [0; 20];
            // The client may have gone by now.
            if !answer.is_empty() && stream.read_exact(&mut version).is_ok() {
                let _ = stream.write_all(&answer);
            }
        }
    });
    let mut command = Command::new(SHIRUSHI);
    command.env("PCSCLITE_CSOCK_NAME", &socket);
    Diagnosis::of(doctor(&mut command, folder.path()))
}
