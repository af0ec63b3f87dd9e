//! `serve`: one role as a process of its own.

use crate::{
    arguments::{Serve, ServeOrder},
    failure::Failure,
    language::Language,
    output::print_data,
    signals,
};
use serde_json::json;
use shirushi_serve::{Config, Listening};
use std::{io::Write as _, process::ExitCode};

/// `serve ROLE`
pub(crate) async fn run(serve: Serve, language: Language) -> Result<ExitCode, Failure> {
    let config = Config::read(serve.role, &serve.config).map_err(Failure::Config)?;
    match serve.order {
        ServeOrder::Check => {
            shirushi_serve::check(&config)?;
            print_data(language.pick(
                "この設定で起動できます。",
                "This configuration can be started with.",
            ))?;
        }
        ServeOrder::Run { is_json } => {
            let end = signals::end().map_err(Failure::Signals)?;
            let announce = |listening| {
                // Nobody need read it: what was asked for is that it runs.
                let _ = say(&config, listening, is_json, language);
            };
            shirushi_serve::run(&config, announce, end).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(
    config: &Config,
    listening: Listening,
    is_json: bool,
    language: Language,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let (role, public) = (config.role(), listening.public);
    if is_json {
        let line = json!({ "role": role.as_str(), "public": public, "roles": listening.roles });
        writeln!(out, "{line}")?;
        return out.flush();
    }
    writeln!(
        out,
        "{role}: {} {public}",
        language.pick("待ち受け", "listens on")
    )?;
    if let Some(roles) = listening.roles {
        writeln!(
            out,
            "{role}: {} {roles}",
            language.pick("他のロールの待ち受け", "for other roles on")
        )?;
    }
    out.flush()
}
