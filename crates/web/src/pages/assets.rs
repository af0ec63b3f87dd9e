//! The few files that every page loads. They are part of the program and change with it only.

use crate::Problem;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};

/// File name, media type, content. The names carry the version, so browsers keep them for good.
const FILES: [(&str, &str, &str); 3] = [
    (
        STYLE,
        "text/css; charset=utf-8",
        include_str!("../assets/page.css"),
    ),
    (
        SCRIPT,
        "text/javascript; charset=utf-8",
        include_str!("../assets/page.js"),
    ),
    (ICON, "image/svg+xml", include_str!("../assets/icon.svg")),
];

pub(crate) const STYLE: &str = concat!("page-", env!("CARGO_PKG_VERSION"), ".css");
pub(crate) const ICON: &str = concat!("icon-", env!("CARGO_PKG_VERSION"), ".svg");
pub(crate) const SCRIPT: &str = concat!("page-", env!("CARGO_PKG_VERSION"), ".js");

pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let (_, kind, content) = FILES
        .into_iter()
        .find(|(file, _, _)| *file == name)
        .ok_or(Problem::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        // Revalidated in a minute: a build of the same version may have another style.
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, content).into_response())
}
