//! What the operating system counts of a process: proc(5).

use crate::Failure;
use std::{fs, process::Command};

/// USER_HZ: 100 on every architecture of Linux that the house is built for. Asking for it would need a call into C.
pub(crate) const TICKS_PER_SECOND: f64 = 100.0;

/// A process, by what its folder in `/proc` is called.
#[derive(Clone, Debug)]
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn this() -> Self {
        Self("self".to_owned())
    }

    pub(crate) fn numbered(id: u32) -> Self {
        Self(id.to_string())
    }

    /// Its number; `self` for this one.
    pub(crate) fn id(&self) -> &str {
        &self.0
    }

    /// Processor time, user and system, of all its threads so far, in seconds. In steps of 10 ms.
    pub(crate) fn processor_seconds(&self) -> Result<f64, Failure> {
        processor_ticks(&self.read("stat")?)
            .map(|ticks| ticks as f64 / TICKS_PER_SECOND)
            .ok_or(Failure::Proc { what: "stat" })
    }

    /// The most memory that was resident at once, in MiB.
    pub(crate) fn peak_resident_mebibytes(&self) -> Result<f64, Failure> {
        peak_resident_kibibytes(&self.read("status")?)
            .map(|kibibytes| kibibytes as f64 / 1024.0)
            .ok_or(Failure::Proc { what: "status" })
    }

    /// The children that its first thread has now.
    pub(crate) fn children(&self) -> Result<Vec<Self>, Failure> {
        Ok(self
            .read(&format!("task/{}/children", self.0))?
            .split_ascii_whitespace()
            .map(|id| Self(id.to_owned()))
            .collect())
    }

    fn read(&self, file: &str) -> Result<String, Failure> {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).map_err(Failure::at(path))
    }
}

/// Lets the peak of resident memory begin anew (proc(5), `clear_refs`, value 5).
pub(crate) fn forget_peak() -> Result<(), Failure> {
    const CLEAR: &str = "/proc/self/clear_refs";
    fs::write(CLEAR, "5").map_err(Failure::at(CLEAR))
}

/// What a program says on its standard output, without the line's end.
pub(crate) fn said(command: &mut Command) -> Result<String, Failure> {
    let program = command
        .get_program()
        .to_string_lossy()
        .into_owned();
    let output = command
        .output()
        .map_err(|source| Failure::Start {
            program: program.clone(),
            source,
        })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()),
        false => Err(Failure::Program {
            program,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

/// utime and stime: fields 14 and 15. The name, field 2, may hold anything, also spaces and brackets.
fn processor_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name
        .split_ascii_whitespace()
        .skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

fn peak_resident_kibibytes(status: &str) -> Option<u64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "77 (a) b (c)) S 1 77 77 0 -1 4194560 900 0 0 0 123 45 6 7 20 0 3 0 100 0";
        assert_eq!(processor_ticks(stat), Some(168));
        assert_eq!(processor_ticks("77 (cut) S 1 77"), None);
        assert_eq!(processor_ticks(""), None);
    }

    #[test]
    fn peak_memory_is_read() {
        let status = "Name:\tx\nVmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 7 kB\n";
        assert_eq!(peak_resident_kibibytes(status), Some(2048));
        assert_eq!(peak_resident_kibibytes("VmHWM: many"), None);
    }

    #[test]
    fn this_process_can_be_looked_at() {
        let this = Process::this();
        assert!(this.processor_seconds().unwrap() >= 0.0);
        assert!(this.peak_resident_mebibytes().unwrap() > 0.5);
    }
}
