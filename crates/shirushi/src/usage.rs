//! What is wrong with a command line, said in Japanese; in English clap says it.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use shirushi_rules::Bilingual;
use std::error::Error as _;

/// Why a value will not do.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub(crate) struct Unfit(pub(crate) Bilingual);

/// What a person is told who does not read English.
pub(crate) fn in_japanese(error: &Error) -> String {
    let told = |kind| {
        error
            .get(kind)
            .map(shown)
            .unwrap_or_default()
    };
    let argument = told(ContextKind::InvalidArg);
    let value = told(ContextKind::InvalidValue);
    let fault = match error.kind() {
        ErrorKind::UnknownArgument => format!("{argument} という引数はありません"),
        ErrorKind::InvalidSubcommand => format!(
            "{} というコマンドはありません",
            told(ContextKind::InvalidSubcommand)
        ),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} に値がありません"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let known = told(ContextKind::ValidValue);
            match known.is_empty() {
                true => {
                    let why = error
                        .source()
                        .and_then(|source| source.downcast_ref::<Unfit>());
                    let why = why.map_or_else(String::new, |why| format!("。{}", why.0.ja));
                    format!("{argument} の値 {value:?} は使えません{why}")
                }
                false => format!("{argument} の値 {value:?} は使えません。使えるのは {known} です"),
            }
        }
        ErrorKind::MissingRequiredArgument => format!("{argument} がありません"),
        ErrorKind::ArgumentConflict => {
            let other = told(ContextKind::PriorArg);
            if other == argument || other.is_empty() {
                format!("{argument} は1回だけ指定してください")
            } else {
                format!("{argument} と {other} は同時に指定できません")
            }
        }
        ErrorKind::MissingSubcommand => "コマンドがありません".to_owned(),
        _ => "コマンドラインを理解できません".to_owned(),
    };
    let hint = ContextKind::SuggestedArg;
    let suggestion = match error
        .get(hint)
        .or_else(|| error.get(ContextKind::SuggestedSubcommand))
    {
        Some(like) => format!("（{} のことですか）", shown(like)),
        None => String::new(),
    };
    format!("エラー: {fault}{suggestion}\n\n使い方は --help で表示されます。\n")
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("、"),
        other => other.to_string(),
    }
}
