//! What a load has done, for a person and for a program.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::losses::Loss;

/// A load that has succeeded.
#[derive(Debug, Serialize)]
pub struct Loaded {
    /// The files, parents before children.
    pub files: Vec<FileSummary>,
    /// Files of the data set that were not there, and need not be.
    pub absent: Vec<&'static str>,
    /// What the database held and the data set did not bring back.
    pub dropped: Vec<Loss>,
    /// From the beginning to the end of the load.
    pub seconds: f64,
    /// The file of repairs, if any line was repaired.
    pub repairs: Option<PathBuf>,
}

/// What became of the lines of a file. The header is not counted.
#[derive(Debug, Serialize)]
pub struct FileSummary {
    /// The file's name.
    pub file: &'static str,
    /// Lines read: as many as `loaded` and `rejected` together.
    pub lines: u64,
    /// Lines that are rows now.
    pub loaded: u64,
    /// Lines, of those loaded, that were repaired.
    pub repaired: u64,
    /// Lines that stand in the file of rejects.
    pub rejected: u64,
    /// From the first line read to the table having its key.
    pub seconds: f64,
    /// The file of rejects, if any line was rejected.
    pub rejects: Option<PathBuf>,
}

impl fmt::Display for Loaded {
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
            writeln!(f, "{file} is not there; it is optional")?;
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
