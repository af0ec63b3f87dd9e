//! A city on a small disk of its own: a file system in memory, mounted where only the city sees it.

use crate::{Officer, PARTIES};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The disk. A new city with its sample of residents takes a fifth of it.
const DISK: &str = "size=48m,mode=0700";

/// Longest wait for what comes by itself. The city tries each second.
const PATIENCE: Duration = Duration::from_secs(60);

/// A city as a process.
pub(crate) struct City {
    disk: TempDir,
    port: u16,
    child: Option<Child>,
    /// Keeps the disk between two starts.
    keeper: Child,
    client: reqwest::Client,
}

impl City {
    pub(crate) fn start() -> Self {
        let disk = tempfile::tempdir().unwrap();
        // A name space for the disk, held by a program that waits.
        let script = format!(
            "mount -t tmpfs -o {DISK} tmpfs '{}' && echo && exec sleep infinity",
            disk.path().display()
        );
        let mut keeper = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "\n", "root may mount");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let mut city = Self {
            disk,
            port,
            child: None,
            keeper,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .unwrap(),
        };
        city.start_again();
        city
    }

    /// Starts it, and waits for the line that says it answers.
    pub(crate) fn start_again(&mut self) {
        let mut child = Command::new("nsenter")
            .arg(format!("--target={}", self.keeper.id()))
            .arg("--mount")
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .arg("up")
            .arg("--dir")
            .arg(self.disk.path().join("city"))
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--json"])
            .env("SHIRUSHI_PROBE_SECONDS", "1")
            .env("SHIRUSHI_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(said["url"], self.base());
        self.child = Some(child);
    }

    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string())
            .status()
            .unwrap();
        assert!(asked.success());
        assert!(child.wait().unwrap().success());
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Its folder, as it is seen from outside.
    pub(crate) fn folder(&self) -> PathBuf {
        let path = self.disk.path().join("city");
        let mut seen = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        seen.push(path.strip_prefix("/").unwrap());
        seen
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn get(&self, path: &str) -> u16 {
        self.client
            .get(self.base() + path)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self
            .client
            .post(self.base() + path)
            .json(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Enrols an officer.
    pub(crate) async fn enrol(&self) -> Officer {
        let officer = Officer {
            name: "officer-1".to_owned(),
            password: "a password of some length".to_owned(),
        };
        let (_, code) = self
            .post("/sandbox/officers", &json!({ "municipality": "13998" }))
            .await;
        let mut enrolment = officer.credentials();
        enrolment["code"] = code["code"].clone();
        let (status, answer) = self
            .post("/counter/officers/enrol", &enrolment)
            .await;
        assert!((200..300).contains(&status), "{answer}");
        officer
    }

    /// Waits until every party says that it can write.
    pub(crate) async fn all_write(&self) {
        for party in PARTIES {
            self.until_writing_is(party, true).await;
        }
    }

    /// Waits until a party says that it can write, or that it cannot, and gives what it says.
    pub(crate) async fn until_writing_is(&self, party: &str, wanted: bool) -> String {
        let begun = Instant::now();
        loop {
            let answer = self
                .client
                .get(format!("{}/{party}/status", self.base()))
                .send()
                .await
                .unwrap();
            let is_ready = answer.status().is_success();
            let report: Value = answer.json().await.unwrap();
            let writing = report["checks"]
                .as_array()
                .unwrap()
                .iter()
                .find(|check| check["name"] == "writing")
                .unwrap();
            if writing["ok"] == wanted {
                // What cannot write is not ready.
                assert!(wanted || !is_ready, "{party}: {report}");
                return writing["seen"]
                    .as_str()
                    .unwrap()
                    .to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "{party}: {report}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
