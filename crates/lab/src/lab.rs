//! The namespaces and the pcscd in them.

use crate::{Inserted, log, program, tools::unpacked, wait_for};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};
use tempfile::TempDir;

/// pcscd's driver for virtual readers, of Debian's vsmartcard-vpcd.
const DRIVER: &str = "usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// The port of the first virtual reader; the second has the next one.
const PORT: u16 = 35_963;

/// How a lab is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Namespaces alone: nobody listens at pcscd's socket.
    WithoutService,
    /// pcscd without a reader.
    WithoutReaders,
    /// pcscd with two virtual readers, `Virtual PCD 00 00` and `Virtual PCD 00 01`.
    Readers,
}

/// A pcscd of its own in namespaces of its own.
#[derive(Debug)]
pub struct Lab {
    folder: TempDir,
    holder: Child,
    service: Mutex<Option<Child>>,
}

impl Lab {
    /// A lab with two virtual readers, both empty.
    ///
    /// # Panics
    /// When the namespaces or pcscd cannot be had: a missing counterpart fails the test.
    #[must_use]
    pub fn start() -> Self {
        Self::set_up(Setup::Readers)
    }

    /// A lab.
    ///
    /// # Panics
    /// As [`Lab::start`].
    #[must_use]
    pub fn set_up(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("no folder: {e}"));
        let readers = folder.path().join("readers");
        fs::create_dir(&readers).unwrap_or_else(|e| panic!("{}: {e}", readers.display()));
        if setup != Setup::WithoutReaders {
            let driver = unpacked()
                .join(DRIVER)
                .canonicalize()
                .unwrap_or_else(|e| panic!("vpcd's driver: {e}; ./test unpacks it"));
            let driver = driver.display();
            let reader = format!(
                "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{PORT:#X}\nLIBPATH {driver}\nCHANNELID {PORT:#X}\n"
            );
            fs::write(readers.join("vpcd"), reader).unwrap_or_else(|e| panic!("vpcd: {e}"));
        }
        let ready = folder.path().join("ready");
        // `read` ends when the test's process does, however that ends.
        let script = format!(
            "mount -t tmpfs none /run && mkdir /run/pcscd && {} link set lo up && : > {} && read _",
            program("ip").display(),
            ready.display()
        );
        let mut holder = Command::new(program("unshare"));
        if !is_root() {
            holder.args(["--user", "--map-root-user"]);
        }
        let holder = holder
            .args([
                "--net",
                "--mount",
                "--propagation",
                "private",
                "--",
                "bash",
                "-c",
                &script,
            ])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("unshare: {e}"));
        let lab = Self {
            folder,
            holder,
            service: Mutex::default(),
        };
        wait_for("the lab's namespaces", || ready.exists());
        if setup != Setup::WithoutService {
            lab.start_service();
        }
        lab
    }

    /// A folder that is gone with the lab.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A program that runs in the lab, from the folder that this process is in.
    #[must_use]
    pub fn command(&self, program_or_path: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program("nsenter"));
        command
            .args([
                "--target",
                &self.holder.id().to_string(),
                "--net",
                "--mount",
            ])
            .args((!is_root()).then_some("--user"))
            // Otherwise it would start in the root folder.
            .arg(format!("--wd={}", current_folder().display()))
            .arg("--")
            .arg(found(program_or_path.as_ref()));
        command
    }

    /// A program that stays outside, in this machine's network, and uses the lab's readers all the same: pcsc-lite's clients reach
    /// pcscd through a file.
    #[must_use]
    pub fn command_outside(&self, program_or_path: impl AsRef<Path>) -> Command {
        let mut command = Command::new(found(program_or_path.as_ref()));
        command.env("PCSCLITE_CSOCK_NAME", self.socket());
        command
    }

    /// Puts a card into the first reader: `serve` is a program that speaks vpcd's protocol with `127.0.0.1:35963`. Returns when
    /// pcscd has read its ATR.
    ///
    /// # Panics
    /// When it ends, or pcscd does not see it.
    #[must_use]
    pub fn insert(&self, serve: Command) -> Inserted<'_> {
        Inserted::start(self, serve, 0)
    }

    /// [`Lab::insert`] for the second reader, whose port is 35964.
    ///
    /// # Panics
    /// As [`Lab::insert`].
    #[must_use]
    pub fn insert_second(&self, serve: Command) -> Inserted<'_> {
        Inserted::start(self, serve, 1)
    }

    /// Where vpcd listens for the card of a reader, 0 or 1.
    #[must_use]
    pub fn address(reader: u16) -> String {
        format!("127.0.0.1:{}", PORT + reader)
    }

    /// Starts pcscd, which must not run.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_service(&self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap_or_else(|e| panic!("pcscd's log: {e}"));
        let errors = log
            .try_clone()
            .unwrap_or_else(|e| panic!("pcscd's log: {e}"));
        let service = self
            .command(program("pcscd"))
            .args(["--foreground", "--info", "--apdu", "--config"])
            .arg(self.folder().join("readers"))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|e| panic!("pcscd: {e}"));
        *self.service() = Some(service);
        wait_for("pcscd", || {
            // Its log says so before the first client may come.
            self.log().contains("pcsc-lite") && self.socket().exists()
        });
    }

    /// Kills pcscd as a crash would. Its socket stays and nobody listens there.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill_service(&self) {
        if let Some(mut service) = self.service().take() {
            service
                .kill()
                .and_then(|()| service.wait())
                .unwrap_or_else(|e| panic!("pcscd: {e}"));
        }
        // As after a restart of the machine: otherwise the next pcscd takes the file for a running one's.
        for file in ["pcscd.comm", "pcscd.pid"] {
            let _ = fs::remove_file(self.run().join(file));
        }
    }

    /// All that pcscd has written so far, commands and answers included.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How often pcscd has seen a card come into a reader.
    #[must_use]
    pub fn insertions(&self, reader: u16) -> usize {
        log::insertions(&self.log(), reader)
    }

    /// How often pcscd has seen a card go out of a reader.
    #[must_use]
    pub fn removals(&self, reader: u16) -> usize {
        log::removals(&self.log(), reader)
    }

    /// Whether pcscd knows that nothing is in a reader.
    pub(crate) fn is_empty(&self, reader: u16) -> bool {
        let log = self.log();
        let since_start = log
            .rfind(log::STARTED)
            .map_or("", |start| &log[start..]);
        log::insertions(since_start, reader) <= log::removals(since_start, reader)
    }

    /// pcscd's socket, as it is seen from outside the lab.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.run().join("pcscd.comm")
    }

    fn run(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root/run/pcscd", self.holder.id()))
    }

    fn log_path(&self) -> PathBuf {
        self.folder().join("pcscd.log")
    }

    fn service(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.service
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let service = self.service().take();
        if let Some(mut child) = service {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A bare name is looked for; a path stays as it is.
fn found(program_or_path: &Path) -> PathBuf {
    match program_or_path.to_str() {
        Some(name) if !name.contains('/') => program(name),
        _ => program_or_path.to_owned(),
    }
}

fn current_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The owner of what this process makes for itself is its effective user.
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
