//! What a form sends.

use super::{Visit, asked::WORDS, posted::WHO};
use crate::Problem;
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    http::header,
};
use shirushi_crypto::Secret;
use shirushi_rules::{Bilingual, Facts, Refusal, SIZE_LIMIT, WELL_FORMED};
use shirushi_wire::require_readable;

/// The longest form, in bytes.
const LONGEST: usize = 64 * 1024;

/// The fields of a form (`application/x-www-form-urlencoded`) that came from a page of this site in this session. Each may be a
/// PIN or a password: they are wiped when dropped, and `Debug` shows their names only.
pub struct Fields(Vec<(String, Secret)>);

impl Fields {
    /// The most fields of a form.
    pub(crate) const MOST: usize = 500;
    /// The field that ties a form to its session.
    pub(crate) const TOKEN: &'static str = "form-token";

    /// The first value of a field, without the white space around it; empty when the field is absent or is no UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }

    /// All values of a field, without the white space around them.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let values: Vec<&'f str> = self
            .0
            .iter()
            .filter(|(found, _)| found == name)
            .filter_map(|(_, value)| std::str::from_utf8(value.expose()).ok())
            .map(str::trim)
            .collect();
        values.into_iter()
    }

    /// Whether the field was sent, as a chosen checkbox or button is.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|(found, _)| found == name)
    }

    /// The first value of a field, exactly as it was typed.
    #[must_use]
    pub fn secret(&self, name: &str) -> Secret {
        self.0
            .iter()
            .find(|(found, _)| found == name)
            .map_or_else(
                || Secret::new(Vec::new()),
                |(_, value)| Secret::from(value.expose()),
            )
    }

    /// The names and values in their order, without those that the page has put there itself.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| !is_own(name))
            .filter_map(|(name, value)| {
                Some((name.as_str(), std::str::from_utf8(value.expose()).ok()?))
            })
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The same for a page that shows its form again with what is wrong: whoever takes them looks himself whether each text may be put in
/// ([`shirushi_wire::require_readable`]), and nothing that was typed is lost.
#[derive(Debug)]
pub struct TypedFields(pub Fields);

/// Fields whose values are secrets: what counts is exactly what was typed, and nobody reads it.
const SECRETS: [&str; 9] = [
    "again",
    "authentication",
    "authentication-again",
    "new",
    "new-again",
    "password",
    "pin",
    "signature",
    "signature-again",
];

/// Whether the page itself has put a field of this name there.
pub(crate) fn is_own(name: &str) -> bool {
    [Fields::TOKEN, WHO, WORDS].contains(&name)
}

/// Whether a field of this name holds a secret, whichever page has it: it is taken as it was typed, and never shown again.
#[must_use]
pub fn holds_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let TypedFields(fields) = TypedFields::from_request(request, state).await?;
        for (name, value) in fields.iter() {
            if !holds_secret(name) {
                require_readable(name, value, true)?;
            }
        }
        Ok(fields)
    }
}

impl<S: Send + Sync> FromRequest<S> for TypedFields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let visit = request
            .extensions()
            .get::<Visit>()
            .cloned()
            .ok_or(Problem::NotFound)?;
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|essence| {
                essence
                    .trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Err(Problem::MediaType("application/x-www-form-urlencoded"));
        }
        let body = read(request.into_body()).await?;
        let mut fields = Vec::new();
        for (name, value) in form_urlencoded::parse(body.expose()) {
            if fields.len() == Fields::MOST {
                return Err(WELL_FORMED
                    .refusal(Facts::new().and("where", "form").and(
                        "fault",
                        Bilingual::new("項目が多すぎます", "too many fields"),
                    ))
                    .into());
            }
            fields.push((
                name.into_owned(),
                Secret::new(value.into_owned().into_bytes()),
            ));
        }
        let fields = Fields(fields);
        visit.require_token(fields.text(Fields::TOKEN))?;
        Ok(Self(fields))
    }
}

/// That the first part of a form with files was this token; see [`Fields`] for other forms.
///
/// # Errors
/// A [`Refusal`] by `PAGE_OF_THIS_SESSION`.
pub fn require_token(visit: &Visit, name: Option<&str>, value: &str) -> Result<(), Refusal> {
    visit.require_token(if name == Some(Fields::TOKEN) {
        value
    } else {
        ""
    })
}

async fn read(body: Body) -> Result<Secret, Problem> {
    let bytes = to_bytes(body, LONGEST)
        .await
        .map_err(|_| {
            Problem::from(
                SIZE_LIMIT.refusal(
                    Facts::new()
                        .and("limit", LONGEST)
                        .and("size", format!("> {LONGEST}")),
                ),
            )
        })?;
    Ok(Secret::new(bytes.into()))
}
