//! Where settings are read from: defaults, a file, the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use config::{FileFormat, Format as _, Value, ValueKind};
use serde::Deserialize;

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
    names: Vec<&'static str>,
    values: BTreeMap<String, Value>,
    /// About variables that are ignored, and former names.
    pub(super) warnings: Vec<String>,
}

impl Sources {
    /// The defaults, by name.
    pub(super) fn new(defaults: impl Iterator<Item = (&'static str, &'static str)>) -> Self {
        let values: BTreeMap<_, _> = defaults.map(|(name, text)| (name, Value::from(text))).collect();
        let names = values.keys().copied().collect();
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { names, values, warnings: Vec::new() }
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
        for (name, value) in table {
            let nearest = self.set(&name, value).err();
            if let Some(nearest) = nearest {
                return Err(ConfigError(format!(
                    "there is no setting {name} ({file}); did you mean {nearest}? `atelier serve --help` lists them all"
                )));
            }
        }
        Ok(())
    }

    /// Reads the environment. Other programs set variables there too: an unknown one is ignored with a warning.
    pub(super) fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let variables: BTreeMap<_, _> = variables.collect();
        let conventional = CONVENTIONAL.map(|(variable, name)| (variable.to_owned(), name.to_owned()));
        let own = variables.keys().filter_map(|variable| {
            let variable = variable.to_str()?;
            Some((variable.to_owned(), variable.strip_prefix(PREFIX)?.to_lowercase()))
        });
        for (variable, name) in conventional.into_iter().chain(own.collect::<Vec<_>>()) {
            let Some(value) = variables.get(std::ffi::OsStr::new(&variable)) else { continue };
            let Some(text) = value.to_str() else {
                return Err(ConfigError(format!("the environment variable {variable} is not valid UTF-8")));
            };
            if SERVICE_LINKS.iter().any(|start| text.starts_with(start)) {
                self.warnings
                    .push(format!("{variable} is ignored: it is a service link of Kubernetes or Docker"));
                continue;
            }
            let value = Value::new(Some(&format!("environment variable {variable}")), text);
            if let Err(nearest) = self.set(&name, value) {
                let nearest = nearest.to_uppercase();
                self.warnings.push(format!(
                    "{variable} is not a setting and is ignored; the nearest is {PREFIX}{nearest}"
                ));
            }
        }
        Ok(())
    }

    /// Sets a value of a stronger source. An empty text is none. If there is no such setting, returns the most similar.
    fn set(&mut self, name: &str, mut value: Value) -> Result<(), &'static str> {
        let former = FORMER.iter().find(|(former, _)| *former == name);
        let current = former.map_or(name, |(_, current)| current);
        if !self.names.contains(&current) {
            let similarity = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
            let nearest =
                self.names.iter().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
            return Err(nearest.expect("there are settings"));
        }
        let origin = value.origin().unwrap_or_default().to_owned();
        match &value.kind {
            ValueKind::String(text) if text.trim().is_empty() => return Ok(()),
            ValueKind::String(text) => value.kind = text.trim().into(),
            ValueKind::Array(items) => {
                let items: Result<Vec<_>, _> = items.iter().cloned().map(Value::into_string).collect();
                value.kind = items.map_or(value.kind, |items| items.join(",").into());
            }
            _ => {}
        }
        if former.is_some() {
            self.warnings
                .push(format!("{name} ({origin}) is now {current}; the former name will be removed"));
        }
        self.values.insert(current.to_owned(), value);
        Ok(())
    }

    /// The value of a setting; None where it is not set.
    pub(super) fn optional<'de, T: Deserialize<'de>>(&self, name: &str) -> Result<Option<T>, ConfigError> {
        let value = self.values[name].clone();
        if matches!(&value.kind, ValueKind::String(text) if text.is_empty()) {
            return Ok(None);
        }
        self.value(name).map(Some)
    }

    /// The value of a setting.
    pub(super) fn value<'de, T: Deserialize<'de>>(&self, name: &str) -> Result<T, ConfigError> {
        let value = self.values[name].clone();
        let origin = value.origin().unwrap_or("default").to_owned();
        let shown = match &value.kind {
            _ if SECRET.contains(&name) => "not shown, since it may hold a password".to_owned(),
            ValueKind::String(text) => format!("{text:?}"),
            kind => kind.to_string(),
        };
        value.try_deserialize().map_err(|accepted| {
            ConfigError(format!("setting {name} ({origin}) is {shown}, and must be {accepted}"))
        })
    }
}
