//! Writes all files in parallel, and moves them to their directory when all are complete.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use tempfile::{TempDir, TempPath};

use super::csv_writer::CsvWriter;
use super::rows::{FILES, GeneratorFile};
use super::shop::Shop;
use crate::progress::Progress;

/// The directory of incomplete files, in that of the data set.
const TEMPORARY: &str = "atelier-generating.part";

/// The options of a generated data set.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// The number of products. The other files are in proportion. The real set has 1,000,011.
    pub products: u64,
    /// The seed of all random draws.
    pub seed: u64,
    /// Whether to omit the damage of the real files, which a loader must repair or reject.
    pub clean: bool,
    /// The directory for the files. It is created if it is missing, and must not contain files of the same names.
    pub dir: PathBuf,
}

/// The files that were written.
#[derive(Clone, Debug)]
pub struct Generated {
    /// In a fixed order.
    pub files: Vec<GeneratedFile>,
}

impl Generated {
    /// The number of rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The size of all files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// A file that was written.
#[derive(Clone, Debug)]
pub struct GeneratedFile {
    /// Its name.
    pub name: &'static str,
    /// The number of rows, without the header.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// A file or the directory could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {cause}", path.display())]
pub struct GenerateError {
    path: PathBuf,
    cause: io::Error,
}

/// Generates a data set, all or nothing: the files are in a temporary directory in `options.dir` until all are complete.
/// Fails if a file of the same name exists; no file is ever replaced.
pub fn generate(options: &GenerateOptions, progress: &Progress) -> Result<Generated, GenerateError> {
    let dir = &options.dir;
    fs::create_dir_all(dir).map_err(cannot_write(dir))?;
    check_absent(dir)?;
    let (_lock, temporary) = temporary_in(dir, TEMPORARY).map_err(cannot_write(&dir.join(TEMPORARY)))?;
    let generator = Generator {
        shop: Shop { products: options.products, seed: options.seed, clean: options.clean },
        dir: temporary.path(),
        progress,
        queue: Mutex::new(FILES.iter().collect()),
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(FILES.len());
    let written: Result<Vec<_>, _> = thread::scope(|scope| {
        let writers: Vec<_> = (0..threads).map(|_| scope.spawn(|| generator.work())).collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer does not panic")).collect()
    });
    let mut files = written?.concat();
    files.sort_by_key(|file| FILES.iter().position(|other| other.table.file == file.name));
    // Again, because another process may have created files meanwhile.
    check_absent(dir)?;
    for file in &files {
        let path = dir.join(file.name);
        let moved = TempPath::try_from_path(temporary.path().join(file.name))
            .and_then(|part| part.persist_noclobber(&path).map_err(io::Error::from));
        moved.map_err(cannot_write(&path))?;
    }
    Ok(Generated { files })
}

/// Creates a temporary directory of this name in `dir`, which replaces what a killed process has left there. `dir` is locked
/// meanwhile: fails if another process has the lock.
pub(crate) fn temporary_in(dir: &Path, name: &str) -> io::Result<(File, TempDir)> {
    let lock = File::open(dir)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::other("another process is writing it"),
        TryLockError::Error(error) => error,
    })?;
    let leftover = dir.join(name);
    // A link is not followed: creating the directory fails.
    if leftover.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        fs::remove_dir_all(leftover)?;
    }
    let temporary = tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(dir)?;
    Ok((lock, temporary))
}

/// Fails if the directory contains a file or link with the name of a generated file.
fn check_absent(dir: &Path) -> Result<(), GenerateError> {
    let mut paths = FILES.iter().map(|file| dir.join(file.table.file));
    match paths.find(|path| path.symlink_metadata().is_ok()) {
        Some(path) => {
            let cause = io::Error::other("it exists; remove it, or choose another directory");
            Err(cannot_write(&path)(cause))
        }
        None => Ok(()),
    }
}

/// The state that the writer threads share.
struct Generator<'a> {
    shop: Shop,
    /// The temporary directory.
    dir: &'a Path,
    progress: &'a Progress,
    /// The files to write. The threads start with the last ones, which are the largest.
    queue: Mutex<Vec<&'static GeneratorFile>>,
}

impl Generator<'_> {
    /// Writes files until the queue is empty.
    fn work(&self) -> Result<Vec<GeneratedFile>, GenerateError> {
        let mut written = Vec::new();
        while let Some(file) = self.next_file() {
            let path = self.dir.join(file.table.file);
            let file = self.write(file, &path).map_err(|cause| {
                // The other threads need not start further files.
                self.queue.lock().expect("no writer panics").clear();
                cannot_write(&path)(cause)
            })?;
            written.push(file);
        }
        Ok(written)
    }

    fn next_file(&self) -> Option<&'static GeneratorFile> {
        self.queue.lock().expect("no writer panics").pop()
    }

    fn write(&self, file: &GeneratorFile, path: &Path) -> io::Result<GeneratedFile> {
        let mut task = self.progress.task(file.table.file, "rows", self.shop.products);
        let mut csv = CsvWriter::create(path, &file.table.header())?;
        let mut rows = (file.row_writer)();
        let mut reported = 0;
        for product in 1..=self.shop.products {
            rows.write(&self.shop, product, &mut csv);
            if csv.write_if_full()? {
                task.advance(csv.rows - reported, product);
                reported = csv.rows;
            }
        }
        csv.write()?;
        task.finish();
        Ok(GeneratedFile { name: file.table.file, rows: csv.rows, bytes: csv.bytes })
    }
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    let path = path.to_owned();
    move |cause| GenerateError { path, cause }
}
