//! What cannot be written is named, and never looks whole.

use std::fs;
use std::process::Command;

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

#[test]
fn files_that_are_there_are_kept() {
    for name in ["product.csv", "characteristic_reviews.csv"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "mine").unwrap();
        let told = generate_in(dir.path(), 1, 1, false).unwrap_err().to_string();
        assert!(told.contains(name) && told.contains("it exists"), "{told}");
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nothing", dir.path().join("skus.csv")).unwrap();
    generate_in(dir.path(), 1, 1, false).unwrap_err();
    assert!(dir.path().join("skus.csv").is_symlink());
}

/// A limit of 32 KiB a file is a disk that is full in the midst of some files, and after others.
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let limited = r#"trap '' XFSZ; ulimit -f 64; exec "$0" generate --products 300 "$1""#;
    let mut generate = Command::new("sh");
    generate.args(["-c", limited, env!("CARGO_BIN_EXE_loader")]).arg(dir.path());
    let ended = generate.output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("error: cannot write ") && told.contains("File too large"), "{told}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
