//! What no public source says of certificates, and what is assumed in its place. Nothing here decides what is accepted: whoever receives a
//! certificate goes by what is known ([`CertificateKind::from_policy`]). Whoever sees the real value writes it into `shirushi_asn1::oid`, beside
//! those that are known.

use crate::CertificateKind;
use const_oid::ObjectIdentifier;

impl CertificateKind {
    /// **Assumed**: the policy of a certificate in a telephone (移動端末設備用電子証明書). One repository names `…8.5.1.1.40` for the signature
    /// certificate, "unverified" (`facts/profile-and-rules.md` A.5, A.7); of the other there is no source at all. It is here under the arc of
    /// the test cards, by the step from 20 to 40 and so from 30 to 50, so that software cards can be made that stand for a telephone, and is
    /// known to no relying party.
    #[must_use]
    pub const fn assumed_phone_policy(self) -> ObjectIdentifier {
        match self {
            Self::Signature => ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.40"),
            Self::Authentication => ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.50"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CertificateKind;

    /// A guess must not become what is accepted, nor be taken for another guess.
    #[test]
    fn an_assumed_policy_stands_for_no_kind() {
        for kind in CertificateKind::ALL {
            let assumed = kind.assumed_phone_policy();
            assert_eq!(CertificateKind::from_policy(assumed), None);
            assert!(
                assumed
                    .parent()
                    .zip(kind.policy().parent())
                    .is_some_and(|(assumed, known)| assumed == known)
            );
        }
        let [signature, authentication] =
            CertificateKind::ALL.map(CertificateKind::assumed_phone_policy);
        assert_ne!(signature, authentication);
    }
}
