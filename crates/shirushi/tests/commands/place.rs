//! A home of its own for each test, and the binary run in it.

use crate::http;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};
use tempfile::TempDir;

/// Seconds after which a command that should have ended is ended (exit code 124).
const LONGEST: &str = "120";

pub(crate) const JAPANESE: &str = "ja_JP.UTF-8";
pub(crate) const ENGLISH: &str = "C.UTF-8";

/// An isolated HOME and TMPDIR, and room beside them.
pub(crate) struct Place {
    root: TempDir,
    surroundings: Surroundings,
}

/// What programs run in that is not as it is elsewhere.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// What each program is started by.
    pub(crate) by: Vec<String>,
    /// Variables beside ours.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// The binary, where it is found elsewhere.
    pub(crate) binary: Option<PathBuf>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for name in ["home", "tmp"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        Self {
            root,
            surroundings: Surroundings::default(),
        }
    }

    /// From here on everything runs in these.
    #[allow(dead_code, reason = "some tests stay where they are")]
    pub(crate) fn surround(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The city's folder.
    pub(crate) fn city(&self) -> PathBuf {
        self.path("city")
    }

    /// A program with nothing of our environment.
    pub(crate) fn command(&self, program: &str, locale: &str) -> Command {
        self.command_by(&[], program, locale)
    }

    /// The same, started by a command of its own.
    fn command_by(&self, by: &[String], program: &str, locale: &str) -> Command {
        let started: Vec<&str> = self
            .surroundings
            .by
            .iter()
            .chain(by)
            .map(String::as_str)
            .chain([program])
            .collect();
        let mut command = Command::new(started[0]);
        command
            .args(&started[1..])
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("LC_ALL", locale)
            // Tests compare files: nothing is written but what they ask for.
            .env("SHIRUSHI_PROBE_SECONDS", "3600")
            .envs(
                self.surroundings
                    .environment
                    .iter()
                    .map(|(name, value)| (*name, value)),
            )
            .stdin(Stdio::null());
        command
    }

    /// Ours.
    fn binary(&self) -> &str {
        let elsewhere = self
            .surroundings
            .binary
            .as_ref()
            .and_then(|path| path.to_str());
        elsewhere.unwrap_or(env!("CARGO_BIN_EXE_shirushi"))
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, locale: &str, arguments: &[&str]) -> Ended {
        self.run_with(locale, arguments, &[])
    }

    pub(crate) fn run_with(
        &self,
        locale: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Ended {
        let output = self
            .command("timeout", locale)
            .arg(LONGEST)
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .args(arguments)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        Ended::of(output)
    }

    /// Runs a command to its end that may have so many files open.
    pub(crate) fn run_with_descriptors(
        &self,
        descriptors: u32,
        locale: &str,
        arguments: &[&str],
    ) -> Ended {
        let output = self
            .command("timeout", locale)
            .args([LONGEST, "prlimit", &format!("--nofile={descriptors}")])
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .args(arguments)
            .output()
            .unwrap();
        Ended::of(output)
    }

    /// Runs a command to its end with these lines on its standard input.
    pub(crate) fn run_fed(&self, locale: &str, arguments: &[&str], lines: &[&str]) -> Ended {
        let mut child = self
            .command("timeout", locale)
            .arg(LONGEST)
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        for line in lines {
            // A command that refuses at once does not read.
            let _ = writeln!(input, "{line}");
        }
        drop(input);
        Ended::of(child.wait_with_output().unwrap())
    }

    /// Runs a command to its end on this standard input.
    pub(crate) fn run_from(
        &self,
        locale: &str,
        arguments: &[&str],
        input: impl Into<Stdio>,
    ) -> Ended {
        let output = self
            .command("timeout", locale)
            .arg(LONGEST)
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .args(arguments)
            .stdin(input)
            .output()
            .unwrap();
        Ended::of(output)
    }

    /// Runs a command at a terminal: waits for words and types, step by step (`dialogue.py`).
    pub(crate) fn talk(&self, locale: &str, arguments: &[&str], steps: &[(&str, &str)]) -> Talk {
        let argv = [&[env!("CARGO_BIN_EXE_shirushi")], arguments].concat();
        let order = serde_json::json!({
            "argv": argv,
            "env": { "HOME": self.path("home"), "TMPDIR": self.path("tmp"), "LC_ALL": locale },
            "cwd": self.root.path(),
            "steps": steps,
        });
        let mut python = Command::new("python3")
            .args(["-c", include_str!("dialogue.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = python.stdin.take().unwrap();
        input
            .write_all(order.to_string().as_bytes())
            .unwrap();
        drop(input);
        let output = python.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts a command; standard output can be read, standard error goes into `log`.
    pub(crate) fn spawn(&self, log: &str, arguments: &[&str], level: &str) -> Running {
        self.spawn_in(ENGLISH, log, arguments, level)
    }

    pub(crate) fn spawn_in(
        &self,
        locale: &str,
        log: &str,
        arguments: &[&str],
        level: &str,
    ) -> Running {
        let command = self.command(self.binary(), locale);
        self.running(command, log, arguments, level)
    }

    /// Starts a command by one of its own: as another account, in another place.
    #[allow(dead_code, reason = "for roles on machines of their own")]
    pub(crate) fn spawn_by(
        &self,
        by: &[String],
        log: &str,
        arguments: &[&str],
        level: &str,
    ) -> Running {
        let command = self.command_by(by, self.binary(), ENGLISH);
        self.running(command, log, arguments, level)
    }

    fn running(&self, mut command: Command, log: &str, arguments: &[&str], level: &str) -> Running {
        let mut child = command
            .args(arguments)
            .env("SHIRUSHI_LOG", level)
            .stdout(Stdio::piped())
            .stderr(File::create(self.path(log)).unwrap())
            .spawn()
            .unwrap();
        let answer = BufReader::new(child.stdout.take().unwrap());
        Running { child, answer }
    }

    /// Starts the city and waits until it has announced itself.
    pub(crate) fn up(&self, listen: Option<&str>) -> Up {
        self.up_with(listen, &[], "warn")
    }

    pub(crate) fn up_with(&self, listen: Option<&str>, more: &[&str], level: &str) -> Up {
        let city = self.city();
        let mut arguments = vec!["up", "--json", "--dir", city.to_str().unwrap()];
        if let Some(listen) = listen {
            arguments.extend(["--listen", listen]);
        }
        arguments.extend(more);
        let mut running = self.spawn("up.log", &arguments, level);
        let line = running.line();
        let announced: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!(
                "{line:?}\n{}",
                std::fs::read_to_string(self.path("up.log")).unwrap()
            )
        });
        Up {
            url: announced["url"]
                .as_str()
                .unwrap()
                .to_owned(),
            announced,
            running,
        }
    }
}

/// How a dialogue at a terminal went.
#[derive(Debug, Deserialize)]
pub(crate) struct Talk {
    pub(crate) code: i32,
    pub(crate) seen: String,
    /// Whether the terminal would have shown keys, at each step that types.
    pub(crate) echo: Vec<bool>,
    pub(crate) restored: bool,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended with 1, without an answer, and says all of these.
    pub(crate) fn assert_refused(&self, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{self:?}");
        assert!(!self.err.contains("panicked"), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in {}", self.err);
        }
    }
}

/// A command that runs; it ends with the test.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    answer: BufReader<ChildStdout>,
}

impl Running {
    /// The next line of its answer; empty when it has ended.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.answer
            .read_line(&mut line)
            .unwrap();
        line
    }

    /// Its answer up to the line with these words, or to its end.
    pub(crate) fn lines_until(&mut self, words: &str) -> String {
        let mut told = String::new();
        loop {
            let line = self.line();
            told.push_str(&line);
            if line.is_empty() || line.contains(words) {
                return told;
            }
        }
    }

    /// The number of its process.
    #[allow(dead_code, reason = "for roles on machines of their own")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    #[allow(dead_code, reason = "for the histories")]
    pub(crate) fn wait(mut self) {
        self.child.wait().unwrap();
    }

    /// SIGKILL; it must not have ended by itself before, which its `log` would tell.
    #[allow(dead_code, reason = "for the durability")]
    pub(crate) fn kill(mut self, log: &str) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9),
            "it ended by itself before it was killed: {log}"
        );
    }

    /// Sends a signal and waits for the end; the exit code.
    pub(crate) fn end(mut self, signal: &str) -> i32 {
        let status = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        self.child
            .wait()
            .unwrap()
            .code()
            .unwrap_or_else(|| panic!("it died of {signal}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A city that has announced itself.
#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) url: String,
    pub(crate) announced: Value,
    pub(crate) running: Running,
}

impl Up {
    pub(crate) fn stop(self) {
        assert_eq!(self.running.end("TERM"), 0);
    }

    pub(crate) fn assert_answers(&self) {
        for role in ["register", "authority", "responder", "counter", "agency"] {
            let answer = http::get(&self.url, &format!("/{role}/status"));
            assert_eq!(answer.status, 200, "{role}: {}", answer.text());
        }
    }
}

/// An address for a city that is to be started again: below the ports that the system gives out, so that it is still free then. The
/// agent takes the port after it.
pub(crate) fn lasting_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 12_000 + u16::try_from(std::process::id() % 500).unwrap() * 32;
    loop {
        let port = start + NEXT.fetch_add(2, Ordering::Relaxed);
        let free = [port, port + 1].map(|port| TcpListener::bind(("127.0.0.1", port)));
        if free.iter().all(Result::is_ok) {
            return format!("127.0.0.1:{port}");
        }
    }
}

/// Debian's libfaketime.
#[allow(dead_code, reason = "some tests have no clock but the machine's")]
pub(crate) fn fake_time() -> String {
    const LIBRARY: &str = "faketime/libfaketime.so.1";
    std::fs::read_dir("/usr/lib")
        .unwrap()
        .map(|folder| folder.unwrap().path().join(LIBRARY))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{LIBRARY} is missing: apt-get install libfaketime"))
        .into_os_string()
        .into_string()
        .unwrap()
}

/// Every file and folder below `folder`, by its path there.
pub(crate) fn everything_in(folder: &Path) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path.clone());
            }
            all.insert(
                path.strip_prefix(folder)
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    all
}
