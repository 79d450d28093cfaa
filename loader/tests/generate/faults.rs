//! What cannot be written is named, and never looks whole.

use std::fs;

use crate::support::generate_in;

#[test]
fn a_missing_directory_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b");
    generate_in(&deep, 1, 1, false).unwrap();
    assert!(deep.join("skus.csv").is_file());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let err = generate_in(&file.path().join("set"), 1, 1, false).unwrap_err();
    assert!(
        err.to_string().starts_with(&format!("cannot write {}", file.path().join("set").display())),
        "{err}"
    );
}

#[test]
fn a_name_that_is_taken_by_a_directory_is_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("photos.csv")).unwrap();
    let err = generate_in(dir.path(), 1, 1, false).unwrap_err();
    assert!(err.to_string().contains("photos.csv"), "{err}");
}

/// `/dev/full` is a disk without space.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_no_half_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", dir.path().join("reviews.csv.part")).unwrap();
    let err = generate_in(dir.path(), 100, 1, false).unwrap_err();
    let told = err.to_string();
    assert!(told.contains("reviews.csv") && told.contains("No space left on device"), "{told}");
    assert!(!dir.path().join("reviews.csv").exists() && !dir.path().join("reviews.csv.part").exists());
}
