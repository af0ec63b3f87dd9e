//! What a site asks of the agent (利用者クライアント) on a person's own machine, and what it is answered (DESIGN.md §5).
//!
//! 1. The site's page has the browser navigate to the agent, with the site's origin and a [`Ticket`] in the address. That is all
//!    that goes from page to agent: an agent on loopback cannot be fetched from, only walked to.
//! 2. The agent, if its owner allows the site, calls the site and trades the ticket for the [`Errand`]. A ticket is good once.
//! 3. Over the errand's channel it carries personalisation, and settles the errand with a [`Deed`].
//! 4. It sends the browser back with the [`ReturnCode`]. Only then, and only in the session that gave the errand, does the deed
//!    count: who lures another person to their own ticket gets nothing by it.

use crate::{ApplicationId, CardNumber, ErrandChannel, IssuedCertificate, ReturnCode, Ticket};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::CertificateKind;
use shirushi_rules::{Bilingual, Facts, InBoth, Refusal, WELL_FORMED};

/// `POST /agent/claims` at the site, as JSON: the ticket that is traded for an [`Errand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The ticket.
    pub ticket: Ticket,
}

/// What a site asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errand {
    /// Under which the agent speaks of it from now on.
    pub channel: ErrandChannel,
    /// What the site calls itself. Who it is, its origin says, which the agent knows by itself.
    pub site: InBoth,
    /// The site's time.
    pub now: Instant,
    /// What is wanted.
    pub want: Want,
}

/// What a site wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "kebab-case")]
pub enum Want {
    /// A log-in with the authentication certificate. Answered with [`Deed::LoggedIn`].
    LogIn {
        /// What is signed, together with the site's origin.
        challenge: Challenge,
    },
    /// A signature with the signature certificate over a document. Answered with [`Deed::Signed`].
    Sign {
        /// The document.
        document: DocumentToSign,
    },
    /// The signature certificate, which the card gives out after its password. Answered with [`Deed::Certificate`].
    SignatureCertificate,
    /// Which card is in the reader. Needs no PIN. Answered with [`Deed::Card`].
    ReadCard,
    /// Personalisation at a counter: the agent carries the authority's commands (`POST /agent/errands/{channel}/relay`,
    /// [`crate::RelayRequest`] to [`crate::RelayAnswer`]), and has the applicant set the PINs in between. Answered with
    /// [`Deed::Personalised`].
    Personalise {
        /// The application.
        application: ApplicationId,
        /// The applicant's name, to be shown to the applicant.
        applicant: String,
        /// The card that must be in the reader.
        card: CardNumber,
        /// What is issued.
        kinds: Vec<CertificateKind>,
    },
}

/// What a log-in signs: bound to the site by its origin, to the session, to the moment, and good once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// SHA-256 of the session that asks, hexadecimal.
    pub session: String,
    /// 16 random bytes, hexadecimal.
    pub nonce: String,
    /// When it was made.
    pub issued_at: Instant,
}

impl Challenge {
    /// The bytes that are signed, for the site at `origin` (`https://portal.example`). The agent takes the origin from its own
    /// list and never from the site's words, so that no site gets a log-in that another would take.
    #[must_use]
    pub fn statement(&self, origin: &str) -> Vec<u8> {
        // One item a line; none of them can hold a line break: an origin is ASCII without controls, the others are hexadecimal
        // or digits when the agent and the site have checked them, and what differs at all is not what was asked.
        format!(
            "shirushi log-in 1\norigin {origin}\nsession {}\nnonce {}\nissued-at {}\n",
            self.session,
            self.nonce,
            self.issued_at.unix()
        )
        .into_bytes()
    }

    /// Refuses one whose parts are not 64 and 32 hexadecimal digits: in no other form is it signed.
    ///
    /// # Errors
    /// A [`Refusal`] by [`WELL_FORMED`].
    pub fn require_form(&self) -> Result<(), Refusal> {
        let hexadecimal = |text: &str, length| {
            text.len() == length
                && text
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit())
        };
        WELL_FORMED.require(
            hexadecimal(&self.session, 64) && hexadecimal(&self.nonce, 32),
            Facts::new()
                .and(
                    "where",
                    Bilingual::new("サイトの要求", "the site's request"),
                )
                .and(
                    "fault",
                    Bilingual::new(
                        "ログインの照合文の形が違います",
                        "the log-in challenge has not its form",
                    ),
                ),
        )
    }
}

/// A document that is to be signed as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentToSign {
    /// What it is, for the person: the procedure's name.
    pub title: InBoth,
    /// `application/xml` for a filing ([`crate::filing`]), `application/pdf`.
    pub media_type: String,
    /// Its bytes, base64.
    pub content: String,
}

impl std::fmt::Debug for DocumentToSign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentToSign")
            .field("title", &self.title.en)
            .field("media_type", &self.media_type)
            .field("base64", &self.content.len())
            .finish()
    }
}

/// How an errand ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "kebab-case")]
pub enum Deed {
    /// Logged in: a detached CMS signature over [`Challenge::statement`], DER in base64.
    LoggedIn {
        /// The signature.
        cms: String,
    },
    /// Signed: a detached CMS signature over the document, DER in base64.
    Signed {
        /// The signature.
        cms: String,
    },
    /// The holder's signature certificate.
    Certificate {
        /// DER, base64.
        certificate: String,
    },
    /// The card in the reader.
    Card {
        /// The card's number, as its token information says.
        number: String,
        /// Whether it is a 個人番号カード; otherwise a 住民基本台帳カード.
        is_individual_number_card: bool,
    },
    /// The certificates are in the card and live.
    Personalised {
        /// What was issued.
        certificates: Vec<IssuedCertificate>,
    },
    /// The person did not want to.
    Declined,
    /// It could not be done.
    Failed {
        /// Why.
        reason: InBoth,
    },
}

/// `POST /agent/errands/{channel}/deed` at the site: how the errand ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// How.
    pub deed: Deed,
}

/// What the site answers to [`Settled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// To be brought to the site's `/returned?code=…` by the browser.
    pub code: ReturnCode,
}

/// `POST /agent/errands/{channel}/foreign-command` at the site: a command for the card that is not of the issuer's channel. It
/// was not sent to the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignCommand {
    /// Its place in the batch, from 0.
    pub position: usize,
    /// CLA, INS, P1 and P2, hexadecimal. Data may be secret and is not repeated.
    pub header: String,
}
