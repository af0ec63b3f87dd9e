//! Sessions (§5.6).

use super::{Module, generation, lock};
use crate::{Fault, session::Session};
use cryptoki_sys::*;

/// What C_GetSessionInfo says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The token's slot.
    pub slot: CK_SLOT_ID,
    /// Who may do what.
    pub state: SessionState,
}

/// Who may do what in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// Whether the session is read/write.
    pub is_read_write: bool,
    /// Whether the user is logged in.
    pub is_user: bool,
}

impl SessionState {
    /// CKS_…
    #[must_use]
    pub fn number(self) -> CK_STATE {
        match (self.is_read_write, self.is_user) {
            (false, false) => CKS_RO_PUBLIC_SESSION,
            (false, true) => CKS_RO_USER_FUNCTIONS,
            (true, false) => CKS_RW_PUBLIC_SESSION,
            (true, true) => CKS_RW_USER_FUNCTIONS,
        }
    }

    /// CKF_…
    #[must_use]
    pub fn flags(self) -> CK_FLAGS {
        match self.is_read_write {
            true => CKF_SERIAL_SESSION | CKF_RW_SESSION,
            false => CKF_SERIAL_SESSION,
        }
    }
}

impl Module {
    /// C_OpenSession. Read/write sessions are there for C_SetPIN alone.
    ///
    /// # Errors
    /// [`Fault::SessionParallelNotSupported`], [`Fault::SlotIdInvalid`], [`Fault::TokenNotPresent`], [`Fault::TokenNotRecognized`].
    pub fn open_session(
        &self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
    ) -> Result<CK_SESSION_HANDLE, Fault> {
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(Fault::SessionParallelNotSupported);
        }
        self.refresh();
        let (place, credential) = self.slot(slot)?;
        let (generation, _) = self.information(&place)?;
        let is_read_write = flags & CKF_RW_SESSION != 0;
        let session = Session::new(place, credential, generation, is_read_write);
        Ok(lock(&self.sessions).add(session))
    }

    /// C_CloseSession. With the last session of a token its login ends.
    ///
    /// # Errors
    /// [`Fault::SessionHandleInvalid`].
    pub fn close_session(&self, handle: CK_SESSION_HANDLE) -> Result<(), Fault> {
        self.session(handle)?;
        let mut sessions = lock(&self.sessions);
        let session = sessions
            .remove(handle)
            .ok_or(Fault::SessionHandleInvalid)?;
        if sessions.count(&session.place, session.credential) == (0, 0) {
            // A card that is gone has taken its login with it.
            let _ = session.log_out();
        }
        Ok(())
    }

    /// C_CloseAllSessions.
    ///
    /// # Errors
    /// [`Fault::SlotIdInvalid`].
    pub fn close_all_sessions(&self, slot: CK_SLOT_ID) -> Result<(), Fault> {
        let (place, credential) = self.slot(slot)?;
        lock(&self.sessions).remove_with(&place, credential);
        if let Ok(generation) = generation(&place) {
            place.with(generation, |inserted| {
                inserted.token(credential).login = None;
            })?;
        }
        Ok(())
    }

    /// C_GetSessionInfo.
    ///
    /// # Errors
    /// [`Fault::SessionHandleInvalid`], [`Fault::DeviceRemoved`].
    pub fn session_info(&self, handle: CK_SESSION_HANDLE) -> Result<SessionInfo, Fault> {
        let session = self.session_now(handle)?;
        Ok(SessionInfo {
            slot: session.place.slot(session.credential),
            state: SessionState {
                is_read_write: session.is_read_write,
                is_user: session.is_logged_in()?,
            },
        })
    }

    /// Whether there is such a session, for functions that do nothing in it.
    ///
    /// # Errors
    /// [`Fault::SessionHandleInvalid`].
    pub fn require_session(&self, handle: CK_SESSION_HANDLE) -> Result<(), Fault> {
        self.session(handle).map(|_| ())
    }
}
