//! Paths through the PKCS#11 module, in a small program in C.

use crate::{
    card::{Modelled, Which},
    commands::has_form,
    draws::Draws,
    image::BINARY,
    needles::needles,
    traced::{Disk, Ended, Run},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The module, which cargo builds as it does what the tests link.
fn module() -> PathBuf {
    Path::new(BINARY).with_file_name("deps/libshirushi_pkcs11.so")
}

/// The program, compiled by the first who asks.
fn driver() -> &'static Path {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let driver = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traces-driver");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/driver.c");
        let compiled = Command::new("cc")
            .args(["-std=gnu11", "-O1", "-o"])
            .args([&driver, &source])
            .arg("-ldl")
            .status()
            .expect("a C compiler is installed");
        assert!(compiled.success());
        driver
    })
}

/// What the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Login,
    Change,
    Sign,
}

#[derive(Debug)]
struct Step {
    which: Which,
    deed: Deed,
    lines: Vec<String>,
}

impl Step {
    fn draw(draws: &mut Draws, card: &Modelled) -> Self {
        let which = [Which::Authentication, Which::Signature][draws.below(2)];
        let right = &card.held(which).value;
        let form = |draws: &mut Draws| match which {
            Which::Signature => draws.password(),
            _ => draws.digits(),
        };
        let present = match draws.below(8) {
            0..=3 => right.clone(),
            4 | 5 => form(draws),
            6 => format!("{}!", draws.password()),
            _ => right.to_ascii_lowercase() + "x",
        };
        let deed = [Deed::Login, Deed::Change, Deed::Sign][draws.below(3)];
        let mut lines = vec![present];
        if deed == Deed::Change {
            lines.push(if draws.once_in(6) {
                "12A!".to_owned()
            } else {
                form(draws)
            });
        }
        Self { which, deed, lines }
    }

    fn run(&self, folder: &Path, card: &Modelled, is_wiping: bool) -> Ended {
        let configuration = folder.join(".config/shirushi");
        fs::create_dir_all(&configuration).unwrap();
        let settings = format!("tokens = both\ncard = {}\n", card.path.display());
        fs::write(configuration.join("pkcs11.conf"), settings).unwrap();
        let slot = if self.which == Which::Signature {
            "1"
        } else {
            "0"
        };
        let word = match self.deed {
            Deed::Login => "login",
            Deed::Change => "change",
            Deed::Sign => "sign",
        };
        let mut sought = self.lines.clone();
        sought.push(card.held(self.which).value.clone());
        Run {
            program: driver(),
            wiped_in: &module(),
            folder,
            arguments: &[
                module().display().to_string(),
                slot.to_owned(),
                word.to_owned(),
            ],
            lines: &self.lines,
            terminal: None,
            is_given_up: false,
            disk: Disk::Writes,
            is_wiping,
        }
        .to_its_end(&needles(&sought))
    }

    /// The model follows what the module must have done.
    fn follow(&self, card: &mut Modelled) -> bool {
        let is_sent = self
            .lines
            .iter()
            .all(|line| has_form(self.which, line))
            // The last try is not spent for programs that cannot ask.
            && card.held(self.which).tries > 1;
        if !is_sent || !card.present(self.which, &self.lines[0]) {
            return false;
        }
        if self.deed == Deed::Change {
            card.set(self.which, &self.lines[1]);
        }
        true
    }
}

/// One path: a few runs of the program on one card.
pub(crate) fn path(seed: u64) {
    let mut draws = Draws::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut card = Modelled::worn(folder.path().join("card"), &mut draws);
    for n in 0..=draws.below(3) {
        let step = Step::draw(&mut draws, &card);
        let ended = step.run(folder.path(), &card, true);
        let is_done = step.follow(&mut card);
        let story = format!("seed {seed:#x}, step {n}: {step:?}: {ended:?}");
        assert_eq!(ended.code, Some(0), "{story}");
        assert!(ended.found.is_empty(), "{story}");
        let function = if step.deed == Deed::Change {
            "C_SetPIN"
        } else {
            "C_Login"
        };
        assert_eq!(
            ended
                .out
                .contains(&format!("{function} 0\n")),
            is_done,
            "{story}"
        );
        if step.deed == Deed::Sign {
            assert_eq!(ended.out.contains("C_Sign 0\n"), is_done, "{story}");
        }
        card.require_as_modelled(&story);
    }
}

/// The same with the wipe taken out of the module.
pub(crate) fn control() {
    let folder = tempfile::tempdir().unwrap();
    for which in [Which::Authentication, Which::Signature] {
        for is_wiping in [false, true] {
            let card = Modelled::new(folder.path().join("card"));
            let step = Step {
                which,
                deed: Deed::Sign,
                lines: vec![card.held(which).value.clone()],
            };
            let ended = step.run(folder.path(), &card, is_wiping);
            assert!(ended.out.contains("C_Sign 0\n"), "{ended:?}");
            assert_eq!(ended.found.is_empty(), is_wiping, "{step:?}: {ended:?}");
        }
    }
}
