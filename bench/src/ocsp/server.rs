//! The responders as processes that are started, looked at and ended.

use super::case::{Case, KIND, index_of};
use crate::{Failure, office, process::Process};
use serde::Serialize;
use std::{
    fmt,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, ExitStatus, Stdio},
};

/// Processes of `openssl ocsp -multi`: one a core of the machine that the figures are of.
const MULTI: &str = "2";

/// Which responder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// `openssl ocsp`: one process, one thread.
    OpenSsl,
    /// `openssl ocsp -multi 2`.
    OpenSslMulti,
    /// Ours, over `index.txt` in memory.
    OursMemory,
    /// Ours, over the authority's database.
    OursDatabase,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [
        Self::OpenSsl,
        Self::OursMemory,
        Self::OursDatabase,
        Self::OpenSslMulti,
    ];

    /// Whether a connection may serve many requests; `openssl ocsp` closes after each.
    pub(super) fn keeps_connections(self) -> bool {
        matches!(self, Self::OursMemory | Self::OursDatabase)
    }

    /// Where it takes requests by POST.
    pub(super) fn path(self) -> &'static str {
        match (self.keeps_connections(), KIND.path()) {
            (false, _) => "/",
            (true, "sign") => "/ocsp/sign",
            (true, _) => "/ocsp/auth",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenSsl => "openssl ocsp",
            Self::OpenSslMulti => "openssl ocsp -multi 2",
            Self::OursMemory => "shirushi, memory",
            Self::OursDatabase => "shirushi, database",
        })
    }
}

/// A server that runs until it is dropped.
pub(super) struct Server {
    child: Child,
    kind: Kind,
    address: SocketAddr,
}

impl Server {
    pub(super) fn start(kind: Kind, case: &Case) -> Result<Self, Failure> {
        match kind {
            Kind::OpenSsl => Self::openssl(kind, case, &[]),
            Kind::OpenSslMulti => Self::openssl(kind, case, &["-multi", MULTI]),
            Kind::OursMemory => Self::ours(kind, case, "memory"),
            Kind::OursDatabase => Self::ours(kind, case, "database"),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time so far, of all its processes.
    pub(super) fn processor_seconds(&self) -> Result<f64, Failure> {
        self.processes()?
            .iter()
            .map(Process::processor_seconds)
            .sum()
    }

    /// Peak of resident memory: the sum of its processes', which share the program's pages.
    pub(super) fn peak_resident_mebibytes(&self) -> Result<f64, Failure> {
        self.processes()?
            .iter()
            .map(Process::peak_resident_mebibytes)
            .sum()
    }

    fn processes(&self) -> Result<Vec<Process>, Failure> {
        let first = Process::numbered(self.child.id());
        let mut all = first.children()?;
        all.push(first);
        Ok(all)
    }

    fn ours(kind: Kind, case: &Case, knowledge: &str) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::at("/proc/self/exe"))?;
        let mut command = Command::new(program);
        command
            .args(["serve-ocsp", "--knowledge", knowledge, "--folder"])
            .arg(case.folder());
        Self::listening(kind, &mut command)
    }

    /// It listens on every interface of the machine: there is no option for the address.
    fn openssl(kind: Kind, case: &Case, more: &[&str]) -> Result<Self, Failure> {
        let keys = office::keys(case.folder());
        let name = KIND.path();
        let mut command = Command::new("openssl");
        command
            // nextUpdate as in our answers.
            .args(["ocsp", "-port", "0", "-nmin", "15"])
            .args(more)
            .arg("-index")
            .arg(index_of(case.folder()))
            .arg("-CA")
            .arg(keys.join(format!("{name}-ca.cer")))
            .arg("-rsigner")
            .arg(keys.join(format!("{name}-ocsp.cer")))
            .arg("-rkey")
            .arg(keys.join(format!("{name}-ocsp.key")))
            // A line for each request.
            .stderr(Stdio::null());
        Self::listening(kind, &mut command)
    }

    /// Starts it and reads where it listens from its first line. A connection on trial would not do: one that asks nothing stops
    /// `openssl ocsp` 3.0 for good.
    fn listening(kind: Kind, command: &mut Command) -> Result<Self, Failure> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let child = command
            .spawn()
            .map_err(|source| Failure::Start {
                program: kind.to_string(),
                source,
            })?;
        // Made at once, so that it is ended whatever follows.
        let mut server = Self {
            child,
            kind,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        };
        let mut line = String::new();
        if let Some(output) = server.child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(Failure::at("the first line"))?;
        }
        let port = port_of(&line).ok_or_else(|| Failure::Program {
            program: kind.to_string(),
            said: line,
        })?;
        server.address.set_port(port);
        Ok(server)
    }

    /// Ends it. `openssl ocsp -multi` notices SIGTERM only when a child ends; killed, it would leave its children behind.
    fn end(&mut self) {
        let children = match self.kind {
            Kind::OpenSslMulti => Process::numbered(self.child.id())
                .children()
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        // These fail only for a process that has ended already.
        if children.is_empty() {
            let _ = self.child.kill();
        } else {
            let _ = terminate(&self.child.id().to_string());
        }
        for child in children {
            let _ = terminate(child.id());
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// What `openssl version` says.
pub(super) fn openssl_version() -> Result<String, Failure> {
    let output = Command::new("openssl")
        .arg("version")
        .output()
        .map_err(|source| Failure::Start {
            program: "openssl".to_owned(),
            source,
        })?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim()
        .to_owned())
}

fn terminate(id: &str) -> std::io::Result<ExitStatus> {
    Command::new("kill").arg(id).status()
}

/// The port in what a server says first: `127.0.0.1:40001`, or `ACCEPT [::]:40001 PID=77`.
fn port_of(line: &str) -> Option<u16> {
    line.split_ascii_whitespace()
        .find_map(|word| word.rsplit_once(':')?.1.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_what_each_server_says() {
        assert_eq!(port_of("127.0.0.1:40001\n"), Some(40001));
        assert_eq!(port_of("ACCEPT [::]:46319 PID=17471\n"), Some(46319));
        assert_eq!(port_of("ACCEPT 0.0.0.0:99999 PID=1"), None);
        assert_eq!(port_of(""), None);
    }
}
