//! The document of a filing.
