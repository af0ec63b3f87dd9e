//! A machine for each role: a network, a cable to the street where all of them meet, an account that nobody else has, and a proxy before what
//! it serves on loopback. This process stands in the street, as an operator's machine does, and the sandbox's desk with it.

use crate::{
    place::{Place, Surroundings},
    six::{Ground, ROLES, all},
    tools,
};
use std::{
    collections::BTreeMap,
    fs,
    net::TcpStream,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The street, in TEST-NET-2 (RFC 5737).
const STREET: &str = "198.51.100";
/// The accounts, from this number on.
const FIRST: u32 = 7_101;
/// Longest wait for a proxy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Root of the street, and of nothing else: no power that it has not got from its account.
const AS: &str = "--clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs";

/// The machines. The desk stands in the street.
pub(crate) struct Machines {
    networks: BTreeMap<&'static str, Child>,
    proxies: Vec<Child>,
}

/// Tells `story` where machines can be made: the test of this full name runs once more, apart.
pub(crate) fn apart(name: &str, story: impl FnOnce()) {
    match tools::is_apart() {
        true => story(),
        false => tools::run_apart(name),
    }
}

impl Machines {
    pub(crate) fn build() -> Self {
        // What libfaketime keeps there has the names of processes, which others have as well.
        run(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm"]));
        ip(&["link", "set", "lo", "up"]);
        ip(&["link", "add", "street", "type", "bridge"]);
        ip(&["address", "add", &format!("{STREET}.1/24"), "dev", "street"]);
        ip(&["link", "set", "street", "up"]);
        let mut machines = Self {
            networks: BTreeMap::new(),
            proxies: Vec::new(),
        };
        for role in ROLES {
            let network = tools::network();
            let pid = network.id().to_string();
            machines.networks.insert(role, network);
            ip(&[
                "link", "add", role, "type", "veth", "peer", "name", "eth0", "netns", &pid,
            ]);
            ip(&["link", "set", role, "master", "street", "up"]);
            let address = format!("{}/24", machines.host(role));
            for order in [
                &["address", "add", &address, "dev", "eth0"][..],
                &["link", "set", "eth0", "up"],
                &["link", "set", "lo", "up"],
            ] {
                run(machines.inside(role, "ip").args(order));
            }
        }
        machines
    }

    fn account(&self, role: &str) -> u32 {
        FIRST + u32::try_from(self.number(role)).unwrap()
    }

    fn number(&self, role: &str) -> usize {
        all()
            .position(|known| known == role)
            .unwrap()
    }

    fn reads(&self, role: &str, path: &Path) -> bool {
        let by = self.by(role);
        let program = if path.is_dir() { "ls" } else { "cat" };
        let output = Command::new(&by[0])
            .args(&by[1..])
            .arg(program)
            .arg(path)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() || told.contains("Permission denied"),
            "{told}"
        );
        output.status.success()
    }

    fn inside(&self, role: &str, program: impl AsRef<Path>) -> Command {
        let by = entering(&self.networks[role]);
        let mut command = Command::new(&by[0]);
        command
            .args(&by[1..])
            .arg(program.as_ref());
        command
    }
}

impl Ground for Machines {
    /// Where a role is in the street.
    fn host(&self, role: &str) -> String {
        match self.networks.contains_key(role) {
            true => format!("{STREET}.{}", 10 + self.number(role)),
            false => "127.0.0.1".to_owned(),
        }
    }

    fn is_far(&self) -> bool {
        true
    }

    /// What a program is started by on a role's machine, as its account.
    fn by(&self, role: &str) -> Vec<String> {
        let account = self.account(role).to_string();
        let mut by = match self.networks.get(role) {
            Some(network) => entering(network),
            None => Vec::new(),
        };
        by.extend(["setpriv", "--reuid", &account, "--regid", &account].map(str::to_owned));
        by.extend(AS.split(' ').map(str::to_owned));
        by.push("--".to_owned());
        by
    }

    /// Everybody may come as far as their own files, and run the binary, wherever that is.
    fn surroundings(&self, place: &Place) -> Surroundings {
        let binary = place.path("shirushi");
        fs::File::create(&binary).unwrap();
        run(Command::new("mount")
            .args(["--bind", env!("CARGO_BIN_EXE_shirushi")])
            .arg(&binary));
        open(binary.parent().unwrap());
        Surroundings {
            binary: Some(binary),
            ..Surroundings::default()
        }
    }

    /// Hands these over to a role's account, and closes them for everybody else.
    fn hand_over(&self, role: &str, path: &Path) {
        let account = Some(self.account(role));
        chown(path, account, account).unwrap();
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.hand_over(role, &entry.unwrap().path());
            }
        }
    }

    /// What a role serves on its loopback is found in the street, by a proxy.
    fn let_in(&mut self, role: &str, place: &Place) {
        if matches!(role, "responder" | "desk") {
            return;
        }
        let address = format!("{}:8080", self.host(role));
        let config = place.path(&format!("{role}.proxy"));
        fs::write(
            &config,
            format!(
                "defaults\n mode tcp\n timeout connect 5s\n timeout client 2m\n timeout server 2m\n\
                 listen street\n bind {address}\n server loopback 127.0.0.1:8080\n"
            ),
        )
        .unwrap();
        let proxy = self
            .inside(role, tools::program("haproxy"))
            .args(["-db", "-q", "-f"])
            .arg(&config)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.proxies.push(proxy);
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "no proxy of the {role}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn let_reach(&self, url: &str) {
        // Its socket is in a folder of this test.
        let (_, folder) = url.split_once("host=").unwrap();
        open(Path::new(folder));
    }

    /// That each process is its account's, in a network of its own, and that nobody reads anybody else's files.
    fn assert_apart(&self, place: &Place, processes: &BTreeMap<&str, u32>) {
        let mut networks = Vec::new();
        for (role, process) in processes {
            let account = self.account(role);
            let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
            let uids = format!("Uid:\t{account}\t{account}\t{account}\t{account}\n");
            assert!(status.contains(&uids), "{role}: {status}");
            assert!(
                status.contains("CapBnd:\t0000000000000000"),
                "{role}: {status}"
            );
            networks.push(fs::read_link(format!("/proc/{process}/ns/net")).unwrap());
            for other in all() {
                for what in ["d", "id"] {
                    let folder = place.path(&format!("{other}.{what}"));
                    assert_eq!(
                        self.reads(role, &folder),
                        *role == other,
                        "{role}: {folder:?}"
                    );
                }
                let key = place.path(&format!("{other}.id/identity.key"));
                assert_eq!(self.reads(role, &key), *role == other, "{role}: {key:?}");
            }
            for what in ["d", "id"] {
                assert_own(&place.path(&format!("{role}.{what}")), account);
            }
        }
        networks.sort();
        networks.dedup();
        assert_eq!(networks.len(), processes.len(), "{networks:?}");
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for child in self
            .proxies
            .iter_mut()
            .chain(self.networks.values_mut())
        {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The folder and all in it are this account's, and nobody else comes in.
fn assert_own(path: &Path, account: u32) {
    let found = fs::symlink_metadata(path).unwrap();
    assert_eq!((found.uid(), found.gid()), (account, account), "{path:?}");
    if found.is_dir() {
        assert_eq!(found.mode() & 0o077, 0, "{path:?}");
        for entry in fs::read_dir(path).unwrap() {
            assert_own(&entry.unwrap().path(), account);
        }
    }
}

fn entering(network: &Child) -> Vec<String> {
    let pid = network.id().to_string();
    ["nsenter", "--target", &pid, "--net", "--"]
        .map(str::to_owned)
        .into()
}

/// Everybody may go through a folder, and nobody else may look around there.
fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
}

fn ip(order: &[&str]) {
    run(Command::new(tools::program("ip")).args(order));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}
