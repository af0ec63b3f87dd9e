//! The card and what a client can ask of it.

mod files;

use crate::exchange::{exchange, exchange_secret};
use crate::pin::form_facts;
use crate::{CardError, Credential, Pin, PinVerified, TokenInformation};
use shirushi_apdu::{
    Command, ISSUER_AID, JPKI_AID, Response, StatusWord, TEXT_AID, Transmit, initial_pin, select,
};
use shirushi_rules::{
    CERTIFICATE_NEEDS_PASSWORD, PIN_FORM, PIN_RIGHT, PIN_TRIES, SIGNATURE_NEEDS_PASSWORD,
};

const SELECT: u8 = 0xA4;
const READ_BINARY: u8 = 0xB0;
const VERIFY: u8 = 0x20;
const CHANGE_REFERENCE_DATA: u8 = 0x24;
const COMPUTE_SIGNATURE: u8 = 0x2A;

/// P2 that means "the key or PIN of the current file".
const CURRENT: u8 = 0x80;

/// What an RSA-2048 key with PKCS#1 v1.5 padding takes (`facts/card.md` §12), in bytes.
const MOST_DIGEST_INFO: usize = 245;

/// A card whose JPKI application is selected.
pub struct Card<T: Transmit> {
    transport: T,
    token: TokenInformation,
    /// The file selected last.
    current: Option<u16>,
    /// The tries of the PIN that the last command asked about.
    counted: Option<(Credential, u8)>,
}

impl<T: Transmit> Card<T> {
    /// Selects the JPKI application and reads the token information.
    ///
    /// # Errors
    /// [`CardError::NoJpkiApplication`] for another kind of card; [`CardError::Transmit`] when no answer comes.
    pub fn open(mut transport: T) -> Result<Self, CardError> {
        let select = select::application(&JPKI_AID);
        let mut status = exchange(&mut transport, &select)?.status;
        if status == StatusWord::DIAGNOSIS {
            // Some cards answer 6F00 to the first command after power-on, whatever it is (facts/card.md §11).
            status = exchange(&mut transport, &select)?.status;
        }
        if !status.is_ok() {
            return Err(CardError::NoJpkiApplication { status });
        }
        let mut card = Self {
            transport,
            token: TokenInformation::parse(&[]),
            current: None,
            counted: None,
        };
        card.token = TokenInformation::parse(&card.read_token()?);
        Ok(card)
    }

    /// What the token says about itself.
    #[must_use]
    pub fn token(&self) -> &TokenInformation {
        &self.token
    }

    /// Tries left of a PIN, without spending one: VERIFY without data. 0 when it is blocked.
    ///
    /// # Errors
    /// [`CardError::Status`] for an answer that counts nothing.
    pub fn tries(&mut self, credential: Credential) -> Result<u8, CardError> {
        self.select_file(credential.pin_file())?;
        let query = Command::new(0x00, VERIFY, 0x00, CURRENT);
        let mut status = self.send(&query)?.status;
        if status == StatusWord::WRONG_LENGTH {
            // Behind some drivers a command of four bytes does not arrive; five say the same.
            status = self.send(&query.expect(256))?.status;
        }
        let tries = match status {
            StatusWord::BLOCKED | StatusWord::BLOCKED_ISO => 0,
            // Not seen on a card, but tolerated: a PIN that is verified has all its tries (facts/card.md §8).
            StatusWord::OK => credential.most_tries(),
            status => status
                .tries()
                .ok_or(CardError::Status {
                    instruction: VERIFY,
                    status,
                })?,
        };
        self.counted = Some((credential, tries));
        Ok(tries)
    }

    /// Verifies a PIN, after counting its tries, unless [`Card::tries`] was what was asked just before.
    ///
    /// # Errors
    /// [`CardError::Refused`] by `card/pin-tries` when it is blocked (nothing was sent then) or has become so, by
    /// `card/pin-right` with the tries left when it is wrong, by `card/pin-form` when the PIN is meant for the other credential.
    pub fn verify(&mut self, credential: Credential, pin: &Pin) -> Result<PinVerified, CardError> {
        let value = pin.value_for(credential)?;
        let tries = match self.counted.take() {
            Some((counted, tries)) if counted == credential => tries,
            _ => self.tries(credential)?,
        };
        PIN_TRIES.require(tries > 0, [pin_fact(credential)])?;
        self.select_file(credential.pin_file())?;
        self.counted = None;
        let header = Command::new(0x00, VERIFY, 0x00, CURRENT);
        let status = exchange_secret(&mut self.transport, header, value)?;
        match (status, status.tries()) {
            (StatusWord::OK, _) => Ok(PinVerified::new(credential)),
            (StatusWord::BLOCKED | StatusWord::BLOCKED_ISO, _) | (_, Some(0)) => Err(
                CardError::by_rule(&PIN_TRIES, [pin_fact(credential)], VERIFY, status),
            ),
            (_, Some(tries)) => {
                let facts = [pin_fact(credential), ("tries", tries.to_string())];
                Err(CardError::by_rule(&PIN_RIGHT, facts, VERIFY, status))
            }
            _ => Err(CardError::Status {
                instruction: VERIFY,
                status,
            }),
        }
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
            .map_err(|error| match error {
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
            })
    }

    /// The certificate of the CA that issued the holder's, DER; free to read.
    ///
    /// # Errors
    /// [`CardError::NoCertificate`] when there is none, [`CardError::Malformed`] when the file is cut.
    pub fn ca_certificate(&mut self, credential: Credential) -> Result<Vec<u8>, CardError> {
        self.read_certificate(credential, credential.ca_certificate_file())
    }

    /// Private key operation over the PKCS#1 v1.5 padding of `digest_info`, a DER DigestInfo (RFC 8017 §9.2) of 1–245 bytes;
    /// the signature is as long as the key's modulus. One PIN serves any number of signatures.
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
        if verified.credential() != credential {
            return Err(unverified_key(credential));
        }
        self.select_file(credential.key_file())?;
        let command = Command::new(0x80, COMPUTE_SIGNATURE, 0x00, CURRENT)
            .data(digest_info)
            .expect(files::CHUNK);
        match self.send(&command)? {
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
    /// this credential's PIN or the card does not take it.
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
        self.select_file(credential.pin_file())?;
        self.counted = None;
        let header = Command::new(0x00, CHANGE_REFERENCE_DATA, 0x01, CURRENT);
        let status = exchange_secret(&mut self.transport, header, value)?;
        new_pin_taken(credential, CHANGE_REFERENCE_DATA, status)
    }

    /// Sets a PIN while the card is being personalised and waits for it: the command of our own that
    /// [`shirushi_apdu::initial_pin`] describes.
    ///
    /// # Errors
    /// [`CardError::Status`] with 6985 when the card does not wait for this PIN, [`CardError::Refused`] by `card/pin-form` as
    /// [`Card::change_pin`].
    pub fn set_initial_pin(&mut self, credential: Credential, pin: &Pin) -> Result<(), CardError> {
        let value = pin.value_for(credential)?;
        self.counted = None;
        let header = Command::new(
            initial_pin::CLASS,
            initial_pin::INSTRUCTION,
            initial_pin::P1,
            credential.initial_pin_reference(),
        );
        let status = exchange_secret(&mut self.transport, header, value)?;
        new_pin_taken(credential, initial_pin::INSTRUCTION, status)
    }

    /// Logs out: selects another application, which clears the PIN state; selecting the same one again does not
    /// (`facts/card.md` §11).
    ///
    /// # Errors
    /// [`CardError::Status`] when the card selects none: cut its power then.
    pub fn leave(mut self) -> Result<T, CardError> {
        let mut status = self
            .send(&select::application(&ISSUER_AID))?
            .status;
        if !status.is_ok() {
            // A telephone's secure element may hide its issuer's domain.
            status = self
                .send(&select::application(&TEXT_AID))?
                .status;
        }
        success(SELECT, Response::from(status))?;
        Ok(self.transport)
    }

    /// The transport, without a command: the JPKI application stays selected, with its PIN state.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.transport
    }

    fn select_file(&mut self, file: u16) -> Result<(), CardError> {
        if self.current == Some(file) {
            return Ok(());
        }
        self.current = None;
        let response = self.send(&select::file(file))?;
        success(SELECT, response)?;
        self.current = Some(file);
        Ok(())
    }

    fn send(&mut self, command: &Command) -> Result<Response, CardError> {
        self.counted = None;
        exchange(&mut self.transport, command)
    }
}

impl<T: Transmit> std::fmt::Debug for Card<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

fn pin_fact(credential: Credential) -> (&'static str, String) {
    ("pin", credential.pin_name().to_owned())
}

fn success(instruction: u8, response: Response) -> Result<Vec<u8>, CardError> {
    if response.status.is_ok() {
        Ok(response.data)
    } else {
        Err(CardError::Status {
            instruction,
            status: response.status,
        })
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

fn new_pin_taken(
    credential: Credential,
    instruction: u8,
    status: StatusWord,
) -> Result<(), CardError> {
    match status {
        StatusWord::OK => Ok(()),
        StatusWord::SECURITY_STATUS => Err(CardError::NotVerified { credential }),
        StatusWord::WRONG_DATA => Err(CardError::by_rule(
            &PIN_FORM,
            form_facts(credential),
            instruction,
            status,
        )),
        status => Err(CardError::Status {
            instruction,
            status,
        }),
    }
}
