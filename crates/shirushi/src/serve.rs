//! `serve`: one role as a process of its own.

use crate::{
    arguments::{Serve, ServeOrder},
    failure::Failure,
    language::Language,
    output::print_data,
    signals,
};
use serde_json::json;
use shirushi_roles::Role;
use shirushi_serve::{Config, Listening, Progress};
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
        ServeOrder::Run { is_json, orders } => {
            let end = signals::end().map_err(Failure::Signals)?;
            let role = config.role();
            let announce = move |progress| {
                // Nobody need read it: what was asked for is that it runs.
                let _ = match progress {
                    Progress::StandingBy => say_waiting(role, is_json, language),
                    Progress::Listening(listening) => say(role, listening, is_json, language),
                };
            };
            shirushi_serve::run(&config, orders, announce, end).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say_waiting(role: Role, is_json: bool, language: Language) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match is_json {
        true => writeln!(
            out,
            "{}",
            json!({ "role": role.as_str(), "standing_by": true })
        ),
        false => writeln!(
            out,
            "{role}: {}",
            language.pick(
                "ほかのプロセスがデータベースを使っています。終わったら引き継ぎます",
                "another process has the database; this one stands by and takes over when it goes",
            )
        ),
    }?;
    out.flush()
}

fn say(role: Role, listening: Listening, is_json: bool, language: Language) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let public = listening.public;
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
