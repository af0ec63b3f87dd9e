//! What every HTTP service of the house shares: which hosts it answers to, how large a body may be, how a refusal is
//! answered, and that nothing of the inside is told to the outside.
//!
//! A service builds its routes and wraps them once in a [`Face`]; [`serve`] runs it on this machine, and [`serve_tls`] behind a [`TlsDoor`]
//! for others: services of known roles ([`with_role`]), or people. A handler gives
//! `Result<…, Problem>`: a [`Refusal`](shirushi_rules::Refusal) becomes its report in both languages, everything else
//! becomes an incident number whose cause is in the log alone.
//!
//! Pages for people are a [`Site`]'s, made of the parts in [`ui`]; what a site asks of the agent goes through [`Errands`].
#![forbid(unsafe_code)]

mod address;
mod bearer;
mod body;
mod by_host;
mod caller;
mod contract;
mod errands;
mod face;
mod headers;
mod host;
mod known_browser;
mod lane;
mod machine;
mod pages;
mod problem;
mod role;
mod serve;
mod service;
mod status;
mod tls;
pub mod ui;

pub use address::{Path, Query};
pub use bearer::{BearerToken, UnfitToken, with_bearer};
pub use body::{Json, with_body_limit, with_streamed_limit};
pub use by_host::by_host;
pub use caller::Caller;
pub use contract::{Answers, Gives, Serve, Takes, description};
pub use errands::{Agreed, Errands, Giver, errand_routes};
pub use face::Face;
pub use host::{AllowedHosts, NotAnAuthority};
pub use known_browser::KnownBrowser;
pub use lane::{Lane, Turn};
pub use machine::{fault as machine_fault, remedy as machine_remedy};
pub use maud;
pub use pages::{
    Fields, HeldForms, Link, OpenedRoom, Page, Site, SiteConfig, TypedFields, UnfitOrigin, Visit,
    closed, holds_secret, keeping_form, local_path, require_token,
};
pub use problem::{Incident, Problem, ProblemReport, Refused, passed_on};
pub use role::with_role;
pub use serve::{
    Deadlines, Doormen, House, Seats, ServeError, TooFewDescriptors, serve, serve_signed_data,
    serve_tls,
};
pub use service::{Entry, Running, Service, Task, Tasks};
pub use status::{Besides, Check, StatusReport, status, status_of_store};
pub use tls::{TlsDoor, TlsFileError};
