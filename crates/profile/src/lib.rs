//! The profiles of JPKI (公的個人認証サービス) as data: what certificates, revocation lists and OCSP messages contain, how they are
//! built, how received ones are read, and when by law a certificate ends.
//!
//! * names of things: [`CertificateKind`], [`Municipality`], [`Holder`], [`SerialNumber`], [`Urls`];
//! * building what a key elsewhere will sign: [`ca_certificate_tbs`], [`end_entity_tbs`], [`responder_certificate_tbs`], [`crl_tbs`],
//!   [`ocsp::response_tbs`], then [`assemble`]; [`CertificateFields`] for certificates of other profiles;
//! * reading, with the received bytes kept: [`Certificate`], [`CertificateList`], [`ocsp::ReceivedResponse`];
//! * [`same_name`]: the one comparison of distinguished names (RFC 5280 §7.1);
//! * [`lint`]: one linter over the exact bytes, used before signing, in tests and by verifiers;
//! * [`validity`]: Reg 13 and 49, CardR 26 and 27;
//! * [`deviations`]: the closed table of what differs from the real service, and why.
//!
//! Sources: RFC 5280, RFC 6960, RFC 9654; `facts/profile-and-rules.md` A.1–A.8, B.6–B.8, D.3; `facts/card.md` §7. No key is held
//! here, nothing is stored or sent, and the time is an argument.
#![forbid(unsafe_code)]

mod build;
mod certificate;
mod certificate_list;
mod crl;
pub mod deviations;
mod distribution_point;
mod error;
mod generation;
mod holder;
mod kind;
pub mod lint;
mod municipality;
mod name_matching;
mod names;
pub mod ocsp;
mod revocation;
mod serial_number;
mod to_be_signed;
mod unknowns;
mod urls;
pub mod validity;

pub use build::{
    CertificateFields, EndEntityRequest, assemble, ca_certificate_tbs, end_entity_tbs, extension,
    responder_certificate_tbs, signature_algorithm_of,
};
pub use certificate::Certificate;
pub use certificate_list::{CertificateList, CrlNumber, Oddity, UnsignedCertificateList};
pub use crl::{CrlFrame, CrlScope, crl_tbs};
pub use distribution_point::{DistributionPoint, IssuingDistributionPoint, same_general_name};
pub use error::ProfileError;
pub use generation::{Generation, NotAGeneration};
pub use holder::{Holder, HolderItems, MAX_ADDRESS_CHARACTERS, MAX_NAME_CHARACTERS, Sex};
pub use kind::CertificateKind;
pub use municipality::{
    MUNICIPALITIES, Municipalities, Municipality, MunicipalityCode, NoMunicipalities,
    NotAMunicipalityCode, RowFault, municipality,
};
pub use name_matching::{name_is_within, same_name};
pub use names::{authority_kind, refuse_reserved_organization};
pub use revocation::{RevocationReason, RevokedEntry};
pub use serial_number::{NotASerialNumber, SerialNumber};
pub use shirushi_asn1::{Cause, Malformed};
pub use to_be_signed::{Extension, UnsignedCertificate};
pub use urls::{NotABaseUrl, Urls};
pub use validity::{
    ValidityError, authentication_not_after, card_valid_until, renewable_from, signature_not_after,
};
