//! What is asked: certificates that an authority has really issued, one of them asked about.

use super::index;
use crate::{
    Failure,
    office::{self, Office},
};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::DigestAlgorithm;
use shirushi_profile::{
    Certificate, CertificateKind, SerialNumber,
    ocsp::{CertId, CertificateStatus, ReceivedResponse, build_request},
};
use std::path::{Path, PathBuf};

/// The authority asked about.
pub(super) const KIND: CertificateKind = CertificateKind::Authentication;

/// Applicants whose certificates are known to the responders.
const APPLICANTS: u32 = 500;

/// Length of the nonce, in bytes: what RFC 9654 §2.1 recommends.
const NONCE: [u8; 32] = [0x5a; 32];

/// The folder of an office that has issued, and the certificate that is asked about.
pub(super) struct Case {
    folder: PathBuf,
    certificates: usize,
    asked: CertId,
    responder: Certificate,
}

impl Case {
    /// Issues into `folder` and writes the index of what was issued.
    pub(super) fn prepare(folder: &Path) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::at("the runtime"))?;
        let issued = runtime.block_on(async {
            let office = Office::found(folder).await?;
            let mut issued = Vec::new();
            for number in 0..APPLICANTS {
                let visit = office.admit(number).await?;
                let visited = visit.finish(&office.authority).await?;
                issued.extend(visited.certificates);
            }
            office.close().await;
            Ok::<_, Failure>(issued)
        })?;
        let entries: Vec<_> = issued
            .iter()
            .filter(|certificate| certificate.kind == KIND)
            .collect();
        index::write(&index_of(folder), &entries)?;
        let asked = entries
            .get(entries.len() / 2)
            .ok_or_else(|| Failure::Outcome {
                fault: "nothing was issued".to_owned(),
            })?;
        let ceremony = office::ceremony(folder, SystemClock.now())?;
        Ok(Self {
            folder: folder.to_owned(),
            certificates: entries.len(),
            asked: id(&ceremony.certificate(KIND), &asked.serial)?,
            responder: ceremony
                .newest(KIND)
                .responder()
                .certificate()
                .clone(),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn certificates(&self) -> usize {
        self.certificates
    }

    /// The request, the same bytes for every server.
    pub(super) fn request(&self, nonce: bool) -> Result<Vec<u8>, Failure> {
        let nonce = nonce.then_some(NONCE.as_slice());
        Ok(build_request(std::slice::from_ref(&self.asked), nonce)?)
    }

    /// Whether `response` is the responder's signed "good" for the certificate asked about, with the nonce if one was sent.
    pub(super) fn check(&self, response: &[u8], nonce: bool) -> Result<(), String> {
        let response = ReceivedResponse::from_der(response).map_err(|error| error.to_string())?;
        let [single] = response.statuses() else {
            return Err(format!("{} statuses", response.statuses().len()));
        };
        if single.id != self.asked || single.status != CertificateStatus::Good {
            return Err(format!("{:?} of {}", single.status, single.id.serial()));
        }
        if response.nonce() != nonce.then_some(NONCE.as_slice()) {
            return Err(format!("nonce {:?}", response.nonce()));
        }
        let algorithm = response
            .signature_algorithm()
            .map_err(|error| error.to_string())?;
        self.responder
            .public_key()
            .verify(algorithm, response.tbs_der(), response.signature())
            .map_err(|error| error.to_string())
    }
}

/// The index of the office in `folder`.
pub(super) fn index_of(folder: &Path) -> PathBuf {
    folder.join("index.txt")
}

fn id(issuer: &Certificate, serial: &SerialNumber) -> Result<CertId, Failure> {
    Ok(CertId::new(issuer, serial, DigestAlgorithm::Sha256)?)
}
