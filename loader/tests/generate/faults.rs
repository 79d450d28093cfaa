//! Files that cannot be written: the error names them, and no incomplete file is left.

use std::fs;
use std::process::Command;

use crate::support::generate_in;

#[test]
fn a_missing_directory_is_created() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b");
    generate_in(&deep, 1, 1, false).unwrap();
    assert!(deep.join("skus.csv").is_file());
}

#[test]
fn the_error_names_a_directory_that_cannot_be_created() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let err = generate_in(&file.path().join("set"), 1, 1, false).unwrap_err();
    assert!(
        err.to_string().starts_with(&format!("cannot write {}", file.path().join("set").display())),
        "{err}"
    );
}

#[test]
fn the_error_names_a_file_that_is_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("photos.csv")).unwrap();
    let err = generate_in(dir.path(), 1, 1, false).unwrap_err();
    assert!(err.to_string().contains("photos.csv"), "{err}");
}

#[test]
fn existing_files_are_kept() {
    for name in ["product.csv", "characteristic_reviews.csv"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "mine").unwrap();
        let output = generate_in(dir.path(), 1, 1, false).unwrap_err().to_string();
        assert!(output.contains(name) && output.contains("it exists"), "{output}");
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nothing", dir.path().join("skus.csv")).unwrap();
    generate_in(dir.path(), 1, 1, false).unwrap_err();
    assert!(dir.path().join("skus.csv").is_symlink());
}

#[test]
fn what_a_killed_process_has_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let leftover = dir.path().join("atelier-generating.part");
    fs::create_dir(&leftover).unwrap();
    fs::write(leftover.join("skus.csv"), "id").unwrap();
    generate_in(dir.path(), 1, 1, false).unwrap();
    assert!(!leftover.exists());
}

#[test]
fn a_directory_into_which_another_process_generates_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let lock = fs::File::open(dir.path()).unwrap();
    lock.lock().unwrap();
    let err = generate_in(dir.path(), 1, 1, false).unwrap_err().to_string();
    assert!(err.contains("another process is writing it"), "{err}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_link_in_place_of_the_temporary_directory_is_not_followed() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(other.path().join("skus.csv"), "mine").unwrap();
    std::os::unix::fs::symlink(other.path(), dir.path().join("atelier-generating.part")).unwrap();
    generate_in(dir.path(), 1, 1, false).unwrap_err();
    assert_eq!(fs::read_to_string(other.path().join("skus.csv")).unwrap(), "mine");
}

/// A limit of 32 KiB per file simulates a full disk, which some files reach and others do not.
#[test]
fn a_full_disk_is_an_error_and_leaves_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let limited = r#"trap '' XFSZ; ulimit -f 64; exec "$0" generate --products 300 "$1""#;
    let mut generate = Command::new("sh");
    generate.args(["-c", limited, env!("CARGO_BIN_EXE_loader")]).arg(dir.path());
    let ended = generate.output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let output = String::from_utf8(ended.stderr).unwrap();
    assert!(output.contains("error: cannot write ") && output.contains("File too large"), "{output}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
