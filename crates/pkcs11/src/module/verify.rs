//! Verifying (§5.13), with the public key and without the card.

use super::{Module, sign::key_fault};
use crate::{Chosen, Fault, gather::Gather, object::Kind, session::VerifyOperation};
use cryptoki_sys::*;

impl Module {
    /// C_VerifyInit.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn verify_init(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: Chosen,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Fault> {
        let session = self.session_now(handle)?;
        let mut work = session.work();
        if work.verify.is_some() {
            return Err(Fault::OperationActive);
        }
        let scheme = mechanism.scheme(self.has_pss(&session.place))?;
        let (kind, contents) = self
            .object(&session, key)
            .map_err(key_fault)?;
        if kind != Kind::PublicKey {
            return Err(Fault::KeyFunctionNotPermitted);
        }
        let (Some(length), Some(key)) = (contents.signature_len(), contents.public_key()) else {
            return Err(Fault::KeyTypeInconsistent);
        };
        if contents.keys() != Some(scheme.keys()) {
            return Err(Fault::MechanismInvalid);
        }
        work.verify = Some(VerifyOperation {
            gather: Gather::new(scheme),
            is_multipart: false,
            length,
            key: key.clone(),
        });
        Ok(())
    }

    /// C_Verify.
    ///
    /// # Errors
    /// [`Fault::SignatureInvalid`], [`Fault::SignatureLenRange`], [`Fault::DataLenRange`], [`Fault::OperationNotInitialized`].
    pub fn verify(
        &self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), Fault> {
        let mut operation = self.take_verify(handle)?;
        if operation.is_multipart {
            return Err(Fault::OperationActive);
        }
        operation.gather.update(data)?;
        operation.judge(signature)
    }

    /// C_VerifyUpdate.
    ///
    /// # Errors
    /// [`Fault::OperationNotInitialized`], [`Fault::DataLenRange`], which ends the operation.
    pub fn verify_update(&self, handle: CK_SESSION_HANDLE, piece: &[u8]) -> Result<(), Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let mut operation = work
            .verify
            .take()
            .ok_or(Fault::OperationNotInitialized)?;
        operation.gather.update(piece)?;
        operation.is_multipart = true;
        work.verify = Some(operation);
        Ok(())
    }

    /// C_VerifyFinal.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_final(&self, handle: CK_SESSION_HANDLE, signature: &[u8]) -> Result<(), Fault> {
        self.take_verify(handle)?
            .judge(signature)
    }

    fn take_verify(&self, handle: CK_SESSION_HANDLE) -> Result<VerifyOperation, Fault> {
        self.session(handle)?
            .work()
            .verify
            .take()
            .ok_or(Fault::OperationNotInitialized)
    }
}

impl VerifyOperation {
    fn judge(self, signature: &[u8]) -> Result<(), Fault> {
        if signature.len() != self.length {
            return Err(Fault::SignatureLenRange);
        }
        let signed = self.gather.finish()?;
        match signed.is_signed_by(&self.key, signature) {
            true => Ok(()),
            false => Err(Fault::SignatureInvalid),
        }
    }
}
