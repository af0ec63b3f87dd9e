//! The proof of a log-in (電子利用者証明).

use crate::Portal;
use base64ct::{Base64, Encoding as _};
use shirushi_path::{Check, Requirements, StatusProblem, Unknown, examine};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{Bilingual, Facts, LOG_IN_PROVEN, Refusal};
use shirushi_signature::verify;
use shirushi_web::Visit;
use shirushi_wire::Challenge;

/// Why a log-in is not proven.
#[derive(Debug)]
pub(crate) enum Unproven {
    /// The proof does not hold.
    Refused(Refusal),
    /// Whether the certificate is alive cannot be found out now: nothing that the citizen did.
    StatusUnknown(Unknown),
}

/// What is known of a certificate at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be used.
    Alive,
    /// It cannot, and why.
    Dead(Bilingual),
    /// It cannot be found out, and why.
    Unknown(Unknown),
}

/// How long a challenge can be answered, in seconds.
const SECONDS: i64 = 10 * 60;

impl Portal {
    /// A challenge for the session of `visit`.
    pub(crate) fn challenge(&self, visit: &Visit) -> Challenge {
        let mut nonce = [0; 16];
        self.random.as_ref().fill(&mut nonce);
        Challenge {
            session: hex::encode(visit.session_hash()),
            nonce: hex::encode(nonce),
            issued_at: self.now(),
        }
    }

    /// The authentication certificate by which a log-in is proven: `cms` is the agent's answer, base64.
    pub(crate) async fn prove(
        &self,
        visit: &Visit,
        challenge: &Challenge,
        cms: &str,
    ) -> Result<Certificate, Unproven> {
        let refused = |fault: Bilingual| {
            Unproven::Refused(LOG_IN_PROVEN.refusal(Facts::new().and("fault", fault)))
        };
        if challenge.session != hex::encode(visit.session_hash()) {
            return Err(refused(Bilingual::new(
                "別の画面のためのものです",
                "it is for another session",
            )));
        }
        let late = Bilingual::new("時間がかかりすぎました", "it took too long");
        let last = challenge
            .issued_at
            .plus_seconds(SECONDS);
        if self.now() > last {
            return Err(refused(late));
        }
        let der = Base64::decode_vec(cms).map_err(|_| {
            refused(Bilingual::new(
                "答えが壊れています",
                "the answer is malformed",
            ))
        })?;
        let statement = challenge.statement(visit.site().origin());
        let verified = verify(&der, &statement).map_err(|_| {
            refused(Bilingual::new(
                "このサイトの、この画面への署名ではありません",
                "it is not signed for this site and this session",
            ))
        })?;
        let signed_at = verified.signing_time();
        if signed_at > last
            || signed_at
                < challenge
                    .issued_at
                    .plus_seconds(-SECONDS)
        {
            return Err(refused(Bilingual::new(
                "署名した時刻が合いません",
                "the time of signing does not fit",
            )));
        }
        let certificate = verified.signer();
        match self.standing(certificate).await {
            Standing::Alive => Ok(certificate.clone()),
            Standing::Dead(fault) => Err(refused(fault)),
            Standing::Unknown(unknown) => Err(Unproven::StatusUnknown(unknown)),
        }
    }

    /// Whether an authentication certificate is alive now. The authority's own certificates are all that stands above it.
    pub(crate) async fn standing(&self, certificate: &Certificate) -> Standing {
        let anchors = self.anchors.now();
        let subject = self
            .statuses
            .subject(certificate, &anchors);
        let evidence = self
            .statuses
            .evidence(subject.as_ref(), self.now())
            .await;
        let requirements = Requirements::new(CertificateKind::Authentication, self.now());
        let examination = examine(certificate, &[], &anchors, &evidence, &requirements);
        let unknown = examination.unknown();
        let Err(error) = examination.conclude() else {
            return Standing::Alive;
        };
        Standing::Dead(match error.check() {
            Check::Kind => Bilingual::new(
                "利用者証明用電子証明書ではありません",
                "it is no authentication certificate",
            ),
            Check::Validity => Bilingual::new(
                "証明書の有効期間の外です",
                "the certificate is outside its validity",
            ),
            Check::Revocation => {
                Bilingual::new("証明書は失効しています", "the certificate is revoked")
            }
            Check::Status => {
                return Standing::Unknown(unknown.unwrap_or_else(|| {
                    let why = StatusProblem::NoEvidence;
                    Unknown {
                        why,
                        said: why.in_both(),
                    }
                }));
            }
            Check::Trust => Bilingual::new(
                "証明書の発行者を信頼していません",
                "the certificate's issuer is not trusted",
            ),
        })
    }
}
