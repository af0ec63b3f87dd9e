//! A city for a browser, on this machine or on another.

use crate::{
    apart::{CITY, Does, Server, World},
    place::{Place, Up},
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Where its pages are.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) sandbox: String,
    pub(crate) counter: String,
    pub(crate) portal: String,
    pub(crate) agency: String,
    pub(crate) agent: String,
}

impl Pages {
    /// As `up --json` announces them.
    fn of(announced: &Value) -> Self {
        let page = |word: &str| {
            announced["pages"][word]
                .as_str()
                .unwrap_or_else(|| panic!("no {word} in {announced}"))
                .to_owned()
        };
        Self {
            sandbox: page("sandbox"),
            counter: page("counter"),
            portal: page("portal"),
            agency: page("agency"),
            agent: page("agent"),
        }
    }

    /// The origin of a site, by its word.
    pub(crate) fn origin(&self, word: &str) -> &str {
        match word {
            "sandbox" => &self.sandbox,
            "counter" => &self.counter,
            "portal" => &self.portal,
            "agency" => &self.agency,
            "agent" => &self.agent,
            _ => panic!("no site {word}"),
        }
    }
}

/// `shirushi up` on this machine, as a newcomer starts it.
pub(crate) struct City {
    pub(crate) pages: Pages,
    up: Up,
    place: Place,
}

impl City {
    pub(crate) fn start() -> Self {
        let place = Place::new();
        let up = place.up(Some("127.0.0.1:0"));
        Self {
            pages: Pages::of(&up.announced),
            up,
            place,
        }
    }

    /// Ends it, and fails when it has logged anything.
    pub(crate) fn stop(self) {
        self.up.stop();
        let log = std::fs::read_to_string(self.place.path("up.log")).unwrap();
        assert_eq!(log, "");
    }
}

/// A program that ends with the test.
#[derive(Debug)]
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `shirushi up` in the city of two machines behind TLS, and `shirushi agent` at home.
#[derive(Debug)]
pub(crate) struct FarCity {
    pub(crate) pages: Pages,
    pub(crate) world: World,
    _up: Program,
    _agent: Program,
}

impl FarCity {
    /// Starts both. `strangers` are further hosts, of names at home with their addresses.
    pub(crate) fn start(mut world: World, strangers: Vec<Server>, names: &[(&str, &str)]) -> Self {
        let shirushi = env!("CARGO_BIN_EXE_shirushi");
        let (up, announced) = announce(
            world
                .in_city(shirushi)
                .args(["up", "--json", "--listen", "127.0.0.1:8080"])
                .args(["--origins", "https://{site}.city.example", "--dir"])
                .arg(world.path("city")),
            &world,
            "up",
        );
        let pages = Pages::of(&announced);
        let hosts: Vec<String> = ["sandbox", "counter", "portal", "agency"]
            .iter()
            .map(|word| {
                pages
                    .origin(word)
                    .trim_start_matches("https://")
                    .to_owned()
            })
            .collect();
        let mut known: Vec<(&str, &str)> = hosts
            .iter()
            .map(|host| (host.as_str(), CITY))
            .collect();
        known.extend(names);
        world.name(&known);
        let mut servers: Vec<Server> = hosts
            .iter()
            .map(|host| Server {
                host: host.clone(),
                address: CITY,
                does: Does::PassOn(8080),
            })
            .collect();
        servers.extend(strangers);
        world.serve(&servers);
        let listen = pages
            .agent
            .trim_start_matches("http://");
        let (agent, announced) = announce(
            Command::new(shirushi)
                .args(["agent", "--json", "--listen", listen, "--dir"])
                .arg(world.path("agent"))
                .args(["--site", &pages.portal, "--site", &pages.counter, "--cards"])
                .arg(world.path("cards"))
                .arg("--trust")
                .arg(world.authority()),
            &world,
            "agent",
        );
        assert_eq!(announced["url"], pages.agent);
        Self {
            pages,
            world,
            _up: up,
            _agent: agent,
        }
    }
}

/// Starts a program that announces itself in one line of JSON.
fn announce(command: &mut Command, world: &World, name: &str) -> (Program, Value) {
    let home = world.path(&format!("{name}-home"));
    std::fs::create_dir(&home).unwrap();
    let log = world.path(&format!("{name}.log"));
    let mut child = command
        .env_clear()
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let program = Program(child);
    let announced = serde_json::from_str(&line).unwrap_or_else(|_| {
        panic!(
            "{name}: {line:?}\n{}",
            std::fs::read_to_string(&log).unwrap_or_default()
        )
    });
    (program, announced)
}
