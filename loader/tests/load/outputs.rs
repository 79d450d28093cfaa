//! The outputs of a load never replace a file that no load has written.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use crate::support::{DataSet, Database, program, run, start};

/// Lines that a load repairs and rejects.
const DAMAGED: &[u8] = b"id, current_product_id,related_product_id\n1,1,2\n2,1,0";

/// The error of a load with these outputs, which must change neither a file nor the database.
async fn refusal(database: &Database, set: &DataSet, outputs: &[&str]) -> String {
    let before = set.files();
    let dir = set.dir();
    let ended = run(database, &[&["load", dir.to_str().unwrap()], outputs].concat());
    assert_eq!(set.files(), before, "{outputs:?}");
    assert_eq!(ended.status.code(), Some(1), "{outputs:?}");
    let schema = "select count(*) from pg_class where relname = 'products'";
    assert_eq!(database.number(schema).await, 0, "{outputs:?}");
    String::from_utf8(ended.stderr).unwrap()
}

#[tokio::test]
async fn an_output_must_not_be_a_data_file_by_any_path() {
    let database = Database::create().await;
    let set = DataSet::whole();
    let beside = |name: &str| set.path_beside(name);
    let dir = set.dir();
    symlink(&dir, beside("link")).unwrap();
    symlink(dir.join("styles.csv"), beside("link.csv")).unwrap();
    fs::hard_link(dir.join("styles.csv"), beside("hard.csv")).unwrap();
    fs::create_dir(beside("others")).unwrap();
    fs::hard_link(dir.join("photos.csv"), beside("others/photos.csv")).unwrap();
    // The set itself has a file that is a link into a directory below it.
    fs::create_dir(dir.join("below")).unwrap();
    fs::rename(dir.join("skus.csv"), dir.join("below/skus.csv")).unwrap();
    symlink("below/skus.csv", dir.join("skus.csv")).unwrap();

    for (option, path, other) in [
        ("--rejects", dir.clone(), "product.csv"),
        ("--rejects", dir.join("."), "product.csv"),
        ("--rejects", dir.join("../data/"), "product.csv"),
        ("--rejects", dir.join("below/.."), "product.csv"),
        ("--rejects", beside("link"), "product.csv"),
        ("--rejects", beside("others"), "photos.csv"),
        ("--rejects", dir.join("below"), "skus.csv"),
        ("--repairs", dir.join("styles.csv"), "styles.csv"),
        ("--repairs", beside("link.csv"), "styles.csv"),
        ("--repairs", beside("hard.csv"), "styles.csv"),
        ("--repairs", beside("link/skus.csv"), "skus.csv"),
        ("--summary", dir.join("reviews.csv"), "reviews.csv"),
        // It does not exist, but the next load would read it.
        ("--repairs", dir.join("cart.csv"), "cart.csv"),
        ("--summary", beside("link/cart.csv"), "cart.csv"),
    ] {
        let output = refusal(&database, &set, &[option, path.to_str().unwrap()]).await;
        let named = format!("same file as {}, which this load reads", dir.join(other).display());
        assert!(output.contains(path.to_str().unwrap()) && output.contains(&named), "{output}");
    }
}

#[tokio::test]
async fn a_file_that_no_load_has_written_is_not_replaced() {
    let database = Database::create().await;
    let set = DataSet::small();
    fs::create_dir(set.path_beside("backup")).unwrap();
    for path in ["notes.txt", "backup/skus.csv"] {
        fs::write(set.path_beside(path), "id,styleId,size,quantity\n1,1,\"S\",16").unwrap();
    }
    for (option, path, named) in [
        ("--rejects", "backup", "backup/skus.csv"),
        ("--repairs", "notes.txt", "notes.txt"),
        ("--summary", "notes.txt", "notes.txt"),
    ] {
        let path = set.path_beside(path);
        let output = refusal(&database, &set, &[option, path.to_str().unwrap()]).await;
        assert!(
            output.contains(named) && output.contains("a file exists there that no load has written"),
            "{output}"
        );
    }
}

#[tokio::test]
async fn two_outputs_must_not_be_the_same_file() {
    let database = Database::create().await;
    let set = DataSet::small();
    symlink(set.path_beside(""), set.path_beside("link")).unwrap();
    let path = |name: &str| set.path_beside(name).to_str().unwrap().to_owned();
    for (options, named) in [
        (["--repairs", &path("a"), "--summary", &path("link/a")], "a"),
        (["--rejects", &path("new"), "--repairs", &path("link/new/skus.csv")], "new/skus.csv"),
    ] {
        let output = refusal(&database, &set, &options).await;
        assert!(output.contains(&format!("the same file as {}", path(named))), "{output}");
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_an_output_is_unchanged() {
    let database = Database::create().await;
    let set = DataSet::small();
    let _socket = std::os::unix::net::UnixListener::bind(set.path_beside("socket")).unwrap();
    fs::create_dir(set.path_beside("directory")).unwrap();
    symlink("nothing", set.path_beside("dangling")).unwrap();
    fs::write(set.path_beside("file"), "").unwrap();
    for (option, path, reason) in [
        ("--repairs", "socket", "neither a file nor a character device nor a pipe"),
        ("--repairs", "directory", "neither a file nor a character device nor a pipe"),
        ("--summary", "dangling", "No such file"),
        ("--rejects", "file", "Not a directory"),
    ] {
        let path = set.path_beside(path);
        let output = refusal(&database, &set, &[option, path.to_str().unwrap()]).await;
        assert!(output.contains("cannot write ") && output.contains(reason), "{output}");
        assert!(path.symlink_metadata().is_ok(), "{output}");
    }
}

/// `/dev/full` is a disk without space.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_device_is_written_directly() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("related.csv", DAMAGED);
    for device in ["full", "null"] {
        symlink(Path::new("/dev").join(device), set.path_beside(device)).unwrap();
    }
    let load = |device: &str| {
        let (dir, device) = (set.dir(), set.path_beside(device));
        run(&database, &["load", dir.to_str().unwrap(), "--repairs", device.to_str().unwrap()])
    };

    let output = String::from_utf8(load("full").stderr).unwrap();
    assert!(output.contains("full: No space left on device"), "{output}");
    assert_eq!(database.number("select count(*) from products").await, 0);
    assert_eq!(load("null").status.code(), Some(0));
    for device in ["full", "null"] {
        assert!(set.path_beside(device).is_symlink());
        assert!(fs::metadata(set.path_beside(device)).unwrap().file_type().is_char_device());
    }
}

#[tokio::test]
async fn a_pipe_is_written_directly() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("related.csv", DAMAGED);
    let pipe = set.path_beside("pipe");
    mkfifo(&pipe, Mode::S_IRWXU).unwrap();
    let dir = set.dir();
    let arguments = ["load", dir.to_str().unwrap(), "--repairs", pipe.to_str().unwrap()];
    let load = program(&database, &arguments).spawn().unwrap();
    let mut repairs = String::new();
    fs::File::open(&pipe).unwrap().read_to_string(&mut repairs).unwrap();
    assert!(load.wait_with_output().unwrap().status.success());
    assert!(repairs.starts_with("file,line,before,after\nrelated.csv,1,"), "{repairs}");
    assert!(fs::metadata(pipe).unwrap().file_type().is_fifo());
}

#[tokio::test]
async fn an_interrupted_or_killed_load_leaves_no_output() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("related.csv", DAMAGED);
    let pipe = set.stall("skus.csv");
    let before = set.files();
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let load = start(&set, &database);
        let _lines = OpenOptions::new().write(true).open(&pipe).unwrap();
        // It has written repairs and rejects of this file.
        database.until("select to_regclass('loading.related_products') is not null").await;
        kill(Pid::from_raw(load.id().try_into().unwrap()), signal).unwrap();
        assert!(!load.wait_with_output().unwrap().status.success());
        assert_eq!(set.files(), before);
    }
}

#[tokio::test]
async fn a_link_to_an_output_stays_a_link() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("related.csv", DAMAGED);
    fs::write(set.path_beside("target.csv"), "").unwrap();
    symlink("target.csv", set.path_beside("repairs.csv")).unwrap();
    set.load(&database).await.unwrap();
    assert!(set.path_beside("repairs.csv").is_symlink());
    assert_eq!(set.beside("target.csv").unwrap().lines().count(), 2);
}

#[tokio::test]
async fn an_output_must_not_be_the_standard_output() {
    let database = Database::create().await;
    let set = DataSet::small();
    let path = set.path_beside("printed");
    let printed = OpenOptions::new().append(true).create(true).open(&path).unwrap();
    for output in ["/dev/stdout", path.to_str().unwrap()] {
        let mut load = program(&database, &["load", set.dir().to_str().unwrap(), "--summary", output]);
        let ended = load.stdout(Stdio::from(printed.try_clone().unwrap())).output().unwrap();
        let output = String::from_utf8(ended.stderr).unwrap();
        assert!(output.contains("the same file as the standard output"), "{output}");
    }
}

#[tokio::test]
async fn a_file_that_appears_while_a_load_runs_is_kept() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("skus.csv", b"id, styleId, size, quantity\n355,1,\"11\", 11");
    let pipe = set.stall("related.csv");
    let load = start(&set, &database);
    let lines = OpenOptions::new().write(true).open(pipe).unwrap();
    database.until("select exists (select from pg_namespace where nspname = 'loading')").await;
    fs::write(set.path_beside("repairs.csv"), "mine").unwrap();
    std::io::Write::write_all(&mut { lines }, b"id,current_product_id,related_product_id\n").unwrap();
    let ended = load.wait_with_output().unwrap();
    let output = String::from_utf8(ended.stderr).unwrap();
    assert!(output.contains("repairs.csv: a file exists there that no load has written"), "{output}");
    assert_eq!(set.beside("repairs.csv").unwrap(), "mine");
    assert_eq!(database.number("select count(*) from products").await, 0);
}
