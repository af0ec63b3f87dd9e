//! One endpoint.

use crate::Body;
use shirushi_rules::Rule;
use std::{fmt, marker::PhantomData};

/// What is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads, and changes nothing.
    Get,
    /// Does something.
    Post,
}

/// Whom an endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Everybody.
    Anyone,
    /// Services of these roles: known by mutual TLS from machine to machine, and by a token within one process.
    Roles(&'static [&'static str]),
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In braces in the path.
    Path,
    /// After the question mark.
    Query,
    /// The same, and it can be left out.
    QueryIfAny,
}

/// What a parameter looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// What this regular expression (ECMA-262) matches.
    Pattern(&'static str),
}

/// A name in the path or the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: &'static str,
    /// Where.
    pub place: Place,
    /// Its form.
    pub shape: Shape,
    /// What it means.
    pub means: &'static str,
}

/// All of an endpoint but the types of what is said.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The method.
    pub method: Method,
    /// The path, names in braces.
    pub path: &'static str,
    /// What it is for, in a sentence.
    pub summary: &'static str,
    /// Whom it answers.
    pub caller: Caller,
    /// The largest body that is taken, in bytes; nothing is taken where it is 0.
    pub limit: usize,
    /// The status of the answer.
    pub success: u16,
    /// Statuses without a body.
    pub bare: &'static [u16],
    /// Further statuses that bear what is answered.
    pub answered_too: &'static [u16],
    /// Whether what is asked for may be absent (404).
    pub may_be_absent: bool,
    /// The names in path and query.
    pub parameters: &'static [Parameter],
    /// Rules that can refuse it (422), besides those of every body.
    pub rules: &'static [&'static Rule],
}

/// An endpoint that takes `Q` and answers `A`.
pub struct Endpoint<Q, A> {
    /// What is to be known of it.
    pub about: About,
    types: PhantomData<fn(Q) -> A>,
}

impl<Q, A> Endpoint<Q, A> {
    const fn new(method: Method, path: &'static str, summary: &'static str, limit: usize) -> Self {
        Self {
            about: About {
                method,
                path,
                summary,
                caller: Caller::Anyone,
                limit,
                success: 200,
                bare: &[],
                answered_too: &[],
                may_be_absent: false,
                parameters: &[],
                rules: &[],
            },
            types: PhantomData,
        }
    }

    /// One that reads.
    #[must_use]
    pub const fn get(path: &'static str, summary: &'static str) -> Self {
        Self::new(Method::Get, path, summary, 0)
    }

    /// One that takes a body of at most so many bytes.
    #[must_use]
    pub const fn post(path: &'static str, summary: &'static str, limit: usize) -> Self {
        Self::new(Method::Post, path, summary, limit)
    }

    /// The same, for services of these roles alone.
    #[must_use]
    pub const fn for_roles(mut self, roles: &'static [&'static str]) -> Self {
        self.about.caller = Caller::Roles(roles);
        self
    }

    /// The same, with this status for what it answers.
    #[must_use]
    pub const fn answering(mut self, status: u16) -> Self {
        self.about.success = status;
        self
    }

    /// The same, whose answer may come with these statuses too.
    #[must_use]
    pub const fn answering_too(mut self, statuses: &'static [u16]) -> Self {
        self.about.answered_too = statuses;
        self
    }

    /// The same, which may also answer these statuses and nothing with them.
    #[must_use]
    pub const fn bare(mut self, statuses: &'static [u16]) -> Self {
        self.about.bare = statuses;
        self
    }

    /// The same, whose object need not be there.
    #[must_use]
    pub const fn absent_if_unknown(mut self) -> Self {
        self.about.may_be_absent = true;
        self
    }

    /// The same, with these names in path and query.
    #[must_use]
    pub const fn with(mut self, parameters: &'static [Parameter]) -> Self {
        self.about.parameters = parameters;
        self
    }

    /// The same, which these rules can refuse.
    #[must_use]
    pub const fn refused_by(mut self, rules: &'static [&'static Rule]) -> Self {
        self.about.rules = rules;
        self
    }

    /// The path, with these in place of the names in braces, in order.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> String {
        let mut path = String::new();
        let mut names = names.iter();
        for part in self.about.path.split_inclusive('/') {
            match part
                .starts_with('{')
                .then(|| names.next())
                .flatten()
            {
                Some(name) => {
                    path.push_str(name);
                    if part.ends_with('/') {
                        path.push('/');
                    }
                }
                None => path.push_str(part),
            }
        }
        path
    }
}

impl<Q, A> fmt::Debug for Endpoint<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.about.method, self.about.path)
    }
}

/// An endpoint, whatever is said there.
pub trait Operation: Sync {
    /// What is to be known of it.
    fn about(&self) -> &About;

    /// Media types of what it takes, with their schemas.
    #[cfg(feature = "describe")]
    fn takes(&self, schemas: &mut schemars::SchemaGenerator) -> crate::body::Contents;

    /// Media types of what it answers, with their schemas.
    #[cfg(feature = "describe")]
    fn answers(&self, schemas: &mut schemars::SchemaGenerator) -> crate::body::Contents;
}

impl<Q: Body, A: Body> Operation for Endpoint<Q, A> {
    fn about(&self) -> &About {
        &self.about
    }

    #[cfg(feature = "describe")]
    fn takes(&self, schemas: &mut schemars::SchemaGenerator) -> crate::body::Contents {
        Q::contents(schemas)
    }

    #[cfg(feature = "describe")]
    fn answers(&self, schemas: &mut schemars::SchemaGenerator) -> crate::body::Contents {
        A::contents(schemas)
    }
}
