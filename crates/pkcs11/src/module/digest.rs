//! Digests (§5.10) and random bytes (§5.15), without the card.

use super::{Module, Produced, sign::answer_first};
use crate::{Chosen, Fault, session::DigestOperation};
use cryptoki_sys::*;
use shirushi_crypto::{Random, SystemRandom};

impl Module {
    /// C_DigestInit.
    ///
    /// # Errors
    /// [`Fault::OperationActive`], [`Fault::MechanismInvalid`], [`Fault::MechanismParamInvalid`].
    pub fn digest_init(&self, handle: CK_SESSION_HANDLE, mechanism: Chosen) -> Result<(), Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        if work.digest.is_some() {
            return Err(Fault::OperationActive);
        }
        let algorithm = mechanism.digest()?;
        work.digest = Some(DigestOperation {
            hasher: algorithm.start(),
            is_multipart: false,
            length: algorithm.output_len(),
        });
        Ok(())
    }

    /// C_Digest.
    ///
    /// # Errors
    /// [`Fault::BufferTooSmall`], which ends nothing; [`Fault::OperationNotInitialized`].
    pub fn digest(
        &self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        room: Option<usize>,
    ) -> Result<Produced, Fault> {
        self.finish_digest(handle, Some(data), room)
    }

    /// C_DigestUpdate.
    ///
    /// # Errors
    /// [`Fault::OperationNotInitialized`].
    pub fn digest_update(&self, handle: CK_SESSION_HANDLE, piece: &[u8]) -> Result<(), Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let operation = work
            .digest
            .as_mut()
            .ok_or(Fault::OperationNotInitialized)?;
        operation.hasher.update(piece);
        operation.is_multipart = true;
        Ok(())
    }

    /// C_DigestFinal.
    ///
    /// # Errors
    /// As [`Module::digest`].
    pub fn digest_final(
        &self,
        handle: CK_SESSION_HANDLE,
        room: Option<usize>,
    ) -> Result<Produced, Fault> {
        self.finish_digest(handle, None, room)
    }

    fn finish_digest(
        &self,
        handle: CK_SESSION_HANDLE,
        all: Option<&[u8]>,
        room: Option<usize>,
    ) -> Result<Produced, Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let mut operation = work
            .digest
            .take()
            .ok_or(Fault::OperationNotInitialized)?;
        if all.is_some() && operation.is_multipart {
            return Err(Fault::OperationActive);
        }
        if let Some(answer) = answer_first(operation.length, room) {
            work.digest = Some(operation);
            return answer;
        }
        operation
            .hasher
            .update(all.unwrap_or_default());
        Ok(Produced::Bytes(operation.hasher.finish()))
    }

    /// C_GenerateRandom: of the system, not of the card.
    ///
    /// # Errors
    /// [`Fault::SessionHandleInvalid`].
    pub fn generate_random(&self, handle: CK_SESSION_HANDLE, out: &mut [u8]) -> Result<(), Fault> {
        self.session(handle)?;
        SystemRandom.fill(out);
        Ok(())
    }
}
