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
