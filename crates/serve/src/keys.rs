//! Key files of a role, and certificates and keys of others in PEM.

use crate::ServeFault;
use base64ct::{Base64, Encoding as _};
use shirushi_crypto::{KeyKind, PublicKey, Secret, SigningKey, SoftwareKey};
use shirushi_profile::Certificate;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The most that is read of a PEM file, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What is wrong with a file that can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it holds no {0} as PEM (RFC 7468)")]
    NoPem(&'static str),
    #[error("it holds no key that this program has made")]
    NoKey,
    #[error("it has more than a mebibyte")]
    TooLarge,
    #[error("it is no public key of a log")]
    NoLogKey,
}

/// A fault of the file at `path`.
pub(crate) fn at<E>(path: &Path) -> impl Fn(E) -> ServeFault
where
    E: Error + Send + Sync + 'static,
{
    move |source| ServeFault::File {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// The key in this file, made there when it is not; and its public half beside it, as PEM in a file that ends in `.pub`.
pub(crate) fn own(path: &Path, kind: KeyKind) -> Result<Arc<dyn SigningKey>, ServeFault> {
    let key = match shirushi_files::read(path).map_err(at(path))? {
        Some(pkcs8) => {
            SoftwareKey::from_pkcs8(Secret::new(pkcs8)).map_err(|_| at(path)(Unfit::NoKey))?
        }
        None => {
            let key = SoftwareKey::generate(kind).map_err(at(path))?;
            shirushi_files::replace(path, key.to_pkcs8().expose()).map_err(at(path))?;
            key
        }
    };
    let public = path.with_extension("pub");
    let pem = pem("PUBLIC KEY", key.public_key().spki_der());
    if shirushi_files::read(&public)
        .map_err(at(&public))?
        .as_deref()
        != Some(pem.as_bytes())
    {
        shirushi_files::replace(&public, pem.as_bytes()).map_err(at(&public))?;
    }
    Ok(Arc::new(key))
}

/// The key that the role signs its database's checkpoint with.
pub(crate) fn checkpoint(folder: &Path) -> Result<Arc<dyn SigningKey>, ServeFault> {
    own(&folder.join("checkpoint.key"), KeyKind::Ed25519)
}

/// The public key in a PEM file.
pub(crate) fn public(path: &Path) -> Result<PublicKey, ServeFault> {
    let unfit = || at(path)(Unfit::NoPem("public key"));
    let der = of_pem("PUBLIC KEY", &text(path)?)
        .into_iter()
        .next()
        .ok_or_else(unfit)?;
    PublicKey::from_spki_der(&der).map_err(|_| unfit())
}

/// The certificates in a PEM file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, ServeFault> {
    let unfit = || at(path)(Unfit::NoPem("certificate"));
    let certificates: Vec<Certificate> = of_pem("CERTIFICATE", &text(path)?)
        .iter()
        .map(|der| Certificate::from_der(der).map_err(|_| unfit()))
        .collect::<Result<_, _>>()?;
    match certificates.is_empty() {
        true => Err(unfit()),
        false => Ok(certificates),
    }
}

/// The verifier key of the authority's log.
pub(crate) fn log(path: &Path) -> Result<shirushi_ledger::VerifierKey, ServeFault> {
    text(path)?
        .trim()
        .parse()
        .map_err(|_| at(path)(Unfit::NoLogKey))
}

/// A file that must be there.
pub(crate) fn present(
    path: PathBuf,
    ja: &'static str,
    en: &'static str,
) -> Result<PathBuf, ServeFault> {
    match path.exists() {
        true => Ok(path),
        false => Err(ServeFault::Absent { path, ja, en }),
    }
}

/// What stands in a file, which is not long.
pub(crate) fn text(path: &Path) -> Result<String, ServeFault> {
    if fs::metadata(path)
        .map_err(at(path))?
        .len()
        > LARGEST
    {
        return Err(at(path)(Unfit::TooLarge));
    }
    fs::read_to_string(path).map_err(at(path))
}

/// RFC 7468 §5 and §13.
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes give a line of 64 characters.
    for line in der.chunks(48) {
        text.push_str(&Base64::encode_string(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// All blocks of this label that can be read; what stands between them is left out.
fn of_pem(label: &str, text: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    text.split(&begin)
        .skip(1)
        .filter_map(|rest| {
            let (body, _) = rest.split_once(&end)?;
            let body: String = body.split_whitespace().collect();
            Base64::decode_vec(&body).ok()
        })
        .collect()
}

/// These certificates as one PEM file.
pub(crate) fn certificates_pem(certificates: &[Certificate]) -> String {
    certificates
        .iter()
        .map(|certificate| pem("CERTIFICATE", certificate.der()))
        .collect()
}

/// The key that the register signs events and statements with.
pub(crate) fn register(file: &Path) -> Result<Arc<dyn SigningKey>, ServeFault> {
    own(file, KeyKind::P256)
}
