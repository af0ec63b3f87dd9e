//! The library, loaded, in a process of its own: it has one module for each process.

use crate::cards::{FIRST, NEXT, PIN, town};
use cryptoki_sys::*;
use libloading::{Library, Symbol};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    ptr,
};
use tempfile::TempDir;

/// Tells a process that it is the one in which the test runs.
pub(crate) const INNER: &str = "SHIRUSHI_TEST_INNER";

/// The shared library, which cargo builds beside the tests.
pub(crate) fn library() -> PathBuf {
    let folder = env::current_exe().unwrap();
    let path = folder
        .parent()
        .unwrap()
        .join("libshirushi_pkcs11.so");
    assert!(path.is_file(), "{} is not built", path.display());
    path
}

/// A home with a card, and the settings that say so.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With more lines in the settings.
    pub(crate) fn with(settings: &str) -> Self {
        Self::of(FIRST, settings)
    }

    /// With the next card, as it is assumed to be.
    pub(crate) fn with_the_next_card() -> Self {
        Self::of(NEXT, "")
    }

    fn of(number: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = town().card_in(folder.path(), number);
        let settings = format!("card = {}\n{settings}\n", card.display());
        fs::create_dir(folder.path().join("shirushi")).unwrap();
        fs::write(
            folder
                .path()
                .join("shirushi/pkcs11.conf"),
            settings,
        )
        .unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file in it.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A program that finds the card.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("XDG_CONFIG_HOME", self.path())
            .env_remove("SHIRUSHI_PKCS11_TOKENS")
            .current_dir(self.path());
        command
    }
}

/// Runs a test in a process of its own, in which the module finds a card.
pub(crate) fn alone(test: &str, body: impl FnOnce(&Api)) {
    alone_under(&[], test, body);
}

/// The same, with a program that runs the process; what it may leave in the home's folder is there when this returns.
pub(crate) fn alone_under(program: &[&str], test: &str, body: impl FnOnce(&Api)) -> Option<Home> {
    if env::var_os(INNER).is_some() {
        body(&Api::load());
        return None;
    }
    let home = Home::new();
    let own = env::current_exe().unwrap();
    let mut command = match program {
        [] => home.command(own),
        [program, arguments @ ..] => {
            let mut command = home.command(program);
            command.args(arguments).arg(own);
            command
        }
    };
    let output = command
        .args([test, "--exact", "--nocapture", "--include-ignored"])
        .env(INNER, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(home)
}

/// The functions.
pub(crate) struct Api {
    pub(crate) list: CK_FUNCTION_LIST,
    _library: Library,
}

/// Calls a function of the list.
macro_rules! call {
    ($api:expr, $function:ident, $($argument:expr),* $(,)?) => {
        unsafe { ($api.list.$function.unwrap())($($argument),*) }
    };
}
pub(crate) use call;

impl Api {
    pub(crate) fn load() -> Self {
        let library = unsafe { Library::new(library()) }.unwrap();
        let mut list = ptr::null_mut();
        let list = unsafe {
            let entry: Symbol<'_, unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV> =
                library
                    .get(b"C_GetFunctionList")
                    .unwrap();
            assert_eq!(entry(ptr::null_mut()), CKR_ARGUMENTS_BAD);
            assert_eq!(entry(&raw mut list), CKR_OK);
            *list
        };
        Self {
            list,
            _library: library,
        }
    }

    pub(crate) fn initialize(&self) {
        assert_eq!(call!(self, C_Initialize, ptr::null_mut()), CKR_OK);
    }

    pub(crate) fn session(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        let mut session = 0;
        let rv = call!(
            self,
            C_OpenSession,
            slot,
            CKF_SERIAL_SESSION,
            ptr::null_mut(),
            None,
            &raw mut session
        );
        assert_eq!(rv, CKR_OK);
        session
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, pin: &str) -> CK_RV {
        let mut pin = pin.as_bytes().to_vec();
        let length = pin.len() as CK_ULONG;
        call!(self, C_Login, session, CKU_USER, pin.as_mut_ptr(), length)
    }

    /// A session with the authentication token, logged in, and its private key.
    pub(crate) fn user(&self) -> (CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
        let session = self.session(0);
        assert_eq!(self.login(session, PIN), CKR_OK);
        (session, self.find(session, CKO_PRIVATE_KEY)[0])
    }

    pub(crate) fn find(
        &self,
        session: CK_SESSION_HANDLE,
        mut class: CK_OBJECT_CLASS,
    ) -> Vec<CK_OBJECT_HANDLE> {
        let mut template = CK_ATTRIBUTE {
            type_: CKA_CLASS,
            pValue: (&raw mut class).cast(),
            ulValueLen: size_of_val(&class) as CK_ULONG,
        };
        assert_eq!(
            call!(self, C_FindObjectsInit, session, &raw mut template, 1),
            CKR_OK
        );
        let (mut found, mut count) = ([0; 8], 0);
        assert_eq!(
            call!(
                self,
                C_FindObjects,
                session,
                found.as_mut_ptr(),
                8,
                &raw mut count
            ),
            CKR_OK
        );
        assert_eq!(call!(self, C_FindObjectsFinal, session), CKR_OK);
        found[..count as usize].to_vec()
    }

    pub(crate) fn sign_init(&self, session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) {
        let mut mechanism = mechanism(CKM_SHA256_RSA_PKCS);
        assert_eq!(
            call!(self, C_SignInit, session, &raw mut mechanism, key),
            CKR_OK
        );
    }

    /// C_Sign of five bytes.
    pub(crate) fn sign(&self, session: CK_SESSION_HANDLE) -> (CK_RV, Vec<u8>) {
        let (mut data, mut signature) = (*b"hello", vec![0; 256]);
        let mut length = 256;
        let rv = call!(
            self,
            C_Sign,
            session,
            data.as_mut_ptr(),
            5,
            signature.as_mut_ptr(),
            &raw mut length
        );
        signature.truncate(length as usize);
        (rv, signature)
    }
}

pub(crate) fn mechanism(mechanism: CK_MECHANISM_TYPE) -> CK_MECHANISM {
    CK_MECHANISM {
        mechanism,
        pParameter: ptr::null_mut(),
        ulParameterLen: 0,
    }
}
