//! What is asked, one question after the other.

use crate::Subject;
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_path::{Evidence, Missed, StatusProblem, StatusSource, read_list, read_response};
use shirushi_profile::ocsp::{self, CertId, OcspResponseStatus, ReceivedResponse};
use std::vec;

/// The largest OCSP response taken, in bytes.
const LARGEST_RESPONSE: usize = 256 * 1024;
/// The largest list taken, in bytes: some 800,000 entries.
const LARGEST_LIST: usize = 32 * 1024 * 1024;
/// Octets of a nonce (RFC 9654 §2.1).
const NONCE: usize = 32;
/// What a responder says that does not know the issuer.
const UNAUTHORIZED: StatusProblem = StatusProblem::ResponderError {
    status: OcspResponseStatus::Unauthorized,
};

/// What came of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It answered, and the answer can be read. What it says is for the path to judge.
    Answered {
        /// Where.
        url: String,
    },
    /// It was not needed, or no trusted authority has issued the certificate.
    NotAsked,
    /// The certificate names no address of this kind.
    NoAddress,
    /// No answer, or one that cannot be read.
    Failed {
        /// Where.
        url: String,
        /// What happened.
        why: Missed,
    },
}

/// What was gathered about a certificate, and from where.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// For the path to judge.
    pub evidence: Evidence,
    /// The responder.
    pub ocsp: Asked,
    /// The list; asked when the responder gave nothing.
    pub list: Asked,
}

impl Inquiry {
    /// About a certificate that no trusted authority has signed.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self {
            evidence: Evidence::default(),
            ocsp: Asked::NotAsked,
            list: Asked::NotAsked,
        }
    }
}

/// One question for a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where.
    pub url: String,
    /// The body of a POST as `application/ocsp-request` (RFC 6960 A.1); none for a GET of a list.
    pub request: Option<Vec<u8>>,
    /// The most bytes that its answer may have.
    pub most: usize,
}

impl Question {
    /// Which source is asked.
    #[must_use]
    pub fn source(&self) -> StatusSource {
        match self.request {
            Some(_) => StatusSource::Ocsp,
            None => StatusSource::Crl,
        }
    }
}

/// The asking about one certificate: [`Asking::next_question`] says what to ask, [`Asking::answered`] takes what came of it, again and again until
/// there is nothing more to ask.
///
/// A response that answers our question of `now` ends it, whatever it says: a list that is silent must not outweigh a responder that knows
/// nothing. By SHA-256, and once more by SHA-1 where the responder does not know the issuer so: many know it by SHA-1 alone (RFC 5019
/// §2.1.1). Nothing rests on that digest; the answer is signed.
#[derive(Debug)]
pub struct Asking<'a> {
    subject: &'a Subject,
    random: &'a dyn Random,
    now: Instant,
    responders: vec::IntoIter<String>,
    lists: vec::IntoIter<String>,
    under_way: Option<UnderWay>,
    /// Who is to be asked by SHA-1, and what was answered by SHA-256.
    again: Option<(String, Response)>,
    inquiry: Inquiry,
}

type Response = Result<ReceivedResponse, Missed>;

#[derive(Debug)]
enum UnderWay {
    Responder {
        url: String,
        nonce: [u8; NONCE],
        /// What was answered by SHA-256, when it is asked by SHA-1.
        first: Option<Box<Response>>,
    },
    List {
        url: String,
    },
}

impl<'a> Asking<'a> {
    /// About `subject`, now.
    #[must_use]
    pub fn about(subject: &'a Subject, random: &'a dyn Random, now: Instant) -> Self {
        Self {
            subject,
            random,
            now,
            responders: subject.responders.clone().into_iter(),
            lists: subject.lists.clone().into_iter(),
            under_way: None,
            again: None,
            inquiry: Inquiry {
                evidence: Evidence::default(),
                ocsp: Asked::NoAddress,
                list: Asked::NotAsked,
            },
        }
    }

    /// What to ask next; none at the end. A question that was not answered counts as never asked.
    pub fn next_question(&mut self) -> Option<Question> {
        if let Some((url, first)) = self.again.take() {
            match self.question(DigestAlgorithm::Sha1, &url) {
                Ok((question, nonce)) => {
                    self.under_way = Some(UnderWay::Responder {
                        url,
                        nonce,
                        first: Some(Box::new(first)),
                    });
                    return Some(question);
                }
                Err(_) => self.responded(url, first),
            }
        }
        while self.inquiry.evidence.ocsp.is_empty() {
            let Some(url) = self.responders.next() else {
                return self.next_list();
            };
            match self.question(DigestAlgorithm::Sha256, &url) {
                Ok((question, nonce)) => {
                    self.under_way = Some(UnderWay::Responder {
                        url,
                        nonce,
                        first: None,
                    });
                    return Some(question);
                }
                Err(why) => self.responded(url, Err(why)),
            }
        }
        None
    }

    fn next_list(&mut self) -> Option<Question> {
        if !self.inquiry.evidence.crls.is_empty() {
            return None;
        }
        if self.inquiry.list == Asked::NotAsked {
            self.inquiry.list = Asked::NoAddress;
        }
        let url = self.lists.next()?;
        self.under_way = Some(UnderWay::List { url: url.clone() });
        Some(Question {
            url,
            request: None,
            most: LARGEST_LIST,
        })
    }

    /// Takes what came of the last question: the body of a 200, or why there is none.
    pub fn answered(&mut self, answer: Result<Vec<u8>, Missed>) {
        match self.under_way.take() {
            None => {}
            Some(UnderWay::List { url }) => {
                let read = answer.and_then(|der| read_list(&der));
                let (asked, list) = told(url, read);
                self.inquiry.list = asked;
                self.inquiry.evidence.crls.extend(list);
            }
            Some(UnderWay::Responder { url, nonce, first }) => {
                let response = answer.and_then(|der| read_response(&der, &nonce, self.now));
                match first {
                    Some(first) => self.responded(url, response.or(*first)),
                    None if is_stranger(&response) => self.again = Some((url, response)),
                    None => self.responded(url, response),
                }
            }
        }
    }

    fn responded(&mut self, url: String, response: Response) {
        let (asked, response) = told(url, response);
        self.inquiry.ocsp = asked;
        self.inquiry
            .evidence
            .ocsp
            .extend(response);
    }

    fn question(
        &self,
        digest: DigestAlgorithm,
        url: &str,
    ) -> Result<(Question, [u8; NONCE]), Missed> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce);
        let request = CertId::new(&self.subject.issuer, &self.subject.serial, digest)
            .and_then(|id| ocsp::build_request(&[id], Some(&nonce)))
            .map_err(|error| {
                Missed::new(StatusSource::Ocsp, StatusProblem::Unreadable).because(error)
            })?;
        let question = Question {
            url: url.to_owned(),
            request: Some(request),
            most: LARGEST_RESPONSE,
        };
        Ok((question, nonce))
    }

    /// What came of it.
    #[must_use]
    pub fn end(mut self) -> Inquiry {
        for asked in [&self.inquiry.ocsp, &self.inquiry.list] {
            if let Asked::Failed { why, .. } = asked {
                self.inquiry
                    .evidence
                    .missed
                    .push(why.clone());
            }
        }
        self.inquiry
    }
}

/// Whether the responder does not know the issuer.
fn is_stranger(response: &Response) -> bool {
    match response {
        Ok(response) => response.knows_nothing(),
        Err(missed) => missed.why == UNAUTHORIZED,
    }
}

fn told<T>(url: String, found: Result<T, Missed>) -> (Asked, Option<T>) {
    match found {
        Ok(found) => (Asked::Answered { url }, Some(found)),
        Err(why) => (Asked::Failed { url, why }, None),
    }
}
