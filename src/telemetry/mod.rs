//! What operators see of a process: its logs and its metrics.

pub mod logs;
pub mod metrics;

/// An error and what caused it, in one line. What an error has said of its cause already is not said again.
#[must_use]
pub fn with_causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        let said = err.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = err.source();
    }
    text
}
