//! An authority on the bench: its store in a folder of its own, officers of every municipality, the register's key.

use crate::{
    card::LightCard,
    people::{attested, card_number, start, taken},
    seams::{Place, Seams},
};
use shirushi_authority::{Authority, AuthorityError, Ceremony, ListKey, MIGRATIONS};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::{
    KeyKind, PublicKey, Random, Secret, SigningKey as _, SoftwareKey, SystemRandom,
};
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, MUNICIPALITIES, Municipality, MunicipalityCode,
    SerialNumber,
};
use shirushi_store::{Store, Value};
use shirushi_wire::{
    Application, AttestedApplication, AuthorityPosition, IssuedCertificate, NewLife, RegisterEvent,
    RegisterGreeting, RelayAnswer, RelayRequest, RelayToken, RevocationRequest, Signed,
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, mpsc},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Where the certificates of the bench say that the responder is.
pub(crate) const BASE: &str = "http://127.0.0.1:8099";

/// What the database in a bench's folder is called.
pub(crate) const DATABASE: &str = "authority";

/// What the ceremony made, once for all tests of this process.
pub(crate) struct Held {
    pub(crate) ceremony: Arc<Ceremony>,
    pub(crate) log_key: PublicKey,
}

pub(crate) fn held() -> Arc<Held> {
    static HELD: OnceLock<Arc<Held>> = OnceLock::new();
    let held = HELD.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        Arc::new(hold(&folder.path().join("keys")))
    });
    Arc::clone(held)
}

/// Holds a ceremony in `folder`, or reads the one held there.
pub(crate) fn hold(folder: &Path) -> Held {
    let yesterday = start().plus_seconds(-24 * 60 * 60);
    let ceremony = Ceremony::open_or_hold(folder, BASE, yesterday, &SystemRandom).unwrap();
    let log_key = Secret::new(std::fs::read(folder.join("log.key")).unwrap());
    Held {
        ceremony: Arc::new(ceremony),
        log_key: SoftwareKey::from_pkcs8(log_key)
            .unwrap()
            .public_key()
            .clone(),
    }
}

pub(crate) struct Bench {
    /// Removed with the bench, where the folder is its own.
    _own: Option<TempDir>,
    folder: PathBuf,
    officers: Vec<SoftwareKey>,
    register_key: SoftwareKey,
    /// What was signed for each application as it stands, so that the same application again is the same message.
    handed_in: Mutex<HashMap<String, Signed<AttestedApplication>>>,
    revocations: Mutex<HashMap<String, Signed<RevocationRequest>>>,
    pub(crate) held: Arc<Held>,
    pub(crate) seams: Arc<Seams>,
    pub(crate) store: Store,
    pub(crate) authority: Authority,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let own = TempDir::new().unwrap();
        let bench = Self::at(own.path(), held(), start()).await;
        Self {
            _own: Some(own),
            ..bench
        }
    }

    /// A bench in a folder that outlives it.
    pub(crate) async fn at(folder: &Path, held: Arc<Held>, now: Instant) -> Self {
        let seams = Arc::new(Seams::starting_at(now));
        let (store, authority) = open(folder, &held.ceremony, &seams).await;
        let (register_key, _) = kept_key(&folder.join("register.key"));
        let mut bench = Self {
            _own: None,
            folder: folder.to_owned(),
            officers: Vec::new(),
            register_key,
            handed_in: Mutex::default(),
            revocations: Mutex::default(),
            held,
            seams,
            store,
            authority,
        };
        for (n, municipality) in MUNICIPALITIES.iter().enumerate() {
            let name = format!("officer.{n}");
            let (key, is_new) = kept_key(&folder.join(&name));
            if is_new {
                bench
                    .enrol(&name, &municipality.code, &key)
                    .await;
            }
            bench.officers.push(key);
        }
        bench
    }

    /// Enrols an officer of this municipality.
    pub(crate) async fn enrol(&self, name: &str, place: &MunicipalityCode, key: &SoftwareKey) {
        let code = self
            .authority
            .enrolment_code(place)
            .await
            .unwrap();
        let name = name.parse().unwrap();
        self.authority
            .enrol_officer(code.expose(), &name, key.public_key().spki_der())
            .await
            .unwrap();
    }

    /// Ends the authority where it stands and starts it again over the same file.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(|_| {}).await
    }

    /// The same, and something happens to the database in this folder in between.
    pub(crate) async fn restart_after(self, happens: impl FnOnce(&Path)) -> Self {
        drop(self.authority);
        self.store.close().await;
        happens(&self.folder);
        let (store, authority) = open(&self.folder, &self.held.ceremony, &self.seams).await;
        Self {
            store,
            authority,
            ..self
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The key of the officer of the `n`th municipality.
    pub(crate) fn officer(&self, n: usize) -> &SoftwareKey {
        &self.officers[n]
    }

    pub(crate) async fn receive(
        &self,
        application: &Application,
    ) -> Result<RelayToken, AuthorityError> {
        self.receive_signed(&self.signed(application))
            .await
    }

    pub(crate) async fn receive_signed(
        &self,
        signed: &Signed<AttestedApplication>,
    ) -> Result<RelayToken, AuthorityError> {
        self.authority
            .receive(signed, self.register_key.public_key())
            .await
    }

    /// The application as an honest officer of the first municipality hands it in, with the register's word for what it says.
    pub(crate) fn signed(&self, application: &Application) -> Signed<AttestedApplication> {
        let content = serde_json::to_string(application).unwrap();
        let mut handed_in = self.handed_in.lock().unwrap();
        handed_in
            .entry(content)
            .or_insert_with(|| {
                let taken_at = self.when(application.taken_at);
                let attested = self.attested(&taken(application.clone(), taken_at));
                Signed::sign(&attested, self.officer(0)).unwrap()
            })
            .clone()
    }

    /// What a fixture says was taken at the start is taken when it is first handed in: an honest officer sends at once.
    fn when(&self, taken_at: Instant) -> Instant {
        match taken_at == start() {
            true => self.seams.now(),
            false => taken_at,
        }
    }

    /// The same, before an officer has signed it.
    pub(crate) fn attested(&self, application: &Application) -> AttestedApplication {
        attested(application, &self.register_key)
    }

    pub(crate) fn register_key(&self) -> &SoftwareKey {
        &self.register_key
    }

    pub(crate) async fn revoke(
        &self,
        request: &RevocationRequest,
    ) -> Result<Vec<SerialNumber>, AuthorityError> {
        let content = serde_json::to_string(request).unwrap();
        let signed = self
            .revocations
            .lock()
            .unwrap()
            .entry(content)
            .or_insert_with(|| {
                let mut request = request.clone();
                request.taken_at = self.when(request.taken_at);
                Signed::sign(&request, self.officer(0)).unwrap()
            })
            .clone();
        self.authority.revoke(&signed).await
    }

    pub(crate) async fn tell(&self, event: &RegisterEvent) -> Result<(), AuthorityError> {
        let signed = Signed::sign(event, &self.register_key).unwrap();
        self.tell_signed(&signed).await
    }

    pub(crate) async fn tell_signed(
        &self,
        signed: &Signed<RegisterEvent>,
    ) -> Result<(), AuthorityError> {
        self.authority
            .register_event(signed, self.register_key.public_key())
            .await
    }

    pub(crate) async fn greet(
        &self,
        greeting: &RegisterGreeting,
    ) -> Result<AuthorityPosition, AuthorityError> {
        let signed = Signed::sign(greeting, &self.register_key).unwrap();
        self.authority
            .greet(&signed, self.register_key.public_key())
            .await
    }

    pub(crate) async fn declare(&self, life: &NewLife) -> Result<(), AuthorityError> {
        let signed = Signed::sign(life, &self.register_key).unwrap();
        self.authority
            .register_life(&signed, self.register_key.public_key())
            .await
    }

    /// The card with this number, new.
    pub(crate) fn card(&self, number: &str) -> LightCard {
        LightCard::new(number, self.held.ceremony.master_key())
    }

    /// Receives the application and personalises the card that it names, new.
    pub(crate) async fn issue(
        &self,
        application: &Application,
    ) -> Result<Vec<IssuedCertificate>, AuthorityError> {
        let token = self.receive(application).await?;
        let mut card = self.card(application.card.number.as_str());
        personalise(&self.authority, &token, &mut card).await
    }

    /// Receives the application and brings a new card to where its keys are made and its PINs are set.
    pub(crate) async fn prepare(&self, application: &Application) -> (RelayToken, LightCard) {
        let token = self.receive(application).await.unwrap();
        let mut card = self.card(application.card.number.as_str());
        prepare(&self.authority, &token, &mut card).await;
        (token, card)
    }

    /// The first card of this resident, new.
    pub(crate) fn card_of(&self, resident: u32) -> LightCard {
        self.card(&card_number(resident))
    }

    /// Makes the lists that are due, and gives this one of the first generation.
    pub(crate) async fn crl(
        &self,
        kind: CertificateKind,
        municipality: Option<&'static Municipality>,
    ) -> Result<CertificateList, AuthorityError> {
        self.crl_of(&list_key(kind, municipality))
            .await
    }

    /// Makes the lists that are due, and gives this one.
    pub(crate) async fn crl_of(&self, key: &ListKey) -> Result<CertificateList, AuthorityError> {
        let round = self.authority.publish_due().await?;
        let refused = round
            .refused
            .into_iter()
            .find(|(refused, _)| refused == key);
        match refused {
            Some((_, error)) => Err(error),
            None => Ok(self.authority.list(key).unwrap().list),
        }
    }

    /// Changes the store from outside, behind the authority's back.
    pub(crate) async fn tamper(&self, sql: &'static str, values: &[Value]) -> u64 {
        let mut transaction = self.store.begin().await.unwrap();
        let touched = transaction
            .execute(sql, values)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        touched
    }

    /// One number from the store.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let row = self.store.row(sql, &[]).await.unwrap();
        row.unwrap().integer("n").unwrap()
    }
}

/// The name of a list of the first generation.
pub(crate) fn list_key(
    kind: CertificateKind,
    municipality: Option<&'static Municipality>,
) -> ListKey {
    ListKey {
        kind,
        generation: 1,
        scope: municipality.map_or(CrlScope::Complete, |place| {
            CrlScope::Municipality(place.code)
        }),
    }
}

/// The key in this file, and whether it was made just now.
fn kept_key(path: &Path) -> (SoftwareKey, bool) {
    if let Ok(pkcs8) = std::fs::read(path) {
        return (SoftwareKey::from_pkcs8(Secret::new(pkcs8)).unwrap(), false);
    }
    let key = SoftwareKey::generate(KeyKind::P256).unwrap();
    std::fs::write(path, key.to_pkcs8().expose()).unwrap();
    (key, true)
}

/// Where the database of the bench in this folder is.
pub(crate) fn address(folder: &Path) -> String {
    shirushi_test_database::address(folder, DATABASE)
}

async fn open(folder: &Path, ceremony: &Arc<Ceremony>, seams: &Arc<Seams>) -> (Store, Authority) {
    let store = Store::open(&address(folder), MIGRATIONS)
        .await
        .unwrap();
    let clock: Arc<dyn Clock> = seams.clone();
    let random: Arc<dyn Random> = seams.clone();
    let authority = Authority::open(store.clone(), Arc::clone(ceremony), clock, random)
        .await
        .unwrap();
    (store, authority)
}

/// What is lost at one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The request never reaches the authority.
    Request,
    /// The authority has done it; its answer is lost.
    Answer,
    /// The card loses power when half of the commands are carried out.
    Power,
}

/// Personalises without any loss.
pub(crate) async fn personalise(
    authority: &Authority,
    token: &RelayToken,
    card: &mut LightCard,
) -> Result<Vec<IssuedCertificate>, AuthorityError> {
    walk(authority, token, card, None)
        .await
        .map(|(certificates, _)| certificates)
}

/// Counter and agent: from wherever the card stands to the end, with one loss at the exchange of that number. Answers how
/// many exchanges it took, too.
pub(crate) async fn walk(
    authority: &Authority,
    token: &RelayToken,
    card: &mut LightCard,
    lose: Option<(usize, Loss)>,
) -> Result<(Vec<IssuedCertificate>, usize), AuthorityError> {
    let mut exchanges = 0;
    loop {
        match channel(authority, token, card, &mut exchanges, lose).await? {
            None => {}
            Some(RelayAnswer::SetPins { .. }) => card.set_pins(),
            Some(RelayAnswer::Done { certificates, .. }) => return Ok((certificates, exchanges)),
            Some(RelayAnswer::Transmit { .. }) => unreachable!("the channel goes on"),
        }
        assert!(exchanges < 40, "the personalisation does not end");
    }
}

/// The same up to the exchange of this number, whose answer is lost, and with it the counter's patience.
pub(crate) async fn walk_until(
    authority: &Authority,
    token: &RelayToken,
    card: &mut LightCard,
    last: usize,
) {
    let mut exchanges = 0;
    while exchanges <= last {
        let lose = Some((last, Loss::Answer));
        let answer = channel(authority, token, card, &mut exchanges, lose).await;
        match answer.unwrap() {
            None => {}
            Some(RelayAnswer::SetPins { .. }) => card.set_pins(),
            other => panic!("finished before exchange {last}: {other:?}"),
        }
    }
}

/// The first channel and the PINs.
pub(crate) async fn prepare(authority: &Authority, token: &RelayToken, card: &mut LightCard) {
    let answer = channel(authority, token, card, &mut 0, None)
        .await
        .unwrap();
    let Some(RelayAnswer::SetPins { .. }) = answer else {
        panic!("the PINs are not asked for: {answer:?}");
    };
    card.set_pins();
}

/// One channel: to an answer that ends it, or to the loss.
async fn channel(
    authority: &Authority,
    token: &RelayToken,
    card: &mut LightCard,
    exchanges: &mut usize,
    lose: Option<(usize, Loss)>,
) -> Result<Option<RelayAnswer>, AuthorityError> {
    let mut card = card.power_on();
    let mut responses = None;
    loop {
        let loss = lose
            .filter(|(at, _)| at == exchanges)
            .map(|(_, loss)| loss);
        *exchanges += 1;
        if loss == Some(Loss::Request) {
            return Ok(None);
        }
        let answer = authority
            .relay(token, &RelayRequest { responses })
            .await?;
        if loss == Some(Loss::Answer) {
            return Ok(None);
        }
        let RelayAnswer::Transmit { commands } = answer else {
            return Ok(Some(answer));
        };
        let powered = match loss {
            Some(Loss::Power) => commands.len() / 2,
            _ => commands.len(),
        };
        let mut answers = Vec::new();
        for command in &commands[..powered] {
            let response = card.answer(&hex::decode(command).unwrap());
            answers.push(hex::encode(response));
        }
        if loss == Some(Loss::Power) {
            return Ok(None);
        }
        responses = Some(answers);
    }
}

/// Personalises a prepared card; `meanwhile` happens when its certificates are signed and not yet stored.
pub(crate) async fn with_meanwhile(
    bench: &Bench,
    (token, mut card): (RelayToken, LightCard),
    meanwhile: impl AsyncFnOnce(),
) -> Result<usize, AuthorityError> {
    let (reached, is_reached) = oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    bench
        .seams
        .at(Place::BetweenIntentAndStore, move || {
            reached.send(()).unwrap();
            // The runtime's thread is given up while this waits: a task that it has just woken, such as the one that gives the
            // writing connection back, must not wait with it. Ends also when the test has failed and dropped its half.
            tokio::task::block_in_place(|| {
                let _ = may_go_on.recv();
            });
        });
    let authority = bench.authority.clone();
    let issue = tokio::spawn(async move {
        personalise(&authority, &token, &mut card)
            .await
            .inspect(|issued| assert_eq!(card.chip.live.len(), issued.len()))
    });
    is_reached.await.unwrap();
    meanwhile().await;
    go_on.send(()).unwrap();
    issue
        .await
        .unwrap()
        .map(|issued| issued.len())
}

/// The id of the rule that refused.
#[track_caller]
pub(crate) fn rule<T: std::fmt::Debug>(result: Result<T, AuthorityError>) -> &'static str {
    match result {
        Err(AuthorityError::Refused(refusal)) => refusal.rule().id,
        other => panic!("no refusal: {other:?}"),
    }
}
