//! What the city has acknowledged, as the people of the test note it down.

use shirushi_profile::{
    CertificateKind::{self, Signature},
    RevocationReason, SerialNumber,
};
use shirushi_wire::{ApplicationId, ResidentCode};
use std::collections::BTreeMap;

/// Everybody's notes together.
#[derive(Default)]
pub(crate) struct Accounts {
    pub(crate) residents: Vec<Account>,
    pub(crate) certificates: BTreeMap<SerialNumber, Known>,
    pub(crate) applications: BTreeMap<ApplicationId, Handed>,
    pub(crate) moves: usize,
    pub(crate) revocations: usize,
    /// Noted since somebody looked last.
    pub(crate) news: News,
}

/// One resident.
pub(crate) struct Account {
    pub(crate) code: ResidentCode,
    pub(crate) address: String,
    pub(crate) live: BTreeMap<CertificateKind, SerialNumber>,
    pub(crate) under_way: Option<UnderWay>,
}

/// What was asked for and is not acknowledged yet.
#[derive(Clone, Debug)]
pub(crate) enum UnderWay {
    Issue {
        kinds: Vec<CertificateKind>,
    },
    Revoke {
        kinds: Vec<CertificateKind>,
        reason: RevocationReason,
    },
    Move {
        address: String,
    },
}

/// A certificate that was acknowledged.
pub(crate) struct Known {
    pub(crate) resident: usize,
    pub(crate) kind: CertificateKind,
    pub(crate) application: ApplicationId,
    pub(crate) sha256: [u8; 32],
    /// Acknowledged too: why it ended.
    pub(crate) ended: Option<RevocationReason>,
}

/// An application that was sent.
pub(crate) struct Handed {
    pub(crate) resident: usize,
    pub(crate) progress: Progress,
}

/// What was acknowledged of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Sent,
    Accepted,
    Done,
}

/// What to look at first.
#[derive(Default)]
pub(crate) struct News {
    pub(crate) certificates: Vec<SerialNumber>,
    pub(crate) applications: Vec<ApplicationId>,
}

impl Accounts {
    pub(crate) fn open(code: ResidentCode, address: String) -> Account {
        Account {
            code,
            address,
            live: BTreeMap::new(),
            under_way: None,
        }
    }

    /// The card holds its certificates, and the city said so.
    pub(crate) fn issued(
        &mut self,
        resident: usize,
        application: ApplicationId,
        new: Vec<(SerialNumber, Known)>,
    ) {
        for (serial, known) in new {
            let old = self.residents[resident]
                .live
                .insert(known.kind, serial);
            if let Some(old) = old {
                self.ended(old, RevocationReason::Superseded);
            }
            let twice = self.certificates.insert(serial, known);
            assert!(twice.is_none(), "serial {serial} was acknowledged twice");
            self.news.certificates.push(serial);
        }
        self.progress(application, Progress::Done);
        self.residents[resident].under_way = None;
    }

    pub(crate) fn progress(&mut self, application: ApplicationId, progress: Progress) {
        self.applications
            .get_mut(&application)
            .unwrap()
            .progress = progress;
        self.news.applications.push(application);
    }

    pub(crate) fn revoked(
        &mut self,
        resident: usize,
        kinds: &[CertificateKind],
        reason: RevocationReason,
    ) {
        self.end_live(resident, kinds, reason);
        self.revocations += 1;
        self.residents[resident].under_way = None;
    }

    pub(crate) fn moved(&mut self, resident: usize, address: String) {
        self.end_live(resident, &[Signature], RevocationReason::AffiliationChanged);
        self.moves += 1;
        self.residents[resident].address = address;
        self.residents[resident].under_way = None;
    }

    fn end_live(&mut self, resident: usize, kinds: &[CertificateKind], reason: RevocationReason) {
        for kind in kinds {
            if let Some(serial) = self.residents[resident]
                .live
                .remove(kind)
            {
                self.ended(serial, reason);
            }
        }
    }

    fn ended(&mut self, serial: SerialNumber, reason: RevocationReason) {
        self.certificates
            .get_mut(&serial)
            .unwrap()
            .ended = Some(reason);
        self.news.certificates.push(serial);
    }
}

impl UnderWay {
    /// Which certificates it ends if it takes effect, and why.
    pub(crate) fn ends(&self) -> (&[CertificateKind], RevocationReason) {
        match self {
            Self::Issue { kinds, .. } => (kinds, RevocationReason::Superseded),
            Self::Revoke { kinds, reason } => (kinds, *reason),
            Self::Move { .. } => (&[Signature], RevocationReason::AffiliationChanged),
        }
    }
}
