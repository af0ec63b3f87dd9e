//! The certification authority.

use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_authority::{
    Authority, AuthorityConfig, AuthorityEntries, AuthorityParty, Ceremony, Keeper, SecondPlace,
    Witness, WitnessOverHttp, Witnesses,
};
use shirushi_roles::Role;
use shirushi_store::Store;
use shirushi_web::{Entry, Service};
use std::{path::PathBuf, sync::Arc};

/// Where the authority's keys are. They are made in a ceremony of their own and never by a start.
pub(super) fn keys_folder(config: &Config) -> Result<PathBuf, ServeFault> {
    keys::present(
        config.path("folder")?.join("keys"),
        "認証局の鍵は shirushi ca ceremony で作ります",
        "The authority's keys are made with shirushi ca ceremony",
    )
}

pub(crate) async fn authority(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let ceremony = Arc::new(
        Ceremony::open_or_hold(
            &keys_folder(config)?,
            config.text("address")?,
            ground.clock.now(),
            ground.random.as_ref(),
        )
        .map_err(ServeFault::party)?,
    );
    let is_restored = ground.is_restored(&store).await?;
    let authority = Authority::open(store, ceremony, ground.clock(), ground.random())
        .await
        .map_err(ServeFault::party)?;
    note_log_key(&authority, ground)?;
    let second_place = match config.optional_path("witness") {
        None => None,
        Some(folder) => Some(Arc::new(
            SecondPlace::open(&folder, authority.log_key()).map_err(ServeFault::party)?,
        )),
    };
    let witnesses = witnesses(config, ground)?;
    authority.expect_witness(Arc::clone(&witnesses));
    let keeper = Keeper::new(authority.clone(), |_| ());
    keeper.look().await;
    let party = AuthorityConfig {
        register_key: keys::public(&config.path("trust.register")?)?,
        entries: AuthorityEntries {
            roles: Entry::Roles(vec![Role::Counter, Role::Register]),
            register: Some(Entry::Roles(vec![Role::Register])),
            operators: Some(Entry::Roles(vec![Role::Desk])),
            responders: Some(Entry::Roles(vec![Role::Responder])),
            relying_parties: vec![("portal", Entry::Roles(vec![Role::Portal]))],
        },
        second_place,
        keeper,
    };
    let comparing = authority.clone();
    let mut service = AuthorityParty::of(authority, ground.clock(), party)
        .into_service()
        .with_task(async move {
            match is_restored {
                true => {
                    comparing
                        .put_together_with(witnesses)
                        .await
                }
                false => comparing.compare_with(witnesses).await,
            }
        });
    // What everybody may ask, roles ask at their own door.
    service.roles = service
        .roles
        .merge(service.public.clone());
    Ok(service)
}

/// The responder, which is told of every revocation before it is acknowledged, and the counter beside it.
fn witnesses(config: &Config, ground: &Ground) -> Result<Arc<dyn Witness>, ServeFault> {
    let responder = ground.peer(config, "peers.responder", Role::Responder)?;
    let counter = ground.peer(config, "peers.counter", Role::Counter)?;
    Ok(Arc::new(Witnesses::new(
        Arc::new(WitnessOverHttp::responder(responder)),
        vec![Arc::new(WitnessOverHttp::counter(counter))],
    )))
}

/// The log's public key, for the register's configuration and for verifiers.
fn note_log_key(authority: &Authority, ground: &Ground) -> Result<(), ServeFault> {
    let path = ground.folder.join("log.pub");
    let line = format!("{}\n", authority.log_key());
    shirushi_files::replace(&path, line.as_bytes()).map_err(keys::at(&path))
}
