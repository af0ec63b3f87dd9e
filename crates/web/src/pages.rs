//! Pages for people: one site at one origin, its visitors, its forms, and its errors as pages.
//!
//! A site builds its routes and has them wrapped by [`Site::wrap`]. A handler takes a [`Visit`] and gives back a [`Page`] or a
//! [`Problem`]; the problem becomes a page that says what happened and what to do. What is sent by a form is
//! taken as [`Fields`], which exist only when the form came from a page of this site in this session.
//!
//! Paths below `/agent/` are for the agent, not for browsers: they see no cookies and answer JSON.

mod asked;
mod assets;
mod closed;
mod fields;
mod guard;
mod held;
mod layout;
mod local;
mod posted;
mod site;
mod visit;

pub use closed::closed;
pub use fields::{Fields, TypedFields, holds_secret, require_token};
pub use held::HeldForms;
pub use layout::Page;
pub use local::local_path;
pub use posted::keeping_form;
pub use site::{Link, Site, SiteConfig, UnfitOrigin};
pub use visit::{OpenedRoom, Visit};
pub(crate) use {asked::WORDS, posted::WHO};
