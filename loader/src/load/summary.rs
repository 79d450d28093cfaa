//! The summary of a load, as a table for people and as JSON for programs.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::loss::Loss;

/// The summary of a load that has succeeded.
#[derive(Debug, Serialize)]
pub struct LoadSummary {
    /// The loaded files, parents before children.
    pub files: Vec<FileSummary>,
    /// The optional files that the data set lacks.
    pub absent: Vec<&'static str>,
    /// The rows that the load deleted because the data set does not contain them.
    pub dropped: Vec<Loss>,
    /// The duration of the load.
    pub seconds: f64,
    /// The file of repairs, if any line was repaired.
    pub repairs: Option<PathBuf>,
}

/// The counts of the lines of a file, without the header.
#[derive(Debug, Serialize)]
pub struct FileSummary {
    /// The file's name.
    pub file: &'static str,
    /// Lines: the sum of `loaded` and `rejected`.
    pub lines: u64,
    /// Lines that were loaded.
    pub loaded: u64,
    /// Lines that were loaded after a repair.
    pub repaired: u64,
    /// Lines that were rejected.
    pub rejected: u64,
    /// The time from reading the first line to committing the table with its keys.
    pub seconds: f64,
    /// The file of rejects, if any line was rejected.
    pub rejects: Option<PathBuf>,
}

impl fmt::Display for LoadSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |figure: fn(&FileSummary) -> u64| self.files.iter().map(figure).sum::<u64>();
        writeln!(
            f,
            "{:26} {:>12} {:>12} {:>9} {:>9} {:>8}",
            "file", "lines", "loaded", "repaired", "rejected", "seconds"
        )?;
        let mut row = |name: &str, figures: [u64; 4], seconds: f64| {
            let [lines, loaded, repaired, rejected] = figures;
            writeln!(f, "{name:26} {lines:>12} {loaded:>12} {repaired:>9} {rejected:>9} {seconds:>8.1}")
        };
        for file in &self.files {
            row(file.file, [file.lines, file.loaded, file.repaired, file.rejected], file.seconds)?;
        }
        let totals = [
            sum(|file| file.lines),
            sum(|file| file.loaded),
            sum(|file| file.repaired),
            sum(|file| file.rejected),
        ];
        row("in all", totals, self.seconds)?;
        for file in &self.absent {
            writeln!(f, "{file} is absent; it is optional")?;
        }
        for loss in &self.dropped {
            writeln!(f, "dropped: {loss}")?;
        }
        if let Some(path) = &self.repairs {
            writeln!(f, "repaired lines: {}", path.display())?;
        }
        for path in self.files.iter().filter_map(|file| file.rejects.as_ref()) {
            writeln!(f, "rejected lines: {}", path.display())?;
        }
        Ok(())
    }
}
