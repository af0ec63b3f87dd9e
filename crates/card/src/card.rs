//! The card and what a client can ask of its JPKI application.

use crate::channel::{CHUNK, CURRENT, Channel, READ_BINARY, SELECT, new_pin_taken, success};
use crate::{CardError, Credential, Pin, PinVerified, TokenInformation};
use shirushi_apdu::{
    Command, ISSUER_AID, JPKI_AID, Response, StatusWord, TEXT_AID, Transmit, initial_pin,
};
use shirushi_rules::{CERTIFICATE_NEEDS_PASSWORD, SIGNATURE_NEEDS_PASSWORD};

const COMPUTE_SIGNATURE: u8 = 0x2A;
/// P1 of COMPUTE SIGNATURE: the card pads what it is given by PKCS#1 v1.5.
const PADDED: u8 = 0x00;
/// P1: the card signs a SHA-256 digest by RSASSA-PSS.
const PSS_DIGEST: u8 = 0x04;
const TOKEN_FILE: u16 = 0x0006;
/// Which certificates there are: a byte for the signature certificate, one for the other.
const AVAILABILITY_FILE: u16 = 0x0008;
const AVAILABILITY_LENGTH: usize = 3;
/// Of a certificate that is there.
const AVAILABLE: u8 = 0x8F;
/// Tag of a certificate: SEQUENCE.
const SEQUENCE: u8 = 0x30;

/// What an RSA-2048 key with PKCS#1 v1.5 padding takes (`facts/card.md` §12), in bytes.
const MOST_DIGEST_INFO: usize = 245;

/// A card whose JPKI application is selected.
pub struct Card<T: Transmit> {
    channel: Channel<T>,
    token: TokenInformation,
}

impl<T: Transmit> Card<T> {
    /// Selects the JPKI application and reads the token information.
    ///
    /// # Errors
    /// [`CardError::NoJpkiApplication`] for another kind of card; [`CardError::Transmit`] when no answer comes.
    pub fn open(transport: T) -> Result<Self, CardError> {
        let mut card = Self::select(transport)?;
        card.token = TokenInformation::parse(&card.read_token()?);
        Ok(card)
    }

    /// Goes on with a card that was left with its JPKI application selected: it is where it answers with this token information, and a SELECT
    /// is saved. Where it does not (another program has selected something else, or the card was without power), as [`Card::open`].
    ///
    /// # Errors
    /// As [`Card::open`].
    pub fn resume(transport: T, known: &TokenInformation) -> Result<Self, CardError> {
        let mut channel = Channel::as_it_is(transport);
        let response = channel.read_short(TOKEN_FILE, TokenInformation::LENGTH)?;
        let is_whole = response.status.is_ok() && response.data.len() == TokenInformation::LENGTH;
        if is_whole && TokenInformation::parse(&response.data) == *known {
            let token = known.clone();
            return Ok(Self { channel, token });
        }
        Self::open(channel.into_inner())
    }

    /// Selects the JPKI application, and that is all: [`Card::token`] says nothing then. For whoever counts commands.
    ///
    /// # Errors
    /// As [`Card::open`].
    pub fn select(transport: T) -> Result<Self, CardError> {
        let channel = Channel::select(transport, &JPKI_AID)?
            .map_err(|status| CardError::NoJpkiApplication { status })?;
        Ok(Self {
            channel,
            token: TokenInformation::parse(&[]),
        })
    }

    /// The same card, of which PINs, keys and certificates are named by short identifiers from now on, where it knows them: a command less for
    /// each. For whoever is called in small pieces, as a PKCS#11 module is.
    #[must_use]
    pub fn with_short_identifiers(mut self) -> Self {
        self.channel.name_files_shortly();
        self
    }

    /// What the token says about itself.
    #[must_use]
    pub fn token(&self) -> &TokenInformation {
        &self.token
    }

    /// Tries left of a PIN, without spending one: VERIFY without data. 0 when it is blocked.
    ///
    /// A card may lack the PIN's file. A PIN that was never set counts none either; the card is asked then whether it has the certificate at all, so that nobody is
    /// sent to a counter to have unlocked what there is not (a child has no signature certificate).
    ///
    /// # Errors
    /// [`CardError::NoCertificate`] when there is nothing that the PIN could be for, [`CardError::Status`] for an answer that
    /// counts nothing.
    pub fn tries(&mut self, credential: Credential) -> Result<u8, CardError> {
        let tries = self
            .channel
            .tries(credential.pin())
            .map_err(|error| no_such_pin(error, credential))?;
        if tries == 0 && self.lacks(credential)? {
            return Err(CardError::NoCertificate { credential });
        }
        Ok(tries)
    }

    /// Verifies a PIN, after counting its tries, unless [`Card::tries`] was what was asked just before.
    ///
    /// # Errors
    /// [`CardError::Refused`] by `card/pin-tries` when it is blocked (nothing was sent then) or has become so, by
    /// `card/pin-right` with the tries left when it is wrong, by `card/pin-form` when the PIN is meant for the other credential;
    /// [`CardError::NoCertificate`] when the card has no such PIN.
    pub fn verify(&mut self, credential: Credential, pin: &Pin) -> Result<PinVerified, CardError> {
        let value = pin.value_for(credential)?;
        self.channel
            .verify(credential.pin(), value)
            .map_err(|error| no_such_pin(error, credential))?;
        Ok(PinVerified::new(credential))
    }

    /// The holder's certificate, DER. The signature certificate needs its password; that of a telephone's authentication key
    /// needs its PIN.
    ///
    /// # Errors
    /// [`CardError::Refused`] by `card/certificate-needs-password`, [`CardError::NotVerified`] for a telephone,
    /// [`CardError::NoCertificate`] when there is none, [`CardError::Malformed`] when the file is cut.
    pub fn certificate(
        &mut self,
        credential: Credential,
        verified: Option<&PinVerified>,
    ) -> Result<Vec<u8>, CardError> {
        if credential == Credential::Signature {
            let proven = verified.is_some_and(|proof| proof.credential() == credential);
            CERTIFICATE_NEEDS_PASSWORD.require(proven, [])?;
        }
        self.read_certificate(credential, credential.certificate_file())
            .map_err(|error| unverified_certificate(error, credential))
    }

    /// The authentication certificate from its beginning to where it is enough, or to its end; going on from `first`, where its first bytes
    /// have been read. For whoever wants the key alone, which stands in the first half.
    ///
    /// # Errors
    /// As [`Card::certificate`].
    pub fn certificate_until(
        &mut self,
        first: Vec<u8>,
        is_enough: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, CardError> {
        let credential = Credential::Authentication;
        self.channel
            .object_until(
                credential.certificate_file(),
                &[SEQUENCE],
                first,
                &is_enough,
            )
            .map_err(|error| unverified_certificate(error, credential))?
            .ok_or(CardError::NoCertificate { credential })
    }

    /// The certificate of the CA that issued the holder's, DER; free to read.
    ///
    /// # Errors
    /// [`CardError::NoCertificate`] when there is none, [`CardError::Malformed`] when the file is cut.
    pub fn ca_certificate(&mut self, credential: Credential) -> Result<Vec<u8>, CardError> {
        self.read_certificate(credential, credential.ca_certificate_file())
    }

    /// Private key operation over the PKCS#1 v1.5 padding of `digest_info`, a DER DigestInfo (RFC 8017 §9.2) of 1–245 bytes;
    /// the signature is as long as the key's modulus. One PIN serves any number of signatures. A card whose key is on P-384 is assumed to take
    /// a SHA-384 digest in its place, and to answer a DER ECDSA-Sig-Value (`facts/card.md` §21).
    ///
    /// # Errors
    /// [`CardError::Refused`] by `card/signature-needs-password`, [`CardError::NotVerified`] for the authentication key,
    /// [`CardError::DigestInfoLength`] before anything is sent.
    pub fn sign_digest_info(
        &mut self,
        credential: Credential,
        verified: &PinVerified,
        digest_info: &[u8],
    ) -> Result<Vec<u8>, CardError> {
        if !(1..=MOST_DIGEST_INFO).contains(&digest_info.len()) {
            return Err(CardError::DigestInfoLength {
                length: digest_info.len(),
                most: MOST_DIGEST_INFO,
            });
        }
        self.compute_signature(credential, verified, PADDED, digest_info)
    }

    /// RSASSA-PSS over a SHA-256 digest, with MGF1 of SHA-256 and a salt of 32 bytes. Measured on test cards alone (`facts/card.md`
    /// §12): whoever uses it has the signature checked with the certificate's key, and another way where the card refuses.
    ///
    /// # Errors
    /// As [`Card::sign_digest_info`]; [`CardError::Status`], mostly 6A86, from a card that has no such scheme.
    pub fn sign_pss_sha256(
        &mut self,
        credential: Credential,
        verified: &PinVerified,
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, CardError> {
        self.compute_signature(credential, verified, PSS_DIGEST, digest)
    }

    fn compute_signature(
        &mut self,
        credential: Credential,
        verified: &PinVerified,
        scheme: u8,
        data: &[u8],
    ) -> Result<Vec<u8>, CardError> {
        if verified.credential() != credential {
            return Err(unverified_key(credential));
        }
        let command = |reference| {
            Command::new(0x80, COMPUTE_SIGNATURE, scheme, reference)
                .data(data)
                .ne(CHUNK)
        };
        let key = credential.key_file();
        // What a card answers to a scheme that it may not have must be its answer to that, and not to how the key is named.
        let response = match scheme {
            PADDED => self.channel.at_file(key, command)?,
            _ => {
                self.channel.select_file(key)?;
                self.channel.send(&command(CURRENT))?
            }
        };
        match response {
            Response {
                status: StatusWord::SECURITY_STATUS,
                ..
            } => Err(unverified_key(credential)),
            response => {
                let signature = success(COMPUTE_SIGNATURE, response)?;
                if signature.is_empty() {
                    return Err(CardError::Malformed {
                        instruction: COMPUTE_SIGNATURE,
                    });
                }
                Ok(signature)
            }
        }
    }

    /// Replaces a PIN that has been verified.
    ///
    /// # Errors
    /// [`CardError::NotVerified`] when the old one was not, [`CardError::Refused`] by `card/pin-form` when the new one has not the form of
    /// this credential's PIN or the card does not take it. After a [`CardError::Transmit`] nobody knows which of the two is set.
    pub fn change_pin(
        &mut self,
        credential: Credential,
        verified: &PinVerified,
        new: &Pin,
    ) -> Result<(), CardError> {
        let value = new.value_for(credential)?;
        if verified.credential() != credential {
            return Err(CardError::NotVerified { credential });
        }
        self.channel
            .change(credential.pin(), value)
            .map_err(|error| unverified_pin(error, credential))
    }

    /// Sets a PIN while the card is being personalised and waits for it: the command of our own that
    /// [`shirushi_apdu::initial_pin`] describes.
    ///
    /// # Errors
    /// [`CardError::Status`] with 6985 when the card does not wait for this PIN, [`CardError::Refused`] by `card/pin-form` as
    /// [`Card::change_pin`].
    pub fn set_initial_pin(&mut self, credential: Credential, pin: &Pin) -> Result<(), CardError> {
        let value = pin.value_for(credential)?;
        let header = Command::new(
            initial_pin::CLASS,
            initial_pin::INSTRUCTION,
            initial_pin::P1,
            credential.initial_pin_reference(),
        );
        let status = self
            .channel
            .send_secret(header, value)?;
        new_pin_taken(credential.pin(), initial_pin::INSTRUCTION, status)
            .map_err(|error| unverified_pin(error, credential))
    }

    /// Whether a PIN was sent, which may be verified now: whoever drops the transport then, and has not called [`Card::leave`], must know that it
    /// cuts the card's power.
    #[must_use]
    pub fn may_be_verified(&self) -> bool {
        self.channel.is_open()
    }

    /// Logs out, where a PIN was sent: selects another application, which clears the PIN state; selecting the same one again does not
    /// (`facts/card.md` §11).
    ///
    /// # Errors
    /// [`CardError::Status`] when the card selects none: cut its power then.
    pub fn leave(self) -> Result<T, CardError> {
        // A telephone's secure element may hide its issuer's domain.
        self.channel
            .leave_for([&ISSUER_AID, &TEXT_AID])
    }

    /// The transport, without a command: the JPKI application stays selected, with its PIN state.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.channel.into_inner()
    }

    /// EF 0006 by its short identifier, which saves a command; by SELECT where that is not offered. A token without the file
    /// is still a token.
    fn read_token(&mut self) -> Result<Vec<u8>, CardError> {
        let response = self
            .channel
            .read_short(TOKEN_FILE, TokenInformation::LENGTH)?;
        if response.status.is_ok() {
            return Ok(response.data);
        }
        let read = self
            .channel
            .select_file(TOKEN_FILE)
            .and_then(|()| {
                self.channel
                    .read_binary(0, TokenInformation::LENGTH)
            });
        match read {
            Err(error @ CardError::Transmit(_)) => Err(error),
            read => Ok(read.unwrap_or_default()),
        }
    }

    /// Whether the card says that it has not this certificate (EF 0008, `facts/card.md` §5). A card that does not say lacks
    /// nothing.
    fn lacks(&mut self, credential: Credential) -> Result<bool, CardError> {
        let response = self
            .channel
            .read_short(AVAILABILITY_FILE, AVAILABILITY_LENGTH)?;
        if !response.status.is_ok() {
            return Ok(false);
        }
        let told = match credential {
            Credential::Signature => response.data.first(),
            Credential::Authentication => response.data.get(1),
        };
        Ok(told.is_some_and(|told| *told != AVAILABLE))
    }

    fn read_certificate(
        &mut self,
        credential: Credential,
        file: u16,
    ) -> Result<Vec<u8>, CardError> {
        self.channel
            .object(file, &[SEQUENCE])?
            .ok_or(CardError::NoCertificate { credential })
    }
}

impl<T: Transmit> std::fmt::Debug for Card<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// What it means that the PIN's file is not there.
fn no_such_pin(error: CardError, credential: Credential) -> CardError {
    match error {
        CardError::Status {
            instruction: SELECT,
            status: StatusWord::FILE_NOT_FOUND,
        } => CardError::NoCertificate { credential },
        error => error,
    }
}

/// What 6982 to a signature means; the rule speaks of the signature key only.
fn unverified_key(credential: Credential) -> CardError {
    match credential {
        Credential::Signature => CardError::by_rule(
            &SIGNATURE_NEEDS_PASSWORD,
            [],
            COMPUTE_SIGNATURE,
            StatusWord::SECURITY_STATUS,
        ),
        Credential::Authentication => CardError::NotVerified { credential },
    }
}

/// What 6982 to the reading of a holder's certificate means.
fn unverified_certificate(error: CardError, credential: Credential) -> CardError {
    match error {
        CardError::Status {
            instruction: instruction @ (SELECT | READ_BINARY),
            status: status @ StatusWord::SECURITY_STATUS,
        } => match credential {
            Credential::Signature => {
                CardError::by_rule(&CERTIFICATE_NEEDS_PASSWORD, [], instruction, status)
            }
            Credential::Authentication => CardError::NotVerified { credential },
        },
        error => error,
    }
}

/// What 6982 to a new PIN means.
fn unverified_pin(error: CardError, credential: Credential) -> CardError {
    match error {
        CardError::Status {
            status: StatusWord::SECURITY_STATUS,
            ..
        } => CardError::NotVerified { credential },
        error => error,
    }
}
