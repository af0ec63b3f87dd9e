//! A city on a small disk of its own.

use crate::{Officer, PARTIES, small::SmallDisk};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longest wait for what comes by itself. The city tries each second, at the latest where something has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A city as a process.
pub(crate) struct City {
    folder: TempDir,
    pub(crate) disk: SmallDisk,
    port: u16,
    child: Option<Child>,
    client: reqwest::Client,
    /// How often it tries to write, in seconds.
    probe: u32,
}

impl City {
    pub(crate) fn start() -> Self {
        Self::start_probing(1)
    }

    /// Starts one that tries to write every so many seconds.
    pub(crate) fn start_probing(probe: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = SmallDisk::mount(folder.path());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let mut city = Self {
            folder,
            disk,
            port,
            child: None,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            probe,
        };
        city.start_again();
        city
    }

    /// Starts it, and waits for the line that says it answers.
    pub(crate) fn start_again(&mut self) {
        let by = self.disk.entered_by();
        let mut child = Command::new(&by[0])
            .args(&by[1..])
            .arg(env!("CARGO_BIN_EXE_shirushi"))
            .arg("up")
            .arg("--dir")
            .arg(self.folder())
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--json"])
            .env("SHIRUSHI_PROBE_SECONDS", self.probe.to_string())
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

    /// Its folder, as itself sees it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Waits until each of its threads is traced.
    pub(crate) fn until_traced(&self) {
        let begun = Instant::now();
        let is_traced = |task: fs::DirEntry| {
            // One that has ended is none any more.
            fs::read_to_string(task.path().join("status"))
                .is_ok_and(|status| !status.contains("\nTracerPid:\t0\n"))
        };
        let tasks = format!("/proc/{}/task", self.process());
        while !fs::read_dir(&tasks)
            .unwrap()
            .flatten()
            .all(is_traced)
        {
            assert!(begun.elapsed() < PATIENCE, "it is not traced");
            std::thread::sleep(Duration::from_millis(5));
        }
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
        self.until_check_is(party, "writing", wanted)
            .await
    }

    /// Waits until a check of a party's status is right, or is not, and gives what it says.
    pub(crate) async fn until_check_is(&self, party: &str, name: &str, wanted: bool) -> String {
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
            let check = report["checks"]
                .as_array()
                .unwrap()
                .iter()
                .find(|check| check["name"] == name)
                .unwrap();
            if check["ok"] == wanted {
                // Whose check is not right is not ready.
                assert!(wanted || !is_ready, "{party}: {report}");
                return check["seen"]
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
    }
}
