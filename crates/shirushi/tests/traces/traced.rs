//! A command run under the eyes of a debugger: its memory is read at the instant of its exit.

use crate::{
    image::{may_dump, remove_wipe, search},
    needles::Needle,
    terminal::{self, Asked},
};
use nix::{
    sys::{
        ptrace::{self, Event, Options},
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use rustix::io::ioctl_fionread;
use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    thread,
};

/// What the disk does when the card is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Writes,
    /// It takes not a byte: the card says so, and the signal that the system sends with it kills no program of ours.
    Refuses,
}

/// One run of a program.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Path,
    /// The file with the code that wipes. A program that loads it later raises SIGUSR1 when it has.
    pub(crate) wiped_in: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) arguments: &'a [String],
    /// Typed, a line each, into its standard input.
    pub(crate) lines: &'a [String],
    /// A conversation at a terminal, in place of the lines.
    pub(crate) terminal: Option<&'a [Asked]>,
    /// Whether it is given up (SIGTERM) after these lines, within the next.
    pub(crate) is_given_up: bool,
    pub(crate) disk: Disk,
    pub(crate) is_wiping: bool,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Where PINs were found at its exit. What is killed as it writes has wiped nothing: nobody asks it, and the system clears its
    /// pages before anyone else gets them.
    pub(crate) found: Vec<String>,
    /// Whether a core could have been written.
    pub(crate) may_dump: bool,
}

impl Run<'_> {
    #[expect(clippy::zombie_processes, reason = "`watch` waits for it")]
    pub(crate) fn to_its_end(&self, needles: &[Needle]) -> Ended {
        // The shell waits for a line until the debugger is there, and becomes the program.
        let limits = match self.disk {
            Disk::Writes => "",
            Disk::Refuses => "ulimit -f 0; ",
        };
        // A terminal belongs to whoever begins a session at it.
        let (mut command, conversation) = match self.terminal {
            None => (Command::new("sh"), None),
            Some(asked) => {
                let (person, program) = terminal::open();
                let mut command = Command::new("setsid");
                command
                    .args(["--ctty", "sh"])
                    .stdin(program);
                (command, Some((person, asked)))
            }
        };
        if conversation.is_none() {
            command.stdin(Stdio::piped());
        }
        let mut child = command
            .arg("-c")
            .arg(format!("{limits}read -r _; exec \"$0\" \"$@\""))
            .arg(self.program)
            .args(self.arguments)
            .current_dir(self.folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder)
            .env("TMPDIR", self.folder)
            .env("LC_ALL", "C.UTF-8")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(child.id() as i32);
        let options = Options::PTRACE_O_TRACEEXIT | Options::PTRACE_O_TRACEEXEC;
        ptrace::seize(pid, options).unwrap();
        // The program alone has its side of the terminal now.
        drop(command);
        let mut input = child.stdin.take();
        let go = b"\n";
        match (&mut input, &conversation) {
            (Some(pipe), _) => pipe.write_all(go).unwrap(),
            (None, Some((person, _))) => (&*person).write_all(go).unwrap(),
            (None, None) => unreachable!("it has standard input"),
        }
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let text = |stream: &mut dyn std::io::Read| {
            let mut text = String::new();
            stream
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        thread::scope(|scope| {
            let out = scope.spawn(move || text(&mut out));
            let err = scope.spawn(move || text(&mut err));
            if let Some((person, asked)) = conversation {
                scope.spawn(move || terminal::converse(person, asked));
            }
            let (code, (found, may_dump)) = self.watch(pid, &mut input, needles);
            Ended {
                code,
                may_dump,
                out: out.join().unwrap(),
                err: err.join().unwrap(),
                found,
            }
        })
    }

    /// Follows the program to its end.
    fn watch(
        &self,
        pid: Pid,
        input: &mut Option<ChildStdin>,
        needles: &[Needle],
    ) -> (Option<i32>, (Vec<String>, bool)) {
        let mut found = None;
        loop {
            match waitpid(pid, Some(WaitPidFlag::__WALL)).unwrap() {
                WaitStatus::PtraceEvent(_, _, event)
                    if event == Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    // The shell itself may be seen as it begins.
                    let is_shell = fs::read_link(format!("/proc/{pid}/exe"))
                        .is_ok_and(|program| program != self.program);
                    if is_shell {
                        ptrace::cont(pid, None).unwrap();
                        continue;
                    }
                    if self.wiped_in == self.program {
                        self.switch_wipe(pid);
                    }
                    ptrace::cont(pid, None).unwrap();
                    self.type_in(pid, input);
                }
                WaitStatus::PtraceEvent(_, _, event)
                    if event == Event::PTRACE_EVENT_EXIT as i32 =>
                {
                    found = Some((search(pid.as_raw(), needles), may_dump(pid.as_raw())));
                    ptrace::cont(pid, None).unwrap();
                }
                WaitStatus::PtraceEvent(..) => ptrace::cont(pid, None).unwrap(),
                WaitStatus::Stopped(_, Signal::SIGUSR1) => {
                    self.switch_wipe(pid);
                    ptrace::cont(pid, None).unwrap();
                }
                WaitStatus::Stopped(_, signal) => ptrace::cont(pid, signal).unwrap(),
                WaitStatus::Exited(_, code) => {
                    return (Some(code), found.expect("its exit was seen"));
                }
                WaitStatus::Signaled(..) => return (None, found.expect("its end was seen")),
                other => panic!("{other:?}"),
            }
        }
    }

    fn switch_wipe(&self, pid: Pid) {
        if !self.is_wiping {
            remove_wipe(pid.as_raw(), self.wiped_in);
        }
    }

    fn type_in(&self, pid: Pid, input: &mut Option<ChildStdin>) {
        let Some(mut pipe) = input.take() else {
            return;
        };
        for line in self.lines {
            // It may have ended without asking for all of them.
            let _ = writeln!(pipe, "{line}");
        }
        if self.is_given_up {
            let _ = pipe.write_all(b"half");
            // Once all is read, it waits for the rest of the line; or it ends without reading all.
            while ioctl_fionread(&pipe).is_ok_and(|unread| unread > 0) && !is_ending(pid) {
                thread::yield_now();
            }
            let _ = kill(pid, Signal::SIGTERM);
            *input = Some(pipe);
        }
    }
}

/// Whether it has stopped at its exit (proc(5), stat).
fn is_ending(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.trim_start().chars().next());
    !matches!(state, Some('R' | 'S' | 'D'))
}
