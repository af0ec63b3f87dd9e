//! The certification authority (認証局).

use crate::{Endpoint, InJson, Nothing, Operation, Parameter, Place, Shape};
use shirushi_wire::{
    AuthorityPosition, CertificateState, CodeOrder, EnrolmentCode, IssuerCertificate, KnownOfficer,
    NewLife, RegisterEvent, RegisterGreeting, ResponderKeyRequest, Retired, Retirement, Signed,
};

/// Largest key that is to be certified, in bytes.
const LARGEST_KEY: usize = 4 * 1024;
/// Largest order of an operator, in bytes.
const LARGEST_ORDER: usize = 4 * 1024;

/// What is known of a certificate, for responders.
pub static STATE: Endpoint<Nothing, InJson<CertificateState>> = Endpoint::get(
    "/authority/certificates/{authority}/{serial}/state",
    "What is known of a certificate now.",
)
.for_roles(&["responder"])
.with(&[
    Parameter {
        name: "authority",
        place: Place::Path,
        shape: Shape::Pattern("^(sign|auth)(-[1-9][0-9]{0,3})?$"),
        means: "Whose certificate, and of which generation of the authority's keys where it is not the first.",
    },
    Parameter {
        name: "serial",
        place: Place::Path,
        shape: Shape::Pattern("^(0[1-9a-f]|[1-7][0-9a-f])([0-9a-f]{2}){0,18}$"),
        means: "Its serial number.",
    },
])
.absent_if_unknown();

/// Each generation's own certificate, for responders.
pub static ISSUERS: Endpoint<Nothing, InJson<Vec<IssuerCertificate>>> = Endpoint::get(
    "/authority/issuers",
    "The authorities' own certificates, of each generation.",
)
.for_roles(&["responder"]);

/// A responder has its key certified.
pub static CERTIFY: Endpoint<InJson<ResponderKeyRequest>, InJson<String>> = Endpoint::post(
    "/authority/responder-certificates",
    "Certifies a responder's key, for OCSP alone (RFC 6960 §4.2.2.2): base64 of the certificate in DER.",
    LARGEST_KEY,
)
.for_roles(&["responder"])
.absent_if_unknown();

/// Largest message: an application has a few kilobytes, a batch of answers from a card some tens.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// An officer by the key they sign with.
pub static OFFICER: Endpoint<Nothing, InJson<KnownOfficer>> = Endpoint::get(
    "/authority/officers/{key}",
    "The officer (担当者) whose key this is, serving or retired.",
)
.for_roles(&["counter", "register"])
.with(&[Parameter {
    name: "key",
    place: Place::Path,
    shape: Shape::Pattern("^[0-9a-f]{40}$"),
    means: "SHA-1 identifier of the key, hexadecimal.",
}])
.absent_if_unknown();

/// The register tells of a change.
pub static REGISTER_EVENT: Endpoint<InJson<Signed<RegisterEvent>>, Nothing> = Endpoint::post(
    "/authority/register-events",
    "The register tells of a change (異動) that may end certificates, in order, once each.",
    LARGEST_MESSAGE,
)
.answering(204);

/// The register says how far its log goes.
pub static GREETING: Endpoint<InJson<Signed<RegisterGreeting>>, InJson<AuthorityPosition>> =
    Endpoint::post(
        "/authority/register-greetings",
        "The register says how far its log goes, and is told how far the authority has taken it.",
        LARGEST_MESSAGE,
    );

/// The register goes on after a backup.
pub static REGISTER_LIFE: Endpoint<InJson<Signed<NewLife>>, Nothing> = Endpoint::post(
    "/authority/register-lives",
    "The register came back from a backup and goes on under a new life of its log.",
    LARGEST_MESSAGE,
)
.answering(204);

/// A code for an officer's enrolment.
pub static OFFICER_CODE: Endpoint<InJson<CodeOrder>, InJson<EnrolmentCode>> = Endpoint::post(
    "/authority/officer-codes",
    "A code, good once, with which an officer of a municipality enrols.",
    LARGEST_ORDER,
)
.for_roles(&["desk"]);

/// All officers.
pub static KNOWN_OFFICERS: Endpoint<Nothing, InJson<Vec<KnownOfficer>>> = Endpoint::get(
    "/authority/known-officers",
    "All officers, serving and retired.",
)
.for_roles(&["desk"]);

/// An officer serves no more.
pub static RETIREMENT: Endpoint<InJson<Retirement>, InJson<Retired>> = Endpoint::post(
    "/authority/retirements",
    "An officer serves no more: authority and register refuse them from now on.",
    LARGEST_ORDER,
)
.for_roles(&["desk"]);

/// What is defined here so far.
pub static OPERATIONS: &[&dyn Operation] = &[
    &STATE,
    &ISSUERS,
    &CERTIFY,
    &OFFICER,
    &REGISTER_EVENT,
    &GREETING,
    &REGISTER_LIFE,
    &OFFICER_CODE,
    &KNOWN_OFFICERS,
    &RETIREMENT,
];
