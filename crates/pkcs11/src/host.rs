//! Which program has loaded the module.

use std::path::Path;

/// Beginnings of the names of browsers' programs, and of others that ask every token of a module for its PIN on a site's or a
/// sender's behalf. `p11-kit` hands modules into sandboxes, where browsers are.
const BROWSERS: [&str; 24] = [
    "brave",
    "chrome",
    "chromium",
    "epiphany",
    "falkon",
    "firefox",
    "floorp",
    "google-chrome",
    "icecat",
    "konqueror",
    "librewolf",
    "microsoft-edge",
    "midori",
    "msedge",
    "opera",
    "p11-kit-remote",
    "p11-kit-server",
    "palemoon",
    "qtwebengineprocess",
    "seamonkey",
    "thunderbird",
    "vivaldi",
    "waterfox",
    "webkitnetworkprocess",
];

/// What lies beside a browser's program whatever its name is: Gecko's library, Chromium's start image.
const ENGINES: [&str; 3] = ["libxul.so", "v8_context_snapshot.bin", "snapshot_blob.bin"];

/// Whether the program is a browser, or built as one: by its name, or by what lies beside it.
#[must_use]
pub fn is_browser(program: &Path) -> bool {
    let name = program
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let is_named = BROWSERS
        .iter()
        .any(|browser| name.starts_with(browser));
    is_named
        || program.parent().is_some_and(|folder| {
            ENGINES
                .iter()
                .any(|engine| folder.join(engine).exists())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_name() {
        for program in [
            "/usr/lib/chromium/chromium",
            "/opt/google/chrome/chrome",
            "/usr/lib/firefox-esr/firefox-esr",
            "/opt/brave.com/brave/brave",
            "/usr/libexec/p11-kit/p11-kit-remote",
            "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/WebKitNetworkProcess",
        ] {
            assert!(is_browser(Path::new(program)), "{program}");
        }
        for program in [
            "/usr/lib/libreoffice/program/soffice.bin",
            "/usr/bin/pkcs11-tool",
            "/usr/bin/ssh",
            "/usr/lib/jvm/java-17/bin/java",
            "",
        ] {
            assert!(!is_browser(Path::new(program)), "{program}");
        }
    }

    #[test]
    fn a_browser_of_another_name_is_known_by_its_engine() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("walker");
        assert!(!is_browser(&program));
        std::fs::write(folder.path().join("libxul.so"), "").unwrap();
        assert!(is_browser(&program));
    }
}
