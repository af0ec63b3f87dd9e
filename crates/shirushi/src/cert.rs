//! `cert`: the certificates on a card.

mod check;
mod export;
mod items;
mod revoke;
mod show;
mod words;

use crate::{
    arguments::{Cert, CertOrder},
    at_card::{WithPin, wrong_application},
    attended::AtCard,
    failure::Failure,
    language::Language,
    readers::{connect, source},
    told::{of_card, of_client},
};
use shirushi_card::{Card, Credential};
use shirushi_client::{CardOverview, PinName, show as overview};
use shirushi_profile::Certificate;
use std::{process::ExitCode, sync::Arc};

/// `cert`
pub(crate) async fn run(cert: Cert, language: Language) -> Result<ExitCode, Failure> {
    let cards = Cards {
        card: WithPin {
            source: source(&cert.card, language)?,
            which: cert.card,
            options: cert.pins,
            name: PinName::Signature,
            language,
        },
        is_json: cert.is_json,
    };
    match cert.order {
        CertOrder::Show { with_signature } => show::run(cards, with_signature).await,
        CertOrder::Items { with_number } => items::run(cards, with_number).await,
        CertOrder::Export {
            which,
            output,
            is_der,
            is_forced,
        } => export::run(cards, which, &output, is_der, is_forced).await,
        CertOrder::Check {
            with_signature,
            trust,
        } => check::run(cards, with_signature, trust).await,
        CertOrder::Revoke(ending) => revoke::run(cards, ending).await,
    }
}

/// The card that is asked, and how the answer is given.
struct Cards {
    card: WithPin,
    is_json: bool,
}

impl Cards {
    fn language(&self) -> Language {
        self.card.language
    }

    /// What the card tells without a PIN.
    fn overview(&self) -> Result<CardOverview, Failure> {
        let mut card = self.open()?;
        let _busy = AtCard::begin();
        overview(&mut card).map_err(|error| of_client(&error, self.language()))
    }

    fn open(&self) -> Result<Card<shirushi_reader::Connection>, Failure> {
        let source = Arc::clone(&self.card.source);
        let connection = connect(&*source, &self.card.which, self.language())?;
        let _busy = AtCard::begin();
        Card::open(connection).map_err(|error| of_card(&error, self.language()))
    }

    /// The signature certificate, after its password.
    fn signature_certificate(&self) -> Result<Certificate, Failure> {
        self.certificate_behind_pin(Credential::Signature)
    }

    /// A holder's certificate that needs its PIN.
    fn certificate_behind_pin(&self, credential: Credential) -> Result<Certificate, Failure> {
        let language = self.language();
        let card = WithPin {
            source: Arc::clone(&self.card.source),
            which: self.card.which.clone(),
            options: self.card.options,
            name: PinName::of(credential),
            language,
        };
        card.run(|access, pin| {
            let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                return Err(wrong_application(language));
            };
            let der = card
                .verify(credential, pin)
                .and_then(|verified| card.certificate(credential, Some(&verified)))
                .map_err(|error| of_card(&error, language))?;
            parse(&der, language)
        })
    }
}

/// A certificate from the card.
fn parse(der: &[u8], language: Language) -> Result<Certificate, Failure> {
    Certificate::from_der(der).map_err(|fault| Failure::Told {
        code: crate::told::code::FAILED,
        text: format!(
            "{}: {fault}",
            language.pick(
                "カードの電子証明書を読み取れません",
                "The certificate on the card cannot be read"
            )
        ),
    })
}
