//! `shirushi agent`: the local program behind the web pages.

use crate::{
    arguments, certificates,
    failure::Failure,
    input::read_at_most,
    language::Language,
    signals,
    told::{code, told},
    up::data_folder,
};
use serde_json::json;
use shirushi_agent::{Agent, AgentConfig, Wallet};
use shirushi_clock::SystemClock;
use shirushi_crypto::SystemRandom;
use shirushi_reader::Machine;
use shirushi_store::Store;
use shirushi_web::{Deadlines, Seats};
use std::{
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use tokio::net::TcpListener;

/// In the agent's folder: what it remembers, and the software cards.
const DATABASE: &str = "agent.db";
const CARDS: &str = "cards";

/// Serves until it is interrupted.
pub(crate) async fn run(order: arguments::Agent, language: Language) -> Result<ExitCode, Failure> {
    let folder = match order.folder {
        Some(folder) => folder,
        None => data_folder("shirushi-agent")?,
    };
    let seats = Seats::of_this_process()?.with_deadlines(Deadlines::for_large_files());
    let asked = order
        .listen
        .unwrap_or(shirushi_agent::ADDRESS);
    if !asked.ip().is_loopback() {
        return Err(reached_by_others(asked, language));
    }
    nobodys(&folder, language)?;
    make_folder(&folder)?;
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
        .unwrap_or_else(|| folder.join(CARDS));
    let wallet = Wallet::open(&cards, random.clone())?;
    let database = absolute(&folder.join(DATABASE))?;
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
            .map(|path| read_at_most(path, certificates::LARGEST))
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

/// Refuses to put the agent's data among somebody's files: the folder is new, empty, or an agent's.
fn nobodys(folder: &Path, language: Language) -> Result<(), Failure> {
    let failed = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(failed)?,
    };
    let is_ours = |name: &str| {
        entries
            .iter()
            .any(|entry| entry.file_name() == name)
    };
    if entries.is_empty() || is_ours(DATABASE) || is_ours(CARDS) {
        return Ok(());
    }
    let folder = folder.display();
    Err(told(
        code::FAILED,
        language,
        &format!(
            "{folder} には、利用者クライアントのものでないファイルがあります。\n  --dir には、新しいフォルダか空のフォルダ、または利用者クライアントのフォルダを指定してください。"
        ),
        &format!(
            "{folder} holds files that are no agent's.\n  Give --dir a new folder, an empty one or an agent's."
        ),
    ))
}

/// Before anything is made: what is typed on its pages would go over a network in clear.
fn reached_by_others(address: SocketAddr, language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        &format!(
            "{address} は他の機械から届くアドレスで、TLSもありません。\n  127.0.0.1:24780 のようなループバックアドレスを指定してください。"
        ),
        &format!(
            "{address} can be reached from other machines, and there is no TLS here.\n  Give a loopback address, such as 127.0.0.1:24780."
        ),
    )
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

fn announce(origin: &str, folder: &Path, is_json: bool, language: Language) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if is_json {
        writeln!(out, "{}", json!({ "url": origin, "dir": folder }))?;
        return out.flush();
    }
    let folder = folder.display();
    match language {
        Language::Japanese => {
            writeln!(out, "印 Shirushi 利用者クライアント")?;
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
