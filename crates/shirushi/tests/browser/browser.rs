//! A browser, and what a person does with it.

use crate::driver::Driver;
use serde_json::{Value, json};
use std::{
    fmt::Debug,
    future::Future,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use thirtyfour::{prelude::*, session::scriptret::ScriptRet};
use tokio::sync::{Mutex, MutexGuard};

/// Longest wait for something of a page.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How often is looked while something is awaited.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Two processors are enough for one browser and the city.
pub(crate) static TURN: Mutex<()> = Mutex::const_new(());

/// A browser with a new profile; its window is 1280 × 900. Everything of it ends when it is dropped.
pub(crate) struct Browser {
    // In the order in which they end.
    pub(crate) driver: WebDriver,
    pub(crate) process: Driver,
    pub(crate) folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one when no other runs.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with more flags.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        let turn = TURN.lock().await;
        let folder = tempfile::tempdir().unwrap();
        let process = Driver::start(folder.path());
        let mut wanted = DesiredCapabilities::chrome();
        let profile = format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        );
        let common = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--no-proxy-server",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=ja",
            "--window-size=1280,900",
            &profile,
        ];
        for flag in common.iter().chain(flags) {
            wanted.add_arg(flag).unwrap();
        }
        let logs = json!({ "browser": "ALL", "performance": "ALL" });
        wanted
            .set("goog:loggingPrefs", logs)
            .unwrap();
        wanted
            .add_experimental_option(
                "perfLoggingPrefs",
                json!({ "enableNetwork": true, "enablePage": false }),
            )
            .unwrap();
        wanted
            .add_experimental_option("prefs", json!({ "intl.accept_languages": "ja" }))
            .unwrap();
        let client = thirtyfour_client();
        let driver = WebDriver::builder(process.url(), wanted)
            .client(client)
            .await
            .unwrap_or_else(|error| {
                let log = std::fs::read_to_string(folder.path().join("driver.log"));
                panic!("the browser did not start: {error}\n{log:?}")
            });
        let browser = Self {
            driver,
            process,
            folder,
            _turn: turn,
        };
        browser
            .cdp("Emulation.setDeviceMetricsOverride", wide())
            .await;
        browser
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        let went = self.driver.goto(url).await;
        self.must(&format!("open {url}"), went)
            .await;
    }

    /// Presses the one link or button that bears this name.
    pub(crate) async fn click(&self, name: &str) {
        let element = self
            .the_one(
                "a[href], button, summary, input[type=submit], [role=button]",
                name,
            )
            .await;
        self.leave_by(&element, name).await;
    }

    /// Presses the first element that a selector finds.
    pub(crate) async fn click_css(&self, selector: &str) {
        let clicked = self
            .find_css(selector)
            .await
            .click()
            .await;
        self.must(&format!("press {selector}"), clicked)
            .await;
    }

    /// Presses an element; when it leads to another page, this one has gone afterwards.
    async fn leave_by(&self, element: &WebElement, name: &str) {
        let leads_on = self
            .marks("arguments[0]", vec![element.to_json().unwrap()])
            .await;
        let clicked = element.click().await;
        self.must(&format!("press {name:?}"), clicked)
            .await;
        if leads_on {
            self.has_left().await;
        }
    }

    /// Marks the page if `node` leads to another.
    pub(crate) async fn marks(&self, node: &str, arguments: Vec<Value>) -> bool {
        let script = format!(
            "const leads = {node}.matches('a[href]:not([download], [href^=\"#\"]), button:not([type=button]), input[type=submit]');
             if (leads) window.isMarkedByTest = true;
             return leads;"
        );
        let answer = self.script(&script, arguments).await;
        answer.json().as_bool() == Some(true)
    }

    /// Waits until the marked page has gone.
    pub(crate) async fn has_left(&self) {
        self.until("another page comes", async || {
            let marked = self
                .driver
                .execute("return window.isMarkedByTest === true;", vec![])
                .await;
            marked.is_ok_and(|marked| marked.json().as_bool() == Some(false))
        })
        .await;
    }

    /// The first element that a selector finds, once it is there.
    pub(crate) async fn find_css(&self, selector: &str) -> WebElement {
        self.until(&format!("{selector} is there"), async || {
            self.driver
                .find(By::Css(selector))
                .await
                .is_ok()
        })
        .await;
        let found = self
            .driver
            .find(By::Css(selector))
            .await;
        self.must(selector, found).await
    }

    /// Types `text` into the one field that bears this label, in place of what stood there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        let text = match field
            .attr("type")
            .await
            .unwrap()
            .as_deref()
        {
            Some("date") => &date_keys(text),
            _ => text,
        };
        self.must(&format!("empty {label:?}"), field.clear().await)
            .await;
        self.must(&format!("fill {label:?}"), field.send_keys(text).await)
            .await;
    }

    /// Gives a file to the one field that bears this label.
    pub(crate) async fn attach(&self, label: &str, path: &std::path::Path) {
        let field = self.field(label).await;
        let given = field
            .send_keys(path.to_str().unwrap())
            .await;
        self.must(&format!("attach {label:?}"), given)
            .await;
    }

    /// Chooses the one radio button or box that bears this label, if it is not chosen yet.
    pub(crate) async fn choose(&self, label: &str) {
        let field = self.field(label).await;
        if !field.is_selected().await.unwrap() {
            self.must(&format!("choose {label:?}"), field.click().await)
                .await;
        }
    }

    /// Chooses `option` in the list that bears this label.
    pub(crate) async fn select(&self, label: &str, option: &str) {
        let list = self.field(label).await;
        let found = self
            .script(
                "const list = arguments[0], wanted = [...list.options].find((one) => said(one) === arguments[1]);
                 if (!wanted) return false;
                 list.value = wanted.value;
                 list.dispatchEvent(new Event('change', { bubbles: true }));
                 return true;",
                vec![list.to_json().unwrap(), json!(option)],
            )
            .await
            .json()
            .as_bool();
        if found != Some(true) {
            self.fail(&format!("no option {option:?} in {label:?}"))
                .await;
        }
    }

    /// The one field that bears this label.
    pub(crate) async fn field(&self, label: &str) -> WebElement {
        self.the_one(
            "input:not([type=hidden]):not([type=submit]), select, textarea",
            label,
        )
        .await
    }

    /// Waits until the page says these words.
    pub(crate) async fn sees(&self, words: &str) {
        self.until(&format!("the page says {words:?}"), async || {
            self.text().await.contains(words)
        })
        .await;
    }

    /// Waits until the address begins with this.
    pub(crate) async fn arrives(&self, address: &str) {
        self.until(&format!("the address begins with {address}"), async || {
            self.url().await.starts_with(address)
        })
        .await;
    }

    /// The address.
    pub(crate) async fn url(&self) -> String {
        self.driver
            .current_url()
            .await
            .map_or_else(|_| String::new(), |url| url.to_string())
    }

    /// What the page says, without readings above names. Empty while it is not there yet.
    pub(crate) async fn text(&self) -> String {
        let question = with_questions("return document.body ? said(document.body) : '';");
        self.driver
            .execute(question, vec![])
            .await
            .ok()
            .and_then(|answer| {
                answer
                    .json()
                    .as_str()
                    .map(str::to_owned)
            })
            .unwrap_or_default()
    }

    /// The main heading.
    pub(crate) async fn heading(&self) -> String {
        let answer = self
            .script(
                "const h1 = document.querySelector('h1'); return h1 ? said(h1) : '';",
                vec![],
            )
            .await;
        answer
            .json()
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits for `holds`; what is on the page is shown when it does not come true.
    pub(crate) async fn until<F, T>(&self, what: &str, mut holds: F)
    where
        F: FnMut() -> T,
        T: Future<Output = bool>,
    {
        let end = Instant::now() + PATIENCE;
        while !holds().await {
            if Instant::now() > end {
                self.fail(&format!("waited in vain until {what}"))
                    .await;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Runs a script that may use `script.js`.
    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> ScriptRet {
        let answer = self
            .driver
            .execute(with_questions(script), arguments)
            .await;
        self.must(script, answer).await
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn cdp(&self, method: &str, parameters: Value) -> Value {
        let answer = self
            .driver
            .cdp()
            .send_raw(method, parameters)
            .await;
        self.must(method, answer).await
    }

    /// Fails, and shows where the browser is.
    pub(crate) async fn fail(&self, what: &str) -> ! {
        let (url, text) = (self.url().await, self.text().await);
        panic!("{what}\nat {url}\n{text}")
    }

    async fn must<T, E: Debug>(&self, what: &str, result: Result<T, E>) -> T {
        match result {
            Ok(value) => value,
            Err(error) => {
                self.fail(&format!("{what}: {error:?}"))
                    .await
            }
        }
    }

    /// The one element that bears this name, once it is there.
    async fn the_one(&self, selector: &str, name: &str) -> WebElement {
        let arguments = vec![json!(selector), json!(name)];
        let question = "return named(arguments[0], arguments[1]);";
        let end = Instant::now() + PATIENCE;
        loop {
            // While a page goes and the next one comes there is nothing to be asked.
            let found = match self
                .driver
                .execute(with_questions(question), arguments.clone())
                .await
            {
                Ok(found) => found.elements().unwrap_or_default(),
                Err(_) => Vec::new(),
            };
            if let [element] = &found[..] {
                return element.clone();
            }
            if Instant::now() > end {
                let there = self
                    .script("return names(arguments[0]);", vec![json!(selector)])
                    .await;
                let count = found.len();
                self.fail(&format!("{count} of {name:?} among {}", there.json()))
                    .await;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// A date, `2026-11-25`, as it is typed into the three parts of its field.
pub(crate) fn date_keys(date: &str) -> String {
    // A year may have six digits; Tab ends it. The others end by themselves.
    date.replacen('-', &Key::Tab.value().to_string(), 1)
        .replace('-', "")
}

/// The window that pages are usually looked at in.
pub(crate) fn wide() -> Value {
    json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false })
}

pub(crate) fn with_questions(script: &str) -> String {
    format!("{}\n{script}", include_str!("script.js"))
}

/// A client that asks chromedriver itself, whatever proxy this machine has.
fn thirtyfour_client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}
