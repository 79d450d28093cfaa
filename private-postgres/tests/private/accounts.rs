//! The account that the server runs as. Run by root, these tests cover root's server and that of an unprivileged user.
//! Run by a user, all other tests cover that user's server.

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
};

use nix::unistd::{Uid, User};
use private_postgres::PrivateServer;

use crate::{
    connect, directory,
    program::{Program, command, copy_for},
};

#[tokio::test]
async fn the_server_never_runs_as_root() {
    let dir = directory();
    let server = PrivateServer::start(dir.path()).await.unwrap();

    let owner = owner_of(&server.data_dir().join("data"));

    assert_ne!(owner, 0);
    if !Uid::effective().is_root() {
        assert_eq!(owner, Uid::effective().as_raw());
    }
}

#[test]
fn the_server_of_an_unprivileged_user_runs_as_that_user() {
    if !Uid::effective().is_root() {
        return; // all other tests cover it
    }
    let nobody = User::from_name("nobody").unwrap().unwrap();
    let (dir, executable) = copy_for(nobody.uid.as_raw());
    let home = dir.path().join("demo");
    let mut command = command(&executable, Some(&home));
    command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir(dir.path());

    let program = Program::run(command);

    assert_eq!(Path::new(&program.answer), home.canonicalize().unwrap());
    assert_eq!(owner_of(&home.join("data")), nobody.uid.as_raw());
    program.end();
}

#[tokio::test]
async fn roots_server_runs_as_the_owner_of_the_data() {
    if !Uid::effective().is_root() {
        return; // only root can do it
    }
    let nobody = User::from_name("nobody").unwrap().unwrap();
    let (dir, executable) = copy_for(nobody.uid.as_raw());
    let home = dir.path().join("demo");
    let mut command = command(&executable, Some(&home));
    command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir(dir.path());
    Program::run(command).end();

    let server = PrivateServer::start(&home).await.unwrap();

    connect(&server).await;
    assert_eq!(owner_of(&home.join("data/postmaster.pid")), nobody.uid.as_raw());
}

#[tokio::test]
async fn a_directory_closed_to_the_account_is_replaced_by_a_durable_one() {
    if !Uid::effective().is_root() {
        return; // a user can enter its own directory
    }
    let dir = directory();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
    let closed = dir.path().join("demo");
    let server = PrivateServer::start(&closed).await.unwrap();
    let data_dir = server.data_dir().to_owned();
    sqlx::query("create table kept ()").execute(&mut connect(&server).await).await.unwrap();
    drop(server);

    let server = PrivateServer::start(&closed).await.unwrap();

    assert!(data_dir.starts_with("/var/tmp"), "{}", data_dir.display());
    assert!(!closed.exists());
    assert_eq!(server.data_dir(), data_dir);
    sqlx::query("table kept").execute(&mut connect(&server).await).await.unwrap();
    drop(server);
    fs::remove_dir_all(data_dir).unwrap();
}

fn owner_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().uid()
}
