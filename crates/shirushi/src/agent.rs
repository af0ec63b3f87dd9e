//! `shirushi agent`: the local program behind the web pages.

use crate::{arguments, failure::Failure, language::Language, signals, up::data_folder};
use serde_json::json;
use shirushi_agent::{Agent, AgentConfig, Wallet};
use shirushi_clock::SystemClock;
use shirushi_crypto::SystemRandom;
use shirushi_reader::Machine;
use shirushi_store::Store;
use shirushi_web::Seats;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use tokio::net::TcpListener;

/// Serves until it is interrupted.
pub(crate) async fn run(order: arguments::Agent, language: Language) -> Result<ExitCode, Failure> {
    let folder = match order.folder {
        Some(folder) => folder,
        None => data_folder("shirushi-agent")?,
    };
    let seats = Seats::of_this_process()?;
    make_folder(&folder)?;
    let asked = order
        .listen
        .unwrap_or(shirushi_agent::ADDRESS);
    let listen = |source| Failure::Listen {
        address: asked,
        source,
    };
    let listener = TcpListener::bind(asked)
        .await
        .map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let origin = format!("http://{address}");
    let random = Arc::new(SystemRandom);
    let cards = order
        .cards
        .unwrap_or_else(|| folder.join("cards"));
    let wallet = Wallet::open(&cards, random.clone())?;
    let database = absolute(&folder.join("agent.db"))?;
    let store = Store::open(
        &format!("sqlite://{}", database.display()),
        shirushi_agent::MIGRATIONS,
    )
    .await?;
    let config = AgentConfig {
        origin: origin.clone(),
        sites: order.sites,
        is_sandbox: false,
        trust: order
            .trust
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?,
    };
    let agent = Agent::open_with_machine(
        store,
        Arc::new(SystemClock),
        random,
        wallet,
        Arc::new(Machine::new()),
        config,
    )
    .await?;
    let end = signals::end().map_err(Failure::Signals)?;
    announce(&origin, &folder, order.is_json, language).map_err(Failure::Output)?;
    shirushi_web::serve(listener, shirushi_agent::router(agent), seats, end).await?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the folder for its owner only.
fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(path)
        .map_err(|source| Failure::File {
            path: path.to_owned(),
            source,
        })
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn announce(origin: &str, folder: &Path, is_json: bool, language: Language) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if is_json {
        writeln!(out, "{}", json!({ "url": origin, "dir": folder }))?;
        return out.flush();
    }
    let folder = folder.display();
    match language {
        Language::Japanese => {
            writeln!(out, "印 Shirushi エージェント")?;
            writeln!(out, "  画面    {origin}")?;
            writeln!(out, "  データ  {folder}")?;
            writeln!(out, "終了するには Ctrl-C を押してください。")?;
        }
        Language::English => {
            writeln!(out, "印 Shirushi agent")?;
            writeln!(out, "  pages  {origin}")?;
            writeln!(out, "  data   {folder}")?;
            writeln!(out, "Press Ctrl-C to stop.")?;
        }
    }
    out.flush()
}
