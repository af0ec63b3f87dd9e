//! What is said when the machine under a service's records refuses.

use shirushi_rules::Bilingual;
use shirushi_store::{FaultKind, MachineFault};
use std::error::Error;

/// What of the machine refused, if that lies behind an error.
#[must_use]
pub fn fault(cause: &(dyn Error + 'static)) -> Option<FaultKind> {
    let mut cause = Some(cause);
    while let Some(error) = cause {
        if let Some(fault) = error.downcast_ref::<MachineFault>() {
            return Some(fault.kind);
        }
        cause = error.source();
    }
    None
}

/// What the operator has to do. Afterwards everything goes on by itself.
#[must_use]
pub fn remedy(kind: FaultKind) -> Bilingual {
    match kind {
        FaultKind::Full => Bilingual {
            ja: "運用者はディスクの空きを作ってください（再起動は不要です）。その後でやり直してください。",
            en: "The operator frees space on the disk (no restart is needed); then try again.",
        },
        FaultKind::Io => Bilingual {
            ja: "運用者はディスクの状態と空き、ファイルの大きさの制限（ulimit -f）を確かめてください（再起動は不要です）。その後でやり直してください。",
            en: "The operator looks at the disk, its free space and the limit of file sizes (ulimit -f; no restart is needed); then try again.",
        },
        FaultKind::Memory => Bilingual {
            ja: "運用者はメモリの空きを作ってください。その後でやり直してください。",
            en: "The operator frees memory; then try again.",
        },
        FaultKind::Open => Bilingual {
            ja: "運用者は開けるファイルの数（ulimit -n）と、フォルダの権限を確かめてください（再起動は不要です）。その後でやり直してください。",
            en: "The operator looks at the number of open files (ulimit -n) and at the folder's permissions (no restart is needed); \
                 then try again.",
        },
        FaultKind::ReadOnly => Bilingual {
            ja: "運用者はデータのフォルダを書き込めるようにしてください（再起動は不要です）。その後でやり直してください。",
            en: "The operator makes the data folder writable (no restart is needed); then try again.",
        },
        FaultKind::Damaged => Bilingual {
            ja: "運用者は止めて、データのフォルダを写しておき、docs/operating.md の手順でバックアップから戻してください。空のフォルダで始めてはいけません。",
            en: "The operator stops it, keeps a copy of the data folder and restores from a backup as docs/operating.md says, never \
                 beginning with an empty folder.",
        },
        _ => Bilingual {
            ja: "運用者はデータベースのサーバーを確かめてください（再起動は不要です）。その後でやり直してください。",
            en: "The operator looks at the database's server (no restart is needed); then try again.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::fault;
    use shirushi_store::{DatabaseFailure, FaultKind, MachineFault, StoreError};

    #[derive(Debug, thiserror::Error)]
    enum Room {
        #[error(transparent)]
        Through(StoreError),
        #[error("around")]
        Around(#[source] StoreError),
    }

    #[test]
    fn a_full_disk_is_seen_behind_every_rooms_error() {
        let full = || StoreError::Machine {
            fault: MachineFault {
                kind: FaultKind::Full,
                failure: DatabaseFailure {
                    code: "13".to_owned(),
                    message: "database or disk is full".to_owned(),
                },
            },
        };
        assert_eq!(fault(&Room::Through(full())), Some(FaultKind::Full));
        assert_eq!(fault(&Room::Around(full())), Some(FaultKind::Full));
        assert_eq!(fault(&Room::Around(StoreError::Busy)), None);
    }
}
