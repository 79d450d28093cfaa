//! The settings in the environment. What is no setting there is ignored, with a warning, and does not stop the program:
//! others put variables there too. Kubernetes does, for each Service: beside one named `atelier`, a pod has
//! `ATELIER_SERVICE_HOST`, `ATELIER_PORT=tcp://10.0.0.1:80` and more. A file, which nobody else writes, is read strictly.

use std::ffi::OsString;

use config::Map;

use super::{ConfigError, PREFIX, is_setting, nearest};

/// What the values of variables begin with that Kubernetes and Docker make for a service; no setting's value does.
const SERVICE_LINKS: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// The settings among `variables`, by the setting's name, and the warnings about those that only look like one. Fails where
/// a setting is not UTF-8.
pub(super) fn settings(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(Map<String, String>, Vec<String>), ConfigError> {
    let (mut settings, mut warnings) = (Map::new(), Vec::new());
    for (variable, value) in variables {
        let Some(variable) = variable.to_str() else { continue };
        let name = variable.to_lowercase();
        let Some(name) = name.strip_prefix(&format!("{}_", PREFIX.to_lowercase())) else { continue };
        if !is_setting(name) {
            let near = nearest(name).to_uppercase();
            warnings
                .push(format!("{variable} is no setting, and is ignored; the nearest is {PREFIX}_{near}"));
            continue;
        }
        let value =
            value.into_string().map_err(|_| ConfigError::NotText { variable: variable.to_owned() })?;
        if SERVICE_LINKS.iter().any(|start| value.starts_with(start)) {
            warnings.push(format!(
                "{variable} is ignored: it is not set for this program, but by Kubernetes or Docker for a service named {}",
                PREFIX.to_lowercase()
            ));
            continue;
        }
        settings.insert(name.to_owned(), value);
    }
    warnings.sort_unstable();
    Ok((settings, warnings))
}
