//! The HTTP faces of the parties that have none of their own.

pub(crate) mod authority;
pub(crate) mod desk;
pub(crate) mod holders;
pub(crate) mod practice;
pub(crate) mod records;
pub(crate) mod register;
pub(crate) mod responder;
pub(crate) mod sandbox;
pub(crate) mod start;
