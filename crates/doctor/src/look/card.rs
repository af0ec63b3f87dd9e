//! The card: what it tells without a PIN.

use super::{certificates, files, readers};
use crate::{
    Cards, Surroundings,
    notes::{Notes, said},
    table::{
        CARD_ANSWERS, CARD_APPLICATION, CARD_CERTIFICATE_AUTHENTICATION,
        CARD_CERTIFICATE_SIGNATURE, CARD_FEW_TRIES, CARD_FILE, CARD_NAMED,
        CARD_PIN_LOCKED_AUTHENTICATION, CARD_PIN_LOCKED_SIGNATURE, CARD_PRESENT,
        CARD_RESIDENT_REGISTER, PCSC_INSTALLED, PCSC_LIBRARY, PCSC_PERMISSION, PCSC_PROTOCOL,
        PCSC_RUNNING, READER_CCID, READER_DRIVER, READER_FREE, READER_KERNEL_DRIVER,
        READER_PRESENT, READER_SINGLE,
    },
};
use shirushi_apdu::{BASIC_REGISTER_AID, Command, ISSUER_AID, Response, Transmit, select};
use shirushi_card::{Card, CardError, Credential, TokenKind};
use shirushi_profile::Certificate;

/// EF 0008: three bytes, of which the first two say which certificates are there (`facts/card.md` §5).
const AVAILABILITY: u16 = 0x0008;
const AVAILABLE: u8 = 0x8F;

/// What a card without a PIN gives to be looked at further.
#[derive(Default)]
pub(crate) struct Certificates {
    pub(crate) authentication: Option<Certificate>,
    pub(crate) authentication_authority: Option<Certificate>,
    pub(crate) signature_authority: Option<Certificate>,
}

/// Looks at reader, card and certificates.
pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    match &surroundings.cards {
        Cards::Readers { source, name } => {
            notes.not_concerned(
                &[&CARD_NAMED],
                &said(
                    "ファイルは名指しされていません（--card）",
                    "No file is named (--card)",
                ),
            );
            files::look_at_wallet(surroundings, notes);
            if let Some(connection) =
                readers::look(surroundings, source.as_ref(), name.as_deref(), notes)
            {
                open(surroundings, connection, notes);
            }
        }
        Cards::File(path) => {
            notes.not_concerned(
                &[
                    &PCSC_LIBRARY,
                    &PCSC_INSTALLED,
                    &PCSC_RUNNING,
                    &PCSC_PERMISSION,
                    &PCSC_PROTOCOL,
                    &READER_KERNEL_DRIVER,
                    &READER_CCID,
                    &READER_DRIVER,
                    &READER_PRESENT,
                    &READER_SINGLE,
                    &READER_FREE,
                ],
                &said(
                    "ファイルのカードにリーダーは要りません",
                    "A card in a file needs no reader",
                ),
            );
            if let Some(card) = files::look_at(path, notes) {
                let shown = path.display().to_string();
                for check in [&CARD_NAMED, &CARD_FILE, &CARD_PRESENT] {
                    notes.ok(check, said(&shown, &shown));
                }
                open(surroundings, card, notes);
            }
        }
    }
}

fn open(surroundings: &Surroundings, mut transport: impl Transmit, notes: &mut Notes) {
    match Card::open(&mut transport) {
        Ok(card) => {
            notes.ok(&CARD_ANSWERS, said("応答しました", "It answers"));
            let label = card.token().label.clone();
            notes.ok(&CARD_APPLICATION, said(label.clone(), label));
            read(surroundings, card, notes);
        }
        Err(CardError::Transmit(error)) => {
            let text = error.to_string();
            notes.fault(&CARD_ANSWERS, said(text.clone(), text), &[]);
        }
        Err(CardError::NoJpkiApplication { status }) => {
            notes.ok(&CARD_ANSWERS, said("応答しました", "It answers"));
            let seen = said(
                format!("JPKIの選択に{status}と答えました"),
                format!("It answers {status} to the selection of JPKI"),
            );
            if selects(&mut transport, &BASIC_REGISTER_AID) {
                notes.not_concerned(&[&CARD_APPLICATION], &seen);
                notes.fault(&CARD_RESIDENT_REGISTER, resident_register(), &[]);
            } else {
                notes.fault(&CARD_APPLICATION, seen, &[]);
            }
        }
        Err(error) => {
            let text = error.to_string();
            notes.fault(&CARD_ANSWERS, said(text.clone(), text), &[]);
        }
    }
}

fn resident_register() -> shirushi_rules::InBoth {
    said(
        "住民基本台帳カード（2015年まで）です",
        "It is a Basic Resident Register card, as issued until 2015",
    )
}

fn read<T: Transmit>(surroundings: &Surroundings, mut card: Card<T>, notes: &mut Notes) {
    match card.token().kind {
        TokenKind::ResidentRegisterCard => {
            notes.fault(&CARD_RESIDENT_REGISTER, resident_register(), &[]);
        }
        _ => {
            let label = card.token().label.clone();
            notes.ok(&CARD_RESIDENT_REGISTER, said(label.clone(), label));
        }
    }
    let counted = Credential::ALL.map(|credential| (credential, card.tries(credential)));
    let mut certificates = Certificates::default();
    let own = card.certificate(Credential::Authentication, None);
    certificates.authentication = note_certificate(own, notes);
    certificates.authentication_authority = authority(&mut card, Credential::Authentication);
    certificates.signature_authority = authority(&mut card, Credential::Signature);
    let mut transport = card.into_inner();
    let availability = availability(&mut transport);
    signature_certificate(availability, &certificates, notes);
    tries(counted, notes);
    // So that nothing of ours stays selected.
    selects(&mut transport, &ISSUER_AID);
    certificates::look(surroundings, &certificates, notes);
}

/// A PIN without anything that it could be for is not locked.
fn tries(counted: [(Credential, Result<u8, CardError>); 2], notes: &mut Notes) {
    let mut few = Vec::new();
    let mut enough = Vec::new();
    for (credential, tries) in counted {
        let check = match credential {
            Credential::Signature => &CARD_PIN_LOCKED_SIGNATURE,
            Credential::Authentication => &CARD_PIN_LOCKED_AUTHENTICATION,
        };
        let tries = match tries {
            Err(CardError::NoCertificate { .. }) => {
                notes.not_concerned(
                    &[check],
                    &said(
                        "証明書がないので、設定されていません",
                        "There is no certificate, so none is set",
                    ),
                );
                continue;
            }
            Ok(tries) => tries,
            Err(error) => {
                let text = error.to_string();
                notes.not_looked_at(check, said(text.clone(), text));
                continue;
            }
        };
        let most = credential.most_tries();
        let (name_ja, name_en) = match credential {
            Credential::Authentication => ("利用者証明用暗証番号", "authentication PIN"),
            Credential::Signature => ("署名用パスワード", "signature password"),
        };
        match tries {
            0 => notes.fault(
                check,
                said(
                    format!("{name_ja}はロックされています"),
                    format!("The {name_en} is locked"),
                ),
                &[],
            ),
            _ => notes.ok(
                check,
                said(
                    format!("残り{tries}回（最大{most}回）"),
                    format!("{tries} tries left of {most}"),
                ),
            ),
        }
        if tries > 0 {
            let told = (
                format!("{name_ja}はあと{tries}回"),
                format!("{name_en}: {tries} left"),
            );
            if tries == 1 || 2 * tries < most {
                few.push(told);
            } else {
                enough.push(told);
            }
        }
    }
    let joined = |told: &[(String, String)]| {
        said(
            told.iter()
                .map(|(ja, _)| ja.as_str())
                .collect::<Vec<_>>()
                .join("、"),
            told.iter()
                .map(|(_, en)| en.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        )
    };
    match (few.is_empty(), enough.is_empty()) {
        (false, _) => notes.warn(&CARD_FEW_TRIES, joined(&few), &[]),
        (true, false) => notes.ok(&CARD_FEW_TRIES, joined(&enough)),
        (true, true) => notes.not_concerned(
            &[&CARD_FEW_TRIES],
            &said(
                "数えられる残りがありません",
                "There is nothing left to count",
            ),
        ),
    }
}

fn note_certificate(read: Result<Vec<u8>, CardError>, notes: &mut Notes) -> Option<Certificate> {
    let check = &CARD_CERTIFICATE_AUTHENTICATION;
    match read {
        Ok(der) => match Certificate::from_der(&der) {
            Ok(certificate) => {
                let serial = certificate.serial().to_string();
                notes.ok(
                    check,
                    said(
                        format!("シリアル番号{serial}"),
                        format!("serial number {serial}"),
                    ),
                );
                return Some(certificate);
            }
            Err(error) => notes.fault(
                check,
                said(
                    format!("証明書を読み取れません: {error}"),
                    format!("The certificate cannot be read: {error}"),
                ),
                &[],
            ),
        },
        Err(CardError::NoCertificate { .. }) => notes.fault(
            check,
            said("カードにありません", "The card holds none"),
            &[],
        ),
        Err(CardError::NotVerified { .. }) => notes.not_looked_at(
            check,
            said(
                "このカードでは暗証番号がないと読めません（スマートフォンの証明書など）",
                "This card gives it out after the PIN only, as telephones do",
            ),
        ),
        Err(error) => {
            let text = error.to_string();
            notes.not_looked_at(check, said(text.clone(), text));
        }
    }
    None
}

fn authority<T: Transmit>(card: &mut Card<T>, credential: Credential) -> Option<Certificate> {
    let der = card.ca_certificate(credential).ok()?;
    Certificate::from_der(&der).ok()
}

/// Whether there is a signature certificate: EF 0008 says so, which nothing is needed for.
fn signature_certificate(
    availability: Option<[u8; 2]>,
    certificates: &Certificates,
    notes: &mut Notes,
) {
    let check = &CARD_CERTIFICATE_SIGNATURE;
    let there = said(
        "あります。中身はパスワードなしには読めないので、期限と失効は見ていません（`shirushi cert check`で見られます）",
        "There is. It is read after the password only, so its validity is not looked at here; `shirushi cert check` does",
    );
    let absent = said("カードにありません", "The card holds none");
    match availability {
        Some([AVAILABLE, _]) => notes.ok(check, there),
        Some(_) => notes.warn(check, absent, &[]),
        None if certificates
            .signature_authority
            .is_some() =>
        {
            notes.ok(check, there)
        }
        None => notes.not_looked_at(
            check,
            said(
                "カードが、あるかどうかを答えません",
                "The card does not say whether there is one",
            ),
        ),
    }
}

/// EF 0008 without its last byte, with the JPKI application selected.
fn availability(transport: &mut impl Transmit) -> Option<[u8; 2]> {
    send(transport, &select::file(AVAILABILITY)).filter(|response| response.status.is_ok())?;
    let read = Command::new(0x00, 0xB0, 0x00, 0x00).ne(3);
    let response = send(transport, &read)?;
    match (response.status.is_ok(), response.data.as_slice()) {
        (true, [signature, authentication, ..]) => Some([*signature, *authentication]),
        _ => None,
    }
}

fn selects(transport: &mut impl Transmit, application: &[u8]) -> bool {
    send(transport, &select::application(application))
        .is_some_and(|response| response.status.is_ok())
}

fn send(transport: &mut impl Transmit, command: &Command) -> Option<Response> {
    let answer = transport
        .transmit(&command.to_bytes())
        .ok()?;
    Response::parse(&answer).ok()
}
