//! Six roles as six processes, started in the order in which nobody finds whom they ask, with mutual TLS between them:
//!
//! * each says that it is well as soon as those it waits for are there;
//! * residents are imported, officers enrolled and retired over the parties' own doors, by an operator's identity and by no other;
//! * an officer enrols, logs in and looks a resident up: counter → register → authority;
//! * the responder has its keys certified, is given the lists, and says of a stranger's certificate that it does not know it;
//! * whose endpoints are defined tells them at /openapi.json, as docs/api has it;
//! * SIGTERM ends each with 0;
//! * with a desk as the seventh, which uses their own doors alone, and one clock for all, the whole story is told over them, with its refusals.

use crate::{
    http,
    place::{ENGLISH, Ended, JAPANESE, Place, Running, Surroundings, fake_time},
};
use serde_json::{Value, json};
use shirushi_contract::ROLES as ROLES_DEFINED;
use std::{
    collections::BTreeMap,
    fs, process,
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

const ROLES: [&str; 6] = [
    "register",
    "authority",
    "responder",
    "counter",
    "portal",
    "agency",
];

/// Longest wait for a role to be well.
const PATIENCE: Duration = Duration::from_secs(60);

const RESIDENTS: &str = include_str!("../../../register/sample/residents.csv");

/// The six, each at an address of its own.
struct Six {
    place: Place,
    running: BTreeMap<&'static str, Running>,
    /// Which of this process.
    number: u8,
}

impl Six {
    /// Identities, configurations, keys; nothing runs.
    fn new() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let six = Self {
            place: Place::new(),
            running: BTreeMap::new(),
            number: NEXT.fetch_add(1, Ordering::SeqCst),
        };
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
            ]);
        }
        for role in ROLES.into_iter().chain(["desk"]) {
            fs::write(six.place.path(&format!("{role}.toml")), six.config(role)).unwrap();
        }
        six.done(&["ca", "ceremony", "--config", "authority.toml"]);
        six.done(&["register", "key", "--config", "register.toml"]);
        six
    }

    /// A loopback address of this process, these six and this role, which nobody else takes.
    fn host(&self, role: &str) -> String {
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

    fn base(&self, role: &str) -> String {
        format!("http://{}:8080", self.host(role))
    }

    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.place.run(ENGLISH, arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.out
    }

    /// What an operator's command tells.
    fn told(&self, arguments: &[&str], role: &str, identity: &str) -> Ended {
        let to = format!("--{role}");
        let url = format!("https://{}:8441", self.host(role));
        let all = [arguments, &[to.as_str(), &url, "--identity", identity]].concat();
        self.place.run(ENGLISH, &all)
    }

    fn config(&self, role: &str) -> String {
        let peer = |role: &str| format!("{role} = \"https://{}:8441\"\n", self.host(role));
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
        format!(
            "folder = \"{role}.d\"\nidentity = \"{role}.id\"\n{top}{roles}[public]\nlisten = \"{}:8080\"\n{public}{rest}",
            self.host(role)
        )
    }

    fn start(&mut self, role: &'static str) {
        let config = format!("{role}.toml");
        let arguments = ["serve", role, "--config", &config, "--json"];
        let mut running = self
            .place
            .spawn(&format!("{role}.log"), &arguments, "warn");
        let line = running.line();
        let announced: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{role}: {line:?}\n{}", self.log(role)));
        assert_eq!(announced["public"], format!("{}:8080", self.host(role)));
        self.running.insert(role, running);
    }

    fn log(&self, role: &str) -> String {
        fs::read_to_string(self.place.path(&format!("{role}.log"))).unwrap()
    }

    /// Waits until the role says that all is well.
    fn until_well(&self, role: &str) {
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
}

#[test]
fn six_roles_are_six_processes_that_know_each_other() {
    let mut six = Six::new();
    for role in ROLES {
        let config = format!("{role}.toml");
        six.done(&["serve", role, "--config", &config, "--check"]);
    }
    // The last first: none finds whom it asks.
    for role in [
        "portal",
        "agency",
        "counter",
        "responder",
        "authority",
        "register",
    ] {
        six.start(role);
    }
    for role in ROLES {
        six.until_well(role);
    }
    let csv = six.place.path("residents.csv");
    fs::write(&csv, RESIDENTS).unwrap();
    let import = ["register", "import", csv.to_str().unwrap()];
    let stranger = six.told(&import, "register", "portal.id");
    assert_ne!(stranger.code, 0, "{stranger:?}");
    let imported = six.told(&import, "register", "desk.id");
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(
        imported
            .out
            .contains("\"imported\": 330"),
        "{imported:?}"
    );

    let code = six.told(&["officer", "enroll", "13998"], "authority", "desk.id");
    assert_eq!(code.code, 0, "{code:?}");
    let post = |path: &str, session: &str, body: &Value| {
        let bearer = format!("Bearer {session}");
        let mut headers = vec![("content-type", "application/json")];
        if !session.is_empty() {
            headers.push(("authorization", bearer.as_str()));
        }
        http::ask(
            &six.base("counter"),
            "POST",
            path,
            &headers,
            body.to_string().as_bytes(),
        )
    };
    let password = "朱肉と印鑑は大切に保管する";
    let enrolment = json!({ "code": code.out.trim(), "name": "hanako", "password": password });
    post("/counter/officers/enrol", "", &enrolment).success();
    let log_in = json!({ "name": "hanako", "password": password });
    let session = post("/counter/log-in", "", &log_in).success();
    let session = session["session"].as_str().unwrap();
    let resident = http::ask(
        &six.base("counter"),
        "GET",
        "/counter/residents/90000000014?reason=annual%20check",
        &[("authorization", &format!("Bearer {session}"))],
        b"",
    );
    assert!(
        resident.text().contains("90000000014"),
        "{}",
        resident.text()
    );

    let list = http::ask(
        &six.base("responder"),
        "GET",
        "/crl/sign/complete.crl",
        &[],
        b"",
    );
    assert_eq!(list.status, 200, "{}", six.log("responder"));
    let anchors = http::ask(&six.base("responder"), "GET", "/ca/all.pem", &[], b"");
    let known = fs::read_to_string(
        six.place
            .path("authority.d/authorities.pem"),
    )
    .unwrap();
    assert_eq!(anchors.text(), known);
    for role in ROLES_DEFINED {
        let told = http::ask(&six.base(role.name), "GET", "/openapi.json", &[], b"");
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert_eq!(told.text(), role.document);
    }

    let retired = six.told(&["officer", "retire", "hanako"], "authority", "desk.id");
    assert_eq!(retired.code, 0, "{retired:?}");
    for (role, running) in std::mem::take(&mut six.running) {
        assert_eq!(running.end("TERM"), 0, "{role}: {}", six.log(role));
    }
}

#[test]
fn a_configuration_that_cannot_be_started_with_is_refused_by_what_is_wrong_in_it() {
    let six = Six::new();
    let refused = |role: &str, config: &str, locale| {
        fs::write(six.place.path("wrong.toml"), config).unwrap();
        six.place.run(
            locale,
            &["serve", role, "--config", "wrong.toml", "--check"],
        )
    };
    let right = six.config("register");
    let slip = refused(
        "register",
        &right.replace("authority =", "authorty ="),
        ENGLISH,
    );
    assert_eq!(slip.code, 64, "{slip:?}");
    assert!(
        slip.err
            .contains("did you mean peers.authority?"),
        "{slip:?}"
    );
    let slip = refused("register", &right.replace("folder", "folda"), JAPANESE);
    assert!(
        slip.err
            .contains("folder ではありませんか"),
        "{slip:?}"
    );
    let open = refused(
        "register",
        &right.replace(&format!("{}:8080", six.host("register")), "0.0.0.0:8080"),
        ENGLISH,
    );
    assert!(
        open.code != 0 && open.err.contains("public.certificate"),
        "{open:?}"
    );
    let others = refused(
        "register",
        &right.replace("register.id", "counter.id"),
        ENGLISH,
    );
    assert!(
        others.code != 0
            && others
                .err
                .contains("shirushi role new register"),
        "{others:?}"
    );
    let keyless = six
        .config("authority")
        .replace("authority.d", "elsewhere.d");
    let keyless = refused("authority", &keyless, ENGLISH);
    assert!(
        keyless.code != 0 && keyless.err.contains("ca ceremony"),
        "{keyless:?}"
    );
    // Another key would sign what nobody believes: none is made by a start.
    let keyless = refused(
        "register",
        &right.replace("register.d", "elsewhere.d"),
        ENGLISH,
    );
    assert!(
        keyless.code != 0 && keyless.err.contains("register key"),
        "{keyless:?}"
    );
    // Whoever reaches the desk can do anything in the city.
    let far = six
        .config("desk")
        .replace(&format!("{}:8080", six.host("desk")), "0.0.0.0:8080");
    let far = refused("desk", &far, ENGLISH);
    assert!(far.code != 0 && far.err.contains("loopback"), "{far:?}");
    let with_tls = six
        .config("desk")
        .replace("[public]\n", "[public]\ncertificate = \"x\"\n");
    let with_tls = refused("desk", &with_tls, ENGLISH);
    assert!(
        with_tls.code == 64
            && with_tls
                .err
                .contains("public.certificate"),
        "{with_tls:?}"
    );
    let long = format!("{right}\n#{}", "x".repeat(300_000));
    let long = refused("register", &long, ENGLISH);
    assert!(long.code == 64 && long.err.contains("256 KiB"), "{long:?}");
    let unread = refused(
        "portal",
        &six.config("portal")
            .replace("authorities.pem", "none.pem"),
        ENGLISH,
    );
    assert!(
        unread.code != 0 && unread.err.contains("none.pem"),
        "{unread:?}"
    );
    assert!(
        !six.place.path("portal.d").exists(),
        "a check makes nothing"
    );
}

#[test]
fn the_story_is_told_over_six_processes_and_a_desk_that_has_only_their_doors() {
    let mut six = Six::new();
    let clock = six.place.path("clock");
    fs::write(&clock, "+0\n").unwrap();
    six.place.surround(Surroundings {
        by: Vec::new(),
        environment: vec![
            ("LD_PRELOAD", fake_time()),
            ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ],
    });
    for role in ROLES.into_iter().chain(["desk"]) {
        six.start(role);
    }
    for role in ROLES.into_iter().chain(["desk"]) {
        six.until_well(role);
    }
    // A page of another site can send no other type without asking first.
    for path in [
        "residents",
        "events",
        "cards",
        "officers",
        "retirements",
        "clock",
    ] {
        let foreign = http::ask(
            &six.base("desk"),
            "POST",
            &format!("/sandbox/{path}"),
            &[("content-type", "text/plain")],
            b"{}",
        );
        assert_eq!(foreign.status, 415, "{path}: {}", foreign.text());
    }
    let csv = json!({ "csv": RESIDENTS }).to_string();
    let headers = [("content-type", "application/json")];
    http::ask(
        &six.base("desk"),
        "POST",
        "/sandbox/residents",
        &headers,
        csv.as_bytes(),
    )
    .success();
    let story = six
        .place
        .run(ENGLISH, &["tour", "--url", &six.base("desk"), "--json"]);
    let steps: Value = serde_json::from_str(&story.out).unwrap_or_default();
    let steps = steps.as_array().unwrap();
    let wrong: Vec<&Value> = steps
        .iter()
        .filter(|step| step["ok"] != true)
        .collect();
    assert!(
        wrong.is_empty() && story.code == 0,
        "{wrong:#?}\n{}",
        story.err
    );
    // As many as in a city of one process.
    assert_eq!(steps.len(), 83);
}
