//! The portal.
#![forbid(unsafe_code)]
