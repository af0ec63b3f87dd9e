//! What is said at an endpoint, by its type.

#[cfg(feature = "describe")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::marker::PhantomData;

/// Media types, with what is to be said of each.
#[cfg(feature = "describe")]
pub(crate) type Contents = Vec<(&'static str, Schema)>;

/// What is taken or answered.
pub trait Body {
    /// Its media types, with their schemas.
    #[cfg(feature = "describe")]
    fn contents(schemas: &mut SchemaGenerator) -> Contents;
}

/// No body.
#[derive(Debug)]
pub struct Nothing;

impl Body for Nothing {
    #[cfg(feature = "describe")]
    fn contents(_: &mut SchemaGenerator) -> Contents {
        Vec::new()
    }
}

/// A `T` in JSON.
#[derive(Debug)]
pub struct InJson<T>(PhantomData<fn() -> T>);

#[cfg(not(feature = "describe"))]
impl<T> Body for InJson<T> {}

#[cfg(feature = "describe")]
impl<T: JsonSchema> Body for InJson<T> {
    fn contents(schemas: &mut SchemaGenerator) -> Contents {
        vec![("application/json", schemas.subschema_for::<T>())]
    }
}

/// How a service is (`shirushi_web::StatusReport`).
#[derive(Debug)]
pub struct Status;

impl Body for Status {
    #[cfg(feature = "describe")]
    fn contents(_: &mut SchemaGenerator) -> Contents {
        let reference = json_schema!({ "$ref": "#/components/schemas/StatusReport" });
        vec![("application/json", reference)]
    }
}

/// A description of endpoints (OpenAPI 3.1).
#[derive(Debug)]
pub struct Document;

impl Body for Document {
    #[cfg(feature = "describe")]
    fn contents(_: &mut SchemaGenerator) -> Contents {
        vec![("application/json", json_schema!({ "type": "object" }))]
    }
}

macro_rules! octets {
    ($(#[$doc:meta])* $name:ident, $($media:literal),+) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Body for $name {
            #[cfg(feature = "describe")]
            fn contents(_: &mut SchemaGenerator) -> Contents {
                vec![$(($media, Schema::default())),+]
            }
        }
    };
}

octets!(
    /// A question about certificates (RFC 6960 appendix C.1), in DER.
    OcspRequest,
    "application/ocsp-request"
);
octets!(
    /// The answer to it (RFC 6960 appendix C.2), in DER.
    OcspResponse,
    "application/ocsp-response"
);
octets!(
    /// A revocation list (失効リスト; RFC 2585 §4.2), in DER.
    Listed,
    "application/pkix-crl"
);
octets!(
    /// A certificate (RFC 2585 §4.1), in DER.
    Certified,
    "application/pkix-cert"
);
octets!(
    /// A certificate in DER, or several in PEM (RFC 8555 §9.1).
    CertificateOrChain,
    "application/pkix-cert",
    "application/pem-certificate-chain"
);
