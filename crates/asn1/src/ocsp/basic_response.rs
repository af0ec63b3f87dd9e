//! BasicOCSPResponse: the signed answer.

use super::ResponseData;
use der::{Any, Decode, Encode, Sequence, asn1::BitString};
use spki::AlgorithmIdentifierOwned;

/// The signed answer. What is signed and the certificates are kept as the bytes received.
///
/// ```text
/// BasicOCSPResponse ::= SEQUENCE {
///     tbsResponseData      ResponseData,
///     signatureAlgorithm   AlgorithmIdentifier,
///     signature            BIT STRING,
///     certs            [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL
/// }
/// ```
///
/// [RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct BasicOcspResponse {
    /// ResponseData, undecoded; see [`BasicOcspResponse::response_data`].
    pub tbs_response_data: Any,
    /// The algorithm of the signature.
    pub signature_algorithm: AlgorithmIdentifierOwned,
    /// The signature over the DER of `tbs_response_data`.
    pub signature: BitString,
    /// Certificates that help to verify, undecoded.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub certs: Option<Vec<Any>>,
}

impl BasicOcspResponse {
    /// The bytes that the signature covers. DER admits one length form only, so that these are the bytes received.
    ///
    /// # Errors
    /// None for a decoded value; the library's type asks for it.
    pub fn tbs_der(&self) -> Result<Vec<u8>, der::Error> {
        self.tbs_response_data.to_der()
    }

    /// The statuses.
    ///
    /// # Errors
    /// The decoder's, when the bytes are no ResponseData.
    pub fn response_data(&self) -> Result<ResponseData, der::Error> {
        ResponseData::from_der(&self.tbs_der()?)
    }
}
