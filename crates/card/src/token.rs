//! Token information, EF 0006: a PKCS#11 CK_TOKEN_INFO of 160 bytes (`facts/card.md` §6).

/// What the token says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInformation {
    /// The label, without padding, e.g. `JPKIAPICCTOKEN2`; empty when the file is missing.
    pub label: String,
    /// What the label says the token is.
    pub kind: TokenKind,
    /// manufacturerID, without padding.
    pub manufacturer: String,
    /// model, without padding.
    pub model: String,
    /// serialNumber of the token, without padding; not the card's number.
    pub serial: String,
    /// hardwareVersion, major and minor.
    pub hardware: (u8, u8),
    /// firmwareVersion, major and minor.
    pub firmware: (u8, u8),
}

/// Kind of token, by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// 個人番号カード
    IndividualNumberCard,
    /// 住民基本台帳カード
    ResidentRegisterCard,
    /// スマホ用電子証明書 in an Android telephone.
    AndroidToken,
    /// スマホ用電子証明書 in an iPhone.
    IphoneToken,
    /// A label that nobody has described.
    Other,
}

impl TokenInformation {
    /// Length of the file, in bytes.
    pub(crate) const LENGTH: usize = 160;

    /// Reads the file; fields beyond a shorter one's end are empty.
    pub(crate) fn parse(file: &[u8]) -> Self {
        let label = text(file, 0, 32);
        Self {
            kind: TokenKind::of(&label),
            label,
            manufacturer: text(file, 32, 32),
            model: text(file, 64, 16),
            serial: text(file, 80, 16),
            hardware: version(file, 140),
            firmware: version(file, 142),
        }
    }
}

impl TokenKind {
    fn of(label: &str) -> Self {
        match label {
            "JPKIAPICCTOKEN2" => Self::IndividualNumberCard,
            "JPKIAPICCTOKEN" => Self::ResidentRegisterCard,
            "JPKIAPGPSETOKEN" => Self::AndroidToken,
            "JPKIAPIOSTOKEN" => Self::IphoneToken,
            _ => Self::Other,
        }
    }
}

/// A field without the spaces and NULs that pad it.
fn text(file: &[u8], offset: usize, length: usize) -> String {
    let end = file.len().min(offset + length);
    let field = file.get(offset..end).unwrap_or(&[]);
    String::from_utf8_lossy(field)
        .trim_matches(['\0', ' '])
        .to_owned()
}

/// A CK_VERSION; cards write its numbers as digits.
fn version(file: &[u8], offset: usize) -> (u8, u8) {
    let number = |offset| match file.get(offset).copied() {
        Some(digit @ b'0'..=b'9') => digit - b'0',
        Some(number) => number,
        None => 0,
    };
    (number(offset), number(offset + 1))
}
