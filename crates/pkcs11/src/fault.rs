//! Why a function did not do what it was called for, and the return value that says so in C.

use cryptoki_sys::*;
use shirushi_apdu::TransmitError;
use shirushi_card::CardError;
use shirushi_reader::ReaderError;
use shirushi_rules::{PIN_FORM, PIN_RIGHT, PIN_TRIES};

/// Why a function did not do what it was called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A NULL pointer, an impossible length, an inconsistent argument.
    #[error("an argument is wrong")]
    ArgumentsBad,
    /// The attribute is the private key itself.
    #[error("the attribute is the private key's and does not leave the card")]
    AttributeSensitive,
    /// The object has no such attribute.
    #[error("the object has no such attribute")]
    AttributeTypeInvalid,
    /// Another program holds the card, and has not let go of it while it was waited for.
    #[error("another program holds the card")]
    Busy,
    /// The caller's buffer is too short.
    #[error("the buffer must have {needed} bytes")]
    BufferTooSmall {
        /// What the result takes.
        needed: usize,
    },
    /// The caller wants its own mutexes to be used.
    #[error("the caller's mutexes are not used; locks of the operating system are not allowed")]
    CantLock,
    /// C_Initialize was not called in this process, or C_Finalize was since.
    #[error("the module is not initialised in this process")]
    CryptokiNotInitialized,
    /// C_Initialize was called twice.
    #[error("the module is initialised already")]
    CryptokiAlreadyInitialized,
    /// More data than the mechanism takes.
    #[error("the data are longer than the mechanism takes")]
    DataLenRange,
    /// Reader, card or the way to it failed.
    #[error("the card or its reader does not do its work")]
    DeviceError,
    /// The card was taken out.
    #[error("the card was taken out")]
    DeviceRemoved,
    /// The function is not one that a card has.
    #[error("the function is not supported")]
    FunctionNotSupported,
    /// No function runs in parallel.
    #[error("no function runs in parallel")]
    FunctionNotParallel,
    /// A fault of the module itself.
    #[error("the module failed")]
    General,
    /// The key does not do this.
    #[error("the key is not for this function")]
    KeyFunctionNotPermitted,
    /// No such key.
    #[error("there is no such key")]
    KeyHandleInvalid,
    /// The key is of another kind than the mechanism's.
    #[error("the key is of another kind than the mechanism's")]
    KeyTypeInconsistent,
    /// The card cannot do this mechanism.
    #[error("the card does not have this mechanism")]
    MechanismInvalid,
    /// The mechanism takes no parameter, or another one.
    #[error(
        "the mechanism takes no parameter, or only this: RSA-PSS with SHA-256, MGF1 with SHA-256, 32 bytes of salt"
    )]
    MechanismParamInvalid,
    /// A card is in the reader and does not answer.
    #[error("the card in the reader does not answer")]
    Mute,
    /// No event has happened.
    #[error("no event has happened")]
    NoEvent,
    /// No such object, or not before a login.
    #[error("there is no such object")]
    ObjectHandleInvalid,
    /// Another operation of the kind is active in this session.
    #[error("another such operation is active in the session")]
    OperationActive,
    /// No such operation is active in this session.
    #[error("no such operation is active in the session")]
    OperationNotInitialized,
    /// The card says that the PIN is wrong; a try was spent.
    #[error("the PIN is wrong; a try was spent")]
    PinIncorrect,
    /// The PIN cannot be right: it has not the form of one. Nothing was sent to the card.
    #[error(
        "the PIN has not the form of one (4 digits, or 6 to 16 letters and digits with at least one of each); nothing was sent to the card"
    )]
    PinOfWrongForm,
    /// A new PIN has characters that it must not have.
    #[error("the new PIN must have capital letters and digits only, at least one of each")]
    PinInvalid,
    /// A new PIN is too short or too long.
    #[error("the new PIN is too short or too long")]
    PinLenRange,
    /// This PIN was refused before, since the card came in: a program that answers with the same again would do so for ever. Nothing was
    /// sent to the card.
    #[error("this PIN was refused before; it is not sent again")]
    PinRefusedBefore,
    /// The card has blocked the PIN.
    #[error("the PIN is blocked; a municipality's counter can set it anew")]
    PinLocked,
    /// One try is left, and this module does not spend it.
    #[error(
        "one try is left; it is not spent without a typed confirmation, which `shirushi` asks for"
    )]
    LastTry,
    /// The card has no RSA-PSS: it refused the first such signature, or answered something else. No try was spent.
    #[error(
        "the card does not sign by RSA-PSS; it is no longer offered in this process (`pss = off` in pkcs11.conf says so from the beginning)"
    )]
    PssRefused,
    /// The module takes no seed.
    #[error("the generator takes no seed")]
    RandomSeedNotSupported,
    /// No such session, or its card was taken out.
    #[error("there is no such session")]
    SessionHandleInvalid,
    /// A flag is missing that every session must have.
    #[error("sessions are serial")]
    SessionParallelNotSupported,
    /// The session is read-only.
    #[error("the session is read-only")]
    SessionReadOnly,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The signature is not as long as the key.
    #[error("the signature is not as long as the key")]
    SignatureLenRange,
    /// No such slot.
    #[error("there is no such slot")]
    SlotIdInvalid,
    /// No card of the kind is in the reader.
    #[error("there is no card in the reader")]
    TokenNotPresent,
    /// The card in the reader is of another kind.
    #[error("the card in the reader has no JPKI application")]
    TokenNotRecognized,
    /// The user is logged in.
    #[error("the user is logged in already")]
    UserAlreadyLoggedIn,
    /// The user is not logged in, or not for this one use of the key.
    #[error("the user is not logged in, or has not given the password for this use of the key")]
    UserNotLoggedIn,
    /// The card does not know this PIN.
    #[error("the PIN has not been set")]
    UserPinNotInitialized,
    /// There is no such user.
    #[error("there is no such user")]
    UserTypeInvalid,
}

impl Fault {
    /// The return value in C (§2.1.6 of the header; §5 says for each function which).
    #[must_use]
    pub fn rv(self) -> CK_RV {
        match self {
            Self::ArgumentsBad => CKR_ARGUMENTS_BAD,
            Self::AttributeSensitive => CKR_ATTRIBUTE_SENSITIVE,
            Self::AttributeTypeInvalid => CKR_ATTRIBUTE_TYPE_INVALID,
            // CKR_DEVICE_ERROR would be a token that is broken: NSS drops it. This call has failed, and the next may not.
            Self::Busy => CKR_FUNCTION_FAILED,
            Self::BufferTooSmall { .. } => CKR_BUFFER_TOO_SMALL,
            Self::CantLock => CKR_CANT_LOCK,
            Self::CryptokiNotInitialized => CKR_CRYPTOKI_NOT_INITIALIZED,
            Self::CryptokiAlreadyInitialized => CKR_CRYPTOKI_ALREADY_INITIALIZED,
            Self::DataLenRange => CKR_DATA_LEN_RANGE,
            Self::DeviceError | Self::Mute => CKR_DEVICE_ERROR,
            Self::DeviceRemoved => CKR_DEVICE_REMOVED,
            Self::FunctionNotSupported => CKR_FUNCTION_NOT_SUPPORTED,
            Self::FunctionNotParallel => CKR_FUNCTION_NOT_PARALLEL,
            Self::General => CKR_GENERAL_ERROR,
            Self::KeyFunctionNotPermitted => CKR_KEY_FUNCTION_NOT_PERMITTED,
            Self::KeyHandleInvalid => CKR_KEY_HANDLE_INVALID,
            Self::KeyTypeInconsistent => CKR_KEY_TYPE_INCONSISTENT,
            Self::MechanismInvalid => CKR_MECHANISM_INVALID,
            Self::MechanismParamInvalid => CKR_MECHANISM_PARAM_INVALID,
            Self::NoEvent => CKR_NO_EVENT,
            Self::ObjectHandleInvalid => CKR_OBJECT_HANDLE_INVALID,
            Self::OperationActive => CKR_OPERATION_ACTIVE,
            Self::OperationNotInitialized => CKR_OPERATION_NOT_INITIALIZED,
            // "The specified PIN is incorrect, i.e., does not match the PIN stored on the token": true of one that cannot, and a
            // program asks again. CKR_PIN_INVALID and CKR_PIN_LEN_RANGE are for functions that set a PIN.
            Self::PinIncorrect | Self::PinOfWrongForm => CKR_PIN_INCORRECT,
            // Any value but CKR_PIN_INCORRECT ends the loops of NSS (and with it poppler's and LibreOffice's), GnuTLS and libp11. This one says
            // nothing that is untrue of the token, as CKR_PIN_LOCKED would.
            Self::PinRefusedBefore => CKR_FUNCTION_CANCELED,
            Self::PinInvalid => CKR_PIN_INVALID,
            Self::PinLenRange => CKR_PIN_LEN_RANGE,
            // "The token is unwilling to permit further attempts": of both. The flags of the token tell them apart.
            Self::PinLocked | Self::LastTry => CKR_PIN_LOCKED,
            // Of what C_Sign may answer, the one that blames neither the device nor the caller.
            Self::PssRefused => CKR_FUNCTION_FAILED,
            Self::RandomSeedNotSupported => CKR_RANDOM_SEED_NOT_SUPPORTED,
            Self::SessionHandleInvalid => CKR_SESSION_HANDLE_INVALID,
            Self::SessionParallelNotSupported => CKR_SESSION_PARALLEL_NOT_SUPPORTED,
            Self::SessionReadOnly => CKR_SESSION_READ_ONLY,
            Self::SignatureInvalid => CKR_SIGNATURE_INVALID,
            Self::SignatureLenRange => CKR_SIGNATURE_LEN_RANGE,
            Self::SlotIdInvalid => CKR_SLOT_ID_INVALID,
            Self::TokenNotPresent => CKR_TOKEN_NOT_PRESENT,
            Self::TokenNotRecognized => CKR_TOKEN_NOT_RECOGNIZED,
            Self::UserAlreadyLoggedIn => CKR_USER_ALREADY_LOGGED_IN,
            Self::UserNotLoggedIn => CKR_USER_NOT_LOGGED_IN,
            Self::UserPinNotInitialized => CKR_USER_PIN_NOT_INITIALIZED,
            Self::UserTypeInvalid => CKR_USER_TYPE_INVALID,
        }
    }
}

impl From<ReaderError> for Fault {
    fn from(error: ReaderError) -> Self {
        match error {
            ReaderError::NoLibrary { .. }
            | ReaderError::NoService
            | ReaderError::NoReader
            | ReaderError::NoCard
            | ReaderError::Transmit(TransmitError::CardGone) => Self::DeviceRemoved,
            ReaderError::Busy => Self::Busy,
            ReaderError::Mute => Self::Mute,
            _ => Self::DeviceError,
        }
    }
}

impl From<CardError> for Fault {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Refused(refusal) => match refusal.rule().id {
                id if id == PIN_RIGHT.id => Self::PinIncorrect,
                id if id == PIN_TRIES.id => Self::PinLocked,
                id if id == PIN_FORM.id => Self::PinOfWrongForm,
                _ => Self::UserNotLoggedIn,
            },
            CardError::NoJpkiApplication { .. } => Self::TokenNotRecognized,
            CardError::NotVerified { .. } => Self::UserNotLoggedIn,
            CardError::DigestInfoLength { .. } => Self::DataLenRange,
            CardError::Transmit(TransmitError::CardGone) => Self::DeviceRemoved,
            _ => Self::DeviceError,
        }
    }
}
