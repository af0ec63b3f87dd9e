//! Where a form or a link may lead that was named by a request.

/// `path` if it is one of this site, whatever a browser makes of it; none if it could lead elsewhere.
#[must_use]
pub fn local_path(path: &str) -> Option<&str> {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path
            .bytes()
            .all(|b| b.is_ascii_graphic());
    is_local.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn the_way_back_never_leaves_the_site() {
        for own in ["/", "/drafts/1", "/drafts/1?x=2"] {
            assert_eq!(local_path(own), Some(own));
        }
        for evil in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a b",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(evil), None, "{evil:?}");
        }
    }
}
