//! Objects (§5.7).

use super::Module;
use crate::{
    Fault, SignatureLogin, Template, attributes,
    attributes::Offer,
    contents::{Contents, Wanted},
    object::Kind,
    session::Session,
    token::profile,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use std::sync::Arc;

impl Module {
    /// C_GetAttributeValue, of one attribute.
    ///
    /// # Errors
    /// [`Fault::ObjectHandleInvalid`], [`Fault::AttributeSensitive`], [`Fault::AttributeTypeInvalid`].
    pub fn attribute(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        attribute: CK_ATTRIBUTE_TYPE,
    ) -> Result<Vec<u8>, Fault> {
        let session = self.session(handle)?;
        let (kind, contents) = self.object(&session, object)?;
        let offer = self.offer(&session);
        attributes::value(kind, &contents, session.credential, offer, attribute)
    }

    /// Whether a session sees an object.
    ///
    /// # Errors
    /// [`Fault::ObjectHandleInvalid`], [`Fault::SessionHandleInvalid`].
    pub fn require_object(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Result<(), Fault> {
        let session = self.session(handle)?;
        self.object(&session, object)
            .map(|_| ())
    }

    /// C_FindObjectsInit. What it finds is found at once. Nothing is asked of anybody for it: what the card gives only after
    /// the PIN is not there without a login.
    ///
    /// # Errors
    /// [`Fault::OperationActive`] and those of the card.
    pub fn find_init(&self, handle: CK_SESSION_HANDLE, template: &Template) -> Result<(), Fault> {
        let session = self.session_now(handle)?;
        let mut work = session.work();
        if work.search.is_some() {
            return Err(Fault::OperationActive);
        }
        let (kinds, contents) = self.visible(&session, wanted(session.credential, template))?;
        let offer = self.offer(&session);
        let found = kinds
            .into_iter()
            .filter(|kind| {
                attributes::matches(*kind, &contents, session.credential, offer, template)
            })
            .map(|kind| kind.handle(session.generation, session.credential));
        work.search = Some(found.collect());
        Ok(())
    }

    /// C_FindObjects: the next ones, `most` at most.
    ///
    /// # Errors
    /// [`Fault::OperationNotInitialized`].
    pub fn find(
        &self,
        handle: CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let found = work
            .search
            .as_mut()
            .ok_or(Fault::OperationNotInitialized)?;
        let count = most.min(found.len());
        Ok(found.drain(..count).collect())
    }

    /// C_FindObjectsFinal.
    ///
    /// # Errors
    /// [`Fault::OperationNotInitialized`].
    pub fn find_final(&self, handle: CK_SESSION_HANDLE) -> Result<(), Fault> {
        self.session(handle)?
            .work()
            .search
            .take()
            .map(|_| ())
            .ok_or(Fault::OperationNotInitialized)
    }

    fn offer(&self, session: &Session) -> Offer {
        Offer {
            has_pss: self.has_pss(&session.place),
            is_sign_once: self.settings.signature_login == SignatureLogin::SignOnce,
        }
    }

    /// An object that a session sees.
    pub(super) fn object(
        &self,
        session: &Session,
        object: CK_OBJECT_HANDLE,
    ) -> Result<(Kind, Arc<Contents>), Fault> {
        let is = |kind: Kind| kind.handle(session.generation, session.credential) == object;
        let wanted = Wanted {
            certificate: is(Kind::Certificate),
            ca: is(Kind::CaCertificate),
        };
        let (kinds, contents) = self.visible(session, wanted)?;
        kinds
            .into_iter()
            .find(|kind| kind.handle(session.generation, session.credential) == object)
            .map(|kind| (kind, contents))
            .ok_or(Fault::ObjectHandleInvalid)
    }

    /// The objects that a session sees now; of the CA's certificate and the end of the holder's, which need not have been read, only what is
    /// wanted.
    fn visible(
        &self,
        session: &Session,
        wanted: Wanted,
    ) -> Result<(Vec<Kind>, Arc<Contents>), Fault> {
        let contents = self.contents(
            &session.place,
            session.generation,
            session.credential,
            wanted,
        )?;
        let is_user = session.is_logged_in()?;
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| kind.exists(&contents))
            .filter(|kind| is_user || !kind.is_private(&contents));
        Ok((kinds.collect(), contents))
    }
}

/// The certificates that a template may be of.
fn wanted(credential: Credential, template: &Template) -> Wanted {
    let profile = profile(credential);
    let may_be = |id: u8| {
        template
            .iter()
            .all(|(attribute, value)| match *attribute {
                CKA_CLASS => *value == CKO_CERTIFICATE.to_ne_bytes(),
                CKA_ID => *value == [id],
                _ => true,
            })
    };
    Wanted {
        certificate: may_be(profile.id),
        ca: may_be(profile.ca_id),
    }
}
