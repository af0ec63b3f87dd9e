//! What a machine can refuse, and how that is brought about.

use crate::{city::City, small::SmallDisk};
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A way of not writing.
#[derive(Clone, Copy)]
pub(crate) struct Trouble {
    pub(crate) name: &'static str,
    /// What the status pages say.
    pub(crate) said: &'static str,
    /// What the operator is told to look at.
    pub(crate) remedy: &'static str,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    Fill,
    LimitFiles,
    /// strace answers these calls in the system's place, with this error.
    Refuse(&'static str, &'static str),
    /// The same of one file below the city's folder.
    RefuseOf(&'static str, &'static str, &'static str),
}

/// A trouble that lasts until it is ended.
pub(crate) enum Ailing<'c> {
    Filled(&'c SmallDisk),
    Limited(u32),
    Refused(Child),
}

impl Trouble {
    pub(crate) const FULL: Self = Self {
        name: "full disk",
        said: "the disk is full",
        remedy: "frees space",
        way: Way::Fill,
    };
    pub(crate) const FILE_SIZE: Self = Self {
        name: "limit of file sizes",
        said: "may not grow",
        remedy: "ulimit -f",
        way: Way::LimitFiles,
    };
    /// As a file system becomes that the kernel has found errors in: what is open cannot be written any more.
    pub(crate) const READ_ONLY: Self = Self {
        name: "read-only file system",
        said: "the disk refuses",
        remedy: "disk",
        way: Way::Refuse("pwrite64,ftruncate,rename,renameat,renameat2", "EROFS"),
    };
    pub(crate) const NO_SYNC: Self = Self {
        name: "syncs that fail",
        said: "the disk refuses",
        remedy: "disk",
        way: Way::Refuse("fsync,fdatasync", "EIO"),
    };

    /// The responder's database finds no more room, and nobody else's does.
    pub(crate) const RESPONDER_FULL: Self = Self {
        name: "no room for the responder",
        said: "the disk is full",
        remedy: "frees space",
        way: Way::RefuseOf("responder/responder.db-wal", "pwrite64", "ENOSPC"),
    };
    /// What the responder writes is in its database, and the file beside it cannot be told.
    pub(crate) const RESPONDER_UNTOLD: Self = Self {
        name: "no sync of the responder's checkpoint",
        said: "the disk refuses",
        remedy: "disk",
        way: Way::RefuseOf("responder/responder.db.checkpoint", "fdatasync", "EIO"),
    };

    pub(crate) fn begin(self, city: &City) -> Ailing<'_> {
        match self.way {
            Way::Fill => {
                city.disk.fill();
                Ailing::Filled(&city.disk)
            }
            Way::LimitFiles => {
                limit(city.process(), "--fsize=1:unlimited");
                Ailing::Limited(city.process())
            }
            Way::Refuse(calls, error) => Ailing::Refused(refuse(city, calls, error, None)),
            Way::RefuseOf(file, calls, error) => {
                Ailing::Refused(refuse(city, calls, error, Some(file)))
            }
        }
    }
}

impl Ailing<'_> {
    pub(crate) fn end(self) {
        match self {
            Self::Filled(disk) => disk.free(),
            Self::Limited(process) => limit(process, "--fsize=unlimited:unlimited"),
            Self::Refused(mut tracer) => {
                // It lets the city go.
                let asked = Command::new("kill")
                    .arg("-INT")
                    .arg(tracer.id().to_string())
                    .status()
                    .unwrap();
                assert!(asked.success());
                tracer.wait().unwrap();
            }
        }
    }
}

/// Refuses these calls of the city, all of them or those about one of its files.
fn refuse(city: &City, calls: &str, error: &str, file: Option<&str>) -> Child {
    // Where the file has the name that the city knows it by.
    let by = city.disk.entered_by();
    let mut tracer = Command::new(&by[0]);
    tracer
        .args(&by[1..])
        .args(["strace", "-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:error={error}")]);
    if let Some(file) = file {
        tracer
            .arg("-P")
            .arg(city.folder().join(file));
    }
    tracer
        .args(["-p", &city.process().to_string()])
        .stderr(Stdio::null())
        .spawn()
        .expect("strace is installed")
}

/// Too few descriptors: what is open goes on, and newcomers wait.
pub(crate) async fn descriptors(city: &City) {
    // This connection is open, and is the one that is used again.
    assert_eq!(city.get("/ca/sign.cer").await, 200);
    limit(city.process(), "--nofile=1:4096");
    for party in ["register", "authority", "portal"] {
        city.until_writing_is(party, true).await;
    }
    let newcomer = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let asked = tokio::spawn(
        newcomer
            .get(city.base() + "/ca/sign.cer")
            .send(),
    );
    assert_eq!(city.get("/agency/procedures").await, 200);
    limit(city.process(), "--nofile=1024:4096");
    assert_eq!(asked.await.unwrap().unwrap().status(), 200);
}

fn limit(process: u32, limits: &str) {
    let done = Command::new("prlimit")
        .arg(format!("--pid={process}"))
        .arg(limits)
        .status()
        .expect("prlimit is installed");
    assert!(done.success());
}
