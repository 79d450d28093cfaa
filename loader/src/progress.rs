//! The progress of a long job on standard error: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The time between two progress lines of a task, where standard error is not a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// The progress of one job. Clones share the terminal.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Bars,
    Lines,
    Hidden,
}

impl Progress {
    /// Shows bars if standard error is a terminal, else a line per task every few seconds.
    #[must_use]
    pub fn to_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self { bars: MultiProgress::new(), mode: Mode::Bars }
        } else {
            Self { mode: Mode::Lines, ..Self::hidden() }
        }
    }

    /// Shows nothing, for tests.
    #[must_use]
    pub fn hidden() -> Self {
        Self { bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), mode: Mode::Hidden }
    }

    /// Adds a task, such as a file. The task is complete at position `total`; `unit` names what it processes: `rows`,
    /// `products`.
    #[must_use]
    pub fn task(&self, name: &str, unit: &'static str, total: u64) -> Task {
        let template = "{prefix:26} {bar:28} {percent:>3}%  {msg:>14}  {eta:>4} left";
        let style = ProgressStyle::with_template(template).expect("the template is a valid constant");
        let bar = self.bars.add(ProgressBar::new(total).with_style(style).with_prefix(name.to_owned()));
        let started = Instant::now();
        Task { bar, mode: self.mode, name: name.to_owned(), unit, rows: 0, started, last_line: started }
    }

    /// Prints a line above the bars.
    pub fn print(&self, line: &str) {
        match self.mode {
            // Fails if the terminal is closed: nobody reads the line.
            Mode::Bars => drop(self.bars.println(line)),
            Mode::Lines => eprintln!("{line}"),
            Mode::Hidden => {}
        }
    }
}

/// A part of a job. Its bar stays on the terminal when it is dropped.
#[derive(Debug)]
pub struct Task {
    bar: ProgressBar,
    mode: Mode,
    name: String,
    unit: &'static str,
    rows: u64,
    started: Instant,
    last_line: Instant,
}

impl Task {
    /// Adds `rows` processed rows, and sets the position. To be called once per block, not once per row.
    pub fn advance(&mut self, rows: u64, position: u64) {
        self.rows += rows;
        match self.mode {
            Mode::Bars => {
                self.bar.set_position(position);
                self.bar.set_message(self.speed());
            }
            Mode::Lines if self.last_line.elapsed() >= LINE_INTERVAL => {
                self.last_line = Instant::now();
                let total = self.bar.length().unwrap_or(0);
                let percent = (position * 100).checked_div(total).unwrap_or(100);
                let left = seconds_left(self.started.elapsed(), position, total);
                eprintln!("{:26} {percent:>3}%  {:>14}  {left:>3}s left", self.name, self.speed());
            }
            Mode::Lines | Mode::Hidden => {}
        }
    }

    /// Shows the name of the phase that follows the last row.
    pub fn phase(&self, name: &'static str) {
        match self.mode {
            Mode::Bars => {
                self.bar.set_position(self.bar.length().unwrap_or(0));
                self.bar.set_message(name);
            }
            Mode::Lines => eprintln!("{:26} {name}", self.name),
            Mode::Hidden => {}
        }
    }

    /// Shows that the task is complete.
    pub fn finish(&self) {
        if self.mode == Mode::Bars {
            self.bar.set_position(self.bar.length().unwrap_or(0));
            self.bar.set_message(format!("{} {}", self.rows, self.unit));
        }
    }

    fn speed(&self) -> String {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an approximate figure"
        )]
        let per_second = (self.rows as f64 / self.started.elapsed().as_secs_f64().max(0.001)) as u64;
        format!("{per_second} {}/s", self.unit)
    }
}

/// The estimated remaining time at a constant pace.
fn seconds_left(elapsed: Duration, position: u64, total: u64) -> u64 {
    let left = u128::from(total.saturating_sub(position));
    let seconds = (elapsed.as_millis() * left).checked_div(u128::from(position) * 1_000).unwrap_or(0);
    u64::try_from(seconds).unwrap_or(u64::MAX)
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.mode == Mode::Bars {
            self.bar.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds_left;

    #[test]
    fn the_remaining_time_assumes_a_constant_pace() {
        assert_eq!(seconds_left(Duration::from_secs(30), 250, 1_000), 90);
        assert_eq!(seconds_left(Duration::from_secs(30), 1_000, 1_000), 0);
        assert_eq!(seconds_left(Duration::from_secs(30), 0, 1_000), 0);
    }
}
