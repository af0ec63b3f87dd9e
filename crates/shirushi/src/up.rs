//! `shirushi up`: a whole city on one machine.

use crate::{arguments::Up, failure::Failure, language::Language, signals};
use serde_json::json;
use shirushi_profile::MUNICIPALITIES;
use shirushi_town::{Databases, PagesAt, Records, Residents, Town, TownConfig, TownError};
use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// Where a new city listens if nothing is said.
const PORT: u16 = 8080;

/// How often each party tries whether it can write, in seconds, if the default is not wanted.
const PROBE_SECONDS: &str = "SHIRUSHI_PROBE_SECONDS";

/// Serves until it is interrupted.
pub(crate) async fn run(up: Up, language: Language) -> Result<ExitCode, Failure> {
    let folder = match up.folder {
        Some(folder) => folder,
        None => data_folder("shirushi")?,
    };
    let listen = listen_address(&folder, up.listen)?;
    if let Some(file) = &up.municipalities {
        shirushi_serve::use_municipalities(file)?;
    }
    let town = Town::open(TownConfig {
        folder: folder.clone(),
        listen,
        residents: up
            .residents
            .map_or(Residents::Sample, Residents::File),
        pages: PagesAt {
            origins: up.origins,
            agent: up.agent,
        },
        records: Records {
            accept_restore: up.is_restore_accepted,
            accept_clock: up.is_clock_accepted,
            witness: up.witness,
            databases: up
                .database
                .map_or(Databases::InFolder, Databases::OnServer),
            ..probed(
                std::env::var(PROBE_SECONDS)
                    .ok()
                    .as_deref(),
            )
        },
    })
    .await?;
    let end = signals::end().map_err(Failure::Signals)?;
    let code = first_code(&town).await?;
    announce(&town, &folder, code.as_deref(), up.is_json, language).map_err(Failure::Output)?;
    town.serve(end).await?;
    Ok(ExitCode::SUCCESS)
}

fn probed(seconds: Option<&str>) -> Records {
    let mut records = Records::default();
    if let Some(seconds) = seconds.and_then(|text| text.parse().ok()) {
        // Not in a loop, and not further apart than a status can be waited for.
        records.probe_every = Duration::from_secs(u64::clamp(seconds, 1, 86_400));
    }
    records
}

/// Where to listen: as asked, else where the city of the folder was founded, else the default.
pub(crate) fn listen_address(
    folder: &Path,
    asked: Option<SocketAddr>,
) -> Result<SocketAddr, TownError> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    Ok(
        Town::held_address(folder)?
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))),
    )
}

/// The folder below the user's data that is called `name` (XDG Base Directory Specification).
pub(crate) fn data_folder(name: &str) -> Result<PathBuf, Failure> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .map(|data| data.join(name))
        .ok_or(Failure::NoHome)
}

/// While nobody is enrolled, each start gives a code for the first officer; there are no default credentials.
async fn first_code(town: &Town) -> Result<Option<String>, TownError> {
    if town.authority().officers().await? > 0 {
        return Ok(None);
    }
    let Some(first) = MUNICIPALITIES.first() else {
        return Ok(None);
    };
    let code = town
        .authority()
        .enrolment_code(&first.code)
        .await?;
    Ok(Some(code.expose().to_owned()))
}

fn announce(
    town: &Town,
    folder: &Path,
    code: Option<&str>,
    is_json: bool,
    language: Language,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let pages = town.origins();
    if is_json {
        let line = json!({
            "url": town.base(),
            "dir": folder,
            "officer_enrolment_code": code,
            "pages": {
                "sandbox": pages.sandbox,
                "counter": pages.counter,
                "portal": pages.portal,
                "agency": pages.agency,
                "agent": pages.agent,
            },
        });
        writeln!(out, "{line}")?;
        return out.flush();
    }
    let base = town.base();
    let folder = folder.display();
    match language {
        Language::Japanese => {
            writeln!(
                out,
                "印 Shirushi（練習用の環境。実際の公的個人認証サービスではありません）"
            )?;
            writeln!(out, "  ここから始めます   {}", pages.sandbox)?;
            writeln!(out, "  窓口の画面         {}", pages.counter)?;
            writeln!(out, "  ポータル           {}", pages.portal)?;
            writeln!(out, "  行政機関の画面     {}", pages.agency)?;
            writeln!(out, "  利用者クライアント {}", pages.agent)?;
            writeln!(out, "  プログラム用のURL  {base}")?;
            writeln!(out, "  データ             {folder}")?;
            if let Some(code) = code {
                writeln!(out, "  最初の担当者の登録コード（1回限り）  {code}")?;
            }
            writeln!(out, "終了するには Ctrl-C を押してください。")?;
        }
        Language::English => {
            writeln!(out, "印 Shirushi (a sandbox, not the real JPKI service)")?;
            writeln!(out, "  begin here         {}", pages.sandbox)?;
            writeln!(out, "  the counter        {}", pages.counter)?;
            writeln!(out, "  the portal         {}", pages.portal)?;
            writeln!(out, "  the agency's desk  {}", pages.agency)?;
            writeln!(out, "  the agent          {}", pages.agent)?;
            writeln!(out, "  URL for programs   {base}")?;
            writeln!(out, "  data               {folder}")?;
            if let Some(code) = code {
                writeln!(
                    out,
                    "  one-time enrolment code of the first officer  {code}"
                )?;
            }
            writeln!(out, "Press Ctrl-C to stop.")?;
        }
    }
    out.flush()
}
