//! What the module is told to do: by its files, and by one variable of the environment.
//!
//! `$XDG_CONFIG_HOME/shirushi/pkcs11.conf` (`~/.config/…`), or `/etc/shirushi/pkcs11.conf` when that is absent; lines `key = value`. A
//! program that runs with more rights than its user (set-user-id) obeys `/etc` alone.

use crate::host::is_browser;
use shirushi_card::Credential;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The variable that says which tokens there are, over all files.
const TOKENS_VARIABLE: &str = "SHIRUSHI_PKCS11_TOKENS";

/// What the module is told to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which of a card's two tokens there are.
    pub tokens: Tokens,
    /// What happens when one try is left.
    pub last_try: LastTry,
    /// What a log-in to the signature token is good for.
    pub signature_login: SignatureLogin,
    /// Whether RSA-PSS is offered.
    pub pss: Pss,
    /// Only readers whose name contains this.
    pub reader: Option<String>,
    /// A software card's file, instead of the machine's readers.
    pub card: Option<PathBuf>,
}

/// Which of a card's two tokens there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokens {
    /// User authentication alone.
    Authentication,
    /// Digital signature alone.
    Signature,
    /// Both.
    #[default]
    Both,
}

/// What C_Login and C_SetPIN do when one try is left: a program of others cannot ask for a typed confirmation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastTry {
    /// They refuse; the try stays.
    #[default]
    Refused,
    /// They spend it.
    Allowed,
}

/// What a log-in to the signature token (CKU_USER) is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureLogin {
    /// To see what is on it. Each signature takes the password again (CKU_CONTEXT_SPECIFIC).
    #[default]
    See,
    /// For one signature, too: some programs know no other log-in (pyHanko, Java). The password is kept until then.
    SignOnce,
}

/// Whether RSA-PSS is offered: every card is known to sign by PKCS#1 v1.5 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pss {
    /// Until the card refuses the first such signature that a program wants.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The process that has loaded the module, as far as settings depend on it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Its program.
    pub program: PathBuf,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// The folder of the machine's configuration.
    pub machine: PathBuf,
    /// `SHIRUSHI_PKCS11_TOKENS`.
    pub tokens: Option<String>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line says nothing that is known.
    #[error(
        "{path}, line {line}: `key = value` with the keys tokens, signature-login, last-try, pss, reader, card"
    )]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The variable has another value than those there are.
    #[error("{TOKENS_VARIABLE} is none of auth, sign, both")]
    Variable,
}

impl Environment {
    /// That of this process. `is_privileged`: it has more rights than its user, who must not tell it what to do then.
    #[must_use]
    pub fn of_this_process(is_privileged: bool) -> Self {
        let variable = |name| std::env::var_os(name).filter(|_| !is_privileged);
        Self {
            program: std::env::current_exe().unwrap_or_default(),
            config_home: variable("XDG_CONFIG_HOME").map(PathBuf::from),
            home: variable("HOME").map(PathBuf::from),
            machine: PathBuf::from("/etc"),
            tokens: variable(TOKENS_VARIABLE).map(|value| value.to_string_lossy().into_owned()),
        }
    }

    /// The settings for this process.
    ///
    /// # Errors
    /// [`SettingsError`]: a file that is misunderstood must not decide whether a password is asked for.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let users = match (&self.config_home, &self.home) {
            (Some(folder), _) => Some(folder.clone()),
            (None, Some(home)) => Some(home.join(".config")),
            (None, None) => None,
        };
        let file = users
            .iter()
            .chain([&self.machine])
            .map(|folder| folder.join("shirushi/pkcs11.conf"))
            .find(|path| path.exists());
        let mut written = match file {
            Some(path) => Written::read(&path)?,
            None => Written::default(),
        };
        if let Some(value) = &self.tokens {
            written.tokens = Some(Tokens::parse(value).ok_or(SettingsError::Variable)?);
        }
        Ok(Settings {
            tokens: written
                .tokens
                .unwrap_or_else(|| self.usual_tokens()),
            last_try: written.last_try,
            signature_login: written.signature_login,
            pss: written.pss,
            reader: written.reader,
            card: written.card,
        })
    }

    /// Browsers ask for the PIN of every token they see.
    fn usual_tokens(&self) -> Tokens {
        match is_browser(&self.program) {
            true => Tokens::Authentication,
            false => Tokens::Both,
        }
    }
}

impl Tokens {
    /// Whether this token is there.
    #[must_use]
    pub fn include(self, credential: Credential) -> bool {
        match self {
            Self::Both => true,
            Self::Authentication => credential == Credential::Authentication,
            Self::Signature => credential == Credential::Signature,
        }
    }

    fn parse(value: &str) -> Option<Self> {
        match value {
            "auth" => Some(Self::Authentication),
            "sign" => Some(Self::Signature),
            "both" => Some(Self::Both),
            _ => None,
        }
    }
}

/// What a file says.
#[derive(Default)]
struct Written {
    tokens: Option<Tokens>,
    last_try: LastTry,
    signature_login: SignatureLogin,
    pss: Pss,
    reader: Option<String>,
    card: Option<PathBuf>,
}

impl Written {
    fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::File {
            path: path.to_owned(),
            source,
        })?;
        // Some editors begin every file with a byte order mark.
        let text = text
            .strip_prefix('\u{FEFF}')
            .unwrap_or(&text);
        let mut written = Self::default();
        for (line, text) in text.lines().enumerate() {
            written
                .line(text.trim())
                .ok_or_else(|| SettingsError::Line {
                    path: path.to_owned(),
                    line: line + 1,
                })?;
        }
        Ok(written)
    }

    fn line(&mut self, text: &str) -> Option<()> {
        if text.is_empty() || text.starts_with('#') {
            return Some(());
        }
        let (key, value) = text.split_once('=')?;
        let value = value.trim();
        match (key.trim(), value) {
            (_, "") => return None,
            // As if the line were not there.
            ("tokens", "auto") => self.tokens = None,
            ("tokens", value) => self.tokens = Some(Tokens::parse(value)?),
            ("last-try", "refuse") => self.last_try = LastTry::Refused,
            ("last-try", "allow") => self.last_try = LastTry::Allowed,
            ("signature-login", "see") => self.signature_login = SignatureLogin::See,
            ("signature-login", "sign-once") => self.signature_login = SignatureLogin::SignOnce,
            ("pss", "auto") => self.pss = Pss::Auto,
            ("pss", "on") => self.pss = Pss::On,
            ("pss", "off") => self.pss = Pss::Off,
            ("reader", value) => self.reader = Some(value.to_owned()),
            ("card", value) => self.card = Some(PathBuf::from(value)),
            _ => return None,
        }
        Some(())
    }
}
