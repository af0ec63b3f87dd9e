//! A look around a city that has just been started again, while nobody asks it for anything: everything acknowledged is there, and
//! what was under way has taken effect wholly or not at all.

use crate::{
    account::{Account, Accounts, Progress},
    line::{Life, short},
};
use shirushi_profile::{
    CertificateKind, CertificateList, RevocationReason, SerialNumber, ocsp::CertificateStatus,
};
use shirushi_wire::ApplicationId;
use std::collections::BTreeSet;

/// Looks at every resident, and at the certificates and applications named.
pub(crate) async fn inspect(
    life: &Life,
    accounts: &Accounts,
    session: &str,
    certificates: &[SerialNumber],
    applications: &[ApplicationId],
) {
    no_intent_is_open(life).await;
    for account in &accounts.residents {
        the_record_is_as_acknowledged(life, account, session).await;
        live_certificates(life, account).await;
    }
    for serial in certificates {
        if let Some(reason) = accounts.certificates[serial].ended {
            let kind = accounts.certificates[serial].kind;
            let status = life.status(kind, serial).await.unwrap();
            assert_eq!(
                revoked(status),
                Some(reason),
                "the end of {kind} {serial} was acknowledged; the responder says {status:?}"
            );
        }
    }
    for id in applications {
        the_application_is_known(life, id, accounts.applications[id].progress, session).await;
    }
}

/// The complete list of each kind has every end that was acknowledged.
pub(crate) async fn lists(life: &Life, accounts: &Accounts) {
    for kind in CertificateKind::ALL {
        let path = format!("/crl/{}/complete.crl", short(kind));
        let list = CertificateList::from_der(&life.bytes(&path).await).unwrap();
        for (serial, known) in &accounts.certificates {
            if known.kind == kind {
                let listed = list
                    .entry(serial)
                    .map(|entry| entry.reason);
                assert_eq!(listed, known.ended, "{kind} {serial} in {path}");
            }
        }
    }
}

async fn no_intent_is_open(life: &Life) {
    let status = life
        .read("/authority/status", None)
        .await;
    assert_eq!(status["ok"], true, "{status}");
    let open = status["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "open-intents")
        .unwrap();
    assert_eq!(open["seen"], "0", "intents are open after a start");
}

async fn the_record_is_as_acknowledged(life: &Life, account: &Account, session: &str) {
    let path = format!("/counter/residents/{}", account.code);
    let record = life.read(&path, Some(session)).await;
    let address = record["address"].as_str().unwrap();
    let may_be = match &account.under_way {
        Some(crate::account::UnderWay::Move { address }) => Some(address.as_str()),
        _ => None,
    };
    assert!(
        address == account.address || Some(address) == may_be,
        "{}: the register says {address}; acknowledged was {}, under way {may_be:?}",
        account.code,
        account.address
    );
}

async fn live_certificates(life: &Life, account: &Account) {
    let (touched, because) = account
        .under_way
        .as_ref()
        .map_or((&[][..], RevocationReason::Unspecified), |under_way| {
            under_way.ends()
        });
    let mut fates = BTreeSet::new();
    for (kind, serial) in &account.live {
        let status = life
            .status(*kind, serial)
            .await
            .unwrap();
        let ended = revoked(status);
        let may_end = touched
            .contains(kind)
            .then_some(because);
        assert!(
            status == CertificateStatus::Good || (may_end.is_some() && ended == may_end),
            "{kind} {serial} of {} was acknowledged; under way is {:?}; the responder says {status:?}",
            account.code,
            account.under_way
        );
        if may_end.is_some() {
            fates.insert(ended.is_some());
        }
    }
    assert!(
        fates.len() < 2,
        "{:?} of {} took effect by halves",
        account.under_way,
        account.code
    );
}

async fn the_application_is_known(
    life: &Life,
    id: &ApplicationId,
    progress: Progress,
    session: &str,
) {
    let path = format!("/counter/applications/{id}");
    let seen = life.read(&path, Some(session)).await;
    let state = seen["state"].as_str().unwrap();
    let fits = match progress {
        Progress::Sent => true,
        Progress::Accepted => matches!(state, "received" | "issued"),
        Progress::Done => state == "issued",
    };
    assert!(
        fits,
        "application {id}: acknowledged {progress:?}, the counter says {state}"
    );
}

fn revoked(status: CertificateStatus) -> Option<RevocationReason> {
    match status {
        CertificateStatus::Revoked { reason, .. } => Some(reason),
        CertificateStatus::Good | CertificateStatus::Unknown => None,
    }
}
