//! What was read from a folder, and checked.

use super::{Fault, IdentityError};
use crate::{
    Peer, PeerRefused, Role, Shown, Why,
    files::{self, AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, LIST_FILE},
    key::OwnKey,
    pem,
};
use rustls::{
    RootCertStore,
    client::WebPkiServerVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, CertificateRevocationListDer, PrivatePkcs8KeyDer},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
};
use shirushi_clock::Instant;
use shirushi_crypto::{Secret, SigningKey as _, SoftwareKey};
use shirushi_profile::{Certificate, CertificateList, same_name};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

const MOST_BYTES: usize = 64 << 10;
const MOST_OF_A_LIST: usize = 4 << 20;
/// Nobody but the owner writes a key, and nobody but the owner and the group reads it.
const OTHERS: u32 = 0o027;

/// What a service shows.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) peer: Peer,
    pub(crate) shown: Shown,
    pub(crate) certified: Arc<CertifiedKey>,
}

/// What a service judges others by.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    authority: Certificate,
    pub(crate) list: CertificateList,
    pub(crate) list_until: Instant,
    /// Judges servers.
    pub(crate) of_servers: Arc<WebPkiServerVerifier>,
    /// Judges clients.
    pub(crate) of_clients: Arc<dyn ClientCertVerifier>,
}

/// A folder's content that is in force.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) own: Own,
    pub(crate) trust: Trust,
}

/// The files that are looked at.
pub(super) fn files(folder: &Path) -> [PathBuf; 4] {
    [KEY_FILE, CERTIFICATE_FILE, AUTHORITY_FILE, LIST_FILE].map(|name| folder.join(name))
}

impl Loaded {
    pub(super) fn read(
        folder: &Path,
        provider: &Arc<CryptoProvider>,
        now: Instant,
    ) -> Result<Self, IdentityError> {
        let trust = Trust::read(folder, provider, now)?;
        let own = Own::read(folder, &trust, now)?;
        Ok(Self { own, trust })
    }

    /// What stands in the folder now, and why not all of it is in use. A list counts also when what is shown has ended or cannot be used: whom
    /// it names must not get in for that.
    pub(super) fn read_again(
        &self,
        folder: &Path,
        provider: &Arc<CryptoProvider>,
        now: Instant,
    ) -> (Self, Option<IdentityError>) {
        let trust = match Trust::read(folder, provider, now) {
            Ok(trust) => trust,
            Err(error) => return (self.clone(), Some(error)),
        };
        if trust.forgets(&self.trust) {
            let [.., list] = files(folder);
            return (self.clone(), Some(at(&list, Fault::OlderList)));
        }
        let own = Own::read(folder, &trust, now).and_then(|own| own.still(&self.own, folder));
        match own {
            Ok(own) => (Self { own, trust }, None),
            Err(error) if trust.authority == self.trust.authority => {
                let own = self.own.clone();
                (Self { own, trust }, Some(error))
            }
            Err(error) => (self.clone(), Some(error)),
        }
    }

    pub(super) fn still_accepts(
        &self,
        accepts: &[Role],
        shown: &Shown,
        now: Instant,
    ) -> Result<(), PeerRefused> {
        let is_accepted = shown
            .role()
            .is_some_and(|role| accepts.contains(&role));
        let why = if self
            .trust
            .list
            .entry(shown.serial())
            .is_some()
        {
            Why::Revoked
        } else if shown.not_after() < now {
            let not_after = shown.not_after();
            Why::Expired { not_after }
        } else if self.trust.list_until < now {
            Why::ListOverdue
        } else if !is_accepted {
            Why::OtherRole
        } else {
            return Ok(());
        };
        Err(PeerRefused {
            expected: accepts.to_vec(),
            shown: Some(Box::new(shown.clone())),
            why,
        })
    }
}

impl Own {
    fn read(folder: &Path, trust: &Trust, now: Instant) -> Result<Self, IdentityError> {
        let [key_path, path, ..] = files(folder);
        let (certificate, shown) = read_certificate(&path, &trust.authority, now)?;
        let peer = judged(&shown, &trust.list).map_err(|fault| at(&path, fault))?;
        let key = read_key(&key_path)?;
        if key.public_key() != certificate.public_key() {
            return Err(at(&path, Fault::OtherKey));
        }
        let key = OwnKey::of(key).ok_or_else(|| at(&key_path, Fault::KeyKind))?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        Ok(Self {
            peer,
            shown,
            certified: Arc::new(CertifiedKey::new(chain, Arc::new(key))),
        })
    }

    /// The same, if it is still the identity of who it was: what a service has opened stays its own.
    fn still(self, before: &Self, folder: &Path) -> Result<Self, IdentityError> {
        match self.peer == before.peer {
            true => Ok(self),
            false => Err(at(
                &folder.join(CERTIFICATE_FILE),
                Fault::OtherService(self.peer),
            )),
        }
    }
}

impl Trust {
    /// Whether its list is older than that of `before`, of the same role CA: what was revoked would come back.
    fn forgets(&self, before: &Self) -> bool {
        self.authority == before.authority && self.list.crl_number() < before.list.crl_number()
    }

    fn read(
        folder: &Path,
        provider: &Arc<CryptoProvider>,
        now: Instant,
    ) -> Result<Self, IdentityError> {
        let [_, _, path, list_path] = files(folder);
        let authority = read_authority(&path, now)?;
        let (list, list_until) = read_list(&list_path, &authority, now)?;
        let (of_servers, of_clients) = verifiers(&authority, &list, provider)
            .map_err(|error| at(&path, Fault::Library(error)))?;
        Ok(Self {
            authority,
            list,
            list_until,
            of_servers,
            of_clients,
        })
    }
}

fn at(path: &Path, fault: Fault) -> IdentityError {
    IdentityError {
        path: path.to_owned(),
        fault,
    }
}

fn read(path: &Path, most: usize) -> Result<Vec<u8>, IdentityError> {
    files::read(path, most).map_err(|error| at(path, Fault::Unreadable(error)))
}

fn read_authority(path: &Path, now: Instant) -> Result<Certificate, IdentityError> {
    let authority = certificate(path)?;
    let is_authority = authority
        .basic_constraints()
        .is_some_and(|constraints| constraints.ca)
        && same_name(authority.subject_der(), authority.issuer_der());
    if !is_authority || !has_signed(&authority, &authority) {
        return Err(at(path, Fault::NoAuthority));
    }
    in_time(path, &authority, now)?;
    Ok(authority)
}

fn read_list(
    path: &Path,
    authority: &Certificate,
    now: Instant,
) -> Result<(CertificateList, Instant), IdentityError> {
    let text = read(path, MOST_OF_A_LIST)?;
    let none = || at(path, Fault::Content("X509 CRL"));
    let der = pem::only::<CertificateRevocationListDer<'_>>(&text).ok_or_else(none)?;
    let list = CertificateList::from_der(&der).map_err(|_| none())?;
    let until = list.next_update().ok_or_else(none)?;
    let is_signed = list
        .signature_algorithm()
        .is_ok_and(|algorithm| {
            authority
                .public_key()
                .verify(algorithm, list.tbs_der(), list.signature())
                .is_ok()
        });
    if !is_signed || list.issuer_der() != authority.subject_der() {
        return Err(at(path, Fault::Foreign));
    }
    if until < now {
        return Err(at(path, Fault::Expired { not_after: until }));
    }
    Ok((list, until))
}

fn read_certificate(
    path: &Path,
    authority: &Certificate,
    now: Instant,
) -> Result<(Certificate, Shown), IdentityError> {
    let certificate = certificate(path)?;
    if !has_signed(authority, &certificate) {
        return Err(at(path, Fault::Foreign));
    }
    in_time(path, &certificate, now)?;
    let shown = Shown::of(&certificate);
    Ok((certificate, shown))
}

fn judged(shown: &Shown, list: &CertificateList) -> Result<Peer, Fault> {
    if list.entry(shown.serial()).is_some() {
        return Err(Fault::Revoked);
    }
    match shown.peer() {
        Some(peer) if shown.is_for_both_ends() => Ok(peer.clone()),
        _ => Err(Fault::NoIdentity),
    }
}

fn read_key(path: &Path) -> Result<SoftwareKey, IdentityError> {
    let mode = fs::metadata(path)
        .map_err(|error| at(path, Fault::Unreadable(error)))?
        .permissions()
        .mode();
    if mode & OTHERS != 0 {
        let mode = mode & 0o777;
        return Err(at(path, Fault::OpenToOthers { mode }));
    }
    let text = Secret::new(read(path, MOST_BYTES)?);
    let der = pem::only::<PrivatePkcs8KeyDer<'_>>(text.expose())
        .ok_or_else(|| at(path, Fault::Content("PRIVATE KEY")))?;
    SoftwareKey::from_pkcs8(Secret::from(der.secret_pkcs8_der()))
        .map_err(|_| at(path, Fault::KeyKind))
}

fn certificate(path: &Path) -> Result<Certificate, IdentityError> {
    let text = read(path, MOST_BYTES)?;
    pem::only::<CertificateDer<'_>>(&text)
        .and_then(|der| Certificate::from_der(&der).ok())
        .ok_or_else(|| at(path, Fault::Content("CERTIFICATE")))
}

fn has_signed(authority: &Certificate, certificate: &Certificate) -> bool {
    same_name(certificate.issuer_der(), authority.subject_der())
        && certificate
            .signature_algorithm()
            .is_ok_and(|algorithm| {
                authority
                    .public_key()
                    .verify(algorithm, certificate.tbs_der(), certificate.signature())
                    .is_ok()
            })
}

fn in_time(path: &Path, certificate: &Certificate, now: Instant) -> Result<(), IdentityError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if now < not_before {
        return Err(at(path, Fault::NotYetValid { not_before }));
    }
    if not_after < now {
        return Err(at(path, Fault::Expired { not_after }));
    }
    Ok(())
}

type Verifiers = (Arc<WebPkiServerVerifier>, Arc<dyn ClientCertVerifier>);

fn verifiers(
    authority: &Certificate,
    list: &CertificateList,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifiers, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der()))?;
    let roots = Arc::new(roots);
    let lists = || [CertificateRevocationListDer::from(list.der().to_vec())];
    let unfit =
        |error: rustls::server::VerifierBuilderError| rustls::Error::General(error.to_string());
    let of_servers = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
        .with_crls(lists())
        .enforce_revocation_expiration()
        .build()
        .map_err(unfit)?;
    let of_clients = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
        .with_crls(lists())
        .enforce_revocation_expiration()
        .build()
        .map_err(unfit)?;
    Ok((of_servers, of_clients))
}
