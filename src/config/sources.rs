//! Where settings are read from: defaults, a file, the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use config::{FileFormat, Format as _, Value, ValueKind};

use super::values::{Parsed, Setting};

/// How the variables of settings begin.
pub(super) const PREFIX: &str = "ATELIER_";
/// Variables that other programs use for the same: (variable, setting). `ATELIER_…` is stronger.
const CONVENTIONAL: [(&str, &str); 3] =
    [("DATABASE_URL", "database_url"), ("HOST", "host"), ("PORT", "port")];
/// Former names, which are accepted for one release: (former name, name).
const FORMER: [(&str, &str); 1] = [("database_replica_urls", "database_standby_urls")];
/// Settings that may hold a password: errors do not show their values.
const SECRET: [&str; 3] = ["database_url", "database_standby_urls", "database_listen_url"];
/// How the variables begin that Kubernetes and Docker set for each service (service links). A pod beside a service named
/// `atelier` has `ATELIER_PORT=tcp://10.0.0.1:80`. No value of a setting begins like that.
const SERVICE_LINKS: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// Why the settings can't be used. Shows no passwords.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

/// The values of settings, and where each was given.
pub(super) struct Sources {
    values: BTreeMap<&'static str, Value>,
    /// About variables that are ignored, and former names.
    pub(super) warnings: Vec<String>,
}

impl Sources {
    /// The defaults, by name; empty where there is none.
    pub(super) fn new(defaults: impl Iterator<Item = (&'static str, &'static str)>) -> Self {
        let values = defaults.map(|(name, text)| (name, text.into())).collect();
        Self { values, warnings: Vec::new() }
    }

    /// Reads a file. Only its author writes there, so an unknown name is an error.
    pub(super) fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let file = path.display().to_string();
        let unreadable = |reason: &str| ConfigError(format!("can't read settings from {file}: {reason}"));
        let text = std::fs::read_to_string(path).map_err(|err| unreadable(&err.to_string()))?;
        let table = FileFormat::Toml.parse(Some(&file), &text).map_err(|err| {
            // Without the lines that quote the file, which may hold a password.
            let message = err.to_string();
            unreadable(&message.lines().filter(|line| !line.contains('|')).collect::<Vec<_>>().join(": "))
        })?;
        let table: BTreeMap<_, _> = table.into_iter().collect();
        for name in table.keys() {
            if let Err(nearest) = self.current_name(name) {
                return Err(ConfigError(format!(
                    "there is no setting {name} ({file}); did you mean {nearest}? `atelier serve --help` lists them all"
                )));
            }
        }
        self.add(table);
        Ok(())
    }

    /// Reads the environment. Other programs set variables there too: an unknown one is ignored with a warning.
    pub(super) fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let (mut conventional, mut own) = (BTreeMap::new(), BTreeMap::new());
        for (variable, value) in variables.collect::<BTreeMap<_, _>>() {
            let Some(variable) = variable.to_str() else { continue };
            let (values, name) = match CONVENTIONAL.iter().find(|(name, _)| *name == variable) {
                Some((_, name)) => (&mut conventional, *name),
                None if variable.starts_with(PREFIX) => (&mut own, &variable[PREFIX.len()..]),
                None => continue,
            };
            let name = name.to_lowercase();
            if let Err(nearest) = self.current_name(&name) {
                let nearest = nearest.to_uppercase();
                self.warnings.push(format!(
                    "{variable} is not a setting and is ignored; the nearest is {PREFIX}{nearest}"
                ));
                continue;
            }
            let text = value.into_string().map_err(|_| {
                ConfigError(format!("the environment variable {variable} is not valid UTF-8"))
            })?;
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

    /// Adds the values of a stronger source, by names that are known. An empty text is no value.
    fn add(&mut self, given: BTreeMap<String, Value>) {
        let (former, current): (Vec<_>, Vec<_>) =
            given.into_iter().partition(|(name, _)| FORMER.iter().any(|(former, _)| former == name));
        // Of both names of a setting, the current one counts.
        for (name, mut value) in former.into_iter().chain(current) {
            match &value.kind {
                ValueKind::String(text) if text.trim().is_empty() => continue,
                ValueKind::String(text) => value.kind = text.trim().into(),
                ValueKind::Array(items) => {
                    let items: Result<Vec<_>, _> = items.iter().cloned().map(Value::into_string).collect();
                    value.kind = items.map_or(value.kind, |items| items.join(",").into());
                }
                _ => {}
            }
            let current = self.current_name(&name).expect("the name is known");
            if current != name {
                let origin = value.origin().unwrap_or_default();
                self.warnings
                    .push(format!("{name} ({origin}) is now {current}; the former name will be removed"));
            }
            self.values.insert(current, value);
        }
    }

    /// The name of a setting, by its name or a former one. If there is none, the most similar name.
    fn current_name(&self, name: &str) -> Result<&'static str, &'static str> {
        let former = FORMER.iter().find(|(former, _)| *former == name);
        let name = former.map_or(name, |(_, current)| current);
        if let Some((name, _)) = self.values.get_key_value(name) {
            return Ok(name);
        }
        let similarity = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
        let nearest = self.values.keys().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
        Err(nearest.expect("there are settings"))
    }

    /// The value of a setting; None where it is not set.
    pub(super) fn optional<T: Setting>(&self, name: &str) -> Result<Option<T>, ConfigError> {
        match &self.values[name].kind {
            ValueKind::String(text) if text.is_empty() => Ok(None),
            _ => self.value(name).map(Some),
        }
    }

    /// The value of a setting.
    pub(super) fn value<T: Setting>(&self, name: &str) -> Result<T, ConfigError> {
        let value = &self.values[name];
        let parsed: Result<Parsed<T>, _> = value.clone().try_deserialize();
        parsed.map(|parsed| parsed.0).map_err(|accepted| {
            let origin = value.origin().unwrap_or("default");
            let shown = match &value.kind {
                _ if SECRET.contains(&name) => "a value (not shown: it may hold a password)".to_owned(),
                ValueKind::String(text) => format!("{text:?}"),
                kind => kind.to_string(),
            };
            ConfigError(format!("setting {name} ({origin}) is {shown}, and must be {accepted}"))
        })
    }
}
