//! Answers that are no success, as JSON in both languages.

use crate::machine;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shirushi_crypto::{Random as _, SystemRandom};
use shirushi_roles::PeerRefused;
use shirushi_rules::{Bilingual, InBoth, Refusal, RefusalReport, SIZE_LIMIT, SourceClass};
use shirushi_store::FaultKind;
use std::{error::Error, fmt};

/// A refusal as an answer: 422 with its [`RefusalReport`](shirushi_rules::RefusalReport), 413 where the body was too large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Refusal);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = if self.0.rule() == &SIZE_LIMIT {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let mut response = passed_on(self.0.report());
        *response.status_mut() = status;
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// Why a request is not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// 421: the request is for a host that this service is not (RFC 9110 §15.5.20).
    Misdirected,
    /// 405: the route exists, for another method.
    MethodNotAllowed,
    /// 415: the body is of another media type than the one named.
    MediaType(&'static str),
    /// 401: no bearer token, or a wrong one (RFC 6750 §3).
    NotAuthorized,
    /// 403: the other end of the connection is no service of a role that may ask this, or is none any more.
    Peer(Box<PeerRefused>),
    /// 404.
    NotFound,
    /// 422 or 413: a rule refused.
    Refused(Box<Refusal>),
    /// 503: something this service needs does not answer now.
    Unavailable(Incident),
    /// 503: the machine under this service's records refuses. Nothing is lost, and nothing is taken until it is mended.
    Machine(FaultKind, Incident),
    /// 500: a fault of this service.
    Internal(Incident),
}

/// A refusal by another party, as it came, to be answered as one's own: as a page where a page is asked for.
#[must_use]
pub fn passed_on(report: RefusalReport) -> Response {
    let told = Told {
        reason: report.reason.clone(),
        remedy: report.remedy.clone(),
        rule: Some((report.rule.clone(), report.source, report.citation.clone())),
        incident: None,
        kept: None,
    };
    let mut response = (StatusCode::UNPROCESSABLE_ENTITY, Json(report)).into_response();
    response.extensions_mut().insert(told);
    response
}

/// The name under which a fault stands in the log. It says nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident(String);

/// What an answer in JSON tells, for the page that a person is shown in its place.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) reason: InBoth,
    pub(crate) remedy: InBoth,
    /// Id, class and citation.
    pub(crate) rule: Option<(String, SourceClass, String)>,
    pub(crate) incident: Option<String>,
    /// Where what was typed is kept.
    pub(crate) kept: Option<Kept>,
}

/// Where what was typed into a form stands that was not taken.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) address: String,
    /// Whether the address leads through the log-in.
    pub(crate) is_behind_log_in: bool,
}

/// What is answered for a [`Problem`] that is no refusal (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemReport {
    /// Stable name of the problem, kebab-case.
    pub problem: String,
    /// What happened.
    pub reason: InBoth,
    /// What to do.
    pub remedy: InBoth,
    /// The number to tell the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

impl Problem {
    /// A fault of this service: the cause is logged with all its sources, and the asker is told an incident number only. What lies
    /// behind it decides: a full disk is told as one ([`Problem::Machine`]), since nobody but the operator can do something.
    #[must_use]
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        let incident = Incident::log(cause);
        match machine::fault(cause) {
            Some(kind) => Self::Machine(kind, incident),
            None => Self::Internal(incident),
        }
    }

    /// Something this service needs does not answer: logged and told like [`Problem::internal`].
    #[must_use]
    pub fn unavailable(cause: &(dyn Error + 'static)) -> Self {
        let incident = Incident::log(cause);
        match machine::fault(cause) {
            Some(kind) => Self::Machine(kind, incident),
            None => Self::Unavailable(incident),
        }
    }

    fn words(&self) -> (StatusCode, &'static str, Bilingual, Bilingual) {
        let ask_the_operator = Bilingual {
            ja: "しばらくしてからやり直し、続くときは受付番号を運用者に知らせてください。",
            en: "Try again later; if it persists, tell the operator the incident number.",
        };
        match self {
            Self::Misdirected => (
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected",
                Bilingual {
                    ja: "この名前のサービスはここにはありません。",
                    en: "There is no service under this host name here.",
                },
                Bilingual {
                    ja: "設定されたアドレスで開いてください。",
                    en: "Use the address that is configured.",
                },
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                Bilingual {
                    ja: "このアドレスでは、そのメソッドを使えません。",
                    en: "This address does not take that method.",
                },
                Bilingual {
                    ja: "Allowヘッダーにあるメソッドを使ってください。",
                    en: "Use a method named in the Allow header.",
                },
            ),
            Self::MediaType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                Bilingual {
                    ja: "本文の形式（Content-Type）が違います。",
                    en: "The body has another Content-Type than this address takes.",
                },
                Bilingual {
                    ja: "Acceptヘッダーにある形式で送ってください。",
                    en: "Send the media type named in the Accept header.",
                },
            ),
            Self::NotAuthorized => (
                StatusCode::UNAUTHORIZED,
                "not-authorized",
                Bilingual {
                    ja: "呼び出し元を確認できません。",
                    en: "The caller could not be recognised.",
                },
                Bilingual {
                    ja: "設定されたトークンを付けて呼び出してください。",
                    en: "Call with the token that is configured.",
                },
            ),
            // The reason is the refusal's own.
            Self::Peer(_) => (
                StatusCode::FORBIDDEN,
                "peer-refused",
                Bilingual {
                    ja: "呼び出したサービスは、ここで許された役割のものではありません。",
                    en: "The service that asks has no role that may ask here.",
                },
                Bilingual {
                    ja: "運用者は、呼び出したサービスの証明書を shirushi role list で確かめてください。",
                    en: "The operator looks at the certificate of the service that asks, with `shirushi role list`.",
                },
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "not-found",
                Bilingual {
                    ja: "お探しのものはありません。",
                    en: "There is nothing here.",
                },
                Bilingual {
                    ja: "アドレスを確かめてください。",
                    en: "Check the address.",
                },
            ),
            Self::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                Bilingual {
                    ja: "必要なサービスが今は応答していません。",
                    en: "A service that is needed does not answer now.",
                },
                ask_the_operator,
            ),
            Self::Machine(kind, _) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "cannot-record",
                Bilingual {
                    ja: "記録を保存できないため、受け付けられません。何も失われていません。",
                    en: "Nothing can be recorded now, so nothing is accepted. Nothing is lost.",
                },
                machine::remedy(*kind),
            ),
            // A refusal has its own report; here it would be a fault of the house.
            Self::Internal(_) | Self::Refused(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                Bilingual {
                    ja: "サービスの内部で障害が起きました。",
                    en: "A fault happened inside this service.",
                },
                ask_the_operator,
            ),
        }
    }

    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::MediaType(wanted) => Some((header::ACCEPT, HeaderValue::from_static(wanted))),
            Self::NotAuthorized => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, problem, reason, remedy) = self.words();
        let header = self.header();
        let (problem, reason) = match &self {
            Self::Peer(refused) => (format!("peer-{}", refused.why.code()), refused.in_both()),
            _ => (problem.to_owned(), in_both(reason)),
        };
        let incident = match self {
            Self::Refused(refusal) => return Refused(*refusal).into_response(),
            Self::Internal(incident) | Self::Unavailable(incident) | Self::Machine(_, incident) => {
                Some(incident.0)
            }
            _ => None,
        };
        let report = ProblemReport {
            problem,
            reason,
            remedy: in_both(remedy),
            incident,
        };
        let told = Told {
            reason: report.reason.clone(),
            remedy: report.remedy.clone(),
            rule: None,
            incident: report.incident.clone(),
            kept: None,
        };
        let mut response = (status, Json(report)).into_response();
        response.extensions_mut().insert(told);
        if let Some((name, value)) = header {
            response
                .headers_mut()
                .insert(name, value);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Incident {
    /// Logs `cause` with all its sources under a new number. The number is drawn from the operating system: it names a line
    /// of a log and nothing is decided by it.
    #[must_use]
    pub fn log(cause: &dyn Error) -> Self {
        let incident = Self::new();
        tracing::error!(%incident, cause = %Chain(cause), "internal fault");
        incident
    }

    pub(crate) fn log_panic() -> Self {
        let incident = Self::new();
        tracing::error!(%incident, "a handler panicked");
        incident
    }

    fn new() -> Self {
        Self(hex::encode(SystemRandom.bytes::<5>()))
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An error and its sources on one line.
struct Chain<'e>(&'e dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

fn in_both(text: Bilingual) -> InBoth {
    InBoth {
        ja: text.ja.to_owned(),
        en: text.en.to_owned(),
    }
}
