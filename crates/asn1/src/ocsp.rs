//! The Online Certificate Status Protocol: [RFC 6960](https://www.rfc-editor.org/rfc/rfc6960) with the nonce of
//! [RFC 9654](https://www.rfc-editor.org/rfc/rfc9654), one file for each structure.

mod basic_response;
mod cert_id;
mod nonce;
mod request;
mod responder_id;
mod response;
mod response_data;
mod single_response;

pub use basic_response::BasicOcspResponse;
pub use cert_id::CertId;
pub use nonce::{NONCE_LENGTHS, Nonce, NotANonce};
pub use request::{OcspRequest, OcspVersion, Request, TbsRequest};
pub use responder_id::ResponderId;
pub use response::{OcspResponse, OcspResponseStatus, ResponseBytes};
pub use response_data::ResponseData;
pub use single_response::{CertStatus, ReasonCode, RevokedInfo, SingleResponse};
