//! What the authority says of its own keys: which there are, and in time what is to come of them.

use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_profile::{CertificateKind, Generation};
use shirushi_rules::InBoth;

/// The authority's keys, for everybody: operators, officers, and those who trust it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct AuthorityKeys {
    /// Those in use, the oldest of each kind first.
    pub generations: Vec<KeysInUse>,
    /// What is to be known in time; none when nothing comes within a year and nothing is late.
    pub warnings: Vec<KeyWarning>,
}

/// A generation's own certificate, for responders in other processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IssuerCertificate {
    /// Whose certificates it issues.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// Which it is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
    pub generation: Generation,
    /// Base64 of the DER.
    pub certificate: String,
}

/// A responder's key that is to be certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResponderKeyRequest {
    /// By which authority.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// By which of its keys.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
    pub generation: Generation,
    /// Base64 of the DER SubjectPublicKeyInfo.
    pub public_key: String,
}

/// A generation that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct KeysInUse {
    /// Whose certificates it issues.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// Which it is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
    pub generation: Generation,
    /// Since when its certificate is valid.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub not_before: Instant,
    /// Until when.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub not_after: Instant,
    /// Until when its responder's certificate is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub responder_until: Instant,
    /// SHA-256 of its certificate, hexadecimal: what is compared before it is trusted.
    pub sha256: String,
}

/// What should be known of keys before it is felt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum KeyWarning {
    /// The next generation comes within a year. Nothing is wrong; whoever keeps trusted certificates in a file will need it.
    NextGeneration {
        /// Whose certificates it will issue.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
        kind: CertificateKind,
        /// Which it will be.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
        generation: Generation,
        /// About when it is made.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        from: Instant,
    },
    /// The next generation was to be made and was not.
    GenerationLate {
        /// Whose certificates the newest issues.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
        kind: CertificateKind,
        /// The newest.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
        generation: Generation,
        /// When it ends.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        ends: Instant,
        /// From when on it covers the longest certificates no more, and they are refused.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        refused_from: Instant,
    },
    /// A responder's certificate was to be replaced and was not.
    ResponderLate {
        /// Of which authority.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
        kind: CertificateKind,
        /// Of which generation.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Generation"))]
        generation: Generation,
        /// When it ends, and OCSP with it.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        ends: Instant,
    },
    /// The last renewal failed.
    RenewalFailed {
        /// When.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        at: Instant,
    },
}

impl KeyWarning {
    /// Whether something is wrong already, and not only to come.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::NextGeneration { .. })
    }

    /// What it says, to people.
    #[must_use]
    pub fn told(&self) -> InBoth {
        match self {
            Self::NextGeneration {
                kind,
                generation,
                from,
            } => both(
                format!(
                    "{}認証局は、{}ごろに次の鍵（第{generation}世代）に替わります。認証局の証明書をファイルで信頼しているところは、そのあとで/ca/all.pemを取り直す必要があります",
                    in_japanese(*kind),
                    day(*from),
                ),
                format!(
                    "The {kind} authority changes to its next keys (generation {generation}) about {}. Whoever trusts its certificates in a file needs /ca/all.pem anew after that",
                    from.date_jst(),
                ),
            ),
            Self::GenerationLate {
                kind,
                generation,
                ends,
                refused_from,
            } => both(
                format!(
                    "{}認証局の鍵（第{generation}世代、{}まで）に、できているはずの後継がありません。{}からは、有効期間の長い証明書を発行できません",
                    in_japanese(*kind),
                    day(*ends),
                    day(*refused_from),
                ),
                format!(
                    "The keys of the {kind} authority (generation {generation}, until {}) have no successor, which should be there by now. From {} on, the longest certificates cannot be issued",
                    ends.date_jst(),
                    refused_from.date_jst(),
                ),
            ),
            Self::ResponderLate {
                kind,
                generation,
                ends,
            } => both(
                format!(
                    "{}認証局（第{generation}世代）の失効を答えるサーバーの証明書は{}に終わりますが、できているはずの後継がありません。そのあとは失効の問い合わせ（OCSP）に答えられません",
                    in_japanese(*kind),
                    day(*ends),
                ),
                format!(
                    "The certificate of the {kind} authority's responder (generation {generation}) ends on {} and has no successor, which should be there by now. After that OCSP is not answered",
                    ends.date_jst(),
                ),
            ),
            Self::RenewalFailed { at } => both(
                format!(
                    "{}に、認証局の鍵の更新に失敗しました。1時間ごとに試し直します。わけは認証局のログにあります",
                    day(*at),
                ),
                format!(
                    "A renewal of the authority's keys failed on {}; it is tried again each hour. The authority's log says why",
                    at.date_jst(),
                ),
            ),
        }
    }
}

fn both(ja: String, en: String) -> InBoth {
    InBoth { ja, en }
}

fn in_japanese(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => "署名用",
        CertificateKind::Authentication => "利用者証明用",
    }
}

fn day(at: Instant) -> String {
    let day: Date = at.date_jst();
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_with_its_days_in_both_languages() {
        let at = |seconds| Instant::from_unix(seconds).unwrap();
        let late = KeyWarning::GenerationLate {
            kind: CertificateKind::Signature,
            generation: Generation::FIRST,
            ends: at(1_900_000_000),
            refused_from: at(1_800_000_000),
        };
        let InBoth { ja, en } = late.told();
        assert!(
            ja.contains("署名用") && ja.contains("2030年3月18日") && ja.contains("2027年1月15日")
        );
        assert!(en.contains("signature") && en.contains("2030-03-18") && en.contains("2027-01-15"));
        let text = serde_json::to_string(&late).unwrap();
        assert_eq!(serde_json::from_str::<KeyWarning>(&text).unwrap(), late);
        let next = KeyWarning::NextGeneration {
            kind: CertificateKind::Authentication,
            generation: Generation::FIRST,
            from: at(0),
        };
        assert!(late.is_fault() && !next.is_fault());
    }
}
