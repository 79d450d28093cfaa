//! The data that is served: the database that `DATABASE_URL` names, or one of a PostgreSQL of our own, which is filled
//! the first time and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use private_postgres::PrivateServer;

use crate::error::{Result, error};
use crate::places::{Places, output};
use crate::say;

/// A database with a shop in it.
pub(crate) struct Data {
    /// Ends with this.
    server: Option<PrivateServer>,
    /// The server, without a database.
    base: String,
    pub(crate) url: String,
    pub(crate) products: u64,
    /// The process whose children do the work.
    pub(crate) postmaster: u32,
    /// Whether the rows that write may run.
    pub(crate) may_write: bool,
}

impl Data {
    /// The database that was named.
    pub(crate) fn named(url: String, may_write: bool) -> Result<Self> {
        let products = products_of(&url)?;
        let base = url[..url.rfind('/').ok_or_else(|| error("DATABASE_URL names no database"))?].to_owned();
        let postmaster = postmaster(&url)?;
        Ok(Self { server: None, base, products, url, postmaster, may_write })
    }

    /// A database with so many products, made if it is not there yet.
    pub(crate) fn own(places: &Places, runtime: &tokio::runtime::Runtime, products: u64) -> Result<Self> {
        let memory_mb = memory_mb();
        // For a machine whose database fits its memory, and is read more than written.
        let settings = [
            format!("shared_buffers={}MB", (memory_mb / 4).clamp(128, 16_384)),
            format!("effective_cache_size={}MB", memory_mb / 2),
            "random_page_cost=1.1".to_owned(),
            "max_connections=200".to_owned(),
        ];
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let server = runtime.block_on(PrivateServer::start_with(&places.out.join("postgres"), &settings))?;
        let maintenance = server.url("postgres");
        let base = maintenance[..maintenance.rfind('/').unwrap_or_default()].to_owned();
        let postmaster = postmaster(&maintenance)?;
        let mut data =
            Self { server: Some(server), base, url: maintenance, products: 0, postmaster, may_write: true };
        data.turn_to(places, products)?;
        Ok(data)
    }

    /// Another database of our own PostgreSQL, with so many products; made if it is not there yet.
    pub(crate) fn turn_to(&mut self, places: &Places, products: u64) -> Result<()> {
        let name = format!("shop_{products}");
        let maintenance = self.other("postgres");
        let is_there =
            psql(&maintenance, &format!("select count(*) from pg_database where datname = '{name}'"))?;
        if is_there == "0" {
            fill(places, &maintenance, &self.base, &name, products)?;
        }
        self.url = self.other(&name);
        self.products = products_of(&self.url)?;
        self.warm();
        Ok(())
    }

    /// The same server with another database.
    pub(crate) fn other(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// Whether the database is one of our own PostgreSQL.
    pub(crate) fn is_own(&self) -> bool {
        self.server.is_some()
    }

    /// Reads the read model into PostgreSQL's memory, where it can.
    fn warm(&self) {
        let prewarm = "create extension if not exists pg_prewarm;
             select sum(pg_prewarm(oid)) from pg_class
             where oid in ('product_documents'::regclass, 'product_documents_pkey'::regclass)
                or oid in (select reltoastrelid from pg_class where relname = 'product_documents')";
        if psql(&self.url, prewarm).is_err() {
            say("pg_prewarm is not there: the first round is colder than the others");
        }
    }
}

/// Up to which id no product is missing: lines that could not be loaded leave gaps.
fn products_of(url: &str) -> Result<u64> {
    let counted = "select count(*) from (select product_id, row_number() over (order by product_id) as place
        from product_documents) it where product_id = place";
    let products = psql(url, counted)?.parse()?;
    if products == 0 {
        Err(error("the database holds no products, or none with the id 1"))
    } else {
        Ok(products)
    }
}

/// Makes the files, and loads them into a database that takes its name only when it is whole.
fn fill(places: &Places, maintenance: &str, base: &str, name: &str, products: u64) -> Result<()> {
    let files = places.out.join("csv");
    say(&format!("Making a shop of {products} products, once; it is kept in {}", places.out.display()));
    generate(places, &files, products, false)?;
    let draft = format!("{name}_draft");
    psql(maintenance, &format!("drop database if exists {draft}"))?;
    psql(maintenance, &format!("create database {draft}"))?;
    load(places, &files, &format!("{base}/{draft}"))?;
    fs::remove_dir_all(&files)?;
    psql(&format!("{base}/{draft}"), "vacuum (analyze)")?;
    psql(maintenance, &format!("alter database {draft} rename to {name}"))?;
    Ok(())
}

/// Makes the CSV files of so many products.
pub(crate) fn generate(places: &Places, files: &Path, products: u64, clean: bool) -> Result<()> {
    let _ = fs::remove_dir_all(files);
    let mut command = Command::new(places.program("loader"));
    command.args(["generate", "--products", &products.to_string()]).args(clean.then_some("--clean"));
    output(command.arg(files)).map(drop)
}

/// The command that loads these files.
pub(crate) fn loading(places: &Places, files: &Path, url: &str) -> Command {
    let mut command = Command::new(places.program("loader"));
    command.arg("load").arg(files).args(["--database-url", url]);
    command.arg("--rejects").arg(places.out.join("rejects"));
    command.arg("--repairs").arg(places.out.join("repairs.csv"));
    command
}

fn load(places: &Places, files: &Path, url: &str) -> Result<()> {
    output(&mut loading(places, files, url)).map(drop)
}

/// What a statement answers.
pub(crate) fn psql(url: &str, statement: &str) -> Result<String> {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]);
    Ok(output(&mut command)?.trim().to_owned())
}

/// The first process of a server on this machine, as it says itself.
fn postmaster(url: &str) -> Result<u32> {
    let pid = psql(url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")?;
    let is_here = PathBuf::from(format!("/proc/{pid}")).exists();
    let pid = pid.parse().ok().filter(|_| is_here);
    pid.ok_or_else(|| error("the database is not on this machine, or its superuser is somebody else: nobody can say what it costs"))
}

fn memory_mb() -> u64 {
    let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = told.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    kib.map_or(2_048, |kib| kib / 1024)
}
