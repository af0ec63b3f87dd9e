//! What a card answers without a PIN, for who wants to tell the makers of this program how real cards behave (docs/real-card.md).
//!
//! Nothing personal is read: of files that hold a name, a number or an address only the SELECT, of certificates four bytes, which tell how
//! long they are; no serial number, no municipality. No PIN is sent, nothing is signed, and no try is spent. What can be sent at all is
//! [`Ask`]: there is no other way to the card in here.

mod ask;
mod told;

use ask::{Ask, Object};
use shirushi_apdu::{
    BASIC_REGISTER_AID, COMMON_AID, ISSUER_AID, JPKI_AID, Response, SURFACE_AID, StatusWord,
    TEXT_AID, Transmit, ber,
};
use shirushi_card::CardError;
use shirushi_rules::Bilingual;
use std::time::{Duration, Instant};
use told::{hex, structure, text};

pub use told::CardReport;

/// An identifier of an application that no card has (a proprietary one of this program's, ISO/IEC 7816-4 §12.2.3.3).
const NOBODYS_AID: &[u8] = b"\xF0SHIRUSHI";
/// Token information, and how long it is (§6). A serial number stands in its middle.
const TOKEN_FILE: u16 = 0x0006;
const TOKEN_LENGTH: u16 = 160;
/// The end of what READ BINARY reaches.
const MOST_FILE: u16 = 0x7FFF;

/// What is expected of a card, and its source: `facts/card.md`.
const OK: Expected = Expected::Status(StatusWord::OK);
const REFUSED: Expected = Expected::Status(StatusWord::SECURITY_STATUS);
const INTERNAL: Expected = Expected::Status(StatusWord::INCOMPATIBLE_FILE);
const COUNT: Expected = Expected::Count;

/// What the software card does in that place. Where a real card does something else, the line is marked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Status(StatusWord),
    /// 63Cx.
    Count,
    /// Anything.
    Unknown,
}

impl Expected {
    fn is(self, status: StatusWord) -> bool {
        match self {
            Self::Status(expected) => status == expected,
            Self::Count => status.tries().is_some(),
            Self::Unknown => true,
        }
    }

    fn words(self) -> Option<String> {
        match self {
            Self::Status(status) => Some(format!("{:04X}", status.0)),
            Self::Count => Some("63Cx".to_owned()),
            Self::Unknown => None,
        }
    }
}

/// A file: its identifier, what it is, and how a READ BINARY of it is answered without a PIN; none where it is not read.
struct File(u16, Bilingual, Option<Expected>);

const fn both(ja: &'static str, en: &'static str) -> Bilingual {
    Bilingual { ja, en }
}

/// Files of the JPKI application (`facts/card.md` §5).
const JPKI_FILES: [File; 17] = [
    File(
        0x0001,
        both("署名用電子証明書", "signature certificate"),
        Some(REFUSED),
    ),
    File(0x0002, both("署名用CA証明書", "its authority's"), Some(OK)),
    File(0x0005, both("用途不明", "purpose unknown"), Some(REFUSED)),
    File(0x0006, both("トークン情報", "token information"), Some(OK)),
    File(
        0x0008,
        both("証明書の有無", "which certificates there are"),
        Some(OK),
    ),
    File(0x0009, both("用途不明", "purpose unknown"), Some(REFUSED)),
    File(
        0x000A,
        both("利用者証明用電子証明書", "authentication certificate"),
        Some(OK),
    ),
    File(
        0x000B,
        both("利用者証明用CA証明書", "its authority's"),
        Some(OK),
    ),
    File(0x0010, both("用途不明", "purpose unknown"), Some(INTERNAL)),
    File(0x0016, both("端末の鍵", "terminals' key"), Some(INTERNAL)),
    File(
        0x0017,
        both("利用者証明用の鍵", "authentication key"),
        Some(INTERNAL),
    ),
    File(
        0x0018,
        both("利用者証明用暗証番号", "authentication PIN"),
        Some(INTERNAL),
    ),
    File(0x0019, both("用途不明", "purpose unknown"), Some(INTERNAL)),
    File(0x001A, both("署名用の鍵", "signature key"), Some(INTERNAL)),
    File(
        0x001B,
        both("署名用パスワード", "signature password"),
        Some(INTERNAL),
    ),
    File(0x001C, both("用途不明", "purpose unknown"), Some(INTERNAL)),
    File(0x001E, both("用途不明", "purpose unknown"), Some(INTERNAL)),
];

/// Files of JPKI whose first object is a certificate.
const CERTIFICATES: [u16; 4] = [0x0001, 0x0002, 0x000A, 0x000B];

/// Files of the text application (§13). What is personal is not read.
const TEXT_FILES: [(u16, Bilingual); 12] = [
    (
        0x0001,
        both("個人番号（読みません）", "individual number (not read)"),
    ),
    (
        0x0002,
        both("4情報（読みません）", "the four items (not read)"),
    ),
    (0x0003, both("署名", "signature")),
    (0x0004, both("CV証明書", "CV certificate")),
    (0x0005, both("基本情報", "basic information")),
    (
        0x0006,
        both("セッション鍵の公開鍵", "public key for session keys"),
    ),
    (0x0007, both("公開鍵", "public key")),
    (0x0008, both("用途不明", "purpose unknown")),
    (0x0011, both("暗証番号", "PIN")),
    (0x0012, both("用途不明の鍵", "key of unknown purpose")),
    (0x0014, both("照合番号A", "reference number A")),
    (0x0015, both("照合番号B", "reference number B")),
];

/// Files of the surface application (§14).
const SURFACE_FILES: [(u16, Bilingual); 9] = [
    (
        0x0001,
        both("生年月日（読みません）", "birth date (not read)"),
    ),
    (0x0002, both("券面（読みません）", "face (not read)")),
    (
        0x0003,
        both("基本情報（読みません）", "basic information (not read)"),
    ),
    (0x0004, both("CV証明書", "CV certificate")),
    (
        0x0005,
        both(
            "個人番号の画像（読みません）",
            "picture of the number (not read)",
        ),
    ),
    (0x0006, both("用途不明", "purpose unknown")),
    (0x0011, both("生年月日の照合", "birth date to be compared")),
    (0x0012, both("照合番号B", "reference number B")),
    (0x0013, both("照合番号A", "reference number A")),
];

/// The first of the files that PINs and keys are compared with, in these two applications.
const FIRST_REFERENCE: u16 = 0x0011;
/// The PIN of the register's and the common application.
const REGISTER_PIN: u16 = 0x001C;

/// The questions, and what has been answered.
struct Questions<T> {
    transport: T,
    report: CardReport,
}

/// Asks a card what it tells without a PIN. `atr` is the answer to reset, where the reader tells it; `program` names this program and its
/// version.
///
/// # Errors
/// [`CardError::NoJpkiApplication`] for another kind of card, of which nothing is asked then; [`CardError::Transmit`] when no answer comes.
pub fn card_report<T: Transmit>(
    transport: T,
    atr: Option<&[u8]>,
    program: &str,
) -> Result<CardReport, CardError> {
    let mut questions = Questions {
        transport,
        report: CardReport::new(program),
    };
    questions.report.note(
        both("リーダーの言うATR", "ATR, as the reader tells it"),
        atr.map_or_else(|| "–".to_owned(), hex),
    );
    questions.jpki()?;
    questions.text_and_surface()?;
    questions.register()?;
    questions.issuer()?;
    Ok(questions.report)
}

impl<T: Transmit> Questions<T> {
    /// Sends one question.
    fn ask(&mut self, ask: &Ask) -> Result<Response, CardError> {
        let bytes = ask.bytes();
        let begin = Instant::now();
        let answer = self.transport.transmit(&bytes)?;
        self.report
            .took(ask.word(), begin.elapsed());
        Response::parse(&answer).map_err(|_| CardError::Malformed {
            instruction: ask.instruction(),
        })
    }

    /// Asks, and writes the status down.
    fn noted(
        &mut self,
        what: Bilingual,
        ask: &Ask,
        expected: Expected,
    ) -> Result<Response, CardError> {
        let response = self.ask(ask)?;
        self.report
            .status(what, ask, response.status, expected);
        Ok(response)
    }

    fn jpki(&mut self) -> Result<(), CardError> {
        let select = Ask::Application(&JPKI_AID);
        self.report
            .begin(both("公的個人認証AP", "JPKI application"));
        let mut first = self.noted(both("最初のコマンド", "the first command"), &select, OK)?;
        if first.status == StatusWord::DIAGNOSIS {
            first = self.noted(both("もう一度", "once more"), &select, OK)?;
        }
        if !first.status.is_ok() {
            return Err(CardError::NoJpkiApplication {
                status: first.status,
            });
        }
        self.noted(
            both("ファイルを選ばずに読む", "reading without a file"),
            &Ask::Read {
                offset: 0,
                length: 1,
            },
            Expected::Unknown,
        )?;
        for file in &JPKI_FILES {
            self.jpki_file(file)?;
        }
        for (file, what) in [
            (
                0x18,
                both(
                    "暗証番号の残り回数、短い識別子で",
                    "tries of the PIN, by short identifier",
                ),
            ),
            (
                0x1B,
                both(
                    "パスワードの残り回数、短い識別子で",
                    "tries of the password, by short identifier",
                ),
            ),
        ] {
            self.noted(what, &Ask::TriesShort(file), COUNT)?;
        }
        self.noted(
            both("短い識別子での読み出し", "reading by short identifier"),
            &Ask::ReadShort(0x06),
            OK,
        )?;
        self.noted(both("乱数", "random bytes"), &Ask::Challenge, OK)?;
        self.noted(
            both("ここでの接触時のATR", "contact ATR, asked for here"),
            &Ask::Object(Object::ContactAtr),
            Expected::Unknown,
        )?;
        let chosen = self.noted(
            both("FCIを求めるSELECT", "SELECT that asks for FCI"),
            &Ask::ApplicationWithFci(&JPKI_AID),
            OK,
        )?;
        self.report.note(
            both("FCIの構造", "structure of the FCI"),
            structure(&chosen.data),
        );
        self.noted(
            both("誰も持たないAID", "an AID that nobody has"),
            &Ask::Application(NOBODYS_AID),
            Expected::Status(StatusWord::FILE_NOT_FOUND),
        )?;
        Ok(())
    }

    fn jpki_file(&mut self, File(file, what, expected): &File) -> Result<(), CardError> {
        let chosen = self.noted(*what, &Ask::File(*file), OK)?;
        if !chosen.status.is_ok() {
            return Ok(());
        }
        if matches!(file, 0x0018 | 0x001B) {
            self.noted(both("  残り回数", "  tries"), &Ask::Tries, COUNT)?;
        }
        let Some(expected) = expected else {
            return Ok(());
        };
        let is_certificate = CERTIFICATES.contains(file);
        let length = match is_certificate {
            true => HEADER,
            false => 1,
        };
        let read = self.noted(
            both("  読み出し", "  reading"),
            &Ask::Read { offset: 0, length },
            *expected,
        )?;
        if !read.status.is_ok() {
            return Ok(());
        }
        let object = match is_certificate {
            true => {
                ber::first_object_length(&read.data).and_then(|length| u16::try_from(length).ok())
            }
            false => None,
        };
        if let Some(object) = object {
            self.report.note(
                both("  証明書の長さ", "  length of the certificate"),
                object.to_string(),
            );
        }
        let Some(known) = self.known(*file, object)? else {
            return self.token();
        };
        let length = self.length(known)?;
        self.report.note(
            both("  ファイルの長さ", "  length of the file"),
            length.to_string(),
        );
        match (*file, object) {
            (TOKEN_FILE, _) => self.token(),
            (0x0008, _) => {
                let read = self.ask(&Ask::Read {
                    offset: 0,
                    length: 3,
                })?;
                self.report
                    .note(both("  値", "  value"), hex(&read.data));
                Ok(())
            }
            // Filler, behind the certificate's end: nothing of the certificate.
            (0x000B, Some(object)) if object < length => self
                .noted(
                    both("  長いLeでの読み出し", "  reading with an extended Le"),
                    &Ask::ReadExtended { offset: object },
                    OK,
                )
                .map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Bytes from which on a file's length may be looked for: behind a certificate, and behind the token's serial number. None where the
    /// file of that ends before.
    fn known(&mut self, file: u16, object: Option<u16>) -> Result<Option<u16>, CardError> {
        if file != TOKEN_FILE {
            return Ok(Some(object.unwrap_or(1)));
        }
        let last = Ask::Read {
            offset: TOKEN_LENGTH - 1,
            length: 1,
        };
        let is_whole = self.ask(&last)?.status.is_ok();
        Ok(is_whole.then_some(TOKEN_LENGTH))
    }

    /// How many bytes the current file has, of which these many are known to be there. A byte is read here and there and dropped; of a
    /// certificate's file behind the certificate only.
    fn length(&mut self, known: u16) -> Result<u16, CardError> {
        // Bytes before `there` are there; the one at `not` is not.
        let (mut there, mut not) = (known, MOST_FILE);
        while there < not {
            let offset = there + (not - there) / 2;
            match self.ask(&Ask::Read { offset, length: 1 })? {
                response if response.status.is_ok() && !response.data.is_empty() => {
                    there = offset + 1
                }
                _ => not = offset,
            }
        }
        Ok(there)
    }

    /// What the token information says of the product; the serial number in its middle is not read.
    fn token(&mut self) -> Result<(), CardError> {
        for (what, offset, length) in [
            (both("  ラベル", "  label"), 0, 32),
            (both("  製造者", "  manufacturer"), 32, 32),
            (both("  型", "  model"), 64, 16),
            (both("  版", "  versions"), 140, 4),
        ] {
            let read = self.ask(&Ask::Read { offset, length })?;
            self.report.note(what, text(&read.data));
        }
        Ok(())
    }

    fn text_and_surface(&mut self) -> Result<(), CardError> {
        for (aid, name, files) in [
            (
                &TEXT_AID,
                both("券面事項入力補助AP", "text application"),
                &TEXT_FILES[..],
            ),
            (
                &SURFACE_AID,
                both("券面事項確認AP", "surface application"),
                &SURFACE_FILES[..],
            ),
        ] {
            self.report.begin(name);
            let select = both("選択", "selection");
            if !self
                .noted(select, &Ask::Application(aid), OK)?
                .status
                .is_ok()
            {
                continue;
            }
            for (file, what) in files {
                let chosen = self.noted(*what, &Ask::File(*file), Expected::Unknown)?;
                if *file >= FIRST_REFERENCE && chosen.status.is_ok() {
                    self.noted(both("  残り回数", "  tries"), &Ask::Tries, COUNT)?;
                }
                if *aid == TEXT_AID && *file == 0x0005 && chosen.status.is_ok() {
                    self.basic_information()?;
                }
            }
        }
        Ok(())
    }

    /// Version, extended APDUs, vendor and option, in the first bytes (§13); what follows is not read.
    fn basic_information(&mut self) -> Result<(), CardError> {
        let read = self.ask(&Ask::Read {
            offset: 0,
            length: 12,
        })?;
        let told = match read.data.as_slice() {
            [0xFF, 0x40, .., 0xDF, 0x41, 0x04, a, b, c, d] => hex(&[*a, *b, *c, *d]),
            _ => format!("{:04X}, –", read.status.0),
        };
        self.report.note(
            both(
                "  版、長いAPDU、製造者、選択",
                "  version, extended APDUs, vendor, option",
            ),
            told,
        );
        Ok(())
    }

    fn register(&mut self) -> Result<(), CardError> {
        for (aid, name) in [
            (&COMMON_AID, both("共通カードAP", "common application")),
            (&BASIC_REGISTER_AID, both("住基AP", "register application")),
        ] {
            self.report.begin(name);
            let select = both("選択", "selection");
            if !self
                .noted(select, &Ask::Application(aid), OK)?
                .status
                .is_ok()
            {
                continue;
            }
            let pin = both("暗証番号", "PIN");
            if self
                .noted(pin, &Ask::File(REGISTER_PIN), OK)?
                .status
                .is_ok()
            {
                self.noted(both("  残り回数", "  tries"), &Ask::Tries, COUNT)?;
            }
        }
        Ok(())
    }

    /// Last, so that nothing of ours stays selected.
    fn issuer(&mut self) -> Result<(), CardError> {
        self.report
            .begin(both("発行者", "issuer's domain"));
        self.noted(
            both("選択", "selection"),
            &Ask::Application(&ISSUER_AID),
            OK,
        )?;
        let atr = self.noted(
            both("接触時のATR", "contact ATR"),
            &Ask::Object(Object::ContactAtr),
            OK,
        )?;
        self.report
            .note(both("  値", "  value"), hex(&atr.data));
        let recognition = self.noted(
            both("カード認識データ", "card recognition data"),
            &Ask::Object(Object::CardRecognition),
            OK,
        )?;
        self.report
            .note(both("  構造", "  structure"), structure(&recognition.data));
        Ok(())
    }
}

/// Bytes of a certificate that are read: they tell its length.
const HEADER: u8 = 4;

/// What a kind of command takes.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn median(&mut self) -> Duration {
        self.0.sort_unstable();
        self.0
            .get(self.0.len() / 2)
            .copied()
            .unwrap_or_default()
    }
}
