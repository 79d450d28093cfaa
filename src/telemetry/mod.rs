//! Logs, metrics, and the supervision of background tasks.

pub mod logs;
pub mod metrics;
pub mod tasks;

/// An error and its causes, in one line. A cause that the text contains already is left out.
#[must_use]
pub fn with_causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        let cause_text = err.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        cause = err.source();
    }
    text
}
