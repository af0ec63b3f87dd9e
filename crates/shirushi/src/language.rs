//! The language of help and progress, by locale.

use shirushi_rules::InBoth;

/// A language that help is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Japanese,
    English,
}

impl Language {
    /// By the first of LC_ALL, LC_MESSAGES and LANG that is set, as POSIX has it.
    pub(crate) fn of_locale() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of(locale.as_deref().unwrap_or_default())
    }

    fn of(locale: &str) -> Self {
        if locale == "ja" || locale.starts_with("ja_") || locale.starts_with("ja.") {
            Self::Japanese
        } else {
            Self::English
        }
    }

    /// The same, as rules speak.
    pub(crate) fn of_rules(self) -> shirushi_rules::Language {
        match self {
            Self::Japanese => shirushi_rules::Language::Japanese,
            Self::English => shirushi_rules::Language::English,
        }
    }

    /// The one of two texts that came from elsewhere that is in this language.
    pub(crate) fn of_both(self, text: &InBoth) -> &str {
        match self {
            Self::Japanese => &text.ja,
            Self::English => &text.en,
        }
    }

    /// The one of two texts that is in this language.
    pub(crate) fn pick(self, ja: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Japanese => ja,
            Self::English => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_japanese_locales_are_japanese() {
        for locale in ["ja", "ja_JP.UTF-8", "ja.UTF-8"] {
            assert_eq!(Language::of(locale), Language::Japanese, "{locale}");
        }
        for locale in ["", "C", "C.UTF-8", "en_US.UTF-8", "jam_JM"] {
            assert_eq!(Language::of(locale), Language::English, "{locale}");
        }
    }
}
