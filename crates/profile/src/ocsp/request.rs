//! What a client asks.

use super::{CertId, OcspMalformed};
use crate::ProfileError;
use der::Encode;
use shirushi_asn1::{decode_bounded, ocsp as asn1, oid};

/// The most bytes of a request that are read.
pub const MOST_REQUEST_BYTES: usize = 8 * 1024;
/// The most certificates that one request may ask about.
pub const MOST_ENTRIES: usize = 64;

/// A request as read. A requester's name and signature are not looked at: status is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// The certificates asked about, in order: 1 to [`MOST_ENTRIES`].
    pub entries: Vec<CertId>,
    /// The nonce, to be returned: 1 to 128 bytes.
    pub nonce: Option<Vec<u8>>,
}

/// Reads a DER OCSPRequest of at most 8 KiB.
///
/// # Errors
/// [`OcspMalformed`]; a responder answers `malformedRequest`.
pub fn parse_request(der: &[u8]) -> Result<ReceivedRequest, OcspMalformed> {
    let request: asn1::OcspRequest = decode_bounded("OCSPRequest", der, MOST_REQUEST_BYTES)?;
    let request = request.tbs_request;
    let count = request.request_list.len();
    if !(1..=MOST_ENTRIES).contains(&count) {
        return Err(OcspMalformed::Entries { entries: count });
    }
    let mut nonce = None;
    for extension in request
        .request_extensions
        .unwrap_or_default()
    {
        if extension.extn_id == oid::OCSP_NONCE {
            let read = asn1::Nonce::from_extension(&extension)?;
            nonce = Some(read.as_bytes().to_vec());
        } else if extension.critical {
            let oid = extension.extn_id;
            return Err(OcspMalformed::CriticalExtension { oid });
        }
    }
    let mut entries = Vec::with_capacity(count);
    for single in request.request_list {
        let extensions = single
            .single_request_extensions
            .unwrap_or_default();
        if let Some(unknown) = extensions.iter().find(|e| e.critical) {
            let oid = unknown.extn_id;
            return Err(OcspMalformed::CriticalExtension { oid });
        }
        entries.push(CertId::from_asn1(single.req_cert));
    }
    Ok(ReceivedRequest { entries, nonce })
}

/// The DER of a request about `entries`, without signature, with a nonce where one is given.
///
/// # Errors
/// [`ProfileError::Nonce`] for a nonce of a wrong length.
pub fn build_request(entries: &[CertId], nonce: Option<&[u8]>) -> Result<Vec<u8>, ProfileError> {
    let request_list = entries
        .iter()
        .map(|entry| asn1::Request {
            req_cert: entry.as_asn1().clone(),
            single_request_extensions: None,
        })
        .collect();
    let request_extensions = match nonce {
        Some(bytes) => Some(vec![asn1::Nonce::new(bytes)?.to_extension()?]),
        None => None,
    };
    let request = asn1::OcspRequest {
        tbs_request: asn1::TbsRequest {
            version: asn1::OcspVersion::V1,
            requestor_name: None,
            request_list,
            request_extensions,
        },
        optional_signature: None,
    };
    Ok(request.to_der()?)
}
