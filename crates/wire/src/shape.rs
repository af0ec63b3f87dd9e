//! The forms, in JSON, of what lower rooms define: for descriptions.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use shirushi_profile::{CertificateKind, RevocationReason};
use std::borrow::Cow;

/// A text of this form, for a type of this room.
macro_rules! text_of_form {
    ($name:ident, $pattern:expr) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

pub(crate) use text_of_form;

macro_rules! shape {
    ($(#[$doc:meta])* $name:ident, $form:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $form
            }
        }
    };
}

shape!(
    /// `shirushi_clock::Instant`
    Instant,
    json_schema!({
        "type": "integer",
        "description": "Seconds since 1970-01-01T00:00:00Z, of a year from -9999 to 9999.",
        "minimum": -377_705_023_201_i64,
        "maximum": 253_402_207_200_i64,
    })
);
shape!(
    /// `shirushi_clock::Date`
    Date,
    json_schema!({ "type": "string", "format": "date" })
);
shape!(
    /// [`CertificateKind`]
    Kind,
    json_schema!({
        "enum": CertificateKind::ALL,
        "description": "署名用電子証明書 or 利用者証明用電子証明書.",
    })
);
shape!(
    /// `shirushi_profile::SerialNumber`
    Serial,
    json_schema!({
        "type": "string",
        "description": "A serial number (発行の番号), hexadecimal.",
        "pattern": "^(0[1-9a-f]|[1-7][0-9a-f])([0-9a-f]{2}){0,18}$",
    })
);
shape!(
    /// `shirushi_profile::MunicipalityCode`
    Municipality,
    json_schema!({
        "type": "string",
        "description": "A municipality (全国地方公共団体コード) without the check digit.",
        "pattern": "^(0[1-9]|[1-3][0-9]|4[0-7])[0-9]{3}$",
    })
);
shape!(
    /// [`RevocationReason`]
    Reason,
    json_schema!({
        "description": "Why (失効の事由), by RFC 5280 §5.3.1.",
        "enum": [
            RevocationReason::Unspecified,
            RevocationReason::KeyCompromise,
            RevocationReason::CaCompromise,
            RevocationReason::AffiliationChanged,
            RevocationReason::Superseded,
            RevocationReason::CessationOfOperation,
            RevocationReason::CertificateHold,
            RevocationReason::PrivilegeWithdrawn,
        ],
    })
);
shape!(
    /// `shirushi_profile::CrlScope`
    Scope,
    json_schema!({ "type": "string", "pattern": "^(complete|authorities|(0[1-9]|[1-3][0-9]|4[0-7])[0-9]{3})$" })
);
shape!(
    /// `shirushi_profile::Generation`
    Generation,
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 65_535 })
);
shape!(
    /// [`shirushi_profile::Sex`]
    Sex,
    json_schema!({
        "description": "As registered (男女の別).",
        "enum": [
            shirushi_profile::Sex::Male,
            shirushi_profile::Sex::Female,
            shirushi_profile::Sex::Unknown,
        ],
    })
);
shape!(
    /// DER in base64.
    Base64,
    json_schema!({ "type": "string", "contentEncoding": "base64" })
);
