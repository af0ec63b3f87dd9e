//! Databases that belong to folders.

use crate::{Server, server::named};
use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Those on the server that this process has made, each with the file in its folder that names it.
static MADE: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

/// Whether the databases of tests are on PostgreSQL.
#[must_use]
pub fn is_on_postgres() -> bool {
    named().is_some()
}

/// The address of the database of this name in a folder, made when it is first asked for. It goes after the folder has gone.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn address(folder: &Path, name: &str) -> String {
    if !is_on_postgres() {
        let path = folder.join(format!("{name}.db"));
        return format!("sqlite://{}", path.display());
    }
    let note = note(folder, name);
    let database = fs::read_to_string(&note).unwrap_or_else(|_| make(&note, &of("template0")));
    Server::shared().database(&database)
}

/// Makes the database `to` what the database `from` of the same folder is now. Nobody may have either open.
///
/// # Panics
/// When it cannot be copied.
pub fn duplicate(folder: &Path, from: &str, to: &str) {
    if !is_on_postgres() {
        let [from, to] = [from, to].map(|name| folder.join(format!("{name}.db")));
        fs::copy(from, to).unwrap();
        return;
    }
    let source = fs::read_to_string(note(folder, from)).unwrap();
    let note = note(folder, to);
    if let Ok(before) = fs::read_to_string(&note) {
        drop_database(&before);
    }
    make(&note, &of(&source));
}

/// Makes the database of this name in the folder `to` what is on the disk of that in `folder` now, as after a crash of whoever has it open.
///
/// # Panics
/// When it cannot be copied.
pub fn crash(folder: &Path, name: &str, to: &Path) {
    if !is_on_postgres() {
        for end in ["db", "db-wal"] {
            let file = format!("{name}.{end}");
            fs::copy(folder.join(&file), to.join(&file)).unwrap();
        }
        return;
    }
    let source = fs::read_to_string(note(folder, name)).unwrap();
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'"
    );
    Server::shared().say("postgres", &[&end]);
    // This waits for those that are being ended.
    make(&note(to, name), &of(&source));
}

/// How many bytes lie in a database and in its log: what somebody writes who has not committed yet is seen to grow.
///
/// # Panics
/// When there is no such database.
#[must_use]
pub fn written(folder: &Path, name: &str) -> u64 {
    if !is_on_postgres() {
        let size =
            |end| fs::metadata(folder.join(format!("{name}.{end}"))).map_or(0, |file| file.len());
        return size("db") + size("db-wal");
    }
    let database = fs::read_to_string(note(folder, name)).unwrap();
    let size = format!("SELECT pg_database_size('{database}')");
    Server::shared()
        .say("postgres", &[&size])
        .parse()
        .unwrap()
}

/// How a database is made that is what this one is.
fn of(source: &str) -> String {
    format!("TEMPLATE {source} STRATEGY wal_log")
}

/// Makes a database and writes its name down.
fn make(note: &Path, how: &str) -> String {
    forget_gone();
    let database = format!("test_{:016x}", RandomState::new().hash_one(note));
    Server::shared().say("postgres", &[&format!("CREATE DATABASE {database} {how}")]);
    fs::write(note, &database).unwrap();
    made().push((note.to_owned(), database.clone()));
    database
}

/// Drops what belongs to folders that have gone.
fn forget_gone() {
    let mut gone = Vec::new();
    made().retain(|(note, database)| {
        let stays = note.exists();
        if !stays {
            gone.push(database.clone());
        }
        stays
    });
    gone.iter()
        .for_each(|name| drop_database(name));
}

fn drop_database(name: &str) {
    Server::shared().say(
        "postgres",
        &[&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")],
    );
}

/// The file that names the database of a folder.
fn note(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.postgres"))
}

fn made() -> std::sync::MutexGuard<'static, Vec<(PathBuf, String)>> {
    MADE.lock()
        .unwrap_or_else(PoisonError::into_inner)
}
