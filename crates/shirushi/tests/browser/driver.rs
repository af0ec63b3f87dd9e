//! chromedriver and its browser, as one process tree that ends with us.

use crate::tools;
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A running chromedriver. It is the first process of a PID namespace of its own: when it is killed, the system kills every
/// process below it, however deep; and it is killed even when this test is.
#[derive(Debug)]
pub(crate) struct Driver {
    /// `unshare`, which waits for the namespace to end.
    outer: Child,
    url: String,
}

impl Driver {
    /// Starts chromedriver on a port that it finds itself; what it and the browser write is below `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut outer = tools::in_namespaces(&[])
            .arg(tools::program("chromedriver"))
            .arg("--port=0")
            .env("HOME", folder)
            .env("TMPDIR", folder)
            // Chromium takes its language from here, and with it the order of year, month and day.
            .env("LANG", "ja_JP.UTF-8")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("driver.log")).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(outer.stdout.take().unwrap());
        let mut told = String::new();
        let port = loop {
            let mut line = String::new();
            said.read_line(&mut line).unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port
                    .trim()
                    .trim_end_matches('.')
                    .parse::<u16>()
                    .unwrap();
            }
            told.push_str(&line);
            if line.is_empty() {
                let errors = std::fs::read_to_string(folder.join("driver.log")).unwrap();
                let _ = outer.wait();
                panic!("chromedriver did not start: {told}{errors}");
            }
        };
        // It goes on talking; nobody listens, and a full pipe must not stop it.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self {
            outer,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The first process of the namespace is killed rather than `unshare`, which then ends after all of them.
        let children = format!("/proc/{0}/task/{0}/children", self.outer.id());
        let first = std::fs::read_to_string(children).unwrap_or_default();
        for process in first.split_whitespace() {
            let _ = Command::new("kill")
                .args(["-KILL", process])
                .status();
        }
        if first.trim().is_empty() {
            let _ = self.outer.kill();
        }
        let _ = self.outer.wait();
    }
}
