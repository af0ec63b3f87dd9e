//! A PostgreSQL server: one that is named, or one of this process's own.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
};
use tempfile::TempDir;

/// The variable that names a PostgreSQL server for all databases of tests: `postgres://USER@localhost/postgres?host=FOLDER`, where the
/// user may create databases and users. `.ci/postgres` begins one.
pub const SERVER: &str = "SHIRUSHI_POSTGRES_URL";

/// A PostgreSQL server on which anything may be done.
#[derive(Debug)]
pub struct Server {
    address: String,
    /// Of one that was begun here; it ends with its input.
    _own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    input: Option<ChildStdin>,
    process: Child,
    _folder: TempDir,
}

impl Server {
    /// The one that [`SERVER`] names, or else one of this process's own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match named() {
            Some(address) => Self {
                address,
                _own: None,
            },
            None => Self::begin(),
        })
    }

    /// Begins one that nobody else uses; it ends when this is dropped, or with the process.
    ///
    /// # Panics
    /// When it cannot be begun: `.ci/postgres` says why.
    #[must_use]
    pub fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(workspace().join(".ci/postgres"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(!address.is_empty(), "no PostgreSQL");
        Self {
            address: address.trim_end().to_owned(),
            _own: Some(Own {
                input: process.stdin.take(),
                process,
                _folder: folder,
            }),
        }
    }

    /// The address of a database on it, for its owner.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let (server, host) = self.split();
        format!("{server}/{name}{host}")
    }

    /// A new database of this name: its address, for its owner.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new_database(&self, name: &str) -> String {
        let (drop, create) = (
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        );
        self.say("postgres", &[&drop, &create]);
        self.database(name)
    }

    /// The address of a database on it, for another user.
    ///
    /// # Panics
    /// When the server's own address names no user.
    #[must_use]
    pub fn database_of(&self, user: &str, name: &str) -> String {
        let (server, host) = self.split();
        let (_, machine) = server.split_once('@').unwrap();
        format!("postgres://{user}@{machine}/{name}{host}")
    }

    /// Runs statements in a database, and gives what they say, one value a line.
    ///
    /// # Panics
    /// When one is refused.
    pub fn say(&self, database: &str, statements: &[&str]) -> String {
        let mut psql = Command::new(programs().join("psql"));
        psql.env("LD_LIBRARY_PATH", libraries())
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--set", "ON_ERROR_STOP=1"]);
        for statement in statements {
            psql.args(["--command", statement]);
        }
        let said = psql
            .arg(self.database(database))
            .output()
            .expect("psql is in target/unpacked: run ./test once");
        let complaint = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{statements:?}: {complaint}");
        String::from_utf8(said.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// The address up to its database, and what stands after that.
    fn split(&self) -> (&str, &str) {
        let (address, host) = match self.address.split_once('?') {
            Some((address, _)) => (address, &self.address[address.len()..]),
            None => (self.address.as_str(), ""),
        };
        (address.rsplit_once('/').unwrap().0, host)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.input.take());
        // Nothing can be done about one that does not end.
        let _ = self.process.wait();
    }
}

/// The server that all databases of tests are on, if one is named.
pub(crate) fn named() -> Option<String> {
    std::env::var(SERVER)
        .ok()
        .filter(|address| !address.is_empty())
}

fn programs() -> PathBuf {
    workspace().join("target/unpacked/usr/lib/postgresql/15/bin")
}

fn libraries() -> PathBuf {
    let folders = std::fs::read_dir(workspace().join("target/unpacked/usr/lib")).unwrap();
    folders
        .map(|folder| folder.unwrap().path())
        .find(|folder| folder.join("libpq.so.5").exists())
        .expect("libpq is in target/unpacked: run ./test once")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
