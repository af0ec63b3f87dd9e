//! One generation of one authority: its key and certificate, and the responder that it has delegated.

use super::{
    CeremonyError,
    files::{damaged, make_whole, read_certificate, read_key_of, write},
};
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, PublicKey, Random, SigningKey, SoftwareKey};
use shirushi_profile::{
    Certificate, CertificateKind, Generation, SerialNumber, Urls, assemble, authority_kind,
    ca_certificate_tbs, lint, responder_certificate_tbs,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// How long a responder's certificate lives, in days: nobody asks for its status (id-pkix-ocsp-nocheck), so it is short-lived.
const RESPONDER_DAYS: i64 = 400;

/// One generation of an authority (認証局): all of a kind bear one name.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub(crate) kind: CertificateKind,
    pub(crate) generation: Generation,
    pub(crate) certificate: Certificate,
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) urls: Urls,
    pub(crate) responder: Responder,
}

/// The delegated OCSP responder of a generation.
#[derive(Clone, Debug)]
pub struct Responder {
    /// Counted from 1 within the generation: which of its certificates this is.
    pub(crate) number: Generation,
    pub(crate) certificate: Certificate,
    pub(crate) key: Arc<dyn SigningKey>,
}

impl Issuer {
    /// Which authority.
    #[must_use]
    pub fn kind(&self) -> CertificateKind {
        self.kind
    }

    /// Which of its keys.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Its self-signed certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its delegated responder.
    #[must_use]
    pub fn responder(&self) -> &Responder {
        &self.responder
    }

    /// Whether it may issue what is valid from `not_before` to `not_after`: nothing outlives its authority.
    #[must_use]
    pub fn covers(&self, not_before: Instant, not_after: Instant) -> bool {
        self.certificate.not_before() <= not_before && not_after <= self.certificate.not_after()
    }

    /// Certifies the key of a responder in another process.
    pub(crate) fn certify_responder(
        &self,
        delegate: &PublicKey,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Certificate, CeremonyError> {
        let authority = (&self.certificate, self.key.as_ref());
        certify(authority, &self.urls, delegate, now, random)
    }

    /// The generation at this place of the folder.
    pub(super) fn read(
        folder: &Path,
        kind: CertificateKind,
        generation: Generation,
        responder: Generation,
        urls: &Urls,
    ) -> Result<Self, CeremonyError> {
        let place = Place::of(folder, kind, generation);
        let path = place.file("ca.cer");
        let certificate = read_certificate(&path)?;
        // A certificate of the other authority, or one that its key has not signed, would make issues that nobody can verify.
        if authority_kind(&certificate) != Some(kind) || !is_signed(&certificate, &certificate) {
            return Err(damaged(&path));
        }
        Ok(Self {
            kind,
            generation,
            key: read_key_of(&place.file("ca.key"), &certificate)?,
            responder: Responder::read(folder, kind, generation, responder, &certificate)?,
            certificate,
            urls: urls.of_generation(generation),
        })
    }

    /// The same with another responder.
    pub(super) fn with(&self, responder: Responder) -> Self {
        Self {
            responder,
            ..self.clone()
        }
    }
}

impl Responder {
    /// Its certificate, with id-kp-OCSPSigning.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> Arc<dyn SigningKey> {
        Arc::clone(&self.key)
    }

    pub(super) fn read(
        folder: &Path,
        kind: CertificateKind,
        generation: Generation,
        number: Generation,
        authority: &Certificate,
    ) -> Result<Self, CeremonyError> {
        let place = match number {
            Generation::FIRST => Place::of(folder, kind, generation),
            later => Place::Folder(responder_folder(folder, kind, generation, later)),
        };
        let path = place.file("ocsp.cer");
        let certificate = read_certificate(&path)?;
        if !is_signed(&certificate, authority) {
            return Err(damaged(&path));
        }
        Ok(Self {
            number,
            key: read_key_of(&place.file("ocsp.key"), &certificate)?,
            certificate,
        })
    }
}

/// Where the files of a generation are: those of the first stand in the ceremony's folder itself, as they always did.
pub(super) enum Place {
    Flat { folder: PathBuf, name: &'static str },
    Folder(PathBuf),
}

impl Place {
    pub(super) fn of(folder: &Path, kind: CertificateKind, generation: Generation) -> Self {
        match generation {
            Generation::FIRST => Self::Flat {
                folder: folder.to_owned(),
                name: kind.path(),
            },
            later => Self::Folder(generation_folder(folder, kind, later)),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        match self {
            Self::Flat {
                folder,
                name: prefix,
            } => folder.join(format!("{prefix}-{name}")),
            Self::Folder(folder) => folder.join(name),
        }
    }
}

/// Where a generation after the first is kept.
pub(super) fn generation_folder(
    folder: &Path,
    kind: CertificateKind,
    generation: Generation,
) -> PathBuf {
    folder.join(format!("{}-{generation}", kind.path()))
}

/// Where a responder that took the place of a generation's first is kept.
fn responder_folder(
    folder: &Path,
    kind: CertificateKind,
    generation: Generation,
    number: Generation,
) -> PathBuf {
    folder.join(format!("{}-{generation}-ocsp-{number}", kind.path()))
}

/// Makes the keys and certificates of a generation in `place`.
pub(super) fn make_generation(
    place: &Place,
    kind: CertificateKind,
    urls: &Urls,
    now: Instant,
    random: &dyn Random,
) -> Result<(), CeremonyError> {
    let key = SoftwareKey::generate(KeyKind::Rsa2048)?;
    let serial = SerialNumber::random(random);
    let tbs = ca_certificate_tbs(kind, &serial, now, key.public_key())?;
    let certificate = signed(&tbs, &key)?;
    clean(lint::lint_ca(&certificate))?;
    write(&place.file("ca.key"), key.to_pkcs8().expose())?;
    write(&place.file("ca.cer"), certificate.der())?;
    make_responder(place, (&certificate, &key), urls, now, random)
}

/// Makes the next responder of `issuer` as a folder of its own, if it is not there.
pub(super) fn make_next_responder(
    folder: &Path,
    issuer: &Issuer,
    number: Generation,
    now: Instant,
    random: &dyn Random,
) -> Result<Responder, CeremonyError> {
    let (kind, generation) = (issuer.kind, issuer.generation);
    let own = responder_folder(folder, kind, generation, number);
    make_whole(&own, |draft| {
        make_responder(
            &Place::Folder(draft.to_owned()),
            (&issuer.certificate, issuer.key.as_ref()),
            &issuer.urls,
            now,
            random,
        )
    })?;
    Responder::read(folder, kind, generation, number, &issuer.certificate)
}

fn make_responder(
    place: &Place,
    (authority, authority_key): (&Certificate, &dyn SigningKey),
    urls: &Urls,
    now: Instant,
    random: &dyn Random,
) -> Result<(), CeremonyError> {
    let key = SoftwareKey::generate(KeyKind::Rsa2048)?;
    let delegate = key.public_key();
    let certificate = certify((authority, authority_key), urls, delegate, now, random)?;
    write(&place.file("ocsp.key"), key.to_pkcs8().expose())?;
    write(&place.file("ocsp.cer"), certificate.der())
}

/// A responder's certificate over `delegate`, by this authority.
fn certify(
    (authority, authority_key): (&Certificate, &dyn SigningKey),
    urls: &Urls,
    delegate: &PublicKey,
    now: Instant,
    random: &dyn Random,
) -> Result<Certificate, CeremonyError> {
    let serial = SerialNumber::random(random);
    let end = now
        .plus_seconds(RESPONDER_DAYS * 86_400)
        .min(authority.not_after());
    let tbs = responder_certificate_tbs(authority, urls, &serial, now, end, delegate)?;
    let certificate = signed(&tbs, authority_key)?;
    clean(lint::lint_responder(&certificate, authority))?;
    Ok(certificate)
}

fn signed(tbs: &[u8], key: &dyn SigningKey) -> Result<Certificate, CeremonyError> {
    let der = assemble(tbs, key.algorithm(), &key.sign(tbs)?);
    Certificate::from_der(&der).map_err(|_| CeremonyError::Unreadable)
}

fn is_signed(certificate: &Certificate, by: &Certificate) -> bool {
    certificate
        .signature_algorithm()
        .is_ok_and(|algorithm| {
            let key = by.public_key();
            key.verify(algorithm, certificate.tbs_der(), certificate.signature())
                .is_ok()
        })
}

fn clean(findings: Vec<lint::Finding>) -> Result<(), CeremonyError> {
    match findings.first() {
        None => Ok(()),
        Some(finding) => Err(CeremonyError::Lint {
            finding: finding.to_string(),
        }),
    }
}
