//! The sizes, colours and pictures of a page.

use crate::{
    browser::{Browser, wide},
    tools,
};
use base64ct::{Base64, Encoding as _};
use serde_json::json;
use std::path::PathBuf;

/// A screen that pages must hold on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// 1280 × 900.
    Wide,
    /// 320 px wide (WCAG 2.2, 1.4.10).
    Narrow,
    /// 1280 px at 200 % zoom (WCAG 2.2, 1.4.4).
    Zoomed,
}

/// The colours that a person prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Light,
    Dark,
}

impl Browser {
    /// Takes this screen.
    pub(crate) async fn on(&self, screen: Screen) {
        let metrics = match screen {
            Screen::Wide => wide(),
            Screen::Narrow => {
                json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false })
            }
            Screen::Zoomed => {
                json!({ "width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": false })
            }
        };
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Prefers these colours.
    pub(crate) async fn in_colours(&self, colours: Colours) {
        let value = match colours {
            Colours::Light => "light",
            Colours::Dark => "dark",
        };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] }),
        )
        .await;
    }

    /// What makes the page scroll sideways or reaches beyond its edge on the present screen; empty when it holds.
    pub(crate) async fn overflow(&self) -> Vec<String> {
        self.script("return overflowing();", vec![])
            .await
            .convert()
            .unwrap()
    }

    /// A picture of the whole page, as `target/screenshots/NAME.png`.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let path = tools::workspace()
            .join("target/screenshots")
            .join(format!("{name}.png"));
        let sizes = self
            .cdp("Page.getLayoutMetrics", json!({}))
            .await;
        let size = &sizes["cssContentSize"];
        let picture = self
            .cdp(
                "Page.captureScreenshot",
                json!({
                    "format": "png",
                    "captureBeyondViewport": true,
                    "clip": { "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 },
                }),
            )
            .await;
        let bytes = Base64::decode_vec(picture["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
