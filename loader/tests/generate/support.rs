//! Generates small sets, and reads them with a simple parser.

use std::fs;
use std::path::Path;

use loader::generate::{GenerateError, GenerateOptions, Generated, generate};
use loader::progress::Progress;
use tempfile::TempDir;

/// A set in a directory that is removed with it.
pub(crate) struct Set {
    pub(crate) written: Generated,
    pub(crate) dir: TempDir,
}

impl Set {
    pub(crate) fn damaged(products: u64, seed: u64) -> Self {
        Self::make(products, seed, false)
    }

    pub(crate) fn clean(products: u64, seed: u64) -> Self {
        Self::make(products, seed, true)
    }

    fn make(products: u64, seed: u64, clean: bool) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let written = generate_in(dir.path(), products, seed, clean).expect("a set");
        Self { written, dir }
    }

    /// A whole file.
    pub(crate) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.dir.path().join(file)).expect("a file of the set")
    }

    /// The lines of a file, without the header.
    pub(crate) fn lines(&self, file: &str) -> Vec<String> {
        self.text(file).lines().skip(1).map(str::to_owned).collect()
    }

    /// The cells of the rows of an undamaged file. Quotes are kept, so that `null` and `"null"` differ.
    pub(crate) fn rows(&self, file: &str) -> Vec<Vec<String>> {
        self.lines(file).iter().map(|line| cells(line)).collect()
    }

    /// One column of numbers.
    pub(crate) fn numbers(&self, file: &str, column: usize) -> Vec<u64> {
        self.rows(file).iter().map(|row| row[column].parse().expect("a number")).collect()
    }
}

pub(crate) fn generate_in(
    dir: &Path,
    products: u64,
    seed: u64,
    clean: bool,
) -> Result<Generated, GenerateError> {
    generate(&GenerateOptions { products, seed, clean, dir: dir.to_owned() }, &Progress::hidden())
}

fn cells(line: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = line.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    parts.map(str::to_owned).collect()
}
