//! Six roles, and a desk beside them, as processes that know each other by mutual TLS.

use crate::{
    http,
    place::{ENGLISH, Ended, Place, Running, Surroundings, fake_time},
};
use serde_json::{Value, json};
use shirushi_test_database::Server;
use std::{
    collections::BTreeMap,
    fs, process,
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

pub(crate) const ROLES: [&str; 6] = [
    "register",
    "authority",
    "responder",
    "counter",
    "portal",
    "agency",
];

/// Longest wait for a role to be well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PASSWORD: &str = "朱肉と印鑑は大切に保管する";

/// The six, each at an address of its own.
pub(crate) struct Six {
    pub(crate) place: Place,
    pub(crate) running: BTreeMap<&'static str, Running>,
    /// Of those who are on a server.
    pub(crate) databases: BTreeMap<&'static str, String>,
    /// Which of this process.
    number: u8,
}

impl Six {
    /// Identities, configurations, keys; nothing runs.
    pub(crate) fn new() -> Self {
        Self::in_surroundings(|_| Surroundings::default(), |_| 365)
    }

    /// The same with one clock for all, in the file `clock`, and identities that last so many days.
    pub(crate) fn with_a_clock(days: impl Fn(&str) -> u16) -> Self {
        let fake = |place: &Place| {
            let clock = place.path("clock");
            fs::write(&clock, "+0\n").unwrap();
            Surroundings {
                by: Vec::new(),
                environment: vec![
                    ("LD_PRELOAD", fake_time()),
                    ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
                    ("FAKETIME_NO_CACHE", "1".to_owned()),
                    ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
                ],
            }
        };
        Self::in_surroundings(fake, days)
    }

    fn in_surroundings(
        surroundings: impl FnOnce(&Place) -> Surroundings,
        days: impl Fn(&str) -> u16,
    ) -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let mut six = Self {
            place: Place::new(),
            running: BTreeMap::new(),
            databases: BTreeMap::new(),
            number: NEXT.fetch_add(1, Ordering::SeqCst),
        };
        six.place
            .surround(surroundings(&six.place));
        for role in ROLES.into_iter().chain(["desk"]) {
            let out = format!("{role}.id");
            six.done(&[
                "role",
                "new",
                role,
                &format!("{role}-1"),
                "--dir",
                "roles",
                "--out",
                &out,
                "--days",
                &days(role).to_string(),
            ]);
        }
        for role in ROLES.into_iter().chain(["desk"]) {
            fs::write(six.place.path(&format!("{role}.toml")), six.config(role)).unwrap();
        }
        six.done(&["ca", "ceremony", "--config", "authority.toml"]);
        six.done(&["register", "key", "--config", "register.toml"]);
        six
    }

    /// Puts a role's database on this server.
    pub(crate) fn put_on(&mut self, server: &Server, role: &'static str) {
        let name = format!("{role}_{}_{}", process::id(), self.number);
        server.say("postgres", &[&format!("CREATE DATABASE {name}")]);
        self.databases
            .insert(role, server.database(&name));
        fs::write(self.place.path(&format!("{role}.toml")), self.config(role)).unwrap();
    }

    /// A loopback address of this process, these six and this role, which nobody else takes.
    pub(crate) fn host(&self, role: &str) -> String {
        let [_, _, high, low] = process::id().to_be_bytes();
        let role = ROLES
            .iter()
            .position(|known| *known == role)
            // The desk's is beside theirs.
            .unwrap_or(ROLES.len());
        format!(
            "127.{}.{low}.{}",
            100 + high % 100,
            usize::from(self.number) * 10 + role + 2
        )
    }

    /// Where other roles ask it.
    pub(crate) fn door(&self, role: &str) -> String {
        format!("https://{}:8441", self.host(role))
    }

    pub(crate) fn base(&self, role: &str) -> String {
        format!("http://{}:8080", self.host(role))
    }

    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ended = self.place.run(ENGLISH, arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.out
    }

    /// What an operator's command tells.
    pub(crate) fn told(&self, arguments: &[&str], role: &str, identity: &str) -> Ended {
        let to = format!("--{role}");
        let url = self.door(role);
        let all = [arguments, &[to.as_str(), &url, "--identity", identity]].concat();
        self.place.run(ENGLISH, &all)
    }

    pub(crate) fn config(&self, role: &str) -> String {
        let peer = |role: &str| format!("{role} = \"{}\"\n", self.door(role));
        let peers = |roles: &[&str]| -> String {
            ["[peers]\n".to_owned()]
                .into_iter()
                .chain(roles.iter().map(|role| peer(role)))
                .collect()
        };
        let trust = format!(
            "[trust]\nstatus = \"http://{}:8080\"\nanchors = \"authority.d/authorities.pem\"\n",
            self.host("responder")
        );
        let origin = format!("origin = \"http://{role}.localhost:8080\"\n");
        let (top, public, rest) = match role {
            "register" => (
                String::new(),
                String::new(),
                peers(&["authority"]) + "[trust]\nlog = \"authority.d/log.pub\"\n",
            ),
            "authority" => (
                format!("address = \"http://{}:8080\"\n", self.host("responder")),
                String::new(),
                peers(&["responder", "counter"])
                    + "[trust]\nregister = \"register.d/register.pub\"\n",
            ),
            "responder" => (String::new(), String::new(), peers(&["authority"])),
            "counter" => (String::new(), origin, peers(&["register", "authority"])),
            "portal" => (
                String::new(),
                origin,
                peers(&["authority", "agency"]) + trust.as_str(),
            ),
            "desk" => (
                "master = \"authority.d/keys/master.key\"\nclock = \"clock\"\n".to_owned(),
                String::new(),
                peers(&["register", "authority"])
                    + format!(
                        "[places]\nresponder = \"{}\"\ncounter = \"{}\"\nagency = \"{}\"\n",
                        self.base("responder"),
                        self.base("counter"),
                        self.base("agency")
                    )
                    .as_str(),
            ),
            _ => (String::new(), origin, trust),
        };
        let roles = match role {
            "portal" | "desk" => String::new(),
            _ => format!("[roles]\nlisten = \"{}:8441\"\n", self.host(role)),
        };
        let database = match self.databases.get(role) {
            Some(url) => format!("database = \"{url}\"\n"),
            None => String::new(),
        };
        format!(
            "folder = \"{role}.d\"\n{database}identity = \"{role}.id\"\n{top}{roles}[public]\nlisten = \"{}:8080\"\n{public}{rest}",
            self.host(role)
        )
    }

    pub(crate) fn start(&mut self, role: &'static str) {
        let mut running = self.spawn(role, role, &[]);
        self.announced(role, &mut running);
        self.running.insert(role, running);
    }

    /// Starts a process of a role that is told apart from others by its name.
    pub(crate) fn spawn(&self, role: &str, name: &str, more: &[&str]) -> Running {
        let config = format!("{name}.toml");
        let arguments = [&["serve", role, "--config", &config, "--json"], more].concat();
        self.place
            .spawn(&format!("{name}.log"), &arguments, "warn")
    }

    /// Waits until it has announced where it listens.
    pub(crate) fn announced(&self, role: &str, running: &mut Running) {
        let announced = self.said(role, running);
        assert_eq!(announced["public"], format!("{}:8080", self.host(role)));
    }

    pub(crate) fn said(&self, name: &str, running: &mut Running) -> Value {
        let line = running.line();
        serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{name}: {line:?}\n{}", self.log(name)))
    }

    pub(crate) fn kill(&mut self, role: &str) {
        // It is killed where it is dropped.
        drop(self.running.remove(role).unwrap());
    }

    pub(crate) fn stop(&mut self, role: &str) {
        let running = self.running.remove(role).unwrap();
        assert_eq!(running.end("TERM"), 0, "{role}: {}", self.log(role));
    }

    /// Copies the database of a role that does not run, with what stands in its log.
    pub(crate) fn copy(&self, role: &str, from: &str, to: &str) {
        let file = |end: &str| {
            self.place
                .path(&format!("{role}.d/{role}.{end}"))
        };
        fs::copy(file(from), file(to)).unwrap();
        let _ = fs::remove_file(file(&format!("{to}-shm")));
        let (from, to) = (file(&format!("{from}-wal")), file(&format!("{to}-wal")));
        if from.exists() {
            fs::copy(from, to).unwrap();
        } else {
            let _ = fs::remove_file(to);
        }
    }

    /// A code that enrols an officer, from the authority.
    pub(crate) fn code(&self) -> String {
        let code = self.told(&["officer", "enroll", "13998"], "authority", "desk.id");
        assert_eq!(code.code, 0, "{code:?}");
        code.out.trim().to_owned()
    }

    pub(crate) fn enrol(&self, code: &str, name: &str) -> http::Answer {
        let enrolment = json!({ "code": code, "name": name, "password": PASSWORD });
        http::ask(
            &self.base("counter"),
            "POST",
            "/counter/officers/enrol",
            &[("content-type", "application/json")],
            enrolment.to_string().as_bytes(),
        )
    }

    pub(crate) fn log(&self, role: &str) -> String {
        fs::read_to_string(self.place.path(&format!("{role}.log"))).unwrap()
    }

    /// Waits until the role says that all is well.
    pub(crate) fn until_well(&self, role: &str) {
        let begun = Instant::now();
        loop {
            let status = http::ask(
                &self.base(role),
                "GET",
                &format!("/{role}/status"),
                &[],
                b"",
            );
            if status.status == 200 {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{role}: {}\n{}",
                status.text(),
                self.log(role)
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// SIGTERM to all that run: each ends well.
    pub(crate) fn end(&mut self) {
        for (role, running) in std::mem::take(&mut self.running) {
            assert_eq!(running.end("TERM"), 0, "{role}: {}", self.log(role));
        }
    }

    /// All of them and the desk, started and well.
    pub(crate) fn at_work() -> Self {
        let mut six = Self::with_a_clock(|_| 365);
        for role in ROLES.into_iter().chain(["desk"]) {
            six.start(role);
        }
        six.all_well();
        six
    }

    /// Waits until each that runs says that all is well.
    pub(crate) fn all_well(&self) {
        for role in self.running.keys() {
            self.until_well(role);
        }
    }

    /// SIGKILL, as it works.
    pub(crate) fn kill(&mut self, role: &str) {
        let running = self.running.remove(role).unwrap();
        running.kill(&self.log(role));
    }
}
