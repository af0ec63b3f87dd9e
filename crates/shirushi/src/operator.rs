//! `officer`, `register`: what operators ask of a running authority and register, known by an identity of their own.

use crate::{
    arguments::{At, Officer, OfficerOrder, Register, RegisterOrder},
    failure::Failure,
    input::read_at_most,
    language::Language,
    output::print_data,
    told::code,
};
use serde_json::{Value, json};
use shirushi_clock::SystemClock;
use shirushi_contract::{authority, register};
use shirushi_peers::{Answer, Base, Near, Peer, answer};
use shirushi_roles::{Identity, Role};
use shirushi_serve::Config;
use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest answer taken, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;
/// The largest file of residents, in bytes.
const LARGEST_IMPORT: usize = 16 * 1024 * 1024;

/// `officer enroll | list | retire`
pub(crate) async fn officer(officer: Officer, language: Language) -> Result<ExitCode, Failure> {
    let authority = reach(&officer.at, Role::Authority)?;
    let told = match &officer.order {
        OfficerOrder::Enroll { municipality } => {
            let order = json!({ "municipality": municipality });
            let told = post(
                &authority,
                authority::OFFICER_CODE.about.path,
                &order,
                language,
            )
            .await?;
            told["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        }
        OfficerOrder::List => {
            let told = ask(
                authority.get(authority::KNOWN_OFFICERS.about.path),
                language,
            )
            .await?;
            serde_json::to_string_pretty(&told).unwrap_or_default()
        }
        OfficerOrder::Retire { name } => {
            let order = json!({ "officer": name });
            post(
                &authority,
                authority::RETIREMENT.about.path,
                &order,
                language,
            )
            .await?;
            language
                .pick("退任を記録しました。", "Retired.")
                .to_owned()
        }
    };
    print_data(&told)?;
    Ok(ExitCode::SUCCESS)
}

/// `register key | import | change | show`
pub(crate) async fn register(register: Register, language: Language) -> Result<ExitCode, Failure> {
    let (at, order) = match register {
        Register::Key { config } => {
            let config = Config::read(Role::Register, &config).map_err(Failure::Config)?;
            let public = shirushi_serve::register_key(&config)?;
            print_data(&public.display().to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        Register::At { at, order } => (reach(&at, Role::Register)?, order),
    };
    let told = match &order {
        RegisterOrder::Import { file } => {
            let csv = String::from_utf8_lossy(&read_at_most(file, LARGEST_IMPORT)?).into_owned();
            post(
                &at,
                register::IMPORT.about.path,
                &json!({ "csv": csv }),
                language,
            )
            .await?
        }
        RegisterOrder::Change { file } => {
            let bytes = read_at_most(file, LARGEST_IMPORT)?;
            let change: Value = serde_json::from_slice(&bytes).map_err(|error| Failure::Told {
                code: code::FAILED,
                text: format!(
                    "{}: {error}\n  {}",
                    file.display(),
                    language.pick(
                        "異動1件のJSONを指定してください。",
                        "Name the JSON of one change."
                    )
                ),
            })?;
            post(&at, register::RECORD.about.path, &change, language).await?
        }
        RegisterOrder::LookUps { resident } => {
            let whom: Vec<_> = resident
                .iter()
                .map(|code| ("resident", code))
                .collect();
            let look_ups = ask(
                at.get(register::LOOK_UPS.about.path)
                    .query(&whom),
                language,
            )
            .await?;
            let readings = ask(
                at.get(register::READINGS.about.path)
                    .query(&whom),
                language,
            )
            .await?;
            json!({ "look_ups": look_ups, "readings": readings })
        }
    };
    print_data(&serde_json::to_string_pretty(&told).unwrap_or_default())?;
    Ok(ExitCode::SUCCESS)
}

fn reach(at: &At, role: Role) -> Result<Peer, Failure> {
    let identity = Identity::open(&at.identity, Arc::new(SystemClock))?;
    let unfit = |error: &dyn Error| Failure::Told {
        code: code::USAGE,
        text: format!("{}: {error}", at.address),
    };
    let base = Base::read_tls(&at.address).map_err(|error| unfit(&error))?;
    let near = Near::with_identity(PATIENCE, &identity, role).map_err(|error| unfit(&error))?;
    Ok(Peer::new(near, base))
}

async fn post(peer: &Peer, path: &str, body: &Value, language: Language) -> Result<Value, Failure> {
    ask(peer.post(path).json(body), language).await
}

/// The answer's JSON, or what was refused in the person's language.
async fn ask(request: reqwest::RequestBuilder, language: Language) -> Result<Value, Failure> {
    let answer = answer(request, LONGEST)
        .await
        .map_err(|lost| Failure::Told {
            code: code::NOT_REACHED,
            text: not_reached(&lost, language),
        })?;
    match answer.status.is_success() {
        true => Ok(answer.json().unwrap_or(Value::Null)),
        false => Err(refused(&answer, language)),
    }
}

fn not_reached(lost: &(dyn Error + 'static), language: Language) -> String {
    let mut told = language
        .pick("答えがありません。", "There is no answer.")
        .to_owned();
    let mut behind = Some(lost);
    while let Some(cause) = behind {
        told.push_str(&format!("\n  {cause}"));
        behind = cause.source();
    }
    told
}

fn refused(answer: &Answer, language: Language) -> Failure {
    let report: Value = answer.json().unwrap_or_default();
    let said = |field: &str| {
        report[field][language.pick("ja", "en")]
            .as_str()
            .map(str::to_owned)
    };
    let reason = said("reason")
        .or_else(|| said("message"))
        .unwrap_or_else(|| answer.status.to_string());
    let remedy = said("remedy")
        .map(|remedy| format!("\n  {remedy}"))
        .unwrap_or_default();
    let rows = report["rows"]
        .as_array()
        .map(|rows| {
            rows.iter()
                .map(|row| {
                    format!(
                        "\n  {}: {}",
                        row["line"],
                        row[language.pick("what_ja", "what_en")]
                            .as_str()
                            .unwrap_or_default()
                    )
                })
                .collect::<String>()
        })
        .unwrap_or_default();
    Failure::Told {
        code: code::FAILED,
        text: format!("{reason}{remedy}{rows}"),
    }
}
