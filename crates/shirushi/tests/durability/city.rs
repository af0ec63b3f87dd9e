//! The city as a process: started, killed, stopped, and started again on the same folder and port.

use crate::draws::Draws;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A start takes a fraction of a second; a founding makes keys and may need a few on a busy machine.
const LONGEST_START: Duration = Duration::from_secs(60);
const LONGEST_STOP: Duration = Duration::from_secs(30);

/// A city and the folder that outlives its processes. What still runs when this is dropped is killed.
pub(crate) struct City {
    outside: TempDir,
    port: u16,
    child: Option<Child>,
}

impl City {
    /// A city that does not stand yet.
    pub(crate) fn new(draws: &mut Draws) -> Self {
        Self {
            outside: tempfile::tempdir().unwrap(),
            port: free_port(draws),
            child: None,
        }
    }

    /// A folder of the tests' own beside the city's.
    pub(crate) fn outside(&self) -> &Path {
        self.outside.path()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.outside.path().join("city")
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, and waits for the line that says it answers.
    pub(crate) fn start(&mut self) {
        self.start_under(Command::new(env!("CARGO_BIN_EXE_shirushi")));
    }

    /// Starts it by a command that ends with the program.
    pub(crate) fn start_under(&mut self, command: Command) {
        let mut child = self.spawn(command);
        let out = child.stdout.take().unwrap();
        self.child = Some(child);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(out).read_line(&mut line);
            // Nobody listens any more when it came too late.
            let _ = tell.send(read.map(|_| line));
        });
        let line = told
            .recv_timeout(LONGEST_START)
            .unwrap_or_else(|_| panic!("no line within {LONGEST_START:?}; {}", self.complaints()))
            .unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("it said {line:?}; {}", self.complaints()));
        assert_eq!(said["url"], self.base().as_str());
    }

    /// Starts it and kills it `after` that, whether it answers by then or not.
    pub(crate) fn start_and_kill(&mut self, after: Duration) {
        self.child = Some(self.spawn(Command::new(env!("CARGO_BIN_EXE_shirushi"))));
        thread::sleep(after);
        self.kill();
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9),
            "it ended by itself before it was killed; {}",
            self.complaints()
        );
    }

    /// SIGTERM, and a good end.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let sent = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", child.id()))
            .status()
            .unwrap();
        assert!(sent.success());
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begin.elapsed() > LONGEST_STOP {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it did not stop within {LONGEST_STOP:?}");
            }
            thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{status}; {}", self.complaints());
    }

    /// What its processes wrote to standard error.
    pub(crate) fn complaints(&self) -> String {
        let text = fs::read_to_string(self.error_file()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.len().saturating_sub(40);
        format!("standard error:\n{}", lines[last..].join("\n"))
    }

    fn error_file(&self) -> PathBuf {
        self.outside.path().join("stderr")
    }

    fn spawn(&self, mut command: Command) -> Child {
        let error = File::options()
            .append(true)
            .create(true)
            .open(self.error_file())
            .unwrap();
        command
            .arg("up")
            .arg("--dir")
            .arg(self.folder())
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.port))
            .arg("--json")
            // The recorder would take a probe for something written for the request under way.
            .env("SHIRUSHI_PROBE_SECONDS", "3600")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(error)
            .spawn()
            .unwrap()
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port below those that the system gives to clients: while the city is down, none of them can take it.
fn free_port(draws: &mut Draws) -> u16 {
    loop {
        let port = u16::try_from(10_000 + draws.below(20_000)).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
