//! The bench: a site, its authority, the agent with cards in its wallet, and a browser.

pub(crate) mod browser;
pub(crate) mod cable;
pub(crate) mod office;
pub(crate) mod site;

use browser::Browser;
use cable::{Cable, CableHandle};
use office::Office;
use shirushi_agent::{Agent, AgentConfig, CardSource, MIGRATIONS, Wallet, router};
use shirushi_clock::{Clock, Date, Instant, SandboxClock};
use shirushi_crypto::{SystemRandom, sha256};
use shirushi_profile::CertificateKind;
use shirushi_softcard::{CardKind, SoftCard};
use shirushi_store::Store;
use shirushi_wire::{Deed, Want};
use site::TestSite;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const AGENT: &str = "http://127.0.0.1:8081";
pub(crate) const PASSWORD: &str = "SHIRUSHI7Q";
pub(crate) const PIN: &str = "4829";

/// Noon in Japan on the day on which everything begins.
pub(crate) fn start() -> Instant {
    Instant::end_of_day_jst(Date::constant(2030, 4, 1))
        .unwrap()
        .plus_seconds(1 - 12 * 60 * 60)
}

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<SandboxClock>,
    pub(crate) office: Arc<Office>,
    pub(crate) site: TestSite,
    pub(crate) wallet: Arc<Wallet>,
    pub(crate) cable: Arc<Cable>,
    pub(crate) browser: Browser,
    /// The agent's own.
    store: Store,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::build(None).await
    }

    /// A bench whose agent uses the readers of the computer too.
    pub(crate) async fn with_machine(machine: Arc<dyn CardSource>) -> Self {
        Self::build(Some(machine)).await
    }

    async fn build(machine: Option<Arc<dyn CardSource>>) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(SandboxClock::starting_at(start()));
        let office = Arc::new(Office::open(folder.path(), clock.clone()).await);
        let site = TestSite::start(clock.clone(), Arc::clone(&office)).await;
        let random = Arc::new(SystemRandom);
        let wallet = Wallet::open(&folder.path().join("cards"), random.clone()).unwrap();
        let cable = Arc::new(Cable::new(Arc::clone(&wallet)));
        let url = format!("sqlite://{}", folder.path().join("agent.db").display());
        let store = Store::open(&url, MIGRATIONS)
            .await
            .unwrap();
        let config = AgentConfig {
            origin: AGENT.to_owned(),
            sites: vec![site.origin.clone()],
            is_sandbox: true,
            trust: Vec::new(),
        };
        let now: Arc<dyn Clock> = clock.clone();
        let own = Arc::clone(&wallet);
        let agent = match machine {
            Some(machine) => {
                Agent::open_with_machine(store.clone(), now, random, own, machine, config).await
            }
            None => {
                let handle = Arc::new(CableHandle(Arc::clone(&cable)));
                Agent::open_with(store.clone(), now, random, own, handle, config).await
            }
        };
        let agent = agent.unwrap();
        Self {
            browser: Browser::new(router(agent)),
            folder,
            clock,
            office,
            site,
            wallet,
            cable,
            store,
        }
    }

    /// From now on no line of the history can be changed, as on a disk that has become full.
    pub(crate) async fn let_no_line_end(&self) {
        self.store_only(
            "CREATE TRIGGER no_end BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .await;
    }

    /// From now on no line of the history can be written.
    pub(crate) async fn let_no_line_begin(&self) {
        self.store_only(
            "CREATE TRIGGER no_begin BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .await;
    }

    async fn store_only(&self, statement: &'static str) {
        let mut transaction = self.store.begin().await.unwrap();
        transaction
            .execute(statement, &[])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// A bench with a card that has its certificates, in the reader.
    pub(crate) async fn with_card() -> Self {
        let bench = Self::new().await;
        let number = bench.personalised(1).await;
        bench
            .wallet
            .insert(&number.parse().unwrap())
            .unwrap();
        bench
    }

    /// A bench with a telephone's certificates in the reader.
    pub(crate) async fn with_telephone() -> Self {
        let bench = Self::new().await;
        let bytes = bench
            .office
            .personalised(bench.folder.path(), 1)
            .await;
        let path = bench.folder.path().join("telephone");
        std::fs::write(&path, bytes).unwrap();
        let mut card = SoftCard::open_file(&path, Arc::new(SystemRandom)).unwrap();
        let variant = card.variant().clone();
        card.settle(CardKind::AndroidToken, variant)
            .unwrap();
        drop(card);
        let number = bench
            .wallet
            .add(&std::fs::read(path).unwrap())
            .unwrap();
        bench.wallet.insert(&number).unwrap();
        bench
    }

    /// A bench with a card in the reader whose certificates have policies that are on no list: those that a telephone's are assumed to have, in
    /// place of today's. Their authority has not signed that, which nobody here asks.
    pub(crate) async fn with_unlisted_policies() -> Self {
        let bench = Self::new().await;
        let bytes = bench
            .office
            .personalised(bench.folder.path(), 1)
            .await;
        let file = String::from_utf8(bytes).unwrap();
        let (_, state) = file.split_once('\n').unwrap();
        let mut state = state.trim_end_matches('\n').to_owned();
        for kind in CertificateKind::ALL {
            let [listed, unlisted] = [kind.policy(), kind.assumed_phone_policy()]
                .map(|policy| hex::encode(policy.as_bytes()));
            assert!(state.contains(&listed));
            state = state.replace(&listed, &unlisted);
        }
        let sum = hex::encode(sha256(state.as_bytes()));
        let file = format!("shirushi-softcard 2 {sum}\n{state}\n");
        let number = bench
            .wallet
            .add(file.as_bytes())
            .unwrap();
        bench.wallet.insert(&number).unwrap();
        bench
    }

    /// Adds a blank card of this resident to the wallet.
    pub(crate) fn blank(&self, resident: u32) -> String {
        let bytes = self
            .office
            .blank(self.folder.path(), resident);
        self.wallet
            .add(&bytes)
            .unwrap()
            .to_string()
    }

    /// Adds a card with certificates to the wallet, written without the agent.
    pub(crate) async fn personalised(&self, resident: u32) -> String {
        let bytes = self
            .office
            .personalised(self.folder.path(), resident)
            .await;
        self.wallet
            .add(&bytes)
            .unwrap()
            .to_string()
    }

    /// Has the site give an errand and goes to the agent with it. Answers the errand's address.
    pub(crate) async fn begin(&self, want: Want) -> String {
        let address = self.site.give(want).await;
        let page = self.browser.walk(&address).await;
        assert_eq!(page.status, 303, "{}", page.text);
        page.location
    }

    /// Goes back to the site as the agent's page says, and answers what it was told.
    pub(crate) async fn deed(&self, errand: &str) -> Deed {
        let page = self
            .browser
            .get(&format!("{errand}/done"))
            .await;
        assert_eq!(page.status, 200, "{}", page.text);
        let address = page.between("id=\"return\" href=\"", "\"");
        self.site.returned(&address).await
    }
}
