//! The sandbox's own faces.

pub(crate) mod desk;
pub(crate) mod practice;
pub(crate) mod sandbox;
pub(crate) mod start;
