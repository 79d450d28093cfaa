//! What a person sees while a long job runs: a bar a file on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a job whose output is not a terminal says how far it is.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// The bars of one job. Clones show on the same screen.
#[derive(Clone, Debug)]
pub struct Progress {
    screen: MultiProgress,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bars,
    Lines,
    Nothing,
}

impl Progress {
    /// Bars where standard error is a terminal, a line now and then where it is not.
    #[must_use]
    pub fn to_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self { screen: MultiProgress::new(), form: Form::Bars }
        } else {
            Self { form: Form::Lines, ..Self::hidden() }
        }
    }

    /// Shows nothing: for tests.
    #[must_use]
    pub fn hidden() -> Self {
        Self { screen: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), form: Form::Nothing }
    }

    /// A new bar for `name`, a file say, of which `total` steps are to be done; `unit` is what a step is
    /// called (`rows`, `products`).
    #[must_use]
    pub fn task(&self, name: &str, unit: &'static str, total: u64) -> Task {
        let template = "{prefix:26} {bar:28} {percent:>3}%  {msg:>14}  {eta:>4} left";
        let style = ProgressStyle::with_template(template).expect("a constant template that a test has seen");
        let bar = self.screen.add(ProgressBar::new(total).with_style(style).with_prefix(name.to_owned()));
        let started = Instant::now();
        Task { bar, form: self.form, name: name.to_owned(), unit, rows: 0, started, told: started }
    }

    /// A line for the person who watches.
    pub fn say(&self, line: &str) {
        match self.form {
            // Fails where the terminal has gone, and then nobody watches.
            Form::Bars => drop(self.screen.println(line)),
            Form::Lines => eprintln!("{line}"),
            Form::Nothing => {}
        }
    }
}

/// One bar. It stays on the screen when it is dropped: where it stood, unless it was finished.
#[derive(Debug)]
pub struct Task {
    bar: ProgressBar,
    form: Form,
    name: String,
    unit: &'static str,
    rows: u64,
    started: Instant,
    told: Instant,
}

impl Task {
    /// Tells that `rows` more rows are done and that the job stands at `position` of its total. Called once a
    /// block, not once a row.
    pub fn advance(&mut self, rows: u64, position: u64) {
        self.rows += rows;
        match self.form {
            Form::Bars => {
                self.bar.set_position(position);
                self.bar.set_message(self.speed());
            }
            Form::Lines if self.told.elapsed() >= PLAIN_INTERVAL => {
                self.told = Instant::now();
                let total = self.bar.length().unwrap_or(0);
                let percent = (position * 100).checked_div(total).unwrap_or(100);
                let left = seconds_left(self.started.elapsed(), position, total);
                eprintln!("{:26} {percent:>3}%  {:>14}  {left:>3}s left", self.name, self.speed());
            }
            Form::Lines | Form::Nothing => {}
        }
    }

    /// Tells what is being done after the last step.
    pub fn phase(&self, what: &'static str) {
        match self.form {
            Form::Bars => {
                self.bar.set_position(self.bar.length().unwrap_or(0));
                self.bar.set_message(what);
            }
            Form::Lines => eprintln!("{:26} {what}", self.name),
            Form::Nothing => {}
        }
    }

    /// Tells that all is done.
    pub fn finish(&self) {
        if self.form == Form::Bars {
            self.bar.set_position(self.bar.length().unwrap_or(0));
            self.bar.set_message(format!("{} {}", self.rows, self.unit));
        }
    }

    fn speed(&self) -> String {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a figure for the eye"
        )]
        let per_second = (self.rows as f64 / self.started.elapsed().as_secs_f64().max(0.001)) as u64;
        format!("{per_second} {}/s", self.unit)
    }
}

/// The rest of a job, if it goes on as it went.
fn seconds_left(elapsed: Duration, position: u64, total: u64) -> u64 {
    let left = u128::from(total.saturating_sub(position));
    let seconds = (elapsed.as_millis() * left).checked_div(u128::from(position) * 1_000).unwrap_or(0);
    u64::try_from(seconds).unwrap_or(u64::MAX)
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.form == Form::Bars {
            self.bar.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds_left;

    #[test]
    fn the_time_left_is_what_the_rest_takes_at_the_same_pace() {
        assert_eq!(seconds_left(Duration::from_secs(30), 250, 1_000), 90);
        assert_eq!(seconds_left(Duration::from_secs(30), 1_000, 1_000), 0);
        assert_eq!(seconds_left(Duration::from_secs(30), 0, 1_000), 0);
    }
}
