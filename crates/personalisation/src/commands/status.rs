//! The card's status as data objects.

use super::{
    CARD_NUMBER, COMPLETED, DIGEST, KINDS, STAGE, TRANSACTION, kind_code, kind_of, kinds_of,
    stage_code, stage_of, transaction_of,
};
use crate::{CardStatus, Stage};
use shirushi_apdu::ber;

/// The answer to status.
pub(crate) fn encode_status(status: &CardStatus) -> Vec<u8> {
    let mut data = ber::encode(CARD_NUMBER, status.card_number.as_bytes());
    let ids = [
        (TRANSACTION, status.transaction),
        (COMPLETED, status.completed),
    ];
    for (tag, id) in ids {
        if let Some(id) = id {
            data.extend(ber::encode(tag, id.as_bytes()));
        }
    }
    data.extend(ber::encode(STAGE, &[stage_code(status.stage)]));
    let kinds: Vec<u8> = status
        .kinds
        .iter()
        .map(|kind| kind_code(*kind))
        .collect();
    data.extend(ber::encode(KINDS, &kinds));
    for (kind, digest) in &status.certificate_digests {
        let mut value = vec![kind_code(*kind)];
        value.extend_from_slice(digest);
        data.extend(ber::encode(DIGEST, &value));
    }
    data
}

/// Reads the answer to status; none when it is malformed.
pub(crate) fn parse_status(data: &[u8]) -> Option<CardStatus> {
    let mut status = CardStatus {
        card_number: String::new(),
        transaction: None,
        completed: None,
        stage: Stage::Idle,
        kinds: Vec::new(),
        certificate_digests: Vec::new(),
    };
    let mut stage = None;
    for object in ber::Reader::new(data) {
        let object = object.ok()?;
        match object.tag {
            CARD_NUMBER => {
                status.card_number = std::str::from_utf8(object.value)
                    .ok()?
                    .to_owned()
            }
            TRANSACTION => status.transaction = Some(transaction_of(object.value).ok()?),
            COMPLETED => status.completed = Some(transaction_of(object.value).ok()?),
            STAGE => stage = stage_of(object.value),
            KINDS => status.kinds = kinds_of(object.value)?,
            DIGEST => {
                let (kind, digest) = object.value.split_first()?;
                status
                    .certificate_digests
                    .push((kind_of(*kind)?, digest.try_into().ok()?));
            }
            _ => return None,
        }
    }
    status.stage = stage?;
    (!status.card_number.is_empty()).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, TransactionId};
    use proptest::prelude::*;

    #[test]
    fn a_status_survives_its_way() {
        let idle = CardStatus {
            card_number: "0000000012345678".to_owned(),
            transaction: None,
            completed: None,
            stage: Stage::Idle,
            kinds: Vec::new(),
            certificate_digests: Vec::new(),
        };
        let full = CardStatus {
            transaction: Some(TransactionId::new([1; 16])),
            completed: Some(TransactionId::new([2; 16])),
            stage: Stage::CertificatesWritten,
            kinds: Kind::ALL.to_vec(),
            certificate_digests: vec![(Kind::Authentication, [3; 32]), (Kind::Signature, [4; 32])],
            ..idle.clone()
        };
        for status in [idle, full] {
            let data = encode_status(&status);
            assert!(data.len() <= crate::session::MOST_ANSWER);
            assert_eq!(parse_status(&data), Some(status));
        }
    }

    #[test]
    fn a_status_without_number_or_stage_or_with_unknown_objects_is_none() {
        let stage = ber::encode(STAGE, &[0]);
        let number = ber::encode(CARD_NUMBER, b"1");
        assert_eq!(parse_status(&stage), None);
        assert_eq!(parse_status(&number), None);
        let unknown = ber::encode(0xCF, &[]);
        assert_eq!(
            parse_status(&[number.clone(), stage.clone(), unknown].concat()),
            None
        );
        let twice = ber::encode(KINDS, &[1, 1]);
        assert_eq!(parse_status(&[number, stage, twice].concat()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_status_or_none(data in proptest::collection::vec(0xBF..=0xC6_u8, 0..64)) {
            if let Some(status) = parse_status(&data) {
                prop_assert_eq!(parse_status(&encode_status(&status)), Some(status));
            }
        }
    }
}
