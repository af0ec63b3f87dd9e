//! A person in front of a browser, who uses the mouse or the keyboard alone. Both do the same things by the same names, so that one story
//! is told for both, and what it costs is counted.

use crate::browser::{Browser, date_keys};
use serde_json::json;
use std::{
    cell::Cell,
    path::Path,
    time::{Duration, Instant},
};
use thirtyfour::prelude::*;

/// Presses of Tab or of an arrow after which a thing is taken to be out of reach.
const FARTHEST: usize = 250;

/// What a person's hands are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    Mouse,
    Keyboard,
}

/// The person. What is typed does not count as clicks; to choose something does.
pub(crate) struct Person<'b> {
    pub(crate) browser: &'b Browser,
    hands: Hands,
    clicks: Cell<usize>,
    typed: Cell<usize>,
    began: Instant,
}

impl<'b> Person<'b> {
    pub(crate) fn new(browser: &'b Browser, hands: Hands) -> Self {
        Self {
            browser,
            hands,
            clicks: Cell::new(0),
            typed: Cell::new(0),
            began: Instant::now(),
        }
    }

    /// Whether the mouse is left alone.
    pub(crate) fn is_at_keyboard(&self) -> bool {
        self.hands == Hands::Keyboard
    }

    /// Clicks so far.
    pub(crate) fn clicks(&self) -> usize {
        self.clicks.get()
    }

    /// Characters typed so far.
    pub(crate) fn typed(&self) -> usize {
        self.typed.get()
    }

    /// Time so far.
    pub(crate) fn time(&self) -> Duration {
        self.began.elapsed()
    }

    /// Presses the one link or button with this name.
    pub(crate) async fn press(&self, name: &str) {
        self.count();
        match self.hands {
            Hands::Mouse => self.browser.click(name).await,
            Hands::Keyboard => self.browser.enter(name).await,
        }
    }

    /// Presses what a selector finds, which must be one thing: for buttons that bear the same name.
    pub(crate) async fn press_css(&self, selector: &str) {
        self.count();
        match self.hands {
            Hands::Mouse => self.browser.click_css(selector).await,
            Hands::Keyboard => {
                self.tab_until(
                    selector,
                    "return document.activeElement.matches(arguments[0]);",
                )
                .await;
                self.browser.enter_here().await;
            }
        }
    }

    /// Types into the field with this label.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        self.typed
            .set(self.typed.get() + text.chars().count());
        match self.hands {
            Hands::Mouse => self.browser.fill(label, text).await,
            Hands::Keyboard => {
                self.browser.tab_to(label).await;
                let is_date = self
                    .browser
                    .script("return document.activeElement.type === 'date';", vec![])
                    .await;
                let keys = match is_date.json().as_bool() {
                    Some(true) => date_keys(text),
                    _ => text.to_owned(),
                };
                // Of a line, Tab has selected what stood there; of a longer text not.
                self.browser
                    .script("document.activeElement.select?.();", vec![])
                    .await;
                self.browser.type_in(&keys).await;
            }
        }
    }

    /// Types into the field that a selector finds, where several bear the same label.
    pub(crate) async fn fill_css(&self, selector: &str, text: &str) {
        self.typed
            .set(self.typed.get() + text.chars().count());
        match self.hands {
            Hands::Mouse => {
                let field = self.browser.find_css(selector).await;
                field.clear().await.unwrap();
                field.send_keys(text).await.unwrap();
            }
            Hands::Keyboard => {
                self.tab_until(
                    selector,
                    "return document.activeElement.matches(arguments[0]);",
                )
                .await;
                self.browser.type_in(text).await;
            }
        }
    }

    /// Chooses the radio button or box with this label.
    pub(crate) async fn choose(&self, label: &str) {
        self.count();
        match self.hands {
            Hands::Mouse => self.browser.choose(label).await,
            Hands::Keyboard => {
                // Of radio buttons, Tab reaches one, and the arrows the others.
                self.tab_until(
                    label,
                    "const wanted = named(FIELDS, arguments[0])[0], focus = document.activeElement;
                     return wanted && (focus === wanted || wanted.type === 'radio' && focus.name === wanted.name);",
                )
                .await;
                for _ in 0..FARTHEST {
                    if self.browser.focus().await == label {
                        let checked = self
                            .browser
                            .script("return document.activeElement.checked;", vec![])
                            .await;
                        if checked.json().as_bool() == Some(false) {
                            self.browser.type_in(" ").await;
                        }
                        return;
                    }
                    self.browser.press(Key::Down).await;
                }
                self.browser
                    .fail(&format!("{label:?} is not reached by the arrows"))
                    .await;
            }
        }
    }

    /// Gives a file to the field with this label. The system's own dialogue is not a page.
    pub(crate) async fn attach(&self, label: &str, path: &Path) {
        self.count();
        self.browser.attach(label, path).await;
    }

    /// Waits until the page says these words.
    pub(crate) async fn sees(&self, words: &str) {
        self.browser.sees(words).await;
    }

    /// Something that is a click for a person and none for the browser, such as going to another tab.
    pub(crate) fn counts_a_click(&self) {
        self.count();
    }

    fn count(&self) {
        self.clicks.set(self.clicks.get() + 1);
    }

    async fn tab_until(&self, what: &str, holds: &str) {
        self.browser
            .until(&format!("{what} is there"), async || {
                !self.browser.text().await.is_empty()
            })
            .await;
        for _ in 0..FARTHEST {
            self.browser.press(Key::Tab).await;
            let there = self
                .browser
                .script(holds, vec![json!(what)])
                .await;
            if there.json().as_bool() == Some(true) {
                return;
            }
        }
        self.browser
            .fail(&format!("{what:?} is not reached by Tab"))
            .await;
    }
}
