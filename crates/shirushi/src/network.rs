//! HTTP to responders, lists and authorities.

use crate::failure::Failure;
pub(crate) use shirushi_client::{
    Http,
    network::{client, innermost},
};

/// The client, on the runtime in which this is called.
///
/// # Errors
/// [`Failure::Http`].
pub(crate) fn http() -> Result<Http, Failure> {
    Http::new().map_err(Failure::Http)
}
