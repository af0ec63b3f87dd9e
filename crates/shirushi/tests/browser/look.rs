//! What is looked at on each page: what axe-core finds, what it weighs, when it is there, whom it asks, what it complains of.

use crate::{
    browser::{Browser, with_questions},
    tools,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The rules of axe-core that are asked.
const TAGS: [&str; 7] = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22a",
    "wcag22aa",
    "best-practice",
];

/// How a page loaded, with nothing in the cache.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Load {
    /// Bytes that came over the wire, with headers.
    pub(crate) bytes: u64,
    /// Milliseconds to the first paint.
    pub(crate) paint: f64,
    /// Milliseconds to the first paint of content.
    pub(crate) content: f64,
    /// Every address that was asked for.
    #[serde(default)]
    pub(crate) requests: Vec<String>,
    /// What the browser complained of.
    #[serde(default)]
    pub(crate) complaints: Vec<String>,
}

impl Load {
    /// The origins that were asked, other than `origin`.
    pub(crate) fn strangers(&self, origin: &str) -> BTreeSet<String> {
        self.requests
            .iter()
            .map(|url| origin_of(url))
            .filter(|other| other != origin)
            .collect()
    }
}

/// A finding of axe-core.
#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    html: String,
    failure_summary: Option<String>,
}

impl Browser {
    /// Opens an address with an empty cache, and measures.
    pub(crate) async fn load(&self, url: &str) -> Load {
        self.cdp("Network.enable", json!({}))
            .await;
        self.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true }))
            .await;
        self.requests().await;
        self.complaints().await;
        self.open(url).await;
        let mut load: Option<Load> = None;
        self.until("the page is painted", async || {
            self.measures().await.is_some()
        })
        .await;
        load = self.measures().await.or(load);
        let mut load = load.unwrap();
        load.requests = self.requests().await;
        load.complaints = self.complaints().await;
        load
    }

    async fn measures(&self) -> Option<Load> {
        self.driver
            .execute(with_questions("return measures();"), vec![])
            .await
            .ok()?
            .convert()
            .ok()?
    }

    /// What the browser complained of since the last look: errors, warnings, violations of the content security policy.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        log.into_iter()
            .filter(|entry| matches!(entry.level.as_str(), "WARNING" | "SEVERE"))
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// Every address that was asked for since the last look.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let log = self
            .driver
            .get_log("performance")
            .await
            .unwrap();
        log.into_iter()
            .filter_map(|entry| {
                let entry: Value = serde_json::from_str(&entry.message).ok()?;
                let message = &entry["message"];
                (message["method"] == "Network.requestWillBeSent")
                    .then(|| message["params"]["request"]["url"].as_str())
                    .flatten()
                    .map(str::to_owned)
            })
            .filter(|url| !url.starts_with("data:"))
            .collect()
    }

    /// What axe-core finds on the page; empty when it finds nothing.
    pub(crate) async fn axe(&self) -> Vec<String> {
        self.axe_with(json!({ "type": "tag", "values": TAGS }))
            .await
    }

    /// What axe-core finds wrong with the contrasts of the page.
    pub(crate) async fn axe_contrast(&self) -> Vec<String> {
        self.axe_with(json!({ "type": "rule", "values": ["color-contrast"] }))
            .await
    }

    async fn axe_with(&self, only: Value) -> Vec<String> {
        let known = self
            .script("return typeof axe === 'object';", vec![])
            .await;
        if known.json() != &json!(true) {
            // Given by the driver, past the page's content security policy.
            let given = self
                .driver
                .execute(tools::axe(), vec![])
                .await;
            if let Err(error) = given {
                self.fail(&format!("axe-core does not start: {error}"))
                    .await;
            }
        }
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'] })
                .then((found) => done(found.violations), (error) => done(String(error)));";
        let answer = match self
            .driver
            .execute_async(script, vec![only])
            .await
        {
            Ok(answer) => answer,
            Err(error) => {
                self.fail(&format!("axe-core: {error}"))
                    .await
            }
        };
        let Ok(findings) = answer.convert::<Vec<Finding>>() else {
            self.fail(&format!("axe-core: {}", answer.json()))
                .await
        };
        findings.iter().flat_map(tell).collect()
    }
}

fn tell(finding: &Finding) -> Vec<String> {
    let impact = finding.impact.as_deref().unwrap_or("?");
    finding
        .nodes
        .iter()
        .map(|node| {
            let summary = node
                .failure_summary
                .as_deref()
                .unwrap_or_default()
                .replace('\n', " ");
            format!(
                "{} ({impact}): {} {summary} in {}",
                finding.id, finding.help, node.html
            )
        })
        .collect()
}

/// Scheme, host and port of an address.
pub(crate) fn origin_of(url: &str) -> String {
    url.splitn(4, '/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/")
}
