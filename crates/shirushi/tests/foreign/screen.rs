//! A screen that nobody sees, with a window manager, a browser, and a keyboard.

use crate::desk::Desk;
use shirushi_lab::{program, wait_for};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// The title of NSS's question for a PIN.
const DIALOG: &str = "Unlock Security Device";

/// Xvfb and openbox in the lab, until they are dropped. Without a window manager a second question gets no keys.
pub(crate) struct Screen<'a> {
    desk: &'a Desk,
    display: String,
    server: Child,
    manager: Child,
    /// The questions that were answered.
    answered: Vec<String>,
}

/// Chromium, until it is dropped.
pub(crate) struct Browser(Child);

impl<'a> Screen<'a> {
    pub(crate) fn start(desk: &'a Desk) -> Self {
        let mut server = desk
            .command("Xvfb")
            // Any number that is free.
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1000x700x24",
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let display = format!("DISPLAY=:{}", number.trim());
        let manager = manager(desk, &display);
        let mut screen = Self {
            desk,
            display,
            server,
            manager,
            answered: Vec::new(),
        };
        wait_for("the window manager", || {
            let log = std::fs::read_to_string(desk.path("openbox.log")).unwrap();
            assert!(matches!(screen.manager.try_wait(), Ok(None)), "{log}");
            // It alone knows of desktops.
            !screen
                .tool(&["get_num_desktops"])
                .is_empty()
        });
        screen
    }

    /// Opens an address in Chromium, which chooses the card's certificate for it by itself.
    pub(crate) fn browse(&self, address: &str) -> Browser {
        let policies = self
            .desk
            .path("chromium/policies/managed");
        std::fs::create_dir_all(&policies).unwrap();
        let choice = serde_json::json!({ "pattern": address, "filter": {} }).to_string();
        let policy = serde_json::json!({ "AutoSelectCertificateForUrls": [choice] });
        std::fs::write(policies.join("card.json"), policy.to_string()).unwrap();
        self.desk
            .run("mount", &["--bind", "chromium", "/etc/chromium"])
            .good();
        let browser = self
            .desk
            .command("env")
            .arg(&self.display)
            .arg(program("unshare"))
            .args([
                "--pid",
                "--fork",
                "--kill-child=KILL",
                "--mount-proc",
                "bash",
                "-c",
            ])
            // The first process of the namespace. When it ends, all others have ended before it.
            .args(["chromium \"$@\" & read -r _", "bash"])
            .args([
                "--no-sandbox",
                "--no-first-run",
                "--disable-gpu",
                "--no-proxy-server",
                "--lang=en",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args(["--user-data-dir=profile", address])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Browser(browser)
    }

    /// Types a PIN into the next question for one.
    pub(crate) fn answer(&mut self, pin: &str) {
        wait_for("a question for a PIN", || self.asks_anew());
        let mut window = String::new();
        wait_for("the question to have the keyboard", || {
            // The one that is there now: the browser may have taken it back and asked again.
            window = self.unanswered().unwrap_or_default();
            self.keep_managed();
            self.tool(&["windowfocus", &window]);
            // The server's word, that needs no window manager to hear of it.
            !window.is_empty() && self.tool(&["getwindowfocus"]).trim() == window
        });
        self.tool(&["type", "--delay", "40", pin]);
        self.tool(&["key", "Return"]);
        self.answered.push(window);
    }

    /// openbox ends by itself now and then when windows come and go fast.
    fn keep_managed(&mut self) {
        if !matches!(self.manager.try_wait(), Ok(None)) {
            self.manager = manager(self.desk, &self.display);
        }
    }

    /// A question that was not answered yet.
    fn unanswered(&self) -> Option<String> {
        self.search(DIALOG)
            .into_iter()
            .find(|window| !self.answered.contains(window))
    }

    /// Whether a PIN is asked for that was not typed yet.
    pub(crate) fn asks_anew(&self) -> bool {
        self.unanswered().is_some()
    }

    /// Whether a PIN is asked for.
    pub(crate) fn asks(&self) -> bool {
        !self.search(DIALOG).is_empty()
    }

    /// Whether a window with this title is there.
    pub(crate) fn shows(&self, title: &str) -> bool {
        !self.search(title).is_empty()
    }

    /// The visible windows with this title.
    fn search(&self, title: &str) -> Vec<String> {
        let found = self.tool(&["search", "--onlyvisible", "--name", title]);
        found
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// What xdotool answers. It fails when it finds nothing, and when a window has gone meanwhile.
    fn tool(&self, arguments: &[&str]) -> String {
        let arguments = [&[self.display.as_str(), "xdotool"], arguments].concat();
        self.desk.run("env", &arguments).answer
    }
}

/// Begins to manage the windows of a screen.
fn manager(desk: &Desk, display: &str) -> Child {
    desk.command("env")
        .args([display, "openbox"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(desk.path("openbox.log")).unwrap())
        .spawn()
        .unwrap()
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // They may have ended already. Xvfb removes its files when it is asked to end.
        let _ = self.manager.kill();
        let _ = self.manager.wait();
        let _ = Command::new("sh")
            .args(["-c", "kill \"$1\"", "sh", &self.server.id().to_string()])
            .status();
        let _ = self.server.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It may have ended already.
        let _ = self.0.wait();
    }
}
