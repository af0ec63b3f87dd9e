//! `config`: what can be set.

use crate::{
    arguments::{Config, ConfigOrder},
    failure::Failure,
    output::print_data,
};
use std::process::ExitCode;

/// `config example ROLE`, `config reference`
pub(crate) fn run(config: &Config) -> Result<ExitCode, Failure> {
    let text = match config.order {
        ConfigOrder::Example { role } => shirushi_serve::example(role),
        ConfigOrder::Reference => shirushi_serve::reference(),
    };
    print_data(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
