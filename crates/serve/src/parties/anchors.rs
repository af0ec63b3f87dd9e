//! The file of trusted authorities, looked at again as long as a party is in service: a new generation is put into it beforehand.

use crate::keys;
use shirushi_profile::Certificate;
use std::{path::PathBuf, time::Duration};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(60);

/// Hands what the file holds to `trust` whenever it has changed. A file that cannot be read changes nothing, and is told of.
pub(super) async fn watch(file: PathBuf, trust: impl Fn(Vec<Certificate>) + Send + 'static) {
    let mut before = keys::certificates(&file).unwrap_or_default();
    loop {
        tokio::time::sleep(LOOK).await;
        match keys::certificates(&file) {
            Ok(anchors) if anchors == before => {}
            Ok(anchors) => {
                tracing::info!(
                    certificates = anchors.len(),
                    "trusted authorities read again"
                );
                before.clone_from(&anchors);
                trust(anchors);
            }
            Err(error) => tracing::warn!(%error, "the trusted authorities stay as they were"),
        }
    }
}
