//! `shirushi tour`: the story, against a running city or one of its own.

use crate::{arguments::Tour, failure::Failure, language::Language, up::listen_address};
use shirushi_tour::{Artefacts, Kind, Listener, Step, Story, tell};
use shirushi_town::{Residents, Town, TownConfig};
use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    time::Instant,
};
use tokio::sync::oneshot;

/// Tells the story; the exit code says whether all was as it should be.
pub(crate) async fn run(tour: Tour, language: Language) -> Result<ExitCode, Failure> {
    let begin = Instant::now();
    let mut progress = Progress { language, count: 0 };
    let story = match &tour.url {
        Some(url) => tell(url, &mut progress).await?,
        None => in_its_own_city(tour.folder.as_deref(), &mut progress).await?,
    };
    if let Some(folder) = &tour.artefacts {
        leave(&story.artefacts, folder)?;
    }
    report(&story, begin, tour.is_json, language).map_err(Failure::Output)?;
    Ok(if story.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Founds a city for this one story, or starts that of `folder`, and stops it afterwards.
async fn in_its_own_city(folder: Option<&Path>, progress: &mut Progress) -> Result<Story, Failure> {
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
    })
    .await?;
    let base = town.base();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(town.serve(async {
        // Either word of the other end, sent or dropped, is the end.
        let _ = stopped.await;
    }));
    let story = tell(&base, progress).await;
    drop(stop);
    if let Ok(served) = serving.await {
        served?;
    }
    Ok(story?)
}

/// One line a step, on standard error.
struct Progress {
    language: Language,
    count: usize,
}

impl Listener for Progress {
    fn step(&mut self, step: &Step, _: &Artefacts) {
        self.count += 1;
        let mark = if step.ok { "✓" } else { "✗" };
        let line = match (step.kind, step.ok) {
            (Kind::Accept, true) => self
                .language
                .pick("成功", "accepted")
                .to_owned(),
            (Kind::Refuse, true) => format!(
                "{} {} ({})",
                self.language.pick("拒否", "refused by"),
                step.rule.as_deref().unwrap_or_default(),
                step.source
                    .map(source)
                    .unwrap_or_default(),
            ),
            (_, false) => format!(
                "{} {} / {} {}\n      {}",
                self.language.pick("予定", "expected"),
                step.expected,
                self.language.pick("実際", "seen"),
                step.seen,
                step.evidence,
            ),
        };
        eprintln!(
            "{mark} {:>2} {:<56} {line}  {} ms",
            self.count, step.step, step.ms
        );
    }
}

fn source(class: shirushi_rules::SourceClass) -> String {
    serde_json::to_value(class)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn report(story: &Story, begin: Instant, is_json: bool, language: Language) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
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

fn leave(artefacts: &Artefacts, folder: &Path) -> Result<(), Failure> {
    let at = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(at)?;
    for (name, bytes) in artefacts.iter() {
        std::fs::write(folder.join(name), bytes).map_err(at)?;
    }
    Ok(())
}
