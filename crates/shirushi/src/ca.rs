//! `ca ceremony`: the authority's keys.

use crate::{arguments::Ca, failure::Failure, language::Language, output::print_data};
use shirushi_roles::Role;
use shirushi_serve::{Config, Founded};
use std::process::ExitCode;

/// `ca ceremony`
pub(crate) fn run(ca: &Ca, language: Language) -> Result<ExitCode, Failure> {
    let config = Config::read(Role::Authority, &ca.config).map_err(Failure::Config)?;
    let Founded {
        keys,
        anchors,
        log_key,
    } = shirushi_serve::ceremony(&config)?;
    let (keys, anchors, log_key) = (keys.display(), anchors.display(), log_key.display());
    print_data(&match language {
        Language::Japanese => format!(
            "認証局の鍵を {keys} に作りました。\n  認証局の証明書（信頼する側へ渡す） {anchors}\n  記録の公開鍵（台帳へ渡す） {log_key}"
        ),
        Language::English => format!(
            "The authority's keys are in {keys}.\n  its certificates, for those who trust it: {anchors}\n  the public key of its log, for the register: {log_key}"
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}
