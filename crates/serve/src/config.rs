//! A role's configuration as a file has it.

use crate::{ConfigFault, settings};
use shirushi_roles::Role;
use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The most that is read of a file, in bytes.
const LARGEST: u64 = 256 * 1024;

/// Names nearer than this are taken for a slip.
const ALIKE: f64 = 0.75;

/// The settings of one role: all are known, and what must be set is.
#[derive(Clone, Debug)]
pub struct Config {
    role: Role,
    values: BTreeMap<String, String>,
    /// What relative paths are read from.
    beside: PathBuf,
}

impl Config {
    /// Reads the configuration of `role` in the file at `path`. Relative paths in it begin at its folder.
    ///
    /// # Errors
    /// [`ConfigFault`].
    pub fn read(role: Role, path: &Path) -> Result<Self, ConfigFault> {
        let unreadable = |source| ConfigFault::Unreadable {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        fs::File::open(path)
            .and_then(|file| {
                file.take(LARGEST + 1)
                    .read_to_string(&mut text)
            })
            .map_err(unreadable)?;
        if text.len() as u64 > LARGEST {
            return Err(ConfigFault::TooLong {
                path: path.to_owned(),
            });
        }
        let beside = std::path::absolute(path).map_err(unreadable)?;
        Self::parse(role, &text, beside.parent().unwrap_or(path))
    }

    /// The same of a text; relative paths in it begin at `beside`.
    ///
    /// # Errors
    /// [`ConfigFault`].
    pub fn parse(role: Role, text: &str, beside: &Path) -> Result<Self, ConfigFault> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigFault::NotToml {
                line: line_of(
                    text,
                    error
                        .span()
                        .map_or(0, |span| span.start),
                ),
                fault: error.message().to_owned(),
            })?;
        let mut values = BTreeMap::new();
        flatten(role, "", table, &mut values)?;
        let missing = settings(role)
            .iter()
            .find(|setting| setting.is_needed && !values.contains_key(setting.name));
        match missing {
            Some(setting) => Err(ConfigFault::Missing {
                setting: *setting,
                role,
            }),
            None => Ok(Self {
                role,
                values,
                beside: beside.to_owned(),
            }),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// A setting that need not be there.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
    }

    /// A setting that is there, by [`Config::parse`].
    pub(crate) fn text(&self, name: &'static str) -> Result<&str, ConfigFault> {
        self.optional(name)
            .ok_or(ConfigFault::Unset { name })
    }

    /// A path that is there.
    pub(crate) fn path(&self, name: &'static str) -> Result<PathBuf, ConfigFault> {
        Ok(self.beside.join(self.text(name)?))
    }

    /// A path that need not be there.
    pub(crate) fn optional_path(&self, name: &str) -> Option<PathBuf> {
        self.optional(name)
            .map(|path| self.beside.join(path))
    }

    /// An address to listen on.
    pub(crate) fn address(&self, name: &'static str) -> Result<SocketAddr, ConfigFault> {
        self.text(name)?
            .parse()
            .map_err(|_| ConfigFault::NoAddress {
                name,
                value: self
                    .optional(name)
                    .unwrap_or_default()
                    .to_owned(),
            })
    }
}

fn flatten(
    role: Role,
    within: &str,
    table: Table,
    values: &mut BTreeMap<String, String>,
) -> Result<(), ConfigFault> {
    for (key, value) in table {
        let name = match within {
            "" => key,
            within => format!("{within}.{key}"),
        };
        let known = settings(role);
        let is_table = known.iter().any(|setting| {
            setting
                .name
                .starts_with(&format!("{name}."))
        });
        let is_setting = known
            .iter()
            .any(|setting| setting.name == name);
        match value {
            Value::Table(table) if is_table => flatten(role, &name, table, values)?,
            Value::String(text) if is_setting => {
                values.insert(name, text);
            }
            _ if is_setting => return Err(ConfigFault::NoText { name }),
            _ => {
                return Err(ConfigFault::Unknown {
                    nearest: nearest(role, &name),
                    name,
                });
            }
        }
    }
    Ok(())
}

/// The known name that is most like this one, if any is.
fn nearest(role: Role, name: &str) -> Option<&'static str> {
    settings(role)
        .iter()
        .map(|setting| (strsim::jaro_winkler(setting.name, name), setting.name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
