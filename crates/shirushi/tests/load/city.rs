//! The city: the real program, in a world with few descriptors and a small disk.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

pub(crate) struct City {
    child: Child,
    pub(crate) base: String,
    pub(crate) portal: String,
    pub(crate) agent: String,
    folder: TempDir,
}

impl City {
    /// A new city on a disk of its own, that only its process sees.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=200m tmpfs \"$1\" && \
            exec prlimit --nofile=1024 \"$2\" up --json --listen 127.0.0.1:0 --dir \"$1/city\"";
        let log = fs::File::create(folder.path().with_extension("log")).unwrap();
        let mut child = Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh"])
            .arg(folder.path())
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let log = fs::read_to_string(folder.path().with_extension("log"));
            panic!("it said {line:?}; {log:?}")
        });
        let page = |name: &str| {
            said["pages"][name]
                .as_str()
                .unwrap()
                .to_owned()
        };
        Self {
            child,
            base: said["url"].as_str().unwrap().to_owned(),
            portal: page("portal"),
            agent: page("agent"),
            folder,
        }
    }

    /// Bytes of its process in memory.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = line
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        kilobytes << 10
    }

    /// Bytes used of its disk.
    pub(crate) fn disk(&self) -> u64 {
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        let inside = self
            .folder
            .path()
            .strip_prefix("/")
            .unwrap();
        let disk = rustix::fs::statvfs(root.join(inside)).unwrap();
        (disk.f_blocks - disk.f_bfree) * disk.f_frsize
    }

    /// Ends it as its operator would.
    pub(crate) fn stop(mut self) {
        command("kill", &["-TERM", &self.child.id().to_string()]);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for City {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.folder.path().with_extension("log");
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(&log).unwrap_or_default());
        }
        let _ = fs::remove_file(log);
    }
}

pub(crate) fn command(program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
}
