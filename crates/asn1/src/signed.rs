//! A signed structure taken apart without touching the bytes that the signature covers.

use crate::{
    Cause, Malformed,
    tlv::{self, Element},
};
use der::{Decode, Encode};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// The three parts that certificates, lists and basic OCSP responses begin with, as received.
///
/// ```text
/// SIGNED{ToBeSigned} ::= SEQUENCE {
///     toBeSigned           ToBeSigned,
///     algorithmIdentifier  AlgorithmIdentifier{{SupportedAlgorithms}},
///     signature            BIT STRING
/// }
/// ```
///
/// X.509 §7.2; [RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1). A basic OCSP response adds certificates
/// ([RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1)): [`Signed::rest`].
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// What is signed: the element with its identifier and length.
    pub tbs: Element<'a>,
    /// The algorithm identifier's bytes.
    pub algorithm_der: &'a [u8],
    /// The algorithm identifier.
    pub algorithm: AlgorithmIdentifierRef<'a>,
    /// The signature's octets.
    pub signature: &'a [u8],
    /// What follows the signature: nothing but in basic OCSP responses.
    pub rest: tlv::Walker<'a>,
}

impl<'a> Signed<'a> {
    /// Takes `bytes` apart, of which at most `most` are read. `rest` may be left; see [`Signed::without_rest`].
    ///
    /// # Errors
    /// [`Malformed`] when they are not such a structure, or the signature does not have whole octets.
    pub fn from_der(what: &'static str, bytes: &'a [u8], most: usize) -> Result<Self, Malformed> {
        if bytes.len() > most {
            let length = bytes.len();
            return Err(Malformed::new(what, 0, Cause::TooLong { length, most }));
        }
        let mut parts = tlv::only(what, bytes, tlv::SEQUENCE)?.walk(what);
        let tbs = parts.tagged(tlv::SEQUENCE)?;
        let algorithm_der = parts.tagged(tlv::SEQUENCE)?.der;
        let algorithm = AlgorithmIdentifierRef::from_der(algorithm_der)
            .map_err(|e| Malformed::der("signatureAlgorithm", e))?;
        let bits = parts.tagged(tlv::BIT_STRING)?;
        let [0, signature @ ..] = bits.content else {
            return Err(Malformed::new(
                "signatureValue",
                bits.content_offset,
                Cause::Value,
            ));
        };
        Ok(Self {
            tbs,
            algorithm_der,
            algorithm,
            signature,
            rest: parts,
        })
    }

    /// Asserts that nothing follows the signature.
    ///
    /// # Errors
    /// [`Malformed`] when something does.
    pub fn without_rest(self) -> Result<Self, Malformed> {
        self.rest.clone().finish()?;
        Ok(self)
    }
}

/// Puts a certificate or a list together from the bytes signed.
///
/// # Errors
/// The library's, for an algorithm identifier that cannot be written.
pub fn encode_signed(
    tbs: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    signature: &[u8],
) -> Result<Vec<u8>, der::Error> {
    let algorithm = algorithm.to_der()?;
    let mut bits = Vec::with_capacity(signature.len() + 1);
    bits.push(0);
    bits.extend_from_slice(signature);
    let mut content = Vec::with_capacity(tbs.len() + algorithm.len() + bits.len() + 8);
    content.extend_from_slice(tbs);
    content.extend_from_slice(&algorithm);
    tlv::push(&mut content, tlv::BIT_STRING, &bits);
    Ok(tlv::element(tlv::SEQUENCE, &content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;

    #[test]
    fn parts_come_back_as_they_went_in() {
        let tbs = tlv::element(tlv::SEQUENCE, &[2, 1, 5]);
        let algorithm = AlgorithmIdentifierOwned {
            oid: ECDSA_WITH_SHA_256,
            parameters: None,
        };
        let der = encode_signed(&tbs, &algorithm, &[1, 2, 3]).unwrap();
        let signed = Signed::from_der("x", &der, 100)
            .unwrap()
            .without_rest()
            .unwrap();
        assert_eq!(signed.tbs.der, &tbs[..]);
        assert_eq!(signed.algorithm.oid, ECDSA_WITH_SHA_256);
        assert_eq!(signed.signature, &[1, 2, 3]);
        let too_long = Signed::from_der("x", &der, der.len() - 1).unwrap_err();
        assert_eq!(
            too_long.cause,
            Cause::TooLong {
                length: der.len(),
                most: der.len() - 1
            }
        );
        let mut longer = der.clone();
        longer.push(0);
        assert!(Signed::from_der("x", &longer, 100).is_err());
    }

    #[test]
    fn a_signature_of_broken_octets_is_refused() {
        let tbs = tlv::element(tlv::SEQUENCE, &[]);
        let algorithm = tlv::element(tlv::SEQUENCE, &[6, 1, 0x2a]);
        let bits = tlv::element(tlv::BIT_STRING, &[4, 0xf0]);
        let der = tlv::element(tlv::SEQUENCE, &[tbs, algorithm, bits].concat());
        let fault = Signed::from_der("x", &der, 100).unwrap_err();
        assert_eq!((fault.what, fault.cause), ("signatureValue", Cause::Value));
    }
}
