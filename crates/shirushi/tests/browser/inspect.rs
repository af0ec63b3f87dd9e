//! Every page that a story comes by is inspected in both languages: what axe-core finds, 320 px and 200 %, light and dark, how heavy it
//! is and how soon it is there, whom it asks, what the browser complains of, and whether what is typed into its forms outlives a reload
//! and the way back. All faults are told together at the end. With `SHIRUSHI_PICTURES`, pictures of all are in `target/screenshots`.

use crate::{
    browser::Browser,
    forms::{self, Outlived},
    look::{Load, origin_of},
    screen::{Colours, Screen},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// Most bytes of a page, with everything that it loads.
const HEAVIEST: u64 = 200 * 1024;

/// Most milliseconds to the first paint from this machine; on one that is slow or busy, so many times those of an empty page.
const SLOWEST: f64 = 200.0;
const TIMES_AN_EMPTY_PAGE: f64 = 4.0;

/// A page that no service makes, and that has something to paint.
const EMPTY_PAGE: &str = "data:text/html,<title>empty</title><p>empty";

/// Loads, of which the quickest counts: the machine may be doing something else.
const TRIES: usize = 3;

/// What has been inspected.
#[derive(Debug, Default)]
pub(crate) struct Inspector {
    seen: Mutex<BTreeMap<String, Figures>>,
    /// Where the forms lead that something was typed into.
    typed: Mutex<BTreeSet<String>>,
    faults: Mutex<Vec<String>>,
}

/// What was measured of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// Its path.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) paint: f64,
}

impl Inspector {
    /// Inspects the page that is shown, which a GET shows again, in both languages; afterwards it is shown in Japanese as before.
    /// What was typed is lost.
    pub(crate) async fn page(&self, browser: &Browser, name: &str) {
        let url = browser.url().await;
        for (language, title) in [("en", "en"), ("ja", "ja")] {
            speak(browser, &url, language).await;
            let load = self.load(browser, &url, name).await;
            self.note(name, &url, &load);
            self.look(browser, &format!("{name}.{title}"), language)
                .await;
        }
        self.types(browser, name).await;
    }

    /// Types into the page's forms, and loses the page. Once for each form: where it stands makes no difference.
    async fn types(&self, browser: &Browser, name: &str) {
        let leads = forms::leads(browser).await;
        let is_new = {
            let mut typed = self.typed.lock().unwrap();
            let before = typed.len();
            let origin = name
                .split('-')
                .next()
                .unwrap_or_default();
            typed.extend(
                leads
                    .iter()
                    .map(|lead| format!("{origin} {lead}")),
            );
            typed.len() > before
        };
        if !is_new {
            return;
        }
        let Outlived { lost, .. } = forms::outlives(browser).await;
        self.fault_unless(lost.is_empty(), name, "typed and lost", &lost);
        forms::begins_anew(browser).await;
    }

    /// Where the forms lead that something was typed into, by site.
    pub(crate) fn typed(&self) -> BTreeSet<String> {
        self.typed.lock().unwrap().clone()
    }

    /// Inspects what is shown as the answer to a form, in the language that it is in.
    pub(crate) async fn answer(&self, browser: &Browser, name: &str) {
        let complaints = browser.complaints().await;
        // That an answer was a refusal is no fault of the page.
        let complaints: Vec<String> = complaints
            .into_iter()
            .filter(|told| !told.contains("Failed to load resource"))
            .collect();
        self.fault_unless(complaints.is_empty(), name, "complaints", &complaints);
        let url = browser.url().await;
        self.note(name, &url, &Load::default());
        self.look(browser, name, "ja").await;
    }

    /// The paths that were seen.
    pub(crate) fn seen(&self) -> BTreeMap<String, Figures> {
        self.seen.lock().unwrap().clone()
    }

    /// Fails with all faults.
    pub(crate) fn assert_faultless(&self) {
        let mut faults = self.faults.lock().unwrap();
        faults.sort();
        faults.dedup();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }

    async fn load(&self, browser: &Browser, url: &str, name: &str) -> Load {
        let mut best: Option<Load> = None;
        for _ in 0..TRIES {
            let load = browser.load(url).await;
            let is_error_page = load
                .complaints
                .iter()
                .all(|told| told.contains(url) && told.contains("Failed to load resource"));
            self.fault_unless(is_error_page, name, "complaints", &load.complaints);
            let strangers: Vec<String> = load
                .strangers(&origin_of(url))
                .into_iter()
                .collect();
            self.fault_unless(strangers.is_empty(), name, "asks strangers", &strangers);
            if best
                .as_ref()
                .is_none_or(|best| load.paint < best.paint)
            {
                best = Some(load);
            }
            if best
                .as_ref()
                .is_some_and(|best| best.paint <= SLOWEST)
            {
                break;
            }
        }
        let best = best.unwrap_or_default();
        let told = [format!("{} bytes", best.bytes)];
        self.fault_unless(best.bytes <= HEAVIEST, name, "too heavy", &told);
        if best.paint > SLOWEST {
            let empty = painted(browser, EMPTY_PAGE).await;
            browser.open(url).await;
            let told = [format!(
                "first paint after {} ms, {empty} ms of an empty page",
                best.paint
            )];
            let holds = best.paint <= TIMES_AN_EMPTY_PAGE * empty;
            self.fault_unless(holds, name, "too slow", &told);
        }
        best
    }

    async fn look(&self, browser: &Browser, name: &str, language: &str) {
        let spoken = browser
            .script("return document.documentElement.lang;", vec![])
            .await;
        let told = [spoken.json().to_string()];
        self.fault_unless(
            spoken.json() == language,
            name,
            "not in its language",
            &told,
        );
        let found = browser.axe().await;
        self.fault_unless(found.is_empty(), name, "axe", &found);
        if wants_pictures() {
            browser.picture(name).await;
        }
        browser.in_colours(Colours::Dark).await;
        let found = browser.axe_contrast().await;
        self.fault_unless(found.is_empty(), name, "axe, dark", &found);
        browser.on(Screen::Zoomed).await;
        let found = browser.overflow().await;
        self.fault_unless(found.is_empty(), name, "at 200 %", &found);
        browser.on(Screen::Narrow).await;
        let found = browser.overflow().await;
        self.fault_unless(found.is_empty(), name, "at 320 px", &found);
        if wants_pictures() {
            browser
                .picture(&format!("{name}.narrow-dark"))
                .await;
        }
        browser.in_colours(Colours::Light).await;
        browser.on(Screen::Wide).await;
    }

    fn note(&self, name: &str, url: &str, load: &Load) {
        let origin = origin_of(url);
        let path = url[origin.len()..]
            .split(['?', '#'])
            .next()
            .unwrap_or_default();
        let figures = Figures {
            path: path.to_owned(),
            bytes: load.bytes,
            paint: load.paint,
        };
        self.seen
            .lock()
            .unwrap()
            .entry(name.to_owned())
            .and_modify(|known| {
                known.bytes = known.bytes.max(figures.bytes);
                known.paint = known.paint.max(figures.paint);
            })
            .or_insert(figures);
    }

    fn fault_unless(&self, holds: bool, page: &str, what: &str, told: &[String]) {
        if !holds {
            self.faults
                .lock()
                .unwrap()
                .push(format!("{page}: {what}: {}", told.join("; ")));
        }
    }
}

/// The quickest first paint of a page, in milliseconds.
async fn painted(browser: &Browser, url: &str) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..TRIES {
        best = best.min(browser.load(url).await.paint);
    }
    best
}

/// They are for eyes, and cost a third of the time.
fn wants_pictures() -> bool {
    std::env::var_os("SHIRUSHI_PICTURES").is_some()
}

/// Has the site of `url` speak this language.
pub(crate) async fn speak(browser: &Browser, url: &str, language: &str) {
    browser
        .open(&format!("{}/language?to={language}&back=/", origin_of(url)))
        .await;
}
