//! What a person does with a keyboard alone.

use crate::browser::{Browser, with_questions};
use serde_json::json;
use thirtyfour::prelude::*;

/// Presses of Tab after which a thing is taken to be out of reach.
const FARTHEST: usize = 250;

impl Browser {
    /// Presses a key.
    pub(crate) async fn press(&self, key: Key) {
        let chain = self.driver.action_chain();
        chain
            .key_down(key.value())
            .key_up(key.value())
            .perform()
            .await
            .unwrap();
    }

    /// Types where the focus is.
    pub(crate) async fn type_in(&self, text: &str) {
        let chain = self.driver.action_chain();
        chain
            .send_keys(text)
            .perform()
            .await
            .unwrap();
    }

    /// Presses Tab until what bears this name has the focus, and has a visible sign of it.
    pub(crate) async fn tab_to(&self, name: &str) {
        self.until(&format!("{name:?} is there"), async || {
            let count = self
                .driver
                .execute(
                    with_questions("return named(PRESSABLE + ', ' + FIELDS, arguments[0]).length;"),
                    vec![json!(name)],
                )
                .await;
            count.is_ok_and(|count| count.json().as_u64() > Some(0))
        })
        .await;
        let mut passed = Vec::new();
        for _ in 0..FARTHEST {
            self.press(Key::Tab).await;
            let focus = self.focus().await;
            if focus == name {
                return self.assert_focus_is_visible(name).await;
            }
            passed.push(focus);
        }
        self.fail(&format!(
            "{name:?} is not reached by Tab; passed {passed:?}"
        ))
        .await;
    }

    /// Reaches what bears this name by Tab and presses Enter on it.
    pub(crate) async fn enter(&self, name: &str) {
        self.tab_to(name).await;
        self.enter_here().await;
    }

    /// Presses Enter on what has the focus; when it leads to another page, this one has gone afterwards.
    pub(crate) async fn enter_here(&self) {
        let leads_on = self
            .marks("document.activeElement", vec![])
            .await;
        self.press(Key::Enter).await;
        if leads_on {
            self.has_left().await;
        }
    }

    /// Reaches the field with this label by Tab and types into it, in place of what stood there.
    pub(crate) async fn type_into(&self, label: &str, text: &str) {
        self.tab_to(label).await;
        // Tab selects what stands in a line of text; what is typed takes its place.
        self.type_in(text).await;
    }

    /// The name of what has the focus.
    pub(crate) async fn focus(&self) -> String {
        let focus = self
            .script(
                "const node = document.activeElement; return node && node !== document.body ? called(node) : '';",
                vec![],
            )
            .await;
        focus
            .json()
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn assert_focus_is_visible(&self, name: &str) {
        let visible = self
            .script(
                "const style = getComputedStyle(document.activeElement);
                 return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none';",
                vec![],
            )
            .await;
        if visible.json().as_bool() != Some(true) {
            self.fail(&format!("the focus on {name:?} cannot be seen"))
                .await;
        }
    }
}
