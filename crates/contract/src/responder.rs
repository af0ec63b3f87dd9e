//! The responder (失効情報の提供, Law 18).

use crate::{
    CertificateOrChain, DESCRIPTION, Endpoint, InJson, Listed, Nothing, OcspRequest, OcspResponse,
    Parameter, Place, RoleContract, Shape, Status,
};
use shirushi_profile::ocsp::MOST_REQUEST_BYTES;
use shirushi_wire::{PublishedList, Revocation};

/// Largest message of the authority: a list of a million entries has some forty megabytes, and base64 a third more.
const LARGEST: usize = 64 * 1024 * 1024;

/// The endpoint at which the authority has told what has ended.
pub type Remember = Endpoint<InJson<Vec<Revocation>>, Nothing>;
/// The endpoint that tells it again.
pub type Remembered = Endpoint<Nothing, InJson<Vec<Revocation>>>;

pub(crate) const RECORDS_AFTER: &[Parameter] = &[
    Parameter {
        name: "kind",
        place: Place::Query,
        shape: Shape::OneOf(&["signature", "authentication"]),
        means: "Of which certificates: signature (署名用電子証明書) or authentication (利用者証明用電子証明書).",
    },
    Parameter {
        name: "after",
        place: Place::QueryIfAny,
        shape: Shape::Pattern("^(0[1-9a-f]|[1-7][0-9a-f])([0-9a-f]{2}){0,18}$"),
        means: "Those after this serial number.",
    },
];

const KIND: Parameter = Parameter {
    name: "kind",
    place: Place::Path,
    shape: Shape::OneOf(&["sign", "auth"]),
    means: "Whose certificates: sign (署名用) or auth (利用者証明用).",
};

const KIND_AND_GENERATION: Parameter = Parameter {
    name: "kind",
    place: Place::Path,
    shape: Shape::Pattern("^(sign|auth)(-[1-9][0-9]{0,3})?$"),
    means: "Whose certificates, and of which generation of the authority's keys where it is not the first.",
};

/// The authority has remembered what has ended.
pub static REMEMBER: Remember = Endpoint::post(
    "/responder/remembered",
    "Remembers certificates that have ended (失効); durable when it is answered.",
    LARGEST,
)
.for_roles(&["authority"])
.answering(204);

/// What is remembered.
pub static REMEMBERED: Remembered = Endpoint::get(
    "/responder/remembered",
    "What is remembered: some thousand in the order of their serial numbers; none when there are no more.",
)
.for_roles(&["authority"])
.with(RECORDS_AFTER);

/// A list is kept.
pub static KEEP: Endpoint<InJson<PublishedList>, Nothing> = Endpoint::post(
    "/responder/lists",
    "Keeps a revocation list (失効リスト); durable when it is answered.",
    LARGEST,
)
.for_roles(&["authority"])
.answering(204);

/// The newest of each list.
pub static KEPT: Endpoint<Nothing, InJson<Vec<PublishedList>>> =
    Endpoint::get("/responder/lists", "The newest of each revocation list.")
        .for_roles(&["authority"]);

/// OCSP by POST (RFC 6960 appendix A.1).
pub static OCSP: Endpoint<OcspRequest, OcspResponse> = Endpoint::post(
    "/ocsp/{kind}",
    "Whether certificates are revoked (RFC 6960). What cannot be read is answered in OCSP too, as malformedRequest.",
    MOST_REQUEST_BYTES,
)
.with(&[KIND])
.absent_if_unknown();

/// OCSP by GET (RFC 6960 appendix A.1).
pub static OCSP_BY_GET: Endpoint<Nothing, OcspResponse> = Endpoint::get(
    "/ocsp/{kind}/{*request}",
    "The same, with the request in the path (RFC 6960 appendix A.1).",
)
.with(&[
    KIND,
    Parameter {
        name: "request",
        place: Place::Path,
        shape: Shape::Pattern("^[A-Za-z0-9+=]{4,400}$"),
        means: "Base64 of the request.",
    },
])
.bare(&[304])
.absent_if_unknown();

/// A revocation list (RFC 5280 §4.2.1.13).
pub static LIST: Endpoint<Nothing, Listed> =
    Endpoint::get("/crl/{kind}/{file}", "A revocation list (失効リスト).")
        .with(&[
            KIND_AND_GENERATION,
            Parameter {
                name: "file",
                place: Place::Path,
                shape: Shape::Pattern(r"^(complete|authorities|[0-9]{5})\.crl$"),
                means: "Which: complete, authorities, or a municipality's by its code (全国地方公共団体コード without the check digit).",
            },
        ])
        .bare(&[304])
        .absent_if_unknown();

/// Certificates of the authorities (RFC 5280 §4.2.2.1).
pub static ISSUER: Endpoint<Nothing, CertificateOrChain> = Endpoint::get(
    "/ca/{file}",
    "An authority's own certificate (DER), the newest where no generation is named; or all of both (PEM).",
)
.with(&[Parameter {
    name: "file",
    place: Place::Path,
    shape: Shape::Pattern(r"^((sign|auth)(-[1-9][0-9]{0,3})?\.cer|all\.pem)$"),
    means: "Which.",
}])
.bare(&[304])
.absent_if_unknown();

/// How it is.
pub static STATUS: Endpoint<Nothing, Status> = Endpoint::get(
    "/responder/status",
    "How the responder is: 503 where something is not as it should be.",
)
.answering_too(&[503]);

/// All of it.
pub static CONTRACT: RoleContract = RoleContract {
    name: "responder",
    is: "Tells whether certificates are revoked: OCSP, revocation lists, and the certificates of the authorities (失効情報の提供).",
    operations: &[
        &REMEMBER,
        &REMEMBERED,
        &KEEP,
        &KEPT,
        &OCSP,
        &OCSP_BY_GET,
        &LIST,
        &ISSUER,
        &STATUS,
        &DESCRIPTION,
    ],
    document: include_str!("../../../docs/api/responder.json"),
};
