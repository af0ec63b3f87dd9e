//! The two PKCS#11 modules that foreign programs are given: OpenSC's, and ours. Their objects bear the same names and identifiers, so
//! what is asked of one is asked of the other.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    desk::library,
};

/// A module.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) auth: Token,
    pub(crate) sign: Token,
}

/// A token of a card, and its holder's objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// The word of [`crate::city::CERTIFICATES`].
    pub(crate) word: &'static str,
    pub(crate) label: &'static str,
    pub(crate) pin: &'static str,
    /// CKA_ID of key and certificate, in hexadecimal.
    pub(crate) id: &'static str,
    pub(crate) key: &'static str,
    pub(crate) certificate: &'static str,
}

impl Module {
    /// Debian's OpenSC.
    pub(crate) fn opensc() -> Self {
        Self {
            path: library("opensc-pkcs11.so"),
            auth: auth("JPKI (User Authentication PIN)"),
            sign: sign("JPKI (Digital Signature PIN)"),
        }
    }

    /// Debian's OpenSC without the signature token, as browsers should have it.
    pub(crate) fn opensc_for_browsers() -> Self {
        Self {
            path: library("onepin-opensc-pkcs11.so"),
            ..Self::opensc()
        }
    }

    /// Ours, which cargo has built beside this test.
    pub(crate) fn ours() -> Self {
        let test = std::env::current_exe().unwrap();
        let path = test.with_file_name("libshirushi_pkcs11.so");
        assert!(path.is_file(), "{} was not built", path.display());
        Self {
            path: path
                .into_os_string()
                .into_string()
                .unwrap(),
            auth: auth("JPKI User Authentication"),
            sign: sign("JPKI Digital Signature"),
        }
    }

    pub(crate) fn tokens(&self) -> [Token; 2] {
        [self.auth, self.sign]
    }
}

impl Token {
    /// The `pkcs11:` address (RFC 7512) of an object: `private`, `cert`.
    pub(crate) fn url(&self, kind: &str) -> String {
        let label = self
            .label
            .replace(' ', "%20")
            .replace('(', "%28")
            .replace(')', "%29");
        format!("pkcs11:token={label};id=%{};type={kind}", self.id)
    }
}

fn auth(label: &'static str) -> Token {
    Token {
        word: "auth",
        label,
        pin: AUTHENTICATION_PIN,
        id: "01",
        key: "User Authentication Key",
        certificate: "User Authentication Certificate",
    }
}

fn sign(label: &'static str) -> Token {
    Token {
        word: "sign",
        label,
        pin: SIGNATURE_PASSWORD,
        id: "02",
        key: "Digital Signature Key",
        certificate: "Digital Signature Certificate",
    }
}
