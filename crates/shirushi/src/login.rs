//! `login`: a site's log-in from a terminal, with the authentication PIN and never the signature password.
//!
//! With a site's address this command is browser and agent in one: it opens the log-in page, sends its form, does the errand that the
//! site gives, and returns. With an agent's link, copied from a browser, it is the agent alone, and the browser returns.

mod browser;
mod form;

use crate::{
    arguments::Login,
    at_card::{WithPin, wrong_application},
    attended::{attended, say},
    certificates,
    failure::Failure,
    input::read_at_most,
    language::Language,
    output::{Output, Wanted, print, print_json},
    readers::source,
    told::{code, of_client, refusal_text, told},
};
use base64ct::{Base64, Encoding as _};
use browser::{Browser, Landed};
use reqwest::Url;
use serde_json::json;
use shirushi_agent::{PeerFault, Peers, UnfitSite, client, is_here, site};
use shirushi_card::Credential;
use shirushi_client::{PinName, Signing, sign_digest_at_time_of};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_profile::{Certificate, SerialNumber};
use shirushi_rules::TICKET_GOOD;
use shirushi_signature::ContentDigests;
use shirushi_text::shown_in_line;
use shirushi_wire::{Deed, Errand, Ticket, Want};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::runtime::Handle;

/// The path of an agent's address that sites send browsers to.
const ENTER: &str = "/enter";

/// `login`
pub(crate) async fn run(login: Login, language: Language) -> Result<ExitCode, Failure> {
    let cookies = login
        .cookies
        .as_deref()
        .map(|path: &Path| {
            let inputs: Vec<&Path> = login
                .trust
                .iter()
                .chain(&login.card.file)
                .map(PathBuf::as_path)
                .collect();
            let wanted = Wanted {
                is_forced: login.is_forced,
                is_private: true,
                inputs: &inputs,
                ..Wanted::default()
            };
            Output::at(path, &wanted, language)
        })
        .transpose()?;
    let mut trust = Vec::new();
    for path in &login.trust {
        trust.push(read_at_most(path, certificates::LARGEST)?);
    }
    let is_json = login.is_json;
    let work = Work {
        url: Url::parse(&login.url).map_err(|_| no_address(&login.url, language))?,
        peers: Peers::new(&trust).map_err(Failure::Http)?,
        client: client(&trust).map_err(Failure::Http)?,
        card: WithPin {
            source: source(&login.card, language)?,
            which: login.card,
            options: login.pins,
            name: PinName::Authentication,
            language,
        },
        runtime: Handle::current(),
        language,
    };
    let done = attended(language, move || work.run()).await?;
    match done {
        Done::Here(landed, serial) => {
            if let Some(output) = cookies {
                output.write(landed.cookies.as_bytes(), language)?;
            }
            match (is_json, language) {
                (true, _) => print_json(&json!({
                    "site": landed.origin,
                    "page": landed.title,
                    "address": landed.address,
                    "certificate": serial.to_string(),
                }))?,
                (false, Language::Japanese) => print(&format!(
                    "{} にログインしました（利用者証明用電子証明書 {serial}）。\n  画面: {} {}",
                    landed.origin, landed.title, landed.address
                ))?,
                (false, Language::English) => print(&format!(
                    "Logged in to {} (authentication certificate {serial}).\n  Page: {} {}",
                    landed.origin, landed.title, landed.address
                ))?,
            }
        }
        Done::Elsewhere(address) => match (is_json, language) {
            (true, _) => print_json(&json!({ "open": address }))?,
            (false, Language::Japanese) => print(&format!(
                "署名をサイトに送りました。ログインを始めたブラウザーで、次のアドレスを開いてください。\n{address}"
            ))?,
            (false, Language::English) => print(&format!(
                "The signature was sent to the site. Open this address in the browser in which you began:\n{address}"
            ))?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// How it ended.
enum Done {
    /// Logged in, with this certificate.
    Here(Landed, SerialNumber),
    /// The browser in which it began is to open this.
    Elsewhere(String),
}

struct Work {
    url: Url,
    peers: Peers,
    client: reqwest::Client,
    card: WithPin,
    runtime: Handle,
    language: Language,
}

impl Work {
    fn run(&self) -> Result<Done, Failure> {
        if self.url.path() == ENTER {
            let (site, ticket) = self.call(&self.url)?;
            let (address, _) = self.errand(&site, ticket)?;
            return Ok(Done::Elsewhere(address));
        }
        let site = self.site(&self.url.origin().ascii_serialization())?;
        let mut browser = Browser::new(self.client.clone(), site.clone(), self.language);
        let path = match self.url.path() {
            "/" => "/log-in",
            path => path,
        };
        say(self.language.pick(
            "サイトのログイン画面を開いています…",
            "Opening the site's log-in page…",
        ));
        let agent = self
            .runtime
            .block_on(browser.begin(path))?;
        let agent = Url::parse(&agent).map_err(|_| self.no_errand())?;
        let (named, ticket) = self.call(&agent)?;
        if named != site {
            return Err(self.no_errand());
        }
        let (address, serial) = self.errand(&site, ticket)?;
        let landed = self
            .runtime
            .block_on(browser.finish(&address))?;
        Ok(Done::Here(landed, serial))
    }

    /// Does the errand of a ticket; where the browser is to go afterwards.
    fn errand(&self, site: &str, ticket: Ticket) -> Result<(String, SerialNumber), Failure> {
        let errand = self
            .runtime
            .block_on(self.peers.claim(site, ticket))
            .map_err(|fault| self.of_peer(site, &fault))?;
        let Want::LogIn { challenge } = &errand.want else {
            // The site is told, so that it need not wait.
            let _ = self.settle(site, &errand, Deed::Declined);
            return Err(told(
                code::FAILED,
                self.language,
                "サイトが求めているのはログインではありません。このコマンドはログインだけをし、署名用パスワードは使いません。",
                "The site wants something else than a log-in. This command logs in and does nothing else; it never uses the signature password.",
            ));
        };
        challenge
            .require_form()
            .map_err(|refusal| crate::told::of_refusal(&refusal, self.language))?;
        let statement = challenge.statement(site);
        say(&self.asked(site, &errand, &statement));
        let site_time = errand.now;
        let before = |access: &mut _| self.card.certificate_before_pin(access);
        let signed = self
            .card
            .run_after(before, |access, pin, known| {
                // A sandbox city on this machine may live ahead of it. No site chooses the time at which another's certificate signs.
                let time_of = |certificate: &Certificate| match is_here(site)
                    && certificate.is_of_sandbox()
                {
                    true => site_time,
                    false => SystemClock.now(),
                };
                let (Some(card), Some(pin)) = (access.card(), pin.key()) else {
                    return Err(wrong_application(self.language));
                };
                let signing = Signing {
                    credential: Credential::Authentication,
                    known,
                    with_authority: false,
                };
                sign_digest_at_time_of(
                    card,
                    &signing,
                    pin,
                    &ContentDigests::of(&statement),
                    time_of,
                )
                .map_err(|error| of_client(&error, self.language))
            })?;
        let cms = Base64::encode_string(&signed.cms);
        let address = self.settle(site, &errand, Deed::LoggedIn { cms })?;
        Ok((address, *signed.certificate.serial()))
    }

    fn settle(&self, site: &str, errand: &Errand, deed: Deed) -> Result<String, Failure> {
        let code = self
            .runtime
            .block_on(
                self.peers
                    .settle(site, errand.channel, deed),
            )
            .map_err(|fault| self.of_peer(site, &fault))?;
        Ok(format!("{site}/returned?code={}", String::from(code)))
    }

    /// Who asks, and what is signed.
    fn asked(&self, site: &str, errand: &Errand, statement: &[u8]) -> String {
        let name = shown_in_line(self.language.of_both(&errand.site));
        let statement = String::from_utf8_lossy(statement).replace('\n', "\n    ");
        match self.language {
            Language::Japanese => format!(
                "ログイン先: {site}\n  サイトの名乗り: {name}\n  利用者証明用の鍵で署名する文:\n    {statement}"
            ),
            Language::English => format!(
                "To log in to: {site}\n  What it calls itself: {name}\n  What the authentication key signs:\n    {statement}"
            ),
        }
        .trim_end()
        .to_owned()
    }

    /// The site and the ticket in an address of an agent.
    fn call(&self, url: &Url) -> Result<(String, Ticket), Failure> {
        let value = |wanted: &str| {
            url.query_pairs()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let ticket = value("ticket")
            .parse()
            .map_err(|_| Failure::Told {
                code: code::FAILED,
                text: refusal_text(&TICKET_GOOD.refusal([]), self.language),
            })?;
        Ok((self.site(&value("site"))?, ticket))
    }

    /// An origin that may be spoken to: over TLS, or on this machine.
    fn site(&self, text: &str) -> Result<String, Failure> {
        let site = match site(text) {
            Ok(site) => return Ok(site),
            Err(UnfitSite::NoOrigin) => return Err(no_address(text, self.language)),
            Err(UnfitSite::Plain(site)) => site,
        };
        Err(told(
            code::FAILED,
            self.language,
            &format!(
                "{site} は暗号化されていない接続（http）です。この機械の中のサイトにだけ使えます。カードには何も送っていません。"
            ),
            &format!(
                "{site} is an unencrypted connection (http), which is for sites on this machine only. Nothing was sent to the card."
            ),
        ))
    }

    fn no_errand(&self) -> Failure {
        told(
            code::FAILED,
            self.language,
            "サイトのログイン画面は、カードによるログインを始めませんでした。カードには何も送っていません。\n  サイトのアドレスを確かめてください。",
            "The site's log-in page did not begin a log-in by card. Nothing was sent to the card.\n  See that it is the site's address.",
        )
    }

    fn of_peer(&self, site: &str, fault: &PeerFault) -> Failure {
        let words = fault.words();
        Failure::Told {
            code: match fault {
                PeerFault::Unreachable(_) => code::NOT_REACHED,
                _ => code::FAILED,
            },
            text: format!("{site}: {}", self.language.of_both(&words)),
        }
    }
}

fn no_address(text: &str, language: Language) -> Failure {
    told(
        code::USAGE,
        language,
        &format!(
            "{text:?} はサイトのアドレスでも、利用者クライアントのアドレスでもありません。\n  http://portal.localhost:8080 のように指定してください。"
        ),
        &format!(
            "{text:?} is neither a site's address nor an agent's.\n  Give one such as http://portal.localhost:8080."
        ),
    )
}
