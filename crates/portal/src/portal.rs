//! The portal: its store, its peers, its errands.

use crate::{PortalError, agency::Agency, holders::Holders, sql};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use shirushi_path::CurrentAnchors;
use shirushi_peers::{Peer, StatusClient};
use shirushi_profile::Certificate;
use shirushi_rules::{Bilingual, InBoth};
use shirushi_store::Store;
use shirushi_web::{Errands, Lane, Link, Site, SiteConfig};
use std::sync::Arc;

/// What the portal calls itself.
const NAME: Bilingual = Bilingual {
    ja: "オンライン申請ポータル",
    en: "Online Filing Portal",
};

/// Documents put together at once: each is in memory several times over meanwhile.
const PREPARED_AT_ONCE: usize = 2;
/// Those of one citizen that are put together or wait for it.
const PREPARED_OF_ONE: usize = 2;
/// Citizens whose certificate is asked about at once.
const CHECKED_AT_ONCE: usize = 16;
/// Acts of one citizen for which it is asked or waited: what a person with some windows does.
const CHECKED_OF_ONE: usize = 4;

/// How a portal is set up.
#[derive(Clone, Debug)]
pub struct PortalConfig {
    /// Where browsers find it, for example `http://portal.localhost:8080`.
    pub origin: String,
    /// Where browsers find the agent on their own machine, for example `http://127.0.0.1:8081`.
    pub agent: String,
    /// The agency's JSON interface.
    pub agency: Peer,
    /// The authority, which knows this client for the portal, and is asked whom the portal knows again.
    pub authority: Peer,
    /// The authorities trusted: every generation of both.
    pub anchors: Vec<Certificate>,
    /// `http://host:port` of the responder: the only host that statuses are fetched from.
    pub status_base: String,
    /// Where the pages of the sandbox's counter are.
    pub counter_page: String,
    /// Whether it belongs to a sandbox.
    pub is_sandbox: bool,
}

/// A portal in service.
#[derive(Debug)]
pub struct Portal {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) config: PortalConfig,
    pub(crate) anchors: CurrentAnchors,
    pub(crate) statuses: StatusClient,
    pub(crate) agency: Agency,
    pub(crate) holders: Holders,
    pub(crate) errands: Arc<Errands<About>>,
    pub(crate) site: Site,
    /// Documents that are put together for a signature.
    pub(crate) preparing: Lane,
    /// Questions about the certificates of those who are logged in.
    pub(crate) checking: Lane,
}

/// What the portal notes about an errand.
#[derive(Clone, Debug)]
pub(crate) enum About {
    /// A log-in, after which the citizen wants to be at this path.
    LogIn { to: String },
    /// The signature certificate, after which the citizen wants to be at this path.
    Certificate { to: String },
    /// The signature under a filing that is prepared from a draft.
    Sign { filing: String, draft: String },
}

impl Portal {
    /// Takes a portal into service, with its own `store` (opened with [`crate::MIGRATIONS`]).
    ///
    /// # Errors
    /// [`PortalError::Origin`], [`PortalError::Client`], [`PortalError::Store`].
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: PortalConfig,
    ) -> Result<Arc<Self>, PortalError> {
        // Says at once when the store is another room's.
        store.row(sql::LOOK, &[]).await?;
        let name = InBoth {
            ja: NAME.ja.to_owned(),
            en: NAME.en.to_owned(),
        };
        Ok(Arc::new(Self {
            anchors: CurrentAnchors::new(config.anchors.clone()),
            statuses: StatusClient::new(&config.status_base, Arc::clone(&random))?,
            agency: Agency::new(config.agency.clone()),
            holders: Holders::new(config.authority.clone()),
            errands: Errands::new(name, Arc::clone(&clock), Arc::clone(&random)),
            site: Site::new(site(&config), Arc::clone(&random))?,
            store,
            clock,
            random,
            config,
            preparing: Lane::new(PREPARED_AT_ONCE, PREPARED_OF_ONE),
            checking: Lane::new(CHECKED_AT_ONCE, CHECKED_OF_ONE),
        }))
    }

    /// From now on trusts these authorities: a new generation has come, or an old one has ended.
    pub fn trust(&self, anchors: Vec<Certificate>) {
        self.anchors.replace(anchors);
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new key with which a filing is read again: 32 random bytes, hexadecimal.
    pub(crate) fn new_key(&self) -> String {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// A new name of 16 random bytes, hexadecimal.
    pub(crate) fn new_id(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

fn site(config: &PortalConfig) -> SiteConfig {
    let link = |href: &str, ja, en| Link {
        href: href.to_owned(),
        label: Bilingual { ja, en },
    };
    SiteConfig {
        origin: config.origin.clone(),
        word: "portal",
        name: NAME,
        links: vec![
            link("/", "はじめに", "Start"),
            link("/procedures", "手続き", "Procedures"),
            link("/prepare", "準備するもの", "What you need"),
            link("/apply", "電子証明書の申請", "Getting certificates"),
            link("/certificates", "証明書の確認", "Certificate check"),
            link("/news", "お知らせ", "News"),
            link("/my", "マイページ", "My page"),
        ],
        forms_lead_to: vec![config.agent.clone()],
        takes_secrets: false,
        is_sandbox: config.is_sandbox,
    }
}
