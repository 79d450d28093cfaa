//! Logs: text on a terminal, JSON elsewhere, an event per line.

use std::io::IsTerminal as _;

use crate::config::{LogFormat, Settings};

/// Starts logging to standard error, as the settings say. Called once per process.
pub fn start(settings: &Settings) {
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(settings.log.filter()).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Auto if is_terminal => lines.init(),
        LogFormat::Text => lines.with_ansi(is_terminal).init(),
        LogFormat::Auto | LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic: {}", panic.payload_as_str().unwrap_or_default());
    }));
}
