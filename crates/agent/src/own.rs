//! What the owner does with the card, without any site: see what is on it, ask how its certificates stand, change a PIN, sign a file,
//! end certificates.

use crate::{
    Agent, CardSource, Connection, ReaderError,
    tasks::Told,
    work::{Entry, Fault, broken, not_left, of_card, of_client, open, require_as_shown},
};
use shirushi_card::{Credential, TextApplication};
use shirushi_client::{
    CardOverview, Checked, CityTime, ClientError, Judged, Online, PinAccess, PinChangeError,
    PinName, RevocationToSend, SetPin, Signing, StatusNetwork, ToEnd, ToVerify, TypedPin, Unsent,
    city_time, find_pin, show, sign_digest_at_time_of, sign_revocation, verify_read,
};
use shirushi_clock::Instant;
use shirushi_path::TrustAnchors;
use shirushi_profile::{Certificate, CertificateKind, RevocationReason};
use shirushi_signature::ContentDigests;
use std::{
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long the card may be away before the question which PIN is set is left open.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the card in the reader tells without a PIN.
#[derive(Clone, Debug)]
pub(crate) struct Overview {
    pub(crate) card: CardOverview,
    /// The tries left of each PIN in the order of [`PinName::ALL`]; none where the card has no such PIN.
    pub(crate) tries: [Option<u8>; 3],
}

impl Overview {
    pub(crate) fn tries_of(&self, name: PinName) -> Option<u8> {
        let place = PinName::ALL
            .iter()
            .position(|own| *own == name)?;
        self.tries.get(place).copied().flatten()
    }

    /// The authorities' certificates on the card.
    pub(crate) fn authorities(&self) -> Vec<Certificate> {
        [&self.card.authentication, &self.card.signature]
            .into_iter()
            .filter_map(|credential| credential.authority.clone())
            .collect()
    }
}

/// What came of a change of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The new one is set.
    Made,
    /// The connection was cut; the card was asked afterwards, and this one is set. None: it could not be asked.
    Found(Option<SetPin>),
}

/// A holder's certificate that was behind a PIN.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) certificate: Certificate,
    /// The authorities on the card, that its status can be asked by.
    pub(crate) authorities: Vec<Certificate>,
}

/// The sandbox city whose time was taken, once one's was: a page that goes by it says so.
pub(crate) type City = Arc<OnceLock<CityTime>>;

/// A file's signature.
pub(crate) struct SignedFile {
    /// The container in DER.
    pub(crate) cms: Vec<u8>,
    /// Whether the policy of the certificate whose key signed is none that is known.
    pub(crate) is_unlisted: bool,
}

impl Agent {
    /// What the card in the reader tells without a PIN. Nothing is sent to it but questions, and it is left as it is.
    pub(crate) async fn overview(&self) -> Result<Overview, Told> {
        self.at_card(overview).await
    }

    /// The time by which a certificate is judged, and its key signs: a sandbox city's for what it has issued, else this machine's.
    fn clock_for(
        &self,
        city: &City,
    ) -> impl Fn(&Certificate, Option<&[Certificate]>) -> Instant + Send + use<> {
        let (clock, network) = (Arc::clone(&self.clock), self.network.clone());
        let taken = Arc::clone(city);
        move |certificate, trusted| {
            let here = clock.now();
            match city_time(certificate, trusted, &network, here) {
                Some(found) => taken.get_or_init(|| found).now,
                None => here,
            }
        }
    }

    /// Asks how a certificate stands: whom the certificate names, if one of `authorities` has issued it.
    pub(crate) async fn ask(
        &self,
        kind: CertificateKind,
        certificate: Certificate,
        authorities: Vec<Certificate>,
        city: &City,
    ) -> Result<Checked, Told> {
        let (network, random) = (self.network.clone(), Arc::clone(&self.random));
        let clock = self.clock_for(city);
        let asked = tokio::task::spawn_blocking(move || {
            let anchors = TrustAnchors::new(authorities);
            let at = clock(&certificate, Some(anchors.certificates()));
            Checked::ask(kind, certificate, &anchors, &network, &*random, at)
        });
        asked.await.map_err(|_| broken())
    }

    /// By what time a page says how long a certificate still lives.
    pub(crate) async fn time_for(&self, certificate: Option<Certificate>, city: &City) -> Instant {
        let now = self.now();
        let Some(certificate) = certificate else {
            return now;
        };
        let clock = self.clock_for(city);
        tokio::task::spawn_blocking(move || clock(&certificate, None))
            .await
            .unwrap_or(now)
    }

    /// Reads a holder's certificate after its PIN: the signature certificate, or that which a telephone hides.
    pub(crate) async fn certificate(
        &self,
        credential: Credential,
        entry: Entry,
    ) -> Result<Shown, Fault> {
        self.with_pin(PinName::of(credential), entry, move |access, pin| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(broken());
            };
            let verified = card
                .verify(credential, pin)
                .map_err(of_card)?;
            let der = card
                .certificate(credential, Some(&verified))
                .map_err(of_card)?;
            let certificate = Certificate::from_der(&der)
                .map_err(|fault| of_client(ClientError::Certificate { credential, fault }))?;
            let authority = card
                .ca_certificate(credential)
                .ok()
                .and_then(|der| Certificate::from_der(&der).ok());
            Ok(Shown {
                certificate,
                authorities: authority.into_iter().collect(),
            })
        })
        .await
    }

    /// Signs a file of which the digests are known, as `shirushi sign` does.
    pub(crate) async fn sign_file(
        &self,
        digests: ContentDigests,
        entry: Entry,
        city: &City,
    ) -> Result<SignedFile, Fault> {
        let clock = self.clock_for(city);
        self.with_pin(PinName::Signature, entry, move |access, pin| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(broken());
            };
            let signing = Signing {
                with_authority: false,
                ..Signing::document()
            };
            let time_of = |certificate: &_| clock(certificate, None);
            sign_digest_at_time_of(card, &signing, pin, &digests, time_of)
                .map(|signed| SignedFile {
                    is_unlisted: signed.certificate.kind().is_none(),
                    cms: signed.cms,
                })
                .map_err(of_client)
        })
        .await
    }

    /// Replaces a PIN. Where the connection is cut while the new one is sent, the card is asked which of the two it has, as long as it
    /// comes back soon.
    pub(crate) async fn change_pin(
        &self,
        name: PinName,
        entry: Entry,
        new: TypedPin,
    ) -> Result<Change, Fault> {
        self.once(&entry)?;
        self.at_card(move |source| change(source, name, &entry, &new))
            .await
    }

    /// Signs the request that certificates end.
    pub(crate) async fn sign_ending(
        &self,
        to_end: ToEnd,
        reason: RevocationReason,
        entry: Entry,
        city: &City,
    ) -> Result<RevocationToSend, Fault> {
        let clock = self.clock_for(city);
        let random = Arc::clone(&self.random);
        self.with_pin(PinName::Signature, entry, move |access, pin| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(broken());
            };
            let time_of = |certificate: &_| clock(certificate, None);
            sign_revocation(card, pin, &to_end, reason, time_of, &*random).map_err(of_client)
        })
        .await
    }

    /// Sends such a request.
    pub(crate) async fn send_ending(
        &self,
        request: RevocationToSend,
        url: String,
    ) -> Result<Vec<String>, Unsent> {
        let network = self.network.clone();
        tokio::task::spawn_blocking(move || request.send(&url, &network))
            .await
            .unwrap_or_else(|error| Err(Unsent::Unknown(error.to_string())))
    }

    /// Judges a signature over what `content` gives, as `shirushi verify` does. It blocks.
    pub(crate) fn judge(
        &self,
        signature: Vec<u8>,
        certificates: Vec<Certificate>,
        authorities: Vec<Certificate>,
        kind: CertificateKind,
        is_online: bool,
        city: &City,
    ) -> impl FnOnce(&mut dyn io::Read) -> io::Result<Judged> + Send + use<> {
        let (network, random) = (self.network.clone(), Arc::clone(&self.random));
        let (clock, now) = (self.clock_for(city), self.now());
        move |content| {
            let anchors = TrustAnchors::new(authorities);
            let online = is_online.then(|| Online {
                network: &network as &dyn StatusNetwork,
                random: &*random,
            });
            let wanted = ToVerify {
                signature: &signature,
                certificates: &certificates,
                anchors: &anchors,
                evidence: Default::default(),
                kind,
            };
            let time_of = |signer: &_| clock(signer, Some(anchors.certificates()));
            verify_read(wanted, content, online, now, time_of)
        }
    }
}

fn overview(source: &dyn CardSource) -> Result<Overview, Told> {
    let mut card = open(source)?;
    let told = show(&mut card).map_err(of_client)?;
    let mut transport = card.into_inner();
    // A card without that application has no such PIN.
    let text = TextApplication::open(&mut transport)
        .and_then(|mut text| text.tries())
        .ok();
    Ok(Overview {
        tries: PinName::ALL.map(|name| match name {
            PinName::Authentication => told.authentication.tries,
            PinName::Signature => told.signature.tries,
            PinName::Text => text,
        }),
        card: told,
    })
}

fn change(
    source: &dyn CardSource,
    name: PinName,
    entry: &Entry,
    new: &TypedPin,
) -> Result<Change, Fault> {
    let (mut access, serial) = reach(source, name)?;
    let tries = access
        .tries()
        .map_err(|error| Fault::Told(of_card(error)));
    let changed = match tries.and_then(|tries| require_as_shown(name, &serial, tries, entry)) {
        Ok(()) => Ok(access.change(&entry.pin, new)),
        Err(fault) => Err(fault),
    };
    if let Err(error) = access.leave() {
        not_left(&error);
    }
    match changed? {
        Ok(()) => Ok(Change::Made),
        Err(PinChangeError::Unchanged(error)) => Err(Fault::Told(of_card(error))),
        Err(error) => {
            tracing::warn!(%error, "a change of a PIN was cut");
            Ok(Change::Found(find(source, name, &serial, &entry.pin, new)))
        }
    }
}

fn reach(source: &dyn CardSource, name: PinName) -> Result<(PinAccess<Connection>, String), Told> {
    let card = open(source)?;
    let serial = card.token().serial.clone();
    let access = PinAccess::open(card.into_inner(), name).map_err(of_card)?;
    Ok((access, serial))
}

/// Waits for the card, and asks it which of the two it has. Never the last try is made for it.
fn find(
    source: &dyn CardSource,
    name: PinName,
    serial: &str,
    old: &TypedPin,
    new: &TypedPin,
) -> Option<SetPin> {
    let end = std::time::Instant::now() + PATIENCE;
    let mut known = source.readers().unwrap_or_default();
    loop {
        if let Ok((mut access, own)) = reach(source, name)
            && own == serial
        {
            let found = find_pin(&mut access, old, new);
            if let Err(error) = access.leave() {
                not_left(&error);
            }
            if let Ok(found) = found {
                return Some(found);
            }
        }
        let left = end.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return None;
        }
        known = match source.wait(&known, left) {
            Ok(readers) => readers,
            Err(ReaderError::NoReader | ReaderError::NoCard) => known,
            Err(_) => return None,
        };
    }
}
