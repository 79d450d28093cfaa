//! The database: the one that `DATABASE_URL` names, or one of a private PostgreSQL, filled the first time and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use private_postgres::PrivateServer;
use tokio::runtime::Runtime;

use crate::error::{Result, error};
use crate::paths::{Paths, output};
use crate::procfs::memory_bytes;

/// A database filled with a data set.
pub(crate) struct Data {
    /// The private PostgreSQL, which stops when this is dropped.
    server: Option<PrivateServer>,
    /// The URL of the server, without a database.
    base: String,
    pub(crate) url: String,
    pub(crate) products: u64,
    /// The parent of PostgreSQL's processes.
    pub(crate) postmaster: u32,
    /// Whether rows that write may run.
    pub(crate) may_write: bool,
}

impl Data {
    /// A database that exists.
    pub(crate) fn existing(url: String, may_write: bool) -> Result<Self> {
        let products = products_without_gap(&url)?;
        let base = url[..url.rfind('/').ok_or_else(|| error("DATABASE_URL names no database"))?].to_owned();
        let postmaster = postmaster(&url)?;
        Ok(Self { server: None, base, products, url, postmaster, may_write })
    }

    /// A database of a private PostgreSQL with this many products, generated if it does not exist.
    pub(crate) fn private(paths: &Paths, runtime: &Runtime, products: u64) -> Result<Self> {
        let memory_mb = (memory_bytes() / f64::from(1 << 20)) as u64;
        // For a database that fits into memory and is read more than written.
        let settings = [
            format!("shared_buffers={}MB", (memory_mb / 4).clamp(128, 16_384)),
            format!("effective_cache_size={}MB", memory_mb / 2),
            "random_page_cost=1.1".to_owned(),
            "max_connections=200".to_owned(),
        ];
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let server = runtime.block_on(PrivateServer::start_with(&paths.out.join("postgres"), &settings))?;
        let maintenance = server.url("postgres");
        let base = maintenance[..maintenance.rfind('/').unwrap_or_default()].to_owned();
        let postmaster = postmaster(&maintenance)?;
        let mut data =
            Self { server: Some(server), base, url: maintenance, products: 0, postmaster, may_write: true };
        data.switch_to(paths, products)?;
        Ok(data)
    }

    /// Switches to the database of the private PostgreSQL with this many products, generated if it does not exist.
    pub(crate) fn switch_to(&mut self, paths: &Paths, products: u64) -> Result<()> {
        let name = format!("shop_{products}");
        let exists = format!("select exists (select from pg_database where datname = '{name}')");
        if psql(&self.maintenance_url(), &exists)? == "f" {
            self.fill(paths, &name, products)?;
        }
        self.url = self.url_of(&name);
        self.products = products_without_gap(&self.url)?;
        self.prewarm();
        Ok(())
    }

    /// Another database of the same server.
    pub(crate) fn url_of(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// The database for statements that concern the whole server.
    pub(crate) fn maintenance_url(&self) -> String {
        self.url_of("postgres")
    }

    /// Whether this is a private PostgreSQL.
    pub(crate) fn is_private(&self) -> bool {
        self.server.is_some()
    }

    /// Generates the files and loads them into a database, which gets its name when it is complete.
    fn fill(&self, paths: &Paths, name: &str, products: u64) -> Result<()> {
        let files = paths.out.join("csv");
        eprintln!("Generating {products} products, which are kept in {}", paths.out.display());
        generate(paths, &files, products, false)?;
        let draft = format!("{name}_draft");
        psql(&self.maintenance_url(), &format!("drop database if exists {draft}"))?;
        psql(&self.maintenance_url(), &format!("create database {draft}"))?;
        output(&mut load_command(paths, &files, &self.url_of(&draft)))?;
        fs::remove_dir_all(&files)?;
        psql(&self.url_of(&draft), "vacuum (analyze)")?;
        psql(&self.maintenance_url(), &format!("alter database {draft} rename to {name}"))?;
        Ok(())
    }

    /// Reads the read model into PostgreSQL's memory, if `pg_prewarm` is installed.
    fn prewarm(&self) {
        let prewarm = "create extension if not exists pg_prewarm;
             select sum(pg_prewarm(oid)) from pg_class
             where oid in ('product_documents'::regclass, 'product_documents_pkey'::regclass)
                or oid in (select reltoastrelid from pg_class where relname = 'product_documents')";
        if psql(&self.url, prewarm).is_err() {
            eprintln!("pg_prewarm is not installed: the first round is colder than the others");
        }
    }
}

/// The id up to which no product is missing: rejected lines leave gaps.
fn products_without_gap(url: &str) -> Result<u64> {
    match ids_without_gap(url, "product_documents", "product_id")? {
        0 => Err(error("the database has no product with id 1")),
        products => Ok(products),
    }
}

/// The id up to which no row of a table is missing.
pub(crate) fn ids_without_gap(url: &str, table: &str, id: &str) -> Result<u64> {
    let numbered = format!("select {id} as id, row_number() over (order by {id}) as position from {table}");
    Ok(psql(url, &format!("select count(*) from ({numbered}) numbered where id = position"))?.parse()?)
}

/// Generates the CSV files of this many products; `clean` ones have no damaged lines.
pub(crate) fn generate(paths: &Paths, files: &Path, products: u64, clean: bool) -> Result<()> {
    let _ = fs::remove_dir_all(files);
    let mut command = Command::new(paths.program("loader"));
    command.args(["generate", "--products", &products.to_string()]).args(clean.then_some("--clean"));
    output(command.arg(files)).map(drop)
}

/// The command that loads these files.
pub(crate) fn load_command(paths: &Paths, files: &Path, url: &str) -> Command {
    let mut command = Command::new(paths.program("loader"));
    command.arg("load").arg(files).args(["--database-url", url]);
    command.arg("--rejects").arg(paths.out.join("rejects"));
    command.arg("--repairs").arg(paths.out.join("repairs.csv"));
    command
}

/// The result of a statement, as psql prints it.
pub(crate) fn psql(url: &str, statement: &str) -> Result<String> {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]);
    Ok(output(&mut command)?.trim().to_owned())
}

/// The process id in postmaster.pid, if the server runs on this machine.
fn postmaster(url: &str) -> Result<u32> {
    let pid = psql(url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")?;
    let is_here = PathBuf::from(format!("/proc/{pid}")).exists();
    let pid = pid.parse().ok().filter(|_| is_here);
    pid.ok_or_else(|| error("CPU time needs a PostgreSQL on this machine and a superuser in DATABASE_URL"))
}
