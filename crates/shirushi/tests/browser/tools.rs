//! Other people's programs that the tests use, and where they are.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Longest wait for a network to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// The full path of a program.
///
/// # Panics
/// If it is not there, with the remedy.
pub(crate) fn program(name: &str) -> PathBuf {
    // nginx is unpacked, not installed: an installed one would begin to serve port 80 of this machine.
    let mut folders = vec![workspace().join("target/unpacked/usr/sbin")];
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    // Debian keeps these out of the PATH of people who are not root.
    folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!("{name} is missing, and without it this cannot be checked. Fix: run ./test, which installs it")
        })
}

/// The source of axe-core.
///
/// # Panics
/// If it is not there, with the remedy.
pub(crate) fn axe() -> &'static str {
    static AXE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    AXE.get_or_init(|| {
        let path = workspace().join("target/npm/node_modules/axe-core/axe.min.js");
        std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!(
                "{} cannot be read ({error}), and without axe-core no page is checked. Fix: run ./test, which installs it",
                path.display()
            )
        })
    })
}

/// A command that runs the program that follows as the first of a PID namespace of its own, and in these further ones
/// (`--net`). It dies with the thread that started it, and takes along all that it started.
pub(crate) fn in_namespaces(further: &[&str]) -> Command {
    let mut command = Command::new(program("setpriv"));
    command
        .args(["--pdeathsig", "KILL"])
        .arg(program("unshare"));
    if !is_root() {
        // Root of a user namespace of our own: what root needs for the rest, and nothing more.
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(further)
        .args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"]);
    command
}

/// Set for a test's second run, in namespaces of its own.
const APART: &str = "SHIRUSHI_TEST_APART";

/// Whether this is the second run.
pub(crate) fn is_apart() -> bool {
    std::env::var_os(APART).is_some()
}

/// Runs the test of this full name once more, in a network, with mounts and a tree of processes of its own. Nothing of it is seen by this machine,
/// and nothing is left.
///
/// # Panics
/// If it does not pass there.
pub(crate) fn run_apart(name: &str) {
    let output = in_namespaces(&["--net", "--mount"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(APART, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "apart: {}\n{told}\n{errors}",
        output.status
    );
    // What the inner run measured is shown where this run's output is.
    println!("{told}");
}

/// A network of its own for a machine that has no processes yet; it is there as soon as this returns, and ends with the child.
pub(crate) fn network() -> Child {
    let keeper = Command::new(program("unshare"))
        .args(["--net", "--", "sleep", "infinity"])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let network = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net")).ok();
    let begin = Instant::now();
    while network(&keeper.id().to_string()).is_none_or(|new| Some(new) == network("self")) {
        assert!(begin.elapsed() < PATIENCE, "no network");
        std::thread::sleep(Duration::from_millis(1));
    }
    keeper
}

/// Whether this process may do what root may do.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self")
        .unwrap()
        .uid()
        == 0
}
