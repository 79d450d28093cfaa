//! A database per test, a small data set to damage, and the program itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use loader::load::{Limits, LoadError, LoadOptions, LoadSummary, load};
use loader::progress::Progress;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tempfile::TempDir;

use crate::server::{TestDatabase, eventually};

/// The directory of rejects beside the data set, and the file of repairs.
pub(crate) const REJECTS: &str = "rejects";
pub(crate) const REPAIRS: &str = "repairs.csv";

/// Tables may shrink.
const SHRINKING: Limits = Limits { allow_shrink: true, max_rejected: None };

/// The database of one test.
pub(crate) struct Database {
    pub(crate) options: PgConnectOptions,
    _database: TestDatabase,
}

impl Database {
    /// Creates an empty database.
    pub(crate) async fn create() -> Self {
        let database = TestDatabase::empty().await;
        Self { options: database.options().disable_statement_logging(), _database: database }
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        self.options.connect().await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut self.connect().await).await.unwrap();
    }

    /// The first column of all rows, which must be text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_all(&mut self.connect().await).await.unwrap()
    }

    /// The number that `sql` selects.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_one(&mut self.connect().await).await.unwrap()
    }

    /// Waits until `sql` selects true.
    pub(crate) async fn until(&self, sql: &str) {
        let mut connection = self.connect().await;
        eventually(sql, async || {
            let asked = AssertSqlSafe(sql.to_owned());
            sqlx::query_scalar(asked).fetch_one(&mut connection).await.unwrap()
        })
        .await;
    }
}

/// Two products with their rows in the other files, without damage.
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

    /// The same with questions and reviews. Question 2 and review 3 are reported.
    pub(crate) fn whole() -> Self {
        let set = Self::small();
        set.write(
            "questions.csv",
            b"id,product_id,body,date_written,asker_name,asker_email,reported,helpful\n\
              1,1,\"What fabric is the top made of?\",1595884714409,\"yankeelover\",\"first.last@gmail.com\",0,1\n\
              2,2,\"Is it \"\"real\"\"?\",1613888219613,\"jbilas\",\"first.last@gmail.com\",1,4",
        );
        set.write(
            "answers.csv",
            b"id,question_id,body,date_written,answerer_name,answerer_email,reported,helpful\n\
              8,1,\"Something soft, but cheap\",1598216234578,\"metslover\",\"first.last@gmail.com\",0,8\n\
              7,2,\"It is.\",1607650693863,\"sillyguy\",\"first.last@gmail.com\",1,0",
        );
        set.write("answers_photos.csv", b"id,answer_id,url\n1,8,\"https://a\"\n2,7,\"https://b\"");
        set.write(
            "reviews.csv",
            b"id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness\n\
              1,1,5,1596080481467,\"Great!\",\"I really did like it\",true,false,\"funtime\",\"first.last@gmail.com\",null,8\n\
              2,1,4,1610178433963,\"Good\",\"I did, too\",false,false,\"mymainstreammother\",\"first.last@gmail.com\",\"null\",2\n\
              3,2,1,1609325851021,\"Bad\",\"I did not\",false,true,\"bigbrother\",\"first.last@gmail.com\",\"Thanks\",5",
        );
        set.write("reviews_photos.csv", b"id,review_id,url\n1,3,\"https://c\"");
        set.write("characteristics.csv", b"id,product_id,name\n1,1,\"Fit\"\n2,1,\"Length\"\n3,2,\"Quality\"");
        set.write(
            "characteristic_reviews.csv",
            b"id,characteristic_id,review_id,value\n1,1,1,4\n2,2,1,3\n3,1,2,5\n4,3,3,2",
        );
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

    /// Replaces the file by a pipe, so that a load waits for its lines forever.
    pub(crate) fn stall(&self, file: &str) -> PathBuf {
        self.remove(file);
        let pipe = self.dir().join(file);
        mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        pipe
    }

    /// A path beside the data set.
    pub(crate) fn path_beside(&self, path: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(path)
    }

    /// The content of a file beside the data set, if it exists.
    pub(crate) fn beside(&self, path: impl AsRef<Path>) -> Option<String> {
        let bytes = fs::read(self.path_beside(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The contents of all files beside and in the data set, by path. Links are followed.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut directories = vec![self.directory.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    directories.push(path);
                } else if path.is_file() {
                    files.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        files
    }

    pub(crate) async fn load(&self, database: &Database) -> Result<LoadSummary, LoadError> {
        load(&self.options(database), &Progress::hidden()).await
    }

    pub(crate) async fn replace(&self, database: &Database) -> Result<LoadSummary, LoadError> {
        self.replace_within(database, Limits::default()).await
    }

    /// Replaces the data in the database, within these limits.
    pub(crate) async fn replace_within(
        &self,
        database: &Database,
        limits: Limits,
    ) -> Result<LoadSummary, LoadError> {
        let options = LoadOptions { replace: true, limits, ..self.options(database) };
        load(&options, &Progress::hidden()).await
    }

    /// Replaces the data in the database; tables may shrink.
    pub(crate) async fn replace_with_less(&self, database: &Database) -> Result<LoadSummary, LoadError> {
        self.replace_within(database, SHRINKING).await
    }

    /// The same, and drops rows that the set does not contain.
    pub(crate) async fn drop_written(&self, database: &Database) -> Result<LoadSummary, LoadError> {
        let options =
            LoadOptions { replace: true, drop_written: true, limits: SHRINKING, ..self.options(database) };
        load(&options, &Progress::hidden()).await
    }

    /// A first load, with its outputs beside the set.
    pub(crate) fn options(&self, database: &Database) -> LoadOptions {
        let beside = |name| self.path_beside(name);
        LoadOptions {
            dir: self.dir(),
            database: database.options.clone(),
            replace: false,
            drop_written: false,
            limits: Limits::default(),
            rejects: beside(REJECTS),
            repairs: beside(REPAIRS),
            summary: None,
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

/// Starts a load of `set` that may replace a larger one.
pub(crate) fn start(set: &DataSet, database: &Database) -> Child {
    let dir = set.dir();
    program(database, &["load", "--replace", "--allow-shrink", dir.to_str().unwrap()]).spawn().unwrap()
}

/// Runs the program to its end.
pub(crate) fn run(database: &Database, arguments: &[&str]) -> Output {
    program(database, arguments).output().unwrap()
}
