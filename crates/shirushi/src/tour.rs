//! `shirushi tour`: the story, against a running city or one of its own.

use crate::{
    arguments::Tour,
    failure::Failure,
    language::Language,
    output::replace,
    signals::Signals,
    told::{code, told},
    up::listen_address,
};
use shirushi_rules::SourceClass;
use shirushi_tour::{Artefacts, Kind, Listener, Step, Story, tell};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use std::{
    fs, io,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Instant,
};
use tokio::sync::{Notify, oneshot};

/// Tells the story; the exit code says whether all was as it should be.
pub(crate) async fn run(tour: Tour, language: Language) -> Result<ExitCode, Failure> {
    let begin = Instant::now();
    // Also the terminal's end: the folder of the tour's city holds its authority's keys, and is removed.
    let end = Signals::listen().map_err(Failure::Signals)?;
    if let Some(folder) = &tour.artefacts {
        // Before the story, so that nobody waits for what cannot be left.
        make(folder, language)?;
    }
    let mut progress = Progress {
        language,
        count: 0,
        unheard: Arc::default(),
    };
    let story = match &tour.url {
        Some(url) => tell_until(end, url, &mut progress).await?,
        None => in_its_own_city(tour.folder.as_deref(), &mut progress, end).await?,
    };
    if let Some(folder) = &tour.artefacts {
        leave(&story.artefacts, folder, language)?;
    }
    report(&story, begin, tour.is_json, language).map_err(Failure::Output)?;
    Ok(if story.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Founds a city for this one story, or starts that of `folder`, and stops it afterwards.
async fn in_its_own_city(
    folder: Option<&Path>,
    progress: &mut Progress,
    end: Signals,
) -> Result<Story, Failure> {
    let temporary = tempfile::tempdir().map_err(|source| Failure::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let (folder, listen) = match folder {
        Some(folder) => (folder.to_owned(), listen_address(folder, None)?),
        None => (
            temporary.path().to_owned(),
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ),
    };
    let town = Town::open(TownConfig {
        folder,
        listen,
        residents: Residents::Sample,
        pages: PagesAt::default(),
        records: Records::default(),
    })
    .await?;
    let base = town.base();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(town.serve(async {
        // Either word of the other end, sent or dropped, is the end.
        let _ = stopped.await;
    }));
    let story = tell_until(end, &base, progress).await;
    drop(stop);
    // Also when it was interrupted: a folder that is still written to cannot be removed.
    if let Ok(served) = serving.await {
        served?;
    }
    story
}

async fn tell_until(
    mut end: Signals,
    base: &str,
    progress: &mut Progress,
) -> Result<Story, Failure> {
    let unheard = Arc::clone(&progress.unheard);
    tokio::select! {
        story = tell(base, progress) => Ok(story?),
        () = end.next() => Err(Failure::Interrupted),
        () = unheard.notified() => Err(Failure::Output(io::ErrorKind::BrokenPipe.into())),
    }
}

/// One line a step, on standard error.
struct Progress {
    language: Language,
    count: usize,
    /// Nobody reads what is told.
    unheard: Arc<Notify>,
}

impl Listener for Progress {
    fn step(&mut self, step: &Step, _: &Artefacts) {
        self.count += 1;
        let mark = if step.ok { "✓" } else { "✗" };
        let line = match (step.kind, step.ok) {
            (Kind::Accept, true) => outcome(&step.seen, self.language),
            (Kind::Refuse, true) => format!(
                "{} ({})",
                outcome(&step.seen, self.language),
                step.source
                    .map(|class| source(class, self.language))
                    .unwrap_or_default(),
            ),
            (_, false) => format!(
                "{}: {} / {}: {}\n      {}",
                self.language.pick("予定", "expected"),
                outcome(&step.expected, self.language),
                self.language.pick("実際", "seen"),
                outcome(&step.seen, self.language),
                step.evidence,
            ),
        };
        let told = writeln!(
            io::stderr(),
            "{mark} {:>2} {:<56} {line}  {} ms",
            self.count,
            step.step,
            step.ms
        );
        if told.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.unheard.notify_one();
        }
    }
}

/// What a step expected or saw, in the reader's language.
fn outcome(text: &str, language: Language) -> String {
    let rule = text.strip_prefix("refused by ");
    match (language, text, rule) {
        (Language::English, ..) => text.to_owned(),
        (Language::Japanese, "accepted", _) => "成功".to_owned(),
        (Language::Japanese, "broken", _) => "障害".to_owned(),
        (Language::Japanese, _, Some(rule)) => format!("拒否 {rule}"),
        (Language::Japanese, ..) => text.to_owned(),
    }
}

fn source(class: SourceClass, language: Language) -> &'static str {
    match class {
        SourceClass::Law => language.pick("法律", "law"),
        SourceClass::Regulation => language.pick("政令・省令", "regulation"),
        SourceClass::MunicipalPractice => language.pick("自治体の運用", "municipal practice"),
        SourceClass::Standard => language.pick("技術規格", "standard"),
        SourceClass::OwnChoice => language.pick("本実装の判断", "own choice"),
    }
}

fn report(story: &Story, begin: Instant, is_json: bool, language: Language) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if is_json {
        serde_json::to_writer_pretty(&mut out, &story.steps)?;
        writeln!(out)?;
        return out.flush();
    }
    let refusals = story
        .steps
        .iter()
        .filter(|step| step.kind == Kind::Refuse && step.ok)
        .count();
    let seconds = begin.elapsed().as_secs_f64();
    let steps = story.steps.len();
    match (story.is_good(), language) {
        (true, Language::English) => writeln!(
            out,
            "{steps} steps, {refusals} of them refusals, all as they should be, in {seconds:.1} s"
        )?,
        (true, Language::Japanese) => writeln!(
            out,
            "{steps}工程（うち拒否{refusals}）がすべて予定どおりでした（{seconds:.1}秒）"
        )?,
        (false, Language::English) => writeln!(
            out,
            "the story stopped at step {steps}, which did not go as it should"
        )?,
        (false, Language::Japanese) => {
            writeln!(out, "第{steps}工程が予定どおりにならず、そこで止まりました")?;
        }
    }
    out.flush()
}

fn leave(artefacts: &Artefacts, folder: &Path, language: Language) -> Result<(), Failure> {
    for (name, bytes) in artefacts.iter() {
        replace(&folder.join(name), bytes, language)?;
    }
    Ok(())
}

/// A folder in which nothing of anybody's can be replaced.
fn make(folder: &Path, language: Language) -> Result<(), Failure> {
    let failed = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder)
        .map_err(failed)?
        .next()
        .is_none()
    {
        return Ok(());
    }
    let folder = folder.display();
    Err(told(
        code::FAILED,
        language,
        &format!(
            "{folder} には、すでに何かあります。\n  --artefacts には、新しいフォルダか空のフォルダを指定してください。"
        ),
        &format!(
            "{folder} holds something already.\n  Give --artefacts a new folder, or an empty one."
        ),
    ))
}
