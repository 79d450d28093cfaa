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
    /// The directory for the files. It is made if it is missing, and files of these names are replaced.
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

/// Makes the data set. A file stands under its name only once it is whole; until then its name ends in `.part`.
/// Earlier files of these names are removed at the start, so that old and new never mix.
///
/// # Panics
/// Never: the writers do not panic.
pub fn generate(options: &Options, progress: &Progress) -> Result<Written, GenerateError> {
    let job = Job {
        shop: Shop { products: options.products, seed: options.seed, clean: options.clean },
        dir: &options.dir,
        progress,
        waiting: Mutex::new(TABLES.iter().collect()),
    };
    job.clear()?;
    let threads = thread::available_parallelism().map_or(1, usize::from).min(TABLES.len());
    let parts: Result<Vec<_>, _> = thread::scope(|scope| {
        let writers: Vec<_> = (0..threads).map(|_| scope.spawn(|| job.work())).collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer does not panic")).collect()
    });
    let mut files = parts?.concat();
    files.sort_by_key(|file| TABLES.iter().position(|table| table.name == file.name));
    Ok(Written { files })
}

/// The work that the threads share.
struct Job<'a> {
    shop: Shop,
    dir: &'a Path,
    progress: &'a Progress,
    /// The files that nobody writes yet. They are taken from the end, where the large ones are.
    waiting: Mutex<Vec<&'static Table>>,
}

impl Job<'_> {
    /// Makes the directory, and removes an earlier set from it.
    fn clear(&self) -> Result<(), GenerateError> {
        fs::create_dir_all(self.dir).map_err(cannot_write(self.dir))?;
        for table in &TABLES {
            let path = self.dir.join(table.name);
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot_write(&path)(cause));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes one file after the other until none is waiting.
    fn work(&self) -> Result<Vec<WrittenFile>, GenerateError> {
        let mut written = Vec::new();
        while let Some(table) = self.take() {
            let part = self.dir.join(format!("{}.part", table.name));
            let file = self.write(table, &part).map_err(|cause| {
                // The others need not begin what cannot be finished, and a full disk wants its space back.
                self.waiting.lock().expect("no writer panics").clear();
                let _ = fs::remove_file(&part);
                cannot_write(&self.dir.join(table.name))(cause)
            })?;
            written.push(file);
        }
        Ok(written)
    }

    fn take(&self) -> Option<&'static Table> {
        self.waiting.lock().expect("no writer panics").pop()
    }

    fn write(&self, table: &Table, part: &Path) -> io::Result<WrittenFile> {
        let mut task = self.progress.task(table.name, "rows", self.shop.products);
        let mut lines = Lines::create(part, table.header)?;
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
        fs::rename(part, self.dir.join(table.name))?;
        task.finish();
        Ok(WrittenFile { name: table.name, rows: lines.rows, bytes: lines.bytes })
    }
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    let path = path.to_owned();
    move |cause| GenerateError { path, cause }
}
