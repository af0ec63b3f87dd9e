//! Where the PKCS#11 module is registered: p11-kit's module files, and the databases of browsers (NSS).

use super::entries;
use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{MODULE_FILE, MODULE_OPENSC, MODULE_TWICE},
};
use shirushi_rules::Fact;
use std::{
    fs,
    path::{Path, PathBuf},
};

const OURS: &str = "libshirushi_pkcs11.so";
const OPENSC: [&str; 2] = ["opensc-pkcs11.so", "onepin-opensc-pkcs11.so"];
/// Loads every module that p11-kit knows.
const PROXY: &str = "p11-kit-proxy.so";
/// p11-kit's folders of module files, and the home folder's.
const FOLDERS: [&str; 2] = ["/usr/share/p11-kit/modules", "/etc/pkcs11/modules"];
const OWN_FOLDER: &str = ".config/pkcs11/modules";
/// Where libraries named without a folder are, by the machine's kind.
const LIBRARIES: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
    "/usr/local/lib/pkcs11",
];

/// A library that is registered somewhere.
#[derive(Clone)]
struct Registration {
    /// The module file or database that names it.
    place: PathBuf,
    /// The name it has there.
    name: String,
    /// The library as it is named.
    library: String,
}

/// Where programs find libraries together: p11-kit, or one browser's database.
struct Place {
    path: PathBuf,
    registrations: Vec<Registration>,
    is_browser: bool,
}

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    let places = places(surroundings);
    let ours: Vec<&Registration> = places
        .iter()
        .flat_map(|place| &place.registrations)
        .filter(|registration| registration.is(&[OURS]))
        .collect();
    if ours.is_empty() {
        notes.not_concerned(
            &[&MODULE_FILE, &MODULE_TWICE, &MODULE_OPENSC],
            &said(
                "モジュールはどこにも登録されていません",
                "The module is not registered anywhere",
            ),
        );
        return;
    }
    let missing = ours.iter().find(|registration| {
        registration
            .file(surroundings)
            .is_none()
    });
    match missing {
        Some(registration) => {
            let (library, place) = (&registration.library, registration.place.display());
            notes.fault(
                &MODULE_FILE,
                said(
                    format!("{place}が指す{library}がありません"),
                    format!("{library}, which {place} names, is not there"),
                ),
                &[("path", place.to_string().into())],
            );
        }
        None => {
            let shown = ours
                .iter()
                .map(|registration| registration.place.display().to_string())
                .collect::<Vec<_>>()
                .join(", ");
            notes.ok(&MODULE_FILE, said(shown.clone(), shown));
        }
    }
    twice(&places, notes);
    opensc(&places, notes);
}

fn twice(places: &[Place], notes: &mut Notes) {
    for place in places {
        let ours = place.of(&[OURS]);
        if let [first, .., last] = ours.as_slice() {
            let seen = said(
                format!(
                    "{}と{}が同じモジュールを登録しています",
                    first.told(),
                    last.told()
                ),
                format!("{} and {} both register it", first.told(), last.told()),
            );
            // What is registered in the place itself is easier to take out than what comes through p11-kit.
            let own = ours
                .iter()
                .rfind(|registration| registration.place == place.path);
            notes.fault(&MODULE_TWICE, seen, &removal(place, own.unwrap_or(last)));
            return;
        }
    }
    notes.ok(&MODULE_TWICE, said("一度だけです", "once"));
}

fn opensc(places: &[Place], notes: &mut Notes) {
    let mut milder = None;
    for place in places {
        let (ours, theirs) = (place.of(&[OURS]), place.of(&OPENSC));
        let (Some(_), Some(theirs)) = (ours.first(), theirs.first()) else {
            continue;
        };
        let seen = said(
            format!(
                "{}に、Shirushiと{}が並んでいます",
                place.path.display(),
                theirs.library
            ),
            format!(
                "{} has both Shirushi and {}",
                place.path.display(),
                theirs.library
            ),
        );
        let facts = removal(place, theirs);
        if place.is_browser {
            notes.fault(&MODULE_OPENSC, seen, &facts);
            return;
        }
        // Programs that go through p11-kit name the token that they mean.
        milder = Some((seen, facts));
    }
    match milder {
        Some((seen, facts)) => notes.warn(&MODULE_OPENSC, seen, &facts),
        None => notes.ok(&MODULE_OPENSC, said("並んでいません", "It is not")),
    }
}

/// The command that takes a library out of a place.
fn removal(place: &Place, registration: &Registration) -> [(&'static str, Fact); 1] {
    let command = match (&place.path, registration.place == place.path) {
        (database, true) if place.is_browser => {
            let folder = database.parent().unwrap_or(database);
            let name = &registration.name;
            format!("modutil -dbdir sql:{} -delete \"{name}\"", folder.display())
        }
        // A module file of a package comes back unless the package goes.
        _ if registration.is(&OPENSC) => "sudo apt remove opensc-pkcs11".to_owned(),
        _ => format!("sudo rm {}", registration.place.display()),
    };
    [("command", command.into())]
}

impl Place {
    fn of(&self, libraries: &[&str]) -> Vec<&Registration> {
        self.registrations
            .iter()
            .filter(|registration| registration.is(libraries))
            .collect()
    }
}

impl Registration {
    fn is(&self, libraries: &[&str]) -> bool {
        Path::new(&self.library)
            .file_name()
            .is_some_and(|name| {
                libraries
                    .iter()
                    .any(|library| name == *library)
            })
    }

    /// The library's file.
    fn file(&self, surroundings: &Surroundings) -> Option<PathBuf> {
        let named = Path::new(&self.library);
        if named.is_absolute() {
            return Some(surroundings.below_root(named)).filter(|path| path.exists());
        }
        LIBRARIES
            .iter()
            .map(|folder| surroundings.at(folder).join(named))
            .find(|path| path.exists())
    }

    fn told(&self) -> String {
        format!("{} ({})", self.place.display(), self.name)
    }
}

fn places(surroundings: &Surroundings) -> Vec<Place> {
    let p11_kit = p11_kit(surroundings);
    let mut places: Vec<Place> = databases(surroundings)
        .into_iter()
        .filter_map(|path| {
            let mut registrations = registered(&path)?;
            let has_proxy = registrations
                .iter()
                .any(|registration| registration.is(&[PROXY]));
            if has_proxy {
                registrations.extend(p11_kit.iter().cloned());
            }
            Some(Place {
                path,
                registrations,
                is_browser: true,
            })
        })
        .collect();
    places.push(Place {
        path: surroundings.at(FOLDERS[0]),
        registrations: p11_kit,
        is_browser: false,
    });
    places
}

/// The module files of p11-kit (pkcs11.conf(5)): `module: PATH`, in files named `*.module`. A file of the same name in a later
/// folder replaces the earlier one.
fn p11_kit(surroundings: &Surroundings) -> Vec<Registration> {
    let folders = FOLDERS
        .iter()
        .map(|folder| surroundings.at(folder))
        .chain(
            surroundings
                .home
                .as_ref()
                .map(|home| home.join(OWN_FOLDER)),
        );
    let mut found: Vec<Registration> = Vec::new();
    for folder in folders {
        for file in entries(&folder, "module") {
            let Some(name) = file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
            else {
                continue;
            };
            let text = fs::read_to_string(&file).unwrap_or_default();
            let library = text
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| key.trim() == "module")
                .map(|(_, value)| value.trim().to_owned());
            found.retain(|earlier| earlier.name != name);
            if let Some(library) = library {
                found.push(Registration {
                    place: file,
                    name,
                    library,
                });
            }
        }
    }
    found
}

/// The lists of modules of NSS databases: Chromium's, each Firefox profile's, the machine's.
fn databases(surroundings: &Surroundings) -> Vec<PathBuf> {
    let mut folders = vec![surroundings.at("/etc/pki/nssdb")];
    if let Some(home) = &surroundings.home {
        folders.push(home.join(".pki/nssdb"));
        for profiles in [".mozilla/firefox", ".config/mozilla/firefox"] {
            let profiles = fs::read_dir(home.join(profiles));
            folders.extend(
                profiles
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|entry| entry.path()),
            );
        }
    }
    folders
        .into_iter()
        .map(|folder| folder.join("pkcs11.txt"))
        .filter(|path| path.is_file())
        .collect()
}

/// The modules of a pkcs11.txt: paragraphs with `library=` and `name=`.
fn registered(path: &Path) -> Option<Vec<Registration>> {
    let text = fs::read_to_string(path).ok()?;
    let value = |paragraph: &str, key: &str| {
        paragraph
            .lines()
            .find_map(|line| {
                line.strip_prefix(key)?
                    .strip_prefix('=')
            })
            .map(|value| value.trim().to_owned())
    };
    let registrations = text
        .split("\n\n")
        .filter_map(|paragraph| {
            let library = value(paragraph, "library").filter(|library| !library.is_empty())?;
            Some(Registration {
                place: path.to_owned(),
                name: value(paragraph, "name").unwrap_or_default(),
                library,
            })
        })
        .collect();
    Some(registrations)
}
