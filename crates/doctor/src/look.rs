//! The looking, place by place.

pub(crate) mod agent;
pub(crate) mod browsers;
pub(crate) mod card;
pub(crate) mod certificates;
pub(crate) mod files;
pub(crate) mod machine;
pub(crate) mod modules;
pub(crate) mod pcscd;
pub(crate) mod readers;
pub(crate) mod status;
