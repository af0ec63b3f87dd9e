//! The responder: its keys are its own, certified by the authority over its door.

use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_peers::Peer;
use shirushi_responder::{CertifiedKeys, Memory, RecordsOverHttp, ResponderKeys, ResponderParty};
use shirushi_roles::Role;
use shirushi_store::Store;
use shirushi_web::{Entry, Service};
use std::{sync::Arc, time::Duration};

/// How often it is asked whether there are new keys.
const LOOK: Duration = Duration::from_secs(60 * 60);
/// The same while the authority has not answered.
const AGAIN: Duration = Duration::from_secs(1);

pub(crate) async fn responder(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let memory = Memory::open(store)
        .await
        .map_err(ServeFault::party)?;
    let authority = ground.peer(config, "peers.authority", Role::Authority)?;
    let folder = ground.folder.join("keys");
    shirushi_files::make_folder(&folder).map_err(keys::at(&folder))?;
    let certified = CertifiedKeys::new(folder, authority.clone(), ground.clock());
    let held = certified
        .held()
        .map_err(ServeFault::party)?;
    let keys = Arc::new(ResponderKeys::new(held));
    Ok(party(memory, Arc::clone(&keys), authority, ground)
        .into_service()
        .with_task(async move { keep(certified, &keys).await }))
}

fn party(
    memory: Memory,
    keys: Arc<ResponderKeys>,
    authority: Peer,
    ground: &Ground,
) -> ResponderParty {
    ResponderParty::of(
        memory,
        keys,
        Arc::new(RecordsOverHttp::new(authority)),
        Some(Entry::Roles(vec![Role::Authority])),
        ground.clock(),
    )
}

/// Has keys certified as generations come and certificates end.
async fn keep(certified: CertifiedKeys, keys: &ResponderKeys) {
    loop {
        let pause = match certified.renew().await {
            Ok(renewed) => {
                keys.replace(renewed);
                LOOK
            }
            Err(error) => {
                tracing::warn!(%error, "the responder's keys are not renewed");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}
