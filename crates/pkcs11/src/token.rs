//! The two tokens of a card, by what programs are told of them.

use shirushi_card::Credential;

/// What is told of a token and of its objects.
pub(crate) struct Profile {
    /// Its label. ASCII: `pkcs11:` addresses, configuration files and command lines name it.
    pub(crate) label: &'static str,
    /// Fewest and most characters of its PIN.
    pub(crate) pin_length: (usize, usize),
    /// CKA_ID of key and certificate: fixed, as OpenSC has them, so that commands can name them.
    pub(crate) id: u8,
    /// CKA_ID of the CA's certificate.
    pub(crate) ca_id: u8,
    /// Label of the private and the public key.
    pub(crate) key_label: &'static str,
    /// Label of the holder's certificate.
    pub(crate) certificate_label: &'static str,
    /// Label of the CA's certificate.
    pub(crate) ca_label: &'static str,
    /// Whether the PIN must be given for each use of the key.
    pub(crate) is_always_authenticated: bool,
}

static AUTHENTICATION: Profile = Profile {
    label: "JPKI User Authentication",
    pin_length: (4, 4),
    id: 1,
    ca_id: 3,
    key_label: "User Authentication Key",
    certificate_label: "User Authentication Certificate",
    ca_label: "User Authentication Certificate CA",
    is_always_authenticated: false,
};

static SIGNATURE: Profile = Profile {
    label: "JPKI Digital Signature",
    pin_length: (6, 16),
    id: 2,
    ca_id: 4,
    key_label: "Digital Signature Key",
    certificate_label: "Digital Signature Certificate",
    ca_label: "Digital Signature Certificate CA",
    is_always_authenticated: true,
};

/// What is told of the token with this credential's key.
pub(crate) fn profile(credential: Credential) -> &'static Profile {
    match credential {
        Credential::Authentication => &AUTHENTICATION,
        Credential::Signature => &SIGNATURE,
    }
}
