//! Makes the data set: the fourteen CSV files of an Atelier shop, at any scale, the same bytes for the same seed.
//!
//! Every cell is drawn from the seed, the file and the row's id, and every number of children from the seed and
//! the parent. So a file needs no other file, only to count along with its parents: memory stays flat whatever
//! the scale, and the files are written side by side.

mod lines;
mod quirks;
mod random;
mod shop;
mod spread;
mod tables;
mod words;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use tempfile::TempPath;

use lines::Lines;
use shop::Shop;
use tables::{TABLES, Table};

use crate::progress::Progress;

/// What set is to be made, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many products; the other files follow in proportion. The real set has 1,000,011.
    pub products: u64,
    /// What everything is drawn from: another seed is another shop.
    pub seed: u64,
    /// Whether to leave out the damage of the real files: what a loader must repair or refuse.
    pub clean: bool,
    /// The directory for the files. It is made if it is missing; files of these names must not be there.
    pub dir: PathBuf,
}

/// What was written, in the order in which the set is described.
#[derive(Clone, Debug)]
pub struct Written {
    /// One entry a file.
    pub files: Vec<WrittenFile>,
}

impl Written {
    /// The rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// One file that was written.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// The file's name in the directory.
    pub name: &'static str,
    /// Its rows, without the header.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
}

/// A file (or the directory) could not be written, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {cause}", path.display())]
pub struct GenerateError {
    path: PathBuf,
    cause: io::Error,
}

/// Makes the data set, whole or not at all: until the last file is complete, all are in a temporary directory inside of
/// `options.dir`. Fails where a file of these names is there already: it is never replaced.
///
/// # Panics
/// Never: the writers do not panic.
pub fn generate(options: &Options, progress: &Progress) -> Result<Written, GenerateError> {
    let dir = &options.dir;
    fs::create_dir_all(dir).map_err(cannot_write(dir))?;
    check_absent(dir)?;
    let parts = tempfile::Builder::new().prefix("generating-").tempdir_in(dir).map_err(cannot_write(dir))?;
    let job = Job {
        shop: Shop { products: options.products, seed: options.seed, clean: options.clean },
        dir: parts.path(),
        progress,
        waiting: Mutex::new(TABLES.iter().collect()),
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(TABLES.len());
    let written: Result<Vec<_>, _> = thread::scope(|scope| {
        let writers: Vec<_> = (0..threads).map(|_| scope.spawn(|| job.work())).collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer does not panic")).collect()
    });
    let mut files = written?.concat();
    files.sort_by_key(|file| TABLES.iter().position(|table| table.name == file.name));
    // Again, since that took a while.
    check_absent(dir)?;
    for file in &files {
        let path = dir.join(file.name);
        let moved = TempPath::try_from_path(parts.path().join(file.name))
            .and_then(|part| part.persist_noclobber(&path).map_err(io::Error::from));
        moved.map_err(cannot_write(&path))?;
    }
    Ok(Written { files })
}

/// Fails where a file of the set is in the directory already, or a link of its name.
fn check_absent(dir: &Path) -> Result<(), GenerateError> {
    let mut paths = TABLES.iter().map(|table| dir.join(table.name));
    match paths.find(|path| path.symlink_metadata().is_ok()) {
        Some(path) => {
            let cause = io::Error::other("it exists; remove it, or name another directory");
            Err(cannot_write(&path)(cause))
        }
        None => Ok(()),
    }
}

/// The work that the threads share.
struct Job<'a> {
    shop: Shop,
    /// The directory that is written into.
    dir: &'a Path,
    progress: &'a Progress,
    /// The files that nobody writes yet. They are taken from the end, where the large ones are.
    waiting: Mutex<Vec<&'static Table>>,
}

impl Job<'_> {
    /// Writes one file after the other until none is waiting.
    fn work(&self) -> Result<Vec<WrittenFile>, GenerateError> {
        let mut written = Vec::new();
        while let Some(table) = self.take() {
            let path = self.dir.join(table.name);
            let file = self.write(table, &path).map_err(|cause| {
                // The others need not begin what cannot be finished.
                self.waiting.lock().expect("no writer panics").clear();
                cannot_write(&path)(cause)
            })?;
            written.push(file);
        }
        Ok(written)
    }

    fn take(&self) -> Option<&'static Table> {
        self.waiting.lock().expect("no writer panics").pop()
    }

    fn write(&self, table: &Table, path: &Path) -> io::Result<WrittenFile> {
        let mut task = self.progress.task(table.name, "rows", self.shop.products);
        let mut lines = Lines::create(path, table.header)?;
        let mut rows = (table.rows)();
        let mut told = 0;
        for product in 1..=self.shop.products {
            rows.write(&self.shop, product, &mut lines);
            if lines.write_if_full()? {
                task.advance(lines.rows - told, product);
                told = lines.rows;
            }
        }
        lines.write()?;
        task.finish();
        Ok(WrittenFile { name: table.name, rows: lines.rows, bytes: lines.bytes })
    }
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    let path = path.to_owned();
    move |cause| GenerateError { path, cause }
}
