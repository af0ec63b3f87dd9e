//! OpenSSH: the card's key in `authorized_keys`, and a log-in with it to a server in the lab.

use crate::{
    desk::{Desk, tries},
    modules::Module,
    said::{Said, ended},
};
use shirushi_lab::{exchanges, program, wait_for};
use std::{
    os::unix::fs::PermissionsExt as _,
    process::{Child, Stdio},
};

const PORT: &str = "2222";

#[test]
fn ssh_logs_in_with_the_card() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let said = desk.run("ssh-keygen", &["-D", &module.path]);
    let key = said
        .good()
        .lines()
        .find(|line| line.ends_with(module.auth.certificate) || line.ends_with(module.auth.key))
        .unwrap_or_else(|| panic!("{said:?}"));
    // It is the key of the certificate.
    desk.write("card.pub", key);
    let read = desk.run("ssh-keygen", &["-e", "-m", "PKCS8", "-f", "card.pub"]);
    let expected = std::fs::read_to_string(crate::city::city().key("auth")).unwrap();
    assert_eq!(read.good(), expected);

    let _server = Server::start(&desk, key);
    let said = log_in(&desk, &module, module.auth.pin);
    assert_eq!(said.good(), "let in\n");
    assert_eq!(asked(&desk), 1, "the PIN is asked for once");
    // Nobody has tried the signature password.
    assert_eq!(tries(&desk), [3, 5]);
    let log = desk.lab.log();
    assert!(!exchanges(&log).iter().any(|exchange| {
        exchange
            .command
            .starts_with(&[0x00, 0x20])
            && exchange
                .command
                .ends_with(module.sign.pin.as_bytes())
    }));

    let said = log_in(&desk, &module, "0000");
    assert_eq!(said.code, Some(255), "{said:?}");
    assert!(
        said.errors
            .contains("Permission denied (publickey)"),
        "{said:?}"
    );
    assert_eq!(tries(&desk), [2, 5]);
}

fn log_in(desk: &Desk, module: &Module, pin: &str) -> Said {
    desk.write("pin.txt", format!("{pin}\n"));
    desk.write("asked", "");
    desk.write("askpass", "#!/bin/sh\necho \"$1\" >>asked\ncat pin.txt\n");
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(desk.path("askpass"), mode).unwrap();
    let askpass = desk.path("askpass");
    let mut ssh = desk.command("env");
    ssh.arg(format!("SSH_ASKPASS={}", askpass.display()))
        .args([
            "SSH_ASKPASS_REQUIRE=force",
            "ssh",
            "-F",
            "none",
            "-p",
            PORT,
            "-I",
            &module.path,
        ])
        .args([
            "-o",
            "UserKnownHostsFile=known_hosts",
            "-o",
            "StrictHostKeyChecking=yes",
        ])
        .args(["-o", "IdentityFile=none", "-o", "NumberOfPasswordPrompts=1"])
        .args(["127.0.0.1", "echo let in"]);
    ended(&mut ssh, "")
}

/// How often a PIN was asked for.
fn asked(desk: &Desk) -> usize {
    let asked = std::fs::read_to_string(desk.path("asked")).unwrap();
    asked.lines().count()
}

/// sshd, until it is dropped.
struct Server(Child);

impl Server {
    /// Starts it for the holder of this key alone.
    fn start(desk: &Desk, key: &str) -> Self {
        desk.write("authorized_keys", format!("{key}\n"));
        let make = ["-q", "-t", "ed25519", "-N", "", "-f", "host_key"];
        desk.run("ssh-keygen", &make).good();
        let host = std::fs::read_to_string(desk.path("host_key.pub")).unwrap();
        desk.write("known_hosts", format!("[127.0.0.1]:{PORT} {host}"));
        let folder = desk.lab.folder().display();
        desk.write(
            "sshd_config",
            format!(
                "ListenAddress 127.0.0.1:{PORT}\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\n\
                 PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            ),
        );
        // What sshd wants to exist, in the lab alone.
        desk.run("mkdir", &["-p", "/run/sshd"])
            .good();
        let mut people = std::fs::read_to_string("/etc/passwd").unwrap();
        if !people.contains("\nsshd:") {
            people.push_str("sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n");
        }
        desk.write("passwd", people);
        desk.run("mount", &["--bind", "passwd", "/etc/passwd"])
            .good();
        let child = desk
            .command(program("sshd"))
            .args(["-D", "-e", "-f"])
            .arg(desk.path("sshd_config"))
            .stdin(Stdio::null())
            .stderr(std::fs::File::create(desk.path("sshd.log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self(child);
        wait_for("sshd", || {
            let log = std::fs::read_to_string(desk.path("sshd.log")).unwrap();
            assert!(matches!(server.0.try_wait(), Ok(None)), "{log}");
            log.contains("Server listening")
        });
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
