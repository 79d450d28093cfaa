//! A database a test, a small data set to damage, and the program itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use loader::LoadError;
use loader::load::{LoadOptions, Loaded, load};
use loader::progress::Progress;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tempfile::TempDir;

/// The directory of rejects beside the data set, and the file of repairs.
pub(crate) const REJECTS: &str = "rejects";
pub(crate) const REPAIRS: &str = "repairs.csv";

/// A database of a test's own.
pub(crate) struct Database {
    pub(crate) options: PgConnectOptions,
}

impl Database {
    /// Makes an empty database of this name, on the server that `DATABASE_URL` names.
    pub(crate) async fn create(name: &str) -> Self {
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL names a server whose superuser we are");
        let server: PgConnectOptions = url.parse().expect("DATABASE_URL is an URL");
        let name = format!("load_test_{name}");
        let mut connection = server.connect().await.unwrap();
        for sql in [format!("drop database if exists {name} with (force)"), format!("create database {name}")]
        {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        Self { options: server.database(&name) }
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        self.options.clone().disable_statement_logging().connect().await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut self.connect().await).await.unwrap();
    }

    /// The first column of all rows, which has to be text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_all(&mut self.connect().await).await.unwrap()
    }

    /// The one number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_one(&mut self.connect().await).await.unwrap()
    }

    /// Waits until `sql`, which asks for a truth, says so.
    pub(crate) async fn until(&self, sql: &str) {
        let began = Instant::now();
        while !sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
        {
            assert!(began.elapsed() < Duration::from_secs(20), "in vain: {sql}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Two products and what belongs to them, without damage.
pub(crate) struct DataSet {
    directory: TempDir,
}

impl DataSet {
    pub(crate) fn small() -> Self {
        let set = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(set.dir()).unwrap();
        set.write(
            "product.csv",
            b"id,name,slogan,description,category,default_price\n1,\"Camo Onesie\",\"Blend in\",\"The \"\"So\"\" Fatigues\",\"Jackets\",140\n\
              2,\"Bright Shades\",\"You've got to\",\"Where\\you go\",\"Accessories\",69.5",
        );
        set.write(
            "features.csv",
            b"id,product_id,feature,value\n1,1,\"Fabric\",\"Canvas\"\n2,2,\"UV Protection\",null",
        );
        set.write(
            "styles.csv",
            b"id,productId,name,sale_price,original_price,default_style\n1,1,\"Forest Green & Black\",null,140,1\n2,1,\"Desert, Brown\",100,140,0",
        );
        set.write("photos.csv", b"id,styleId,url,thumbnail_url\n1,1,\"https://a\",\"https://b\"");
        set.write("skus.csv", b"id,styleId,size,quantity\n2,1,\"S\",16\n1,1,\"XS\",8\n3,2,\"S\",4");
        set.write("related.csv", b"id,current_product_id,related_product_id\n1,1,2\n2,1,1\n3,1,2");
        set
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn write(&self, file: &str, content: &[u8]) {
        fs::write(self.dir().join(file), content).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.dir().join(file)).unwrap();
    }

    /// Puts a pipe in the file's place, so that a load waits for its lines for ever.
    pub(crate) fn stall(&self, file: &str) -> PathBuf {
        self.remove(file);
        let pipe = self.dir().join(file);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    }

    /// What stands beside the data set, if anything does.
    pub(crate) fn beside(&self, path: impl AsRef<Path>) -> Option<String> {
        let bytes = fs::read(self.directory.path().join(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) async fn load(&self, database: &Database) -> Result<Loaded, LoadError> {
        load(&self.options(database, false), &Progress::hidden()).await
    }

    pub(crate) async fn replace(&self, database: &Database) -> Result<Loaded, LoadError> {
        load(&self.options(database, true), &Progress::hidden()).await
    }

    fn options(&self, database: &Database, replace: bool) -> LoadOptions {
        let beside = |name| self.directory.path().join(name);
        let (rejects, repairs) = (beside(REJECTS), beside(REPAIRS));
        LoadOptions {
            dir: self.dir(),
            database: database.options.clone(),
            replace,
            rejects,
            repairs,
            jobs: 2,
        }
    }
}

/// The program, with the database in its environment.
pub(crate) fn program(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loader"));
    let url = database.options.to_url_lossy().to_string();
    command.args(arguments).env("DATABASE_URL", url).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Begins to load `set`, in place of what is there.
pub(crate) fn start(set: &DataSet, database: &Database) -> Child {
    program(database, &["load", "--replace", set.dir().to_str().unwrap()]).spawn().unwrap()
}

/// Runs the program to its end.
pub(crate) fn run(database: &Database, arguments: &[&str]) -> Output {
    program(database, arguments).output().unwrap()
}
