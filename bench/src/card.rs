//! A signature with a card in a reader, beside OpenSC's.

use crate::{Failure, arguments::CardOptions, process::said, statistics::Spread};
use serde::Serialize;
use serde_json::Value;
use shirushi_lab::{Lab, exchanges};
use std::{
    fmt,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

/// The sandbox's PIN of the signature key on a card that is made ready.
const PASSWORD: &str = "ABC123";
/// A resident of the sample (docs/personas.md).
const RESIDENT: &str = "90000000014";

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    opensc: String,
    rows: Vec<Row>,
}

/// One way to sign.
#[derive(Debug, Serialize)]
struct Row {
    way: Way,
    milliseconds: Spread,
    /// To OpenSC's in the same turn.
    ratio: Spread,
    /// Commands to the card.
    commands: usize,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Way {
    /// `shirushi sign`, which reads the certificate and makes a CMS container.
    Sign,
    /// The same, with the certificate in a file.
    SignKnown,
    /// `pkcs11-tool` over our module: a bare signature.
    Module,
    /// `pkcs11-tool` over OpenSC's module, as Debian configures it: a bare signature.
    OpenSc,
}

const WAYS: [Way; 4] = [Way::OpenSc, Way::Sign, Way::SignKnown, Way::Module];

/// Where everything is.
struct Bench {
    lab: Lab,
    shirushi: PathBuf,
    module: PathBuf,
}

/// Measures each way `repeat` times, in turns.
pub(crate) fn measure(options: &CardOptions) -> Result<Measured, Failure> {
    let bench = Bench::prepare(options)?;
    let mut serve = bench.lab.command(&bench.shirushi);
    serve
        .args(["card", "serve"])
        .arg(bench.path("card"))
        .stderr(Stdio::null());
    let card = bench.lab.insert(serve);
    let mut taken: Vec<[(f64, usize); WAYS.len()]> = Vec::new();
    // The first turn warms up: pcscd gives the card power, and pages are read from the disk.
    for turn in 0..=options.repeat {
        let mut row = [(f64::NAN, 0); WAYS.len()];
        for (way, taken) in WAYS.into_iter().zip(&mut row) {
            *taken = bench.time(way)?;
        }
        if turn > 0 {
            taken.push(row);
        }
        eprintln!("card: turn {turn} of {}", options.repeat);
    }
    card.pull();
    let rows = WAYS
        .into_iter()
        .enumerate()
        .map(|(place, way)| Row {
            way,
            milliseconds: Spread::of(taken.iter().map(|row| row[place].0)),
            ratio: Spread::of(
                taken
                    .iter()
                    .map(|row| row[place].0 / row[0].0),
            ),
            commands: taken
                .first()
                .map_or(0, |row| row[place].1),
        })
        .collect();
    Ok(Measured {
        opensc: said(Command::new("opensc-tool").arg("--info"))?
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        rows,
    })
}

impl Bench {
    /// A lab, and a card with certificates in it.
    fn prepare(options: &CardOptions) -> Result<Self, Failure> {
        let beside = match &options.programs {
            Some(folder) => folder.clone(),
            None => {
                let own = std::env::current_exe().map_err(Failure::at("this program"))?;
                own.parent()
                    .map(Path::to_owned)
                    .unwrap_or_default()
            }
        };
        let bench = Self {
            lab: Lab::start(),
            shirushi: beside.join("shirushi"),
            module: beside.join("libshirushi_pkcs11.so"),
        };
        for path in [&bench.shirushi, &bench.module] {
            path.metadata()
                .map_err(Failure::at(path))?;
        }
        let document = bench.path("document");
        std::fs::write(&document, "filing").map_err(Failure::at(&document))?;
        let settings = bench.path("pkcs11.conf");
        std::fs::write(&settings, "tokens = sign\n").map_err(Failure::at(&settings))?;
        bench.make_card()?;
        Ok(bench)
    }

    /// A city makes the card and is gone again: its certificates need no answer from anywhere to sign with.
    fn make_card(&self) -> Result<(), Failure> {
        let mut up = Command::new(&self.shirushi);
        up.args(["up", "--json", "--listen", "127.0.0.1:0", "--dir"])
            .arg(self.path("city"))
            .stdout(Stdio::piped());
        let mut city = City(
            up.spawn()
                .map_err(|source| Failure::Start {
                    program: "shirushi up".to_owned(),
                    source,
                })?,
        );
        let url = city.url()?;
        let mut make = Command::new(&self.shirushi);
        make.args([
            "card",
            "new",
            "--ready",
            "--resident",
            RESIDENT,
            "--city",
            &url,
        ])
        .arg(self.path("card"));
        run(&mut make)?;
        let mut export = Command::new(&self.shirushi);
        export
            .args(["cert", "export", "sign", "--pin-fd", "0", "-o"])
            .arg(self.path("certificate"))
            .arg("--card")
            .arg(self.path("card"));
        told(&mut export, PASSWORD)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.lab.folder().join(name)
    }

    /// Milliseconds of one signature, and the commands that it sent.
    fn time(&self, way: Way) -> Result<(f64, usize), Failure> {
        let before = exchanges(&self.lab.log()).len();
        let mut command = self.command(way);
        let begin = Instant::now();
        match way {
            Way::Sign | Way::SignKnown => told(&mut command, PASSWORD)?,
            Way::Module | Way::OpenSc => run(&mut command)?,
        }
        let taken = begin.elapsed().as_secs_f64() * 1000.0;
        Ok((taken, exchanges(&self.lab.log()).len() - before))
    }

    fn command(&self, way: Way) -> Command {
        let known = self.path("certificate");
        let mut command = match way {
            Way::Sign | Way::SignKnown => {
                let mut sign = self.lab.command_outside(&self.shirushi);
                sign.args([
                    "sign", "document", "-o", "signed", "--force", "--pin-fd", "0",
                ]);
                if way == Way::SignKnown {
                    sign.arg("--certificate").arg(known);
                }
                sign
            }
            Way::Module | Way::OpenSc => {
                let (module, label) = match way {
                    Way::Module => (self.module.as_path(), "JPKI Digital Signature"),
                    _ => (
                        Path::new("opensc-pkcs11.so"),
                        "JPKI (Digital Signature PIN)",
                    ),
                };
                let mut tool = self.lab.command_outside("pkcs11-tool");
                tool.arg("--module")
                    .arg(module)
                    .args(["--token-label", label, "--login", "--pin", PASSWORD])
                    .args(["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "02"])
                    .args(["--input-file", "document", "--output-file", "raw"]);
                tool
            }
        };
        command.current_dir(self.lab.folder());
        command
    }
}

/// A running city.
struct City(Child);

impl City {
    fn url(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if let Some(out) = self.0.stdout.as_mut() {
            BufReader::new(out)
                .read_line(&mut line)
                .map_err(Failure::at("the city's answer"))?;
        }
        let told: Value = serde_json::from_str(&line)?;
        told["url"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::Outcome {
                fault: "the city told no URL".to_owned(),
            })
    }
}

impl Drop for City {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(command: &mut Command) -> Result<(), Failure> {
    told(command, "")
}

/// Runs a program that reads a line from its standard input.
fn told(command: &mut Command, line: &str) -> Result<(), Failure> {
    let program = command
        .get_program()
        .to_string_lossy()
        .into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Failure::Start {
            program: program.clone(),
            source,
        })?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who does not read has ended, and says why.
        let _ = writeln!(stdin, "{line}");
    }
    let output = child
        .wait_with_output()
        .map_err(Failure::at(&program))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Failure::Program {
            program,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "A signature with a card in a reader (vpcd, pcscd), whole process; {}",
            self.opensc
        )?;
        writeln!(f, "| | ms | to OpenSC's | commands |")?;
        write!(f, "|---|---|---|---|")?;
        for row in &self.rows {
            let way = match row.way {
                Way::Sign => "`shirushi sign`",
                Way::SignKnown => "`shirushi sign --certificate`",
                Way::Module => "`pkcs11-tool`, our module",
                Way::OpenSc => "`pkcs11-tool`, OpenSC's module",
            };
            write!(
                f,
                "\n| {way} | {:.0} | {:.2} | {} |",
                row.milliseconds, row.ratio, row.commands
            )?;
        }
        Ok(())
    }
}
