//! Six roles, and a desk beside them, as processes that know each other by mutual TLS.

use crate::{
    http,
    place::{ENGLISH, Ended, Place, Running, Surroundings, fake_time},
};
use serde_json::{Value, json};
use shirushi_test_database::Server;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process,
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

/// The six and the desk, each at an address of its own.
pub(crate) struct Six {
    // Ends first.
    pub(crate) running: BTreeMap<&'static str, Running>,
    pub(crate) place: Place,
    /// Of those who are on a server.
    pub(crate) databases: BTreeMap<&'static str, String>,
    ground: Box<dyn Ground>,
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ROLES.into_iter().chain(["desk"])
}

/// What they stand on.
pub(crate) trait Ground {
    /// The address of a role, for the others.
    fn host(&self, role: &str) -> String;

    /// Whether each stands on a machine of its own, and serves people on its loopback, behind a proxy.
    fn is_far(&self) -> bool {
        false
    }

    /// What a role is started by.
    fn by(&self, _role: &str) -> Vec<String> {
        Vec::new()
    }

    /// What everything runs in.
    fn surroundings(&self, _place: &Place) -> Surroundings {
        Surroundings::default()
    }

    /// Gives a file, or a folder with what is in it, to the account of a role.
    fn hand_over(&self, _role: &str, _path: &Path) {}

    /// Has a role that serves on its loopback found at its address.
    fn let_in(&mut self, _role: &str, _place: &Place) {}

    /// Has the accounts of roles reach the server of a database.
    fn let_reach(&self, _url: &str) {}

    /// That those who run are as far apart as they should be.
    fn assert_apart(&self, _place: &Place, _processes: &BTreeMap<&str, u32>) {}
}

/// One machine; the addresses are of this process and these six, and nobody else takes them.
struct Loopback {
    number: u8,
}

impl Loopback {
    fn new() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        Self {
            number: NEXT.fetch_add(1, Ordering::SeqCst),
        }
    }
}

impl Ground for Loopback {
    fn host(&self, role: &str) -> String {
        let [_, _, high, low] = process::id().to_be_bytes();
        let role = all()
            .position(|known| known == role)
            .unwrap();
        format!(
            "127.{}.{low}.{}",
            100 + high % 100,
            usize::from(self.number) * 10 + role + 2
        )
    }
}

impl Six {
    /// Identities, configurations, keys; nothing runs.
    pub(crate) fn new() -> Self {
        Self::on(
            Box::new(Loopback::new()),
            |place, ground| ground.surroundings(place),
            |_| 365,
        )
    }

    /// The same with one clock for all, in the file `clock`, and identities that last so many days.
    pub(crate) fn with_a_clock(days: impl Fn(&str) -> u16) -> Self {
        Self::with_a_clock_on(Box::new(Loopback::new()), days)
    }

    /// The same on other ground.
    pub(crate) fn with_a_clock_on(ground: Box<dyn Ground>, days: impl Fn(&str) -> u16) -> Self {
        let fake = |place: &Place, ground: &dyn Ground| {
            let clock = place.path("clock");
            fs::write(&clock, "+0\n").unwrap();
            ground.hand_over("desk", &clock);
            let mut environment = vec![
                ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
                ("FAKETIME_NO_CACHE", "1".to_owned()),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ];
            if !ground.is_far() {
                environment.push(("LD_PRELOAD", fake_time()));
            }
            Surroundings {
                environment,
                ..ground.surroundings(place)
            }
        };
        Self::on(ground, fake, days)
    }

    fn on(
        ground: Box<dyn Ground>,
        surroundings: impl FnOnce(&Place, &dyn Ground) -> Surroundings,
        days: impl Fn(&str) -> u16,
    ) -> Self {
        let mut six = Self {
            running: BTreeMap::new(),
            place: Place::new(),
            databases: BTreeMap::new(),
            ground,
        };
        six.place
            .surround(surroundings(&six.place, six.ground.as_ref()));
        for role in all() {
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
        for role in all() {
            fs::write(six.place.path(&format!("{role}.toml")), six.config(role)).unwrap();
        }
        six.done(&["ca", "ceremony", "--config", "authority.toml"]);
        six.done(&["register", "key", "--config", "register.toml"]);
        six.carry();
        six
    }

    /// Carries to the others what they need of authority and register, and gives everybody what is theirs.
    fn carry(&mut self) {
        for folder in ["shown", "desk.d"] {
            fs::create_dir(self.place.path(folder)).unwrap();
        }
        for (from, to) in [
            ("authority.d/authorities.pem", "shown/authorities.pem"),
            ("authority.d/log.pub", "shown/log.pub"),
            ("register.d/register.pub", "shown/register.pub"),
            ("authority.d/keys/master.key", "desk.d/master.key"),
        ] {
            let bytes = fs::read(self.place.path(from)).unwrap();
            fs::write(self.place.path(to), bytes).unwrap();
        }
        for role in all() {
            let folder = self.place.path(&format!("{role}.d"));
            if self.ground.is_far() {
                // As packages and units make it.
                fs::create_dir_all(&folder).unwrap();
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
                self.ground.hand_over(role, &folder);
                self.ground
                    .hand_over(role, &self.place.path(&format!("{role}.id")));
            }
            self.ground.let_in(role, &self.place);
        }
    }

    /// Puts a role's database on this server.
    pub(crate) fn put_on(&mut self, server: &Server, role: &'static str) {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("{role}_{}_{number}", process::id());
        server.say("postgres", &[&format!("CREATE DATABASE {name}")]);
        let url = server.database(&name);
        self.ground.let_reach(&url);
        self.databases.insert(role, url);
        fs::write(self.place.path(&format!("{role}.toml")), self.config(role)).unwrap();
    }

    pub(crate) fn host(&self, role: &str) -> String {
        self.ground.host(role)
    }

    fn has_a_clock(&self) -> bool {
        self.place.path("clock").exists()
    }

    /// Where it listens for people.
    fn listens(&self, role: &str) -> String {
        match self.ground.is_far() && role != "responder" {
            true => "127.0.0.1:8080".to_owned(),
            false => format!("{}:8080", self.host(role)),
        }
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
            "[trust]\nstatus = \"http://{}:8080\"\nanchors = \"shown/authorities.pem\"\n",
            self.host("responder")
        );
        let origin = format!("origin = \"http://{role}.localhost:8080\"\n");
        let (top, public, rest) = match role {
            "register" => (
                String::new(),
                String::new(),
                peers(&["authority"]) + "[trust]\nlog = \"shown/log.pub\"\n",
            ),
            "authority" => (
                format!("address = \"http://{}:8080\"\n", self.host("responder")),
                String::new(),
                peers(&["responder", "counter"]) + "[trust]\nregister = \"shown/register.pub\"\n",
            ),
            "responder" => (String::new(), String::new(), peers(&["authority"])),
            "counter" => (String::new(), origin, peers(&["register", "authority"])),
            "portal" => (
                String::new(),
                origin,
                peers(&["authority", "agency"]) + trust.as_str(),
            ),
            "desk" => (
                "master = \"desk.d/master.key\"\nclock = \"clock\"\n".to_owned(),
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
        let host = match self.ground.is_far() && !matches!(role, "responder" | "desk") {
            true => format!("host = \"{}:8080\"\n", self.host(role)),
            false => String::new(),
        };
        format!(
            "folder = \"{role}.d\"\n{database}identity = \"{role}.id\"\n{top}{roles}[public]\nlisten = \"{}\"\n{host}{public}{rest}",
            self.listens(role)
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
        let mut by = self.ground.by(role);
        if self.has_a_clock() && self.ground.is_far() {
            // Before it has its account, libfaketime would keep what that cannot open.
            by.extend(["env".to_owned(), format!("LD_PRELOAD={}", fake_time())]);
        }
        self.place
            .spawn_by(&by, &format!("{name}.log"), &arguments, "warn")
    }

    /// Waits until it has announced where it listens.
    pub(crate) fn announced(&self, role: &str, running: &mut Running) {
        let announced = self.said(role, running);
        assert_eq!(announced["public"], self.listens(role));
    }

    pub(crate) fn said(&self, name: &str, running: &mut Running) -> Value {
        let line = running.line();
        serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{name}: {line:?}\n{}", self.log(name)))
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
        self.until_well_at(role, &self.base(role));
    }

    /// The same of one that serves elsewhere.
    pub(crate) fn until_well_at(&self, role: &str, base: &str) {
        let begun = Instant::now();
        loop {
            let status = http::ask(base, "GET", &format!("/{role}/status"), &[], b"");
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

    /// All of them and the desk, started and well, and as far apart as their ground has them.
    pub(crate) fn start_all(&mut self) {
        for role in all() {
            self.start(role);
        }
        self.all_well();
        let processes = self
            .running
            .iter()
            .map(|(role, running)| (*role, running.id()))
            .collect();
        self.ground
            .assert_apart(&self.place, &processes);
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
