//! Where settings are read from: their defaults, a file and the environment, each stronger than those before it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use config::{FileFormat, Format as _, Value, ValueKind};
use serde::Deserialize;

/// How the variables of settings begin.
pub(super) const PREFIX: &str = "ATELIER_";
/// The variables that other programs use for a setting of ours: (variable, setting). `ATELIER_…` is stronger.
const CONVENTIONAL: [(&str, &str); 3] =
    [("DATABASE_URL", "database_url"), ("HOST", "host"), ("PORT", "port")];
/// The former names of settings, which are accepted for one release: (former name, name).
const FORMER: [(&str, &str); 1] = [("database_replica_urls", "database_standby_urls")];
/// How the variables begin that Kubernetes and Docker set for each service (service links). A pod beside a service named
/// `atelier` has `ATELIER_PORT=tcp://10.0.0.1:80`. No setting's value begins like that.
const SERVICE_LINKS: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// Why the settings can't be used: which setting, where it was given and what is accepted. Shows no passwords.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

/// The values of settings, and where each was given.
pub(super) struct Sources {
    names: Vec<&'static str>,
    values: BTreeMap<String, Value>,
    /// About variables that are ignored, and former names.
    pub(super) warnings: Vec<String>,
}

impl Sources {
    /// The defaults of all settings, by name; a setting whose default is empty has none.
    pub(super) fn new(defaults: impl Iterator<Item = (&'static str, &'static str)> + Clone) -> Self {
        let names = defaults.clone().map(|(name, _)| name).collect();
        let values = defaults.filter(|(_, default)| !default.is_empty());
        let values = values.map(|(name, default)| (name.to_owned(), default.into())).collect();
        Self { names, values, warnings: Vec::new() }
    }

    /// Reads a file. Only its author writes there, so a name that is not a setting's is an error.
    pub(super) fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let file = path.display().to_string();
        let unreadable = |reason: &str| ConfigError(format!("can't read settings from {file}: {reason}"));
        let text = std::fs::read_to_string(path).map_err(|err| unreadable(&err.to_string()))?;
        let table = FileFormat::Toml.parse(Some(&file), &text);
        let table = table.map_err(|err| unreadable(&without_quotes(&err.to_string())))?;
        let table: BTreeMap<_, _> = table.into_iter().collect();
        if let Some(name) = table.keys().find(|name| !self.knows(name)) {
            let nearest = self.nearest(name);
            return Err(ConfigError(format!(
                "there is no setting {name} ({file}); did you mean {nearest}? `atelier serve --help` lists them all"
            )));
        }
        self.add(table);
        Ok(())
    }

    /// Reads the environment. Other programs set variables there too, so what is not a setting is ignored with a warning.
    pub(super) fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let (mut conventional, mut own) = (BTreeMap::new(), BTreeMap::new());
        for (variable, value) in variables.collect::<BTreeMap<_, _>>() {
            let Some(variable) = variable.to_str().filter(|_| !value.is_empty()) else { continue };
            let (values, name) = match CONVENTIONAL.iter().find(|(name, _)| *name == variable) {
                Some((_, name)) => (&mut conventional, *name),
                None if variable.starts_with(PREFIX) => (&mut own, &variable[PREFIX.len()..]),
                None => continue,
            };
            let name = name.to_lowercase();
            if !self.knows(&name) {
                let nearest = self.nearest(&name).to_uppercase();
                let warning =
                    format!("{variable} is not a setting and is ignored; the nearest is {PREFIX}{nearest}");
                self.warnings.push(warning);
                continue;
            }
            let Ok(text) = value.into_string() else {
                return Err(ConfigError(format!("the environment variable {variable} is not valid UTF-8")));
            };
            if SERVICE_LINKS.iter().any(|start| text.starts_with(start)) {
                self.warnings
                    .push(format!("{variable} is ignored: it is a service link of Kubernetes or Docker"));
                continue;
            }
            values.insert(name, Value::new(Some(&format!("environment variable {variable}")), text));
        }
        self.add(conventional);
        self.add(own);
        Ok(())
    }

    /// Adds the values of a stronger source, by names that are known.
    fn add(&mut self, mut given: BTreeMap<String, Value>) {
        for (former, name) in FORMER {
            if let Some(value) = given.remove(former) {
                let origin = value.origin().unwrap_or_default();
                self.warnings
                    .push(format!("{former} ({origin}) is now {name}; the former name will be removed"));
                given.entry(name.to_owned()).or_insert(value);
            }
        }
        for (name, mut value) in given {
            match &value.kind {
                // An empty text is no value: the weaker source's stays.
                ValueKind::String(text) if text.trim().is_empty() => continue,
                ValueKind::String(text) => value.kind = text.trim().into(),
                ValueKind::Array(items) => {
                    let items: Result<Vec<_>, _> = items.iter().cloned().map(Value::into_string).collect();
                    value.kind = items.map_or(value.kind, |items| items.join(",").into());
                }
                _ => {}
            }
            self.values.insert(name, value);
        }
    }

    /// The value of a setting.
    pub(super) fn value<'de, T: Deserialize<'de>>(&self, name: &str) -> Result<T, ConfigError> {
        let value = self.values.get(name).cloned().unwrap_or_default();
        let origin = value.origin().unwrap_or("default").to_owned();
        value.try_deserialize().map_err(|err| ConfigError(format!("setting {name} ({origin}): {err}")))
    }

    fn knows(&self, name: &str) -> bool {
        self.names.contains(&name) || FORMER.iter().any(|(former, _)| *former == name)
    }

    /// The setting with the most similar name.
    fn nearest(&self, name: &str) -> &'static str {
        let similarity = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
        let nearest = self.names.iter().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
        nearest.expect("there are settings")
    }
}

/// An error of TOML without the lines that quote the file, which may hold a password.
fn without_quotes(message: &str) -> String {
    message.lines().filter(|line| !line.contains('|')).collect::<Vec<_>>().join(": ")
}
