//! A module with a card in its reader, and what programs do with it.

use crate::{
    cards::{FIRST, PASSWORD, PIN},
    tray::Tray,
};
use cryptoki_sys::*;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use shirushi_pkcs11::{
    Chosen, Fault, LastTry, Learned, Module, Parameter, Produced, Settings, Tokens, User,
};
use shirushi_profile::Certificate;
use std::{sync::Arc, time::Duration};

pub(crate) const AUTH: CK_SLOT_ID = 0;
pub(crate) const SIGN: CK_SLOT_ID = 1;
pub(crate) const SHA256: Chosen = plain(CKM_SHA256_RSA_PKCS);

pub(crate) const fn plain(mechanism: CK_MECHANISM_TYPE) -> Chosen {
    Chosen {
        mechanism,
        parameter: Parameter::None,
    }
}

pub(crate) struct Bench {
    pub(crate) tray: Tray,
    pub(crate) module: Arc<Module>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::over(Tray::with(FIRST), Settings::default())
    }

    pub(crate) fn allowing_the_last_try() -> Self {
        let settings = Settings {
            last_try: LastTry::Allowed,
            ..Settings::default()
        };
        Self::over(Tray::with(FIRST), settings)
    }

    pub(crate) fn with_tokens(tokens: Tokens) -> Self {
        let settings = Settings {
            tokens,
            ..Settings::default()
        };
        Self::over(Tray::with(FIRST), settings)
    }

    pub(crate) fn over(tray: Tray, settings: Settings) -> Self {
        Self::again(tray, settings, Arc::default())
    }

    /// In a process that has learned something of cards.
    pub(crate) fn again(tray: Tray, settings: Settings, learned: Arc<Learned>) -> Self {
        Self::of(Module::new(Arc::new(tray.clone()), settings, learned), tray)
    }

    /// Whose flags tell tries that were counted so long ago.
    pub(crate) fn telling_counts_of(tray: Tray, settings: Settings, age: Duration) -> Self {
        let module = Module::new(Arc::new(tray.clone()), settings, Arc::default());
        Self::of(module.with_count_age(age), tray)
    }

    fn of(module: Module, tray: Tray) -> Self {
        let module = Arc::new(module);
        // As every program does first.
        let _ = module.slots(true, false);
        Self { tray, module }
    }

    /// What the token's flags say of the tries left of its PIN.
    pub(crate) fn told_tries(&self, slot: CK_SLOT_ID) -> CK_FLAGS {
        let flags = self
            .module
            .token_info(slot)
            .unwrap()
            .flags;
        flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)
    }

    pub(crate) fn session(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        self.module
            .open_session(slot, CKF_SERIAL_SESSION)
            .unwrap()
    }

    pub(crate) fn writing_session(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        self.module
            .open_session(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)
            .unwrap()
    }

    /// A session whose user is logged in with the right PIN.
    pub(crate) fn user(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        let session = self.session(slot);
        self.login(session, pin_of(slot))
            .unwrap();
        session
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, pin: &str) -> Result<(), Fault> {
        self.module
            .login(session, User::Normal, pin.as_bytes())
    }

    pub(crate) fn login_for_this(
        &self,
        session: CK_SESSION_HANDLE,
        pin: &str,
    ) -> Result<(), Fault> {
        self.module
            .login(session, User::ContextSpecific, pin.as_bytes())
    }

    /// The objects of a class that the session sees.
    pub(crate) fn find(
        &self,
        session: CK_SESSION_HANDLE,
        class: CK_OBJECT_CLASS,
    ) -> Vec<CK_OBJECT_HANDLE> {
        self.find_by(session, &[(CKA_CLASS, class.to_ne_bytes().to_vec())])
    }

    pub(crate) fn find_by(
        &self,
        session: CK_SESSION_HANDLE,
        template: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)],
    ) -> Vec<CK_OBJECT_HANDLE> {
        self.module
            .find_init(session, &template.to_vec())
            .unwrap();
        let found = self.module.find(session, 100).unwrap();
        self.module.find_final(session).unwrap();
        found
    }

    /// The private key, which must be there.
    pub(crate) fn key(&self, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
        self.find(session, CKO_PRIVATE_KEY)[0]
    }

    /// The public key of the holder's certificate.
    pub(crate) fn public_key(&self, session: CK_SESSION_HANDLE) -> PublicKey {
        let certificate = self.find_by(
            session,
            &[(
                CKA_CERTIFICATE_CATEGORY,
                CK_CERTIFICATE_CATEGORY_TOKEN_USER
                    .to_ne_bytes()
                    .to_vec(),
            )],
        )[0];
        let der = self
            .module
            .attribute(session, certificate, CKA_VALUE)
            .unwrap();
        Certificate::from_der(&der)
            .unwrap()
            .public_key()
            .clone()
    }

    /// SignInit and Sign.
    pub(crate) fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        message: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let key = self.key(session);
        self.module
            .sign_init(session, SHA256, key)?;
        self.finish(session, message)
    }

    /// Begins a signature with the token's key.
    pub(crate) fn begin(&self, session: CK_SESSION_HANDLE) {
        self.module
            .sign_init(session, SHA256, self.key(session))
            .unwrap();
    }

    /// Sign, with a buffer that suffices.
    pub(crate) fn finish(
        &self,
        session: CK_SESSION_HANDLE,
        message: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let produced = self
            .module
            .sign(session, message, Some(256))?;
        Ok(bytes(produced))
    }
}

pub(crate) fn bytes(produced: Produced) -> Vec<u8> {
    match produced {
        Produced::Bytes(bytes) => bytes,
        Produced::Length(length) => panic!("{length} bytes are announced and not given"),
    }
}

pub(crate) fn pin_of(slot: CK_SLOT_ID) -> &'static str {
    match slot {
        AUTH => PIN,
        _ => PASSWORD,
    }
}

/// Whether the signature is right, SHA-256.
pub(crate) fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    key.verify(SignatureAlgorithm::RsaPkcs1Sha256, message, signature)
        .is_ok()
}
