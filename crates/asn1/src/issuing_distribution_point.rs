//! IssuingDistributionPoint: which part of the revocations a list holds.

use const_oid::{AssociatedOid, ObjectIdentifier, db::rfc5280};
use der::Sequence;
use x509_cert::ext::pkix::{crl::dp::ReasonFlags, name::DistributionPointName};

/// The scope of a certificate revocation list; JPKI has one point for each municipality, named by directoryName.
///
/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///     distributionPoint          [0] DistributionPointName OPTIONAL,
///     onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
///     onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
///     onlySomeReasons            [3] ReasonFlags OPTIONAL,
///     indirectCRL                [4] BOOLEAN DEFAULT FALSE,
///     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE
/// }
/// ```
///
/// [RFC 5280 §5.2.5](https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5). The type of `x509-cert` 0.3.0 is associated with the
/// identifier of subjectInfoAccess, hence this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Sequence)]
pub struct IssuingDistributionPoint {
    /// The point, by the names that the certificates' points bear.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub distribution_point: Option<DistributionPointName>,
    /// End-entity certificates only.
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        default = "Default::default"
    )]
    pub only_contains_user_certs: bool,
    /// CA certificates only.
    #[asn1(
        context_specific = "2",
        tag_mode = "IMPLICIT",
        default = "Default::default"
    )]
    pub only_contains_ca_certs: bool,
    /// Some revocation reasons only.
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", optional = "true")]
    pub only_some_reasons: Option<ReasonFlags>,
    /// Entries may be of other issuers.
    #[asn1(
        context_specific = "4",
        tag_mode = "IMPLICIT",
        default = "Default::default"
    )]
    pub indirect_crl: bool,
    /// Attribute certificates only.
    #[asn1(
        context_specific = "5",
        tag_mode = "IMPLICIT",
        default = "Default::default"
    )]
    pub only_contains_attribute_certs: bool,
}

impl AssociatedOid for IssuingDistributionPoint {
    const OID: ObjectIdentifier = rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT;
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Decode, Encode, asn1::Ia5String};
    use x509_cert::ext::pkix::name::GeneralName;

    #[test]
    fn the_identifier_is_the_standards() {
        assert_eq!(IssuingDistributionPoint::OID.to_string(), "2.5.29.28");
    }

    #[test]
    fn false_flags_are_left_out() {
        let uri = Ia5String::new("http://a").unwrap();
        let names = vec![GeneralName::UniformResourceIdentifier(uri)];
        let point = IssuingDistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(names)),
            only_contains_user_certs: true,
            ..Default::default()
        };
        let der = point.to_der().unwrap();
        assert_eq!(hex::encode(&der), "3011a00ca00a8608687474703a2f2f618101ff");
        assert_eq!(IssuingDistributionPoint::from_der(&der).unwrap(), point);
    }
}
