//! What can be asked of each party by programs: every endpoint once, with its method, its path, what it takes, what it answers, what it refuses
//! and who may ask. The party's router and whoever asks it are made from the same definition; so are the descriptions in `docs/api` (OpenAPI
//! 3.1), with the feature `describe`.
//!
//! Pages for people are not here, and neither is who is right: a definition says what is said, not whether it is granted.
#![forbid(unsafe_code)]

pub mod authority;
mod body;
pub mod counter;
#[cfg(feature = "describe")]
mod describe;
mod endpoint;
pub mod register;
pub mod responder;
mod role;

pub use body::{
    Body, CertificateOrChain, Certified, Document, InJson, Listed, Nothing, OcspRequest,
    OcspResponse, Status,
};
#[cfg(feature = "describe")]
pub use describe::described;
pub use endpoint::{About, Caller, Endpoint, Method, Operation, Parameter, Place, Shape};
pub use role::{DESCRIPTION, ROLES, RoleContract};
