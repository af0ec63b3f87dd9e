//! 券面事項入力補助AP (text application): what is printed on the card, as text (`facts/card.md` §13).

use crate::channel::{Channel, PinObject, READ_BINARY, SELECT};
use crate::{CardError, TextPin};
use shirushi_apdu::{ISSUER_AID, JPKI_AID, StatusWord, TEXT_AID, Transmit, ber};
use shirushi_crypto::Secret;
use shirushi_rules::Bilingual;

const NUMBER_FILE: u16 = 0x0001;
const ITEMS_FILE: u16 = 0x0002;
const INFORMATION_FILE: u16 = 0x0005;

/// Digits of a 個人番号.
const NUMBER_LEN: usize = 12;
/// Length of the file that holds it: header, digits, two bytes of filler.
const NUMBER_FILE_LEN: usize = 17;

/// 券面事項入力補助用暗証番号.
pub(crate) static TEXT_PIN: PinObject = PinObject {
    file: 0x0011,
    name: Bilingual::new("券面事項入力補助用暗証番号", "text PIN"),
    form: Bilingual::new("数字4桁", "4 digits"),
    most_tries: 3,
};

/// A card whose text application is selected.
pub struct TextApplication<T: Transmit> {
    channel: Channel<T>,
}

/// Proof that the card has accepted the text PIN; only [`TextApplication::verify`] makes it.
#[derive(Debug)]
pub struct TextPinVerified(());

/// The four items (基本4情報) as they are printed on the card. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct TextItems {
    /// 氏名.
    pub name: String,
    /// 住所.
    pub address: String,
    /// 生年月日: eight digits, YYYYMMDD.
    pub birth: String,
    /// 性別.
    pub sex: RegisteredSex,
}

/// 性別 as this application writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisteredSex {
    /// 男, `1`.
    Male,
    /// 女, `2`.
    Female,
    /// その他, `9`.
    Other,
    /// 不明, `0`.
    Unknown,
}

/// What the application says about itself, free to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextInformation {
    /// Version.
    pub version: u8,
    /// What it takes of extended commands.
    pub extended: u8,
    /// The card's maker.
    pub vendor: u8,
    /// Options.
    pub options: u8,
}

impl<T: Transmit> TextApplication<T> {
    /// Tries of a PIN that has not been entered wrongly.
    pub const MOST_TRIES: u8 = TEXT_PIN.most_tries;

    /// Selects the text application.
    ///
    /// # Errors
    /// [`CardError::NoTextApplication`] for a card without; [`CardError::Transmit`] when no answer comes.
    pub fn open(transport: T) -> Result<Self, CardError> {
        let channel = Channel::select(transport, &TEXT_AID)?
            .map_err(|status| CardError::NoTextApplication { status })?;
        Ok(Self { channel })
    }

    /// Tries left of its PIN, without spending one. 0 when it is blocked.
    ///
    /// # Errors
    /// [`CardError::Status`] for an answer that counts nothing.
    pub fn tries(&mut self) -> Result<u8, CardError> {
        self.channel.tries(&TEXT_PIN)
    }

    /// Verifies the PIN, after counting its tries, unless [`TextApplication::tries`] was what was asked just before.
    ///
    /// # Errors
    /// As [`Card::verify`](crate::Card::verify).
    pub fn verify(&mut self, pin: &TextPin) -> Result<TextPinVerified, CardError> {
        self.channel
            .verify(&TEXT_PIN, pin.value())?;
        Ok(TextPinVerified(()))
    }

    /// Replaces the PIN.
    ///
    /// # Errors
    /// As [`Card::change_pin`](crate::Card::change_pin).
    pub fn change_pin(
        &mut self,
        _verified: &TextPinVerified,
        new: &TextPin,
    ) -> Result<(), CardError> {
        self.channel
            .change(&TEXT_PIN, new.value())
            .map_err(unverified)
    }

    /// What the application says about itself; none on a card without the file.
    ///
    /// # Errors
    /// [`CardError::Malformed`] when the file is cut, [`CardError::TextFile`] when it says something else.
    pub fn information(&mut self) -> Result<Option<TextInformation>, CardError> {
        let Some(object) = self
            .channel
            .object(INFORMATION_FILE, &[0xFF, 0x40])?
        else {
            return Ok(None);
        };
        let versions = ber::find(&object, 0xFF40).and_then(|content| ber::find(content, 0xDF41));
        let Some(&[version, extended, vendor, options]) = versions else {
            return Err(CardError::TextFile {
                file: INFORMATION_FILE,
            });
        };
        Ok(Some(TextInformation {
            version,
            extended,
            vendor,
            options,
        }))
    }

    /// The four items. Each is found by its tag; the table of offsets that stands before them says nothing more.
    ///
    /// # Errors
    /// [`CardError::TextNotVerified`], [`CardError::TextFile`] when there are none, or not all four.
    pub fn items(&mut self, _verified: &TextPinVerified) -> Result<TextItems, CardError> {
        let file = ITEMS_FILE;
        let object = self.opened(file, &[0xFF, 0x20])?;
        TextItems::parse(&object).ok_or(CardError::TextFile { file })
    }

    /// The 個人番号, twelve digits. Who may ask for it, and keep it, is limited by law (番号法): this is called when its holder has asked
    /// for exactly that, and never on the way to something else.
    ///
    /// # Errors
    /// [`CardError::TextNotVerified`], [`CardError::TextFile`] when there is none.
    pub fn individual_number(&mut self, _verified: &TextPinVerified) -> Result<Secret, CardError> {
        let file = NUMBER_FILE;
        let object = self
            .channel
            .secret(file, NUMBER_FILE_LEN)
            .map_err(|error| match error {
                CardError::Status {
                    status: StatusWord::FILE_NOT_FOUND,
                    ..
                } => CardError::TextFile { file },
                error => unverified(error),
            })?;
        ber::find(object.expose(), 0xFF10)
            .filter(|digits| digits.len() == NUMBER_LEN && digits.iter().all(u8::is_ascii_digit))
            .map(Secret::from)
            .ok_or(CardError::TextFile { file })
    }

    /// Selects another application, which clears the PIN state.
    ///
    /// # Errors
    /// [`CardError::Status`] when the card selects none: cut its power then.
    pub fn leave(self) -> Result<T, CardError> {
        self.channel
            .leave_for([&ISSUER_AID, &JPKI_AID])
    }

    /// The transport, without a command: the application stays selected, with its PIN state.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.channel.into_inner()
    }

    fn opened(&mut self, file: u16, tag: &[u8]) -> Result<Vec<u8>, CardError> {
        self.channel
            .object(file, tag)
            .map_err(unverified)?
            .ok_or(CardError::TextFile { file })
    }
}

impl TextItems {
    fn parse(object: &[u8]) -> Option<Self> {
        let content = ber::find(object, 0xFF20)?;
        let text = |tag| {
            let value = ber::find(content, tag)?;
            let text = std::str::from_utf8(value).ok()?;
            (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
        };
        let birth = text(0xDF24).filter(|birth| {
            birth.len() == 8
                && birth
                    .bytes()
                    .all(|b| b.is_ascii_digit())
        })?;
        Some(Self {
            name: text(0xDF22)?,
            address: text(0xDF23)?,
            birth,
            sex: RegisteredSex::of(&text(0xDF25)?)?,
        })
    }
}

impl RegisteredSex {
    fn of(digit: &str) -> Option<Self> {
        match digit {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            "9" => Some(Self::Other),
            "0" => Some(Self::Unknown),
            _ => None,
        }
    }
}

impl std::fmt::Debug for TextItems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextItems")
            .finish_non_exhaustive()
    }
}

impl<T: Transmit> std::fmt::Debug for TextApplication<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextApplication")
            .finish_non_exhaustive()
    }
}

/// What 6982 means here.
fn unverified(error: CardError) -> CardError {
    match error {
        CardError::Status {
            instruction: SELECT | READ_BINARY | crate::channel::CHANGE_REFERENCE_DATA,
            status: StatusWord::SECURITY_STATUS,
        } => CardError::TextNotVerified,
        error => error,
    }
}
