//! One filing by someone invented.

use shirushi_clock::Instant;
use shirushi_wire::filing::{Attachment, Filing, FilingApplicant, FilingId};

pub(crate) fn filing() -> Filing {
    Filing {
        id: FilingId::from_bytes([0x5a; 16]),
        procedure: "RKO0010".parse().unwrap(),
        prepared_at: Instant::from_unix(1_800_000_000).unwrap(),
        applicant: FilingApplicant {
            name: "印　花子".to_owned(),
            birth_date: "1990-04-01".parse().unwrap(),
            address: "東京都架空市見本町1丁目2番3号".to_owned(),
        },
        form: vec![
            ("tax-year".to_owned(), "2026".to_owned()),
            (
                "note".to_owned(),
                "a < b & c > \"d\"\nsecond line".to_owned(),
            ),
            ("empty".to_owned(), String::new()),
        ],
        attachments: vec![Attachment {
            name: "領収書 \"A&B\" <1>.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            content: b"one receipt".to_vec(),
        }],
    }
}

pub(crate) fn document() -> String {
    String::from_utf8(filing().to_xml().unwrap()).unwrap()
}
