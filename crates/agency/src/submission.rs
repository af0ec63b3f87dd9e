//! What is sent: the document and its detached signature, as two parts of a form (RFC 7578).

use axum::{
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    response::{IntoResponse, Response},
};
use shirushi_rules::{Bilingual, Fact, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_web::Problem;

/// A filing as it was sent; nothing about it is known yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// The document.
    pub document: Vec<u8>,
    /// The detached signature: a DER ContentInfo.
    pub signature: Vec<u8>,
}

/// Why a request holds no submission.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionFault {
    /// The form is not `multipart/form-data` at all.
    #[error("the body is not multipart/form-data")]
    MediaType,
    /// A part is missing, repeated, unknown, of another type, or cut short.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What has come is moved to a block so many times larger when it needs one: a large document is moved less often than by doubling, and no more is
/// held for who sends a little of much that was announced.
const GROWTH: usize = 4;

/// The two parts: name and media type.
const DOCUMENT: (&str, &str) = ("document", "application/xml");
const SIGNATURE: (&str, &str) = ("signature", "application/pkcs7-signature");

impl<S: Send + Sync> FromRequest<S> for Submission {
    type Rejection = SubmissionFault;

    async fn from_request(request: Request, state: &S) -> Result<Self, SubmissionFault> {
        let mut form = match Multipart::from_request(request, state).await {
            Ok(form) => form,
            Err(MultipartRejection::InvalidBoundary(_)) => return Err(SubmissionFault::MediaType),
            Err(_) => {
                return Err(malformed(
                    "multipart",
                    Bilingual::new("受け取れません", "not readable"),
                )
                .into());
            }
        };
        let (mut document, mut signature) = (None, None);
        while let Some(part) = form
            .next_field()
            .await
            .map_err(unreadable)?
        {
            let name = part
                .name()
                .unwrap_or_default()
                .to_owned();
            let (slot, (name, media_type)) = match name.as_str() {
                "document" => (&mut document, DOCUMENT),
                "signature" => (&mut signature, SIGNATURE),
                _ => {
                    let fault = Bilingual::new(
                        "documentとsignatureのほかは送れません",
                        "only document and signature are taken",
                    );
                    return Err(malformed("multipart", fault).into());
                }
            };
            let bytes = read(part, name, media_type).await?;
            if slot.replace(bytes).is_some() {
                return Err(malformed(name, Bilingual::new("2つあります", "stands twice")).into());
            }
        }
        let absent = |name| malformed(name, Bilingual::new("ありません", "is absent"));
        Ok(Self {
            document: document.ok_or_else(|| absent(DOCUMENT.0))?,
            signature: signature.ok_or_else(|| absent(SIGNATURE.0))?,
        })
    }
}

async fn read(
    mut part: Field<'_>,
    name: &'static str,
    media_type: &'static str,
) -> Result<Vec<u8>, SubmissionFault> {
    if part.content_type() != Some(media_type) {
        let fault = InBoth::new(
            format!("{media_type} ではありません"),
            format!("is not {media_type}"),
        );
        return Err(malformed(name, fault).into());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(unreadable)? {
        if bytes.capacity() - bytes.len() < piece.len() {
            bytes.reserve_exact((GROWTH - 1) * bytes.len() + piece.len());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn unreadable(_: MultipartError) -> Refusal {
    malformed(
        "multipart",
        Bilingual::new("途中で切れているか、壊れています", "cut short or broken"),
    )
}

fn malformed(place: &str, fault: impl Into<Fact>) -> Refusal {
    WELL_FORMED.refusal(
        Facts::new()
            .and("where", place)
            .and("fault", fault),
    )
}

impl IntoResponse for SubmissionFault {
    fn into_response(self) -> Response {
        match self {
            Self::MediaType => Problem::MediaType("multipart/form-data").into_response(),
            Self::Refused(refusal) => Problem::from(refusal).into_response(),
        }
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("document", &self.document.len())
            .field("signature", &self.signature.len())
            .finish()
    }
}
