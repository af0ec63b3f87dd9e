//! Reads what strace recorded of a city: which acknowledgements left while something written was not on the disk yet.
//!
//! A file's bytes count as written from the begin of the write, and as durable from the end of a sync of that file that began
//! after it. A new name – of a file, a folder, or by renaming – is written into its folder, and durable when the folder is synced.
//! An acknowledgement is the begin of an HTTP response of class 2xx on a connection to where the city listens; as requests come one
//! at a time, whatever is not durable then was written for it or before it. The roles of the city talk over HTTP as well, at a place
//! of their own, so the answers of the one to the other are acknowledgements too.
//!
//! The databases of authority, register and responder have other writers besides (lists are published, events delivered meanwhile).
//! There an answer is early when nothing that was written since its request is durable; what is pending after that is a later
//! transaction.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

/// Suffixes of files whose loss loses nothing: SQLite's shared memory is made anew, its rollback journal is only there before the
/// commit, and locks hold nothing.
const WITHOUT_WORTH: [&str; 3] = ["-shm", "-journal", ".lock"];

/// Whose databases tasks write to as well: the publisher of lists, and the delivery of events, which keeps checkpoints.
const HAVE_TASKS: [&str; 3] = ["authority", "register", "responder"];

/// Ends of the files of a database.
const OF_A_DATABASE: [&str; 3] = [".db", ".db-wal", ".db.checkpoint"];

/// A successful response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    /// Method and path of the request.
    pub(crate) request: String,
    /// What was written since the request came, relative to the city's folder.
    pub(crate) written: BTreeSet<PathBuf>,
    /// What was not durable when the response began to leave.
    pub(crate) early: BTreeSet<PathBuf>,
}

/// What has been seen so far.
struct Reader<'a> {
    folder: &'a Path,
    /// `127.0.0.1:port` of each place where the city listens.
    places: HashSet<String>,
    files: BTreeMap<PathBuf, Writes>,
    known: HashSet<PathBuf>,
    /// The calls that another thread cut in two, by thread.
    unfinished: HashMap<String, Unfinished>,
    /// The request that waits for its answer, by connection.
    requests: HashMap<String, Request>,
    clock: usize,
    acknowledgements: Vec<Acknowledgement>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Writes {
    last: usize,
    durable: usize,
}

/// The first bytes of a request, which may come in pieces, and when they began to.
struct Request {
    text: String,
    since: usize,
}

struct Unfinished {
    text: String,
    begun: usize,
}

/// The successful responses of the city in `folder`, in their order.
pub(crate) fn acknowledgements(record: &str, folder: &Path) -> Vec<Acknowledgement> {
    let mut reader = Reader {
        folder,
        places: HashSet::new(),
        files: BTreeMap::new(),
        known: HashSet::new(),
        unfinished: HashMap::new(),
        requests: HashMap::new(),
        clock: 0,
        acknowledgements: Vec::new(),
    };
    for line in record.lines() {
        reader.read(line);
    }
    reader.acknowledgements
}

impl Reader<'_> {
    fn read(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(' ') else {
            return;
        };
        let call = call.trim_start();
        self.clock += 1;
        if let Some(text) = call.strip_suffix("<unfinished ...>") {
            self.begins(text);
            let begun = Unfinished {
                text: text.to_owned(),
                begun: self.clock,
            };
            self.unfinished
                .insert(thread.to_owned(), begun);
        } else if let Some((_, rest)) = call
            .strip_prefix("<... ")
            .and_then(|call| call.split_once(" resumed>"))
        {
            if let Some(Unfinished { text, begun }) = self.unfinished.remove(thread) {
                self.ends(&format!("{text}{rest}"), begun);
            }
        } else {
            self.begins(call);
            self.ends(call, self.clock);
        }
    }

    fn begins(&mut self, call: &str) {
        let name = name(call);
        if ["pwrite64", "pwritev", "write", "writev", "ftruncate"].contains(&name)
            && let Some(file) = self.of_the_city(descriptor(call))
        {
            self.wrote(file);
        }
        if ["write", "writev", "sendto", "sendmsg"].contains(&name) {
            self.answers(call);
        }
        if ["rename", "renameat", "renameat2"].contains(&name)
            && let Some(to) = quoted(call).last()
        {
            self.named(Path::new(to));
        }
    }

    fn ends(&mut self, call: &str, begun: usize) {
        match name(call) {
            "fsync" | "fdatasync" if result(call) == Some(0) => {
                if let Some(file) = self.of_the_city(descriptor(call)) {
                    let writes = self.files.entry(file).or_default();
                    if writes.last < begun {
                        writes.durable = writes.last;
                    }
                }
            }
            "openat" if call.contains("O_CREAT") && result(call).is_some_and(|fd| fd >= 0) => {
                self.made(call);
            }
            "mkdir" | "mkdirat" if result(call) == Some(0) => self.made(call),
            "recvfrom" | "read" => self.asks(call),
            "accept4" => self.accepts(call),
            _ => {}
        }
    }

    /// The city's, the inner one, and the agent's.
    fn accepts(&mut self, call: &str) {
        if let Some((_, rest)) = call.split_once("<TCP:[")
            && let Some((place, _)) = rest.split_once("]>")
        {
            self.places.insert(place.to_owned());
        }
    }

    /// A request to the city.
    fn asks(&mut self, call: &str) {
        let Some(connection) = self.connection(call) else {
            return;
        };
        if let Some(piece) = quoted(call).first() {
            let since = self.clock;
            self.requests
                .entry(connection.to_owned())
                .or_insert(Request {
                    text: String::new(),
                    since,
                })
                .text
                .push_str(piece);
        }
    }

    /// A response of the city.
    fn answers(&mut self, call: &str) {
        let Some(connection) = self.connection(call) else {
            return;
        };
        let is_success = quoted(call)
            .iter()
            .any(|text| text.starts_with("HTTP/1.1 2"));
        if !is_success {
            return;
        }
        let Some(Request { text, since }) = self.requests.remove(connection) else {
            panic!("an answer to no request: {call}");
        };
        let Some((request, _)) = text.split_once(" HTTP/1.1") else {
            panic!("a request that cannot be read: {text}");
        };
        let those = |which: &dyn Fn(&Path, &Writes) -> bool| {
            self.files
                .iter()
                // Who only asks writes to no database: what is written there meanwhile is a task's.
                .filter(|(file, _)| !(request.starts_with("GET ") && has_tasks(file)))
                .filter(|(file, writes)| which(file, writes))
                .map(|(file, _)| {
                    file.strip_prefix(self.folder)
                        .unwrap_or(file)
                        .to_owned()
                })
                .collect()
        };
        self.acknowledgements
            .push(Acknowledgement {
                request: request.to_owned(),
                written: those(&|_, writes| writes.last > since),
                early: those(&|file, writes| {
                    if has_tasks(file) {
                        writes.last > since && writes.durable <= since
                    } else {
                        writes.durable < writes.last
                    }
                }),
            });
    }

    /// A new name, if nobody has seen it before.
    fn made(&mut self, call: &str) {
        let Some(path) = quoted(call).first().map(PathBuf::from) else {
            return;
        };
        if !self.known.contains(&path) {
            self.named(&path);
        }
    }

    fn named(&mut self, path: &Path) {
        self.known.insert(path.to_owned());
        if self.of_the_city(Some(path)).is_some()
            && let Some(parent) = path.parent()
        {
            self.wrote(parent.to_owned());
        }
    }

    fn wrote(&mut self, file: PathBuf) {
        self.files.entry(file).or_default().last = self.clock;
    }

    fn of_the_city(&self, path: Option<&Path>) -> Option<PathBuf> {
        let path = path?;
        let is_worthless = WITHOUT_WORTH.iter().any(|end| {
            path.as_os_str()
                .to_string_lossy()
                .ends_with(end)
        });
        let is_ours = path.starts_with(self.folder) || Some(path) == self.folder.parent();
        (is_ours && !is_worthless).then(|| path.to_owned())
    }

    /// The connection that the call is about, if its near end is where the city listens.
    fn connection<'c>(&self, call: &'c str) -> Option<&'c str> {
        let (_, rest) = call.split_once("<TCP:[")?;
        let (connection, _) = rest.split_once("]>")?;
        connection
            .split_once("->")
            .is_some_and(|(near, _)| self.places.contains(near))
            .then_some(connection)
    }
}

/// Whether others write to the file than who answers.
pub(crate) fn has_tasks(file: &Path) -> bool {
    let name = file.as_os_str().to_string_lossy();
    let party = file.parent().and_then(Path::file_name);
    HAVE_TASKS
        .iter()
        .any(|own| party == Some((*own).as_ref()))
        && OF_A_DATABASE
            .iter()
            .any(|end| name.ends_with(end))
}

fn name(call: &str) -> &str {
    call.split('(')
        .next()
        .unwrap_or_default()
}

/// The path behind the call's first argument, as `-y` shows it.
fn descriptor(call: &str) -> Option<&Path> {
    let (_, rest) = call.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    path.starts_with('/')
        .then(|| Path::new(path))
}

/// The texts in quotation marks. Those cut by `-s` end with `"...`.
fn quoted(call: &str) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut rest = call;
    while let Some((_, begin)) = rest.split_once('"') {
        let mut is_escaped = false;
        let Some(end) = begin.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        }) else {
            break;
        };
        texts.push(&begin[..end]);
        rest = &begin[end + 1..];
    }
    texts
}

fn result(call: &str) -> Option<i64> {
    let (_, result) = call.rsplit_once(" = ")?;
    result
        .split([' ', '<'])
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It comes in two pieces: the server looks first whether it is HTTP/2.
    const REQUEST: &str = r#"7 accept4(5<TCP:[127.0.0.1:80]>, {sa_family=AF_INET}, [128 => 16], SOCK_CLOEXEC) = 9<TCP:[127.0.0.1:80->127.0.0.1:5]>
7 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, "POST /a HTT", 24, 0, NULL, NULL) = 24
7 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, "P/1.1\r\nhost"..., 8192, 0, NULL, NULL) = 90"#;
    const WRITE: &str = r#"7 pwrite64(12</c/city/a/a.db-wal>, "\"x"..., 4096, 0) = 4096"#;
    const SYNC: &str = r#"7 fdatasync(12</c/city/a/a.db-wal>) = 0"#;
    const ANSWER: &str = r#"8 writev(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, [{iov_base="HTTP/1.1 201 Created\r\n"..., iov_len=99}], 1) = 99"#;
    const WAL: &str = "a/a.db-wal";

    fn early(lines: &[&str]) -> Vec<String> {
        let found = acknowledgements(&lines.join("\n"), Path::new("/c/city"));
        let [only] = found.as_slice() else {
            panic!("one response: {found:?}")
        };
        assert_eq!(only.request, "POST /a");
        only.early
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    }

    #[test]
    fn what_was_synced_before_the_response_is_not_early() {
        assert!(early(&[REQUEST, WRITE, SYNC, ANSWER]).is_empty());
    }

    #[test]
    fn what_was_not_synced_or_only_afterwards_is_early() {
        assert_eq!(early(&[REQUEST, WRITE, ANSWER]), [WAL]);
        assert_eq!(early(&[REQUEST, WRITE, ANSWER, SYNC]), [WAL]);
        assert_eq!(early(&[REQUEST, WRITE, SYNC, WRITE, ANSWER]), [WAL]);
    }

    #[test]
    fn what_a_task_has_pending_after_a_commit_is_not_the_answer_s() {
        let published =
            [WRITE, SYNC].map(|call| call.replace("/a/a.db", "/authority/authority.db"));
        let [write, sync] = published.each_ref().map(String::as_str);
        assert!(early(&[REQUEST, write, sync, write, ANSWER]).is_empty());
        assert!(early(&[write, REQUEST, ANSWER]).is_empty());
        let wal = ["authority/authority.db-wal"];
        assert_eq!(early(&[sync, REQUEST, write, ANSWER]), wal);
    }

    #[test]
    fn a_sync_counts_only_for_what_was_written_when_it_began_and_only_if_it_succeeds() {
        let begins = "6 fdatasync(12</c/city/a/a.db-wal> <unfinished ...>";
        let ends = "6 <... fdatasync resumed>) = 0";
        assert!(early(&[REQUEST, WRITE, begins, ends, ANSWER]).is_empty());
        assert_eq!(early(&[REQUEST, begins, WRITE, ends, ANSWER]), [WAL]);
        assert_eq!(early(&[REQUEST, WRITE, begins, ANSWER, ends]), [WAL]);
        let fails = "6 <... fdatasync resumed>) = -1 EIO (Input/output error)";
        assert_eq!(early(&[REQUEST, WRITE, begins, fails, ANSWER]), [WAL]);
    }

    #[test]
    fn another_file_s_sync_does_not_help_and_another_folder_s_file_does_not_matter() {
        let other = "7 fsync(13</c/city/b/b.db-wal>) = 0";
        assert_eq!(early(&[REQUEST, WRITE, other, ANSWER]), [WAL]);
        let elsewhere = r#"7 write(3</c/else>, "x", 1) = 1"#;
        assert!(early(&[REQUEST, elsewhere, ANSWER]).is_empty());
    }

    #[test]
    fn a_new_name_is_early_until_its_folder_is_synced() {
        let rename = r#"7 rename("/c/city/a/b.draft", "/c/city/a/b") = 0"#;
        let folder = "7 fsync(13</c/city/a>) = 0";
        assert_eq!(early(&[REQUEST, rename, ANSWER]), ["a"]);
        assert!(early(&[REQUEST, rename, folder, ANSWER]).is_empty());
        let made = r#"7 openat(AT_FDCWD</x>, "/c/city/a/n.db", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 12</c/city/a/n.db>"#;
        assert_eq!(early(&[REQUEST, made, ANSWER]), ["a"]);
        assert!(early(&[REQUEST, made, folder, made, ANSWER]).is_empty());
    }

    #[test]
    fn a_response_of_which_another_thread_interrupts_the_writing_counts_from_its_begin() {
        let begins = r#"8 sendto(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, "HTTP/1.1 200 OK\r\n"..., 99, MSG_NOSIGNAL, NULL, 0 <unfinished ...>"#;
        let ends = "8 <... sendto resumed>) = 99";
        assert_eq!(early(&[REQUEST, WRITE, begins, SYNC, ends]), [WAL]);
        assert!(early(&[REQUEST, WRITE, SYNC, begins, ends]).is_empty());
    }
}
