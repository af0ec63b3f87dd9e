//! Work on the card: one operation at a time, on a thread of its own, and the card left behind with nothing verified.

mod unreached;

use crate::{Agent, CardSource, Connection, tasks::Told};
use base64ct::{Base64, Encoding as _};
use shirushi_apdu::TransmitError;
use shirushi_card::{Card, CardError, Credential, Pin, TokenKind};
use shirushi_client::{
    ClientError, PinAccess, PinName, Signing, TypedPin, certificate_before_pin, find_card,
    sign_detached, sign_with,
};
use shirushi_clock::Instant;
use shirushi_profile::Certificate;
use shirushi_rules::{Bilingual, Facts, LAST_TRY_CONFIRMED, PIN_TRIES, Refusal};
use shirushi_wire::Deed;
use std::{sync::Arc, time::Duration};
use tokio::sync::OwnedMutexGuard;
pub(crate) use unreached::{of_found, of_reader};

/// How long one waits for another operation on the card to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was done for a site.
pub(crate) struct Done {
    pub(crate) deed: Deed,
    /// Whether the policy of the certificate is none that is known.
    pub(crate) is_unlisted: bool,
}

/// What is seen of the card in the reader without a PIN.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its number, as its token information says.
    pub(crate) number: String,
    pub(crate) kind: TokenKind,
    /// The tries left of the PIN that was asked about; none when the card has no such PIN.
    pub(crate) tries: Option<u8>,
}

/// What is done with a PIN.
pub(crate) enum Act {
    /// Signs a log-in's statement with the authentication key.
    LogIn(Vec<u8>),
    /// Signs a document with the signature key.
    Sign(Vec<u8>),
    /// Reads the signature certificate.
    Certificate,
}

impl Act {
    pub(crate) fn credential(&self) -> Credential {
        match self {
            Self::LogIn(_) => Credential::Authentication,
            Self::Sign(_) | Self::Certificate => Credential::Signature,
        }
    }
}

/// A PIN as it was typed into a page.
pub(crate) struct Entry {
    pub(crate) pin: TypedPin,
    /// The card that the page named.
    pub(crate) card: String,
    /// The tries left that the page named.
    pub(crate) tries: u8,
    /// The confirmation of the last try that the page asks for, and whether it was typed.
    pub(crate) word: &'static str,
    pub(crate) is_confirmed: bool,
    /// The mark of the form, where it is one that is taken once.
    pub(crate) press: String,
}

/// Why nothing came of it.
pub(crate) enum Fault {
    /// The page no longer says what is so: another card is in the reader, or another number of tries left. Nothing was sent.
    Changed,
    /// The form was sent before. Nothing was sent to the card.
    Again,
    Told(Told),
}

impl From<Told> for Fault {
    fn from(told: Told) -> Self {
        Self::Told(told)
    }
}

impl Agent {
    /// What is in the reader now.
    pub(crate) async fn look(&self, credential: Option<Credential>) -> Result<Seen, Told> {
        self.at_card(move |source| look(source, credential))
            .await
    }

    /// Whether all that is missing is a card: there is a reader, and none has one.
    pub(crate) async fn is_without_card(&self) -> bool {
        let source = Arc::clone(&self.source);
        let readers = tokio::task::spawn_blocking(move || source.readers()).await;
        readers.is_ok_and(|readers| {
            readers.is_ok_and(|readers| {
                !readers.is_empty()
                    && !readers
                        .iter()
                        .any(|reader| reader.has_card)
            })
        })
    }

    /// Spends a try on a PIN, if everything is as the page said, and does what it is for.
    pub(crate) async fn act(&self, act: Act, entry: Entry) -> Result<Done, Fault> {
        let at = self.now();
        self.at_card(move |source| perform(source, &act, &entry, at))
            .await
    }

    /// Of a form that is taken once: that it has not been sent before.
    pub(crate) fn once(&self, entry: &Entry) -> Result<(), Fault> {
        match self.presses.take(&entry.press) {
            true => Ok(()),
            false => Err(Fault::Again),
        }
    }

    /// Spends a try on a PIN, if the form comes for the first time and everything is as the page said, and does `work` with the
    /// application of that PIN.
    pub(crate) async fn with_pin<T: Send + 'static>(
        &self,
        name: PinName,
        entry: Entry,
        work: impl FnOnce(&mut PinAccess<Connection>, &TypedPin) -> Result<T, Told> + Send + 'static,
    ) -> Result<T, Fault> {
        self.once(&entry)?;
        self.at_card(move |source| with_pin(source, name, &entry, work))
            .await
    }

    /// Runs work on the card, alone.
    pub(crate) async fn at_card<T, E>(
        &self,
        work: impl FnOnce(&dyn CardSource) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Told> + Send + 'static,
    {
        let lock = self.card_alone().await?;
        let source = self.cards();
        let done = tokio::task::spawn_blocking(move || {
            let _lock = lock;
            work(&*source)
        });
        done.await
            .unwrap_or_else(|_| Err(broken().into()))
    }

    /// Where the card is: in the wallet's reader, when one was put there on purpose; otherwise in any.
    pub(crate) fn cards(&self) -> Arc<dyn CardSource> {
        match self.machine {
            Some(_) if self.wallet.inserted().is_some() => self.wallet.clone(),
            _ => Arc::clone(&self.source),
        }
    }

    /// Waits until nothing else uses the card.
    pub(crate) async fn card_alone(&self) -> Result<OwnedMutexGuard<()>, Told> {
        let lock = Arc::clone(&self.card).lock_owned();
        tokio::time::timeout(PATIENCE, lock)
            .await
            .map_err(|_| {
                Told::words(
                    (
                        "カードは今、ほかの処理に使われています。",
                        "終わるのを待って、もう一度操作してください。",
                    ),
                    (
                        "The card is in use for something else now.",
                        "Wait until that has ended, then try again.",
                    ),
                )
            })
    }
}

/// Connects to the card with the JPKI application, in whichever reader it is.
pub(crate) fn open(source: &dyn CardSource) -> Result<Card<Connection>, Told> {
    let connection = find_card(source).map_err(of_found)?;
    Card::open(connection).map_err(of_card)
}

fn look(source: &dyn CardSource, credential: Option<Credential>) -> Result<Seen, Told> {
    let mut card = open(source)?;
    let number = card.token().serial.clone();
    let kind = card.token().kind;
    let tries = match credential {
        None => None,
        Some(credential) => match card.tries(credential) {
            Ok(tries) => Some(tries),
            Err(error @ CardError::Transmit(_)) => return Err(of_card(error)),
            // Not personalised: there is no such PIN.
            Err(_) => None,
        },
    };
    leave(card);
    Ok(Seen {
        number,
        kind,
        tries,
    })
}

fn perform(source: &dyn CardSource, act: &Act, entry: &Entry, at: Instant) -> Result<Done, Fault> {
    let mut card = open(source)?;
    let deed = perform_on(&mut card, act, entry, at);
    leave(card);
    deed
}

fn perform_on(
    card: &mut Card<Connection>,
    act: &Act,
    entry: &Entry,
    at: Instant,
) -> Result<Done, Fault> {
    let of_client = |error| Fault::Told(of_client(error));
    let credential = act.credential();
    let serial = card.token().serial.clone();
    // A certificate of the other kind is seen before the PIN is sent, where the card shows it.
    let known = certificate_before_pin(card, credential).map_err(of_client)?;
    let tries = card
        .tries(credential)
        .map_err(|error| Fault::Told(of_card(error)))?;
    require_as_shown(PinName::of(credential), &serial, tries, entry)?;
    let pin = entry.pin.key().ok_or_else(broken)?;
    carry_out(card, act, known, pin, at).map_err(of_client)
}

/// Does `work` with the application of a PIN selected, if everything is as the page said, and leaves the card with nothing verified.
fn with_pin<T>(
    source: &dyn CardSource,
    name: PinName,
    entry: &Entry,
    work: impl FnOnce(&mut PinAccess<Connection>, &TypedPin) -> Result<T, Told>,
) -> Result<T, Fault> {
    let card = open(source)?;
    let serial = card.token().serial.clone();
    let mut access = PinAccess::open(card.into_inner(), name).map_err(of_card)?;
    let done = access
        .tries()
        .map_err(|error| Fault::Told(of_card(error)))
        .and_then(|tries| require_as_shown(name, &serial, tries, entry))
        .and_then(|()| work(&mut access, &entry.pin).map_err(Fault::Told));
    if let Err(error) = access.leave() {
        not_left(&error);
    }
    done
}

/// Two tabs, or a hand that changes the card, must not have a person spend a try that they did not mean to.
pub(crate) fn require_as_shown(
    name: PinName,
    serial: &str,
    tries: u8,
    entry: &Entry,
) -> Result<(), Fault> {
    let refused = |refusal: Refusal| Fault::Told(refusal.into());
    if serial != entry.card {
        return Err(Fault::Changed);
    }
    PIN_TRIES
        .require(tries > 0, Facts::new().and("pin", pin_name(name)))
        .map_err(refused)?;
    if tries != entry.tries {
        return Err(Fault::Changed);
    }
    LAST_TRY_CONFIRMED
        .require(
            tries > 1 || entry.is_confirmed,
            [("word", entry.word.to_owned())],
        )
        .map_err(refused)
}

/// What a PIN is called within a sentence.
pub(crate) fn pin_name(name: PinName) -> Bilingual {
    match name {
        PinName::Signature => Bilingual::new("署名用パスワード", "signature password"),
        PinName::Authentication => Bilingual::new("利用者証明用暗証番号", "authentication PIN"),
        PinName::Text => Bilingual::new(
            "券面事項入力補助用暗証番号",
            "PIN of the card's text (券面事項入力補助)",
        ),
    }
}

fn carry_out(
    card: &mut Card<Connection>,
    act: &Act,
    known: Option<Certificate>,
    pin: &Pin,
    at: Instant,
) -> Result<Done, ClientError> {
    let encoded = Base64::encode_string;
    let done = |deed, certificate: &Certificate| Done {
        deed,
        is_unlisted: certificate.kind().is_none(),
    };
    match act {
        Act::LogIn(statement) => {
            let signing = Signing {
                credential: Credential::Authentication,
                known,
                with_authority: true,
            };
            let signed = sign_with(card, &signing, pin, statement, at)?;
            let cms = encoded(&signed.cms);
            Ok(done(Deed::LoggedIn { cms }, &signed.certificate))
        }
        Act::Sign(document) => {
            let signed = sign_detached(card, pin, document, at)?;
            let cms = encoded(&signed.cms);
            Ok(done(Deed::Signed { cms }, &signed.certificate))
        }
        Act::Certificate => {
            let credential = Credential::Signature;
            let verified = card.verify(credential, pin)?;
            let der = card.certificate(credential, Some(&verified))?;
            let certificate = Certificate::from_der(&der)
                .map_err(|fault| ClientError::Certificate { credential, fault })?;
            let deed = Deed::Certificate {
                certificate: encoded(&der),
            };
            Ok(done(deed, &certificate))
        }
    }
}

/// Nothing stays verified.
pub(crate) fn leave(card: Card<Connection>) {
    if let Err(error) = card.leave() {
        not_left(&error);
    }
}

pub(crate) fn not_left(error: &CardError) {
    if !matches!(error, CardError::Transmit(TransmitError::CardGone)) {
        tracing::warn!(%error, "the card could not be left");
    }
}

pub(crate) fn of_client(error: ClientError) -> Told {
    match error {
        ClientError::Card(error) => of_card(error),
        ClientError::WrongKind { .. } => Told::words(
            (
                "このカードの電子証明書は、その場所に入るべき種類のものではありません。",
                "別のカードを使うか、市区町村の窓口に相談してください。",
            ),
            (
                "The certificate on this card is of another kind than its place.",
                "Use another card, or ask at the municipality's counter.",
            ),
        ),
        error => {
            tracing::warn!(%error, "the card's answer cannot be used");
            unfit()
        }
    }
}

/// What a person is told of a card that did not do it.
pub(crate) fn of_card(error: CardError) -> Told {
    match error {
        CardError::Refused(refusal) => refusal.into(),
        CardError::Transmit(TransmitError::CardGone) => Told::words(
            (
                "カードリーダーにカードがありません。",
                "カードを置いて、もう一度操作してください。",
            ),
            (
                "There is no card in the reader.",
                "Put the card in and try again.",
            ),
        ),
        CardError::NoJpkiApplication { .. } => Told::words(
            (
                "このカードは、公的個人認証に使えるカードではありません。",
                "マイナンバーカードに取り替えてください。",
            ),
            (
                "This card cannot be used for public personal authentication.",
                "Put in a My Number Card.",
            ),
        ),
        CardError::NoCertificate { .. } => Told::words(
            (
                "このカードには、必要な電子証明書が入っていません。",
                "市区町村の窓口で電子証明書の発行を申請してください。",
            ),
            (
                "The certificate that is needed is not in this card.",
                "Apply for it at the municipality's counter.",
            ),
        ),
        error => {
            tracing::warn!(%error, "the card did not do what was asked");
            unfit()
        }
    }
}

fn unfit() -> Told {
    Told::words(
        (
            "カードから正しい答えがありませんでした。",
            "カードを置き直して、もう一度操作してください。続くときは、市区町村の窓口に相談してください。",
        ),
        (
            "The card did not answer as it should.",
            "Take the card out, put it in again and try once more. If it goes on, ask at the municipality's counter.",
        ),
    )
}

/// The work itself has failed: a fault of this program.
pub(crate) fn broken() -> Told {
    tracing::error!("work on the card panicked");
    Told::words(
        (
            "このプログラムの内部で障害が起きました。",
            "カードを置き直して、もう一度操作してください。",
        ),
        (
            "A fault happened inside this program.",
            "Take the card out, put it in again and try once more.",
        ),
    )
}
