//! Logs: text on a terminal, JSON elsewhere, an event per line.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// The setting `log` is no filter.
#[derive(Debug, thiserror::Error)]
#[error(
    "the setting log is {value:?}: accepted is error, warn, info, debug, trace, or a filter such as info,atelier::http=debug"
)]
pub struct FilterError {
    value: String,
    source: tracing_subscriber::filter::ParseError,
}

/// Starts logging to standard error, as the settings say. Called once per process.
pub fn start(settings: &Settings) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|source| FilterError { value: settings.log.clone(), source })?;
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Auto if is_terminal => lines.init(),
        LogFormat::Text => lines.with_ansi(is_terminal).init(),
        LogFormat::Auto | LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: {}", panic.payload_as_str().unwrap_or_default());
    }));
    Ok(())
}
