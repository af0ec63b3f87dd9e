//! How often an issue waits for the disk: counted by strace, in a run whose times count for nothing.

use super::{Run, run_in_child};
use crate::Failure;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// fsync(2) and fdatasync(2) per certificate in the measured part of a run; none where strace is missing.
pub(crate) fn per_certificate(
    folder: &Path,
    concurrency: u32,
    applications: u32,
) -> Result<Option<f64>, Failure> {
    let is_there = Command::new("strace")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_there {
        return Ok(None);
    }
    let trace = tempfile::NamedTempFile::new_in(folder).map_err(Failure::at(folder))?;
    let child = run_in_child(folder, concurrency, applications)?;
    let mut traced = Command::new("strace");
    traced
        .args([
            "-f",
            "--seccomp-bpf",
            "-ttt",
            "-e",
            "trace=fsync,fdatasync",
            "-o",
        ])
        .arg(trace.path())
        .arg(child.get_program())
        .args(child.get_args());
    let run = Run::of(&mut traced)?;
    let text = fs::read_to_string(trace.path()).map_err(Failure::at(trace.path()))?;
    let syncs = syncs_between(&text, run.began, run.ended);
    Ok(Some(syncs as f64 / f64::from(run.certificates)))
}

/// Counts the calls that began in a span of Unix time. Lines of `strace -f -ttt`: `<thread> <time> fdatasync(8) = 0`; a call that was
/// interrupted by another thread's has a second line, `<... fdatasync resumed>`.
fn syncs_between(trace: &str, began: f64, ended: f64) -> usize {
    trace
        .lines()
        .filter(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let at = fields
                .next()
                .and_then(|at| at.parse().ok());
            let is_within = at.is_some_and(|at: f64| (began..=ended).contains(&at));
            let is_call = fields
                .next()
                .is_some_and(|call| call.starts_with("fsync(") || call.starts_with("fdatasync("));
            is_within && is_call
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_counted_once_and_only_within_the_span() {
        let trace = "\
31 1000.000001 fdatasync(8)             = 0
31 1001.100000 fdatasync(8 <unfinished ...>
32 1001.200000 fsync(9)                 = 0
31 1001.300000 <... fdatasync resumed>) = 0
33 1001.400000 +++ exited with 0 +++
31 1003.000000 fsync(8)                 = 0
";
        assert_eq!(syncs_between(trace, 1001.0, 1002.0), 2);
        assert_eq!(syncs_between("garbled", 0.0, 2.0), 0);
    }
}
