//! By what a relying party knows a holder again.
//!
//! An authentication certificate names nobody, and a renewed one has another serial number; who knows accounts by serial numbers makes
//! strangers of its own citizens. The real service answers this with an identifier of the person for each relying party that survives
//! renewal (`facts/sign-in-api.md` §5, `sub`). Ours is computed from the resident and the relying party under a key of this authority:
//! two relying parties cannot compare theirs, and none learns whose it is.

use crate::{Authority, AuthorityError, sql};
use shirushi_crypto::aes_cmac;
use shirushi_profile::SerialNumber;
use std::collections::BTreeMap;

/// Most certificates asked about at once.
pub const MOST_HOLDERS: usize = 500;

impl Authority {
    /// The holders of these authentication certificates, each as `relying_party` knows the person: 32 hexadecimal digits, the same for
    /// all certificates of one person, whenever they were issued and whether they live. What is no authentication certificate of this
    /// authority has none. At most the first [`MOST_HOLDERS`] are looked at.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Crypto`].
    pub async fn holders(
        &self,
        relying_party: &str,
        serials: &[SerialNumber],
    ) -> Result<BTreeMap<SerialNumber, String>, AuthorityError> {
        let mut holders = BTreeMap::new();
        for serial in serials.iter().take(MOST_HOLDERS) {
            let row = self
                .store()
                .row(sql::HOLDER_OF, &[serial.to_string().into()])
                .await?;
            if let Some(row) = row {
                holders.insert(
                    *serial,
                    self.pseudonym(relying_party, &row.text("resident")?)?,
                );
            }
        }
        Ok(holders)
    }

    /// The parts are told apart by a line end, which no relying party's name and no resident code has; what else is computed with
    /// this key begins with another word.
    fn pseudonym(&self, relying_party: &str, resident: &str) -> Result<String, AuthorityError> {
        let mac = aes_cmac(
            self.ceremony().token_key().expose(),
            &[
                b"holder pseudonym\n",
                relying_party.as_bytes(),
                b"\n",
                resident.as_bytes(),
            ],
        )?;
        Ok(hex::encode(mac))
    }
}
