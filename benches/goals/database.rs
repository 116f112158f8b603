//! PostgreSQL as the store: a new database for each server, which goes away with it.

use crate::measure::say;
use anyhow::Context;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Config, NoTls, SimpleQueryMessage, SimpleQueryRow};

/// The address that was asked for; its database is where others are made from.
pub static STORE: OnceLock<String> = OnceLock::new();

/// A database.
pub struct Database {
    admin: Config,
    name: String,
    /// Its address.
    pub url: String,
}

impl Database {
    /// A new one beside the one that was named; `None` where none was.
    ///
    /// # Errors
    /// When PostgreSQL cannot be reached without TLS or makes none.
    pub fn fresh() -> anyhow::Result<Option<Database>> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Some(url) = STORE.get() else { return Ok(None) };
        let name = format!("goals_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (server, _) = base.rsplit_once('/').with_context(|| format!("{url} names no database"))?;
        let admin: Config = url.parse()?;
        run(&admin, &format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))?;
        Ok(Some(Database { admin, url: format!("{server}/{name}?{query}"), name }))
    }
}

impl Database {
    /// The first row that a query finds, as text.
    ///
    /// # Errors
    /// When it fails or finds none.
    pub fn ask(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let rows = run(&self.url.parse()?, sql)?;
        let texts = |row: &SimpleQueryRow| (0..row.len()).filter_map(|n| row.get(n).map(str::to_owned)).collect();
        let row = rows.iter().find_map(|one| match one {
            SimpleQueryMessage::Row(row) => Some(texts(row)),
            _ => None,
        });
        row.with_context(|| format!("nothing is found by {sql}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(why) = run(&self.admin, &format!("DROP DATABASE {} WITH (FORCE)", self.name)) {
            say(&format!("the database {} stays: {why:#}", self.name));
        }
    }
}

fn run(config: &Config, sql: &str) -> anyhow::Result<Vec<SimpleQueryMessage>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        let done = client.simple_query(sql).await;
        drop(client);
        connection.await??;
        Ok(done?)
    })
}

/// What a server has sent to its database so far: statements, and how often it has waited for an answer.
///
/// # Errors
/// When the metrics cannot be read.
pub fn traffic(metrics: &str) -> anyhow::Result<[f64; 2]> {
    let text = ureq::get(metrics).call()?.body_mut().read_to_string()?;
    let counter = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("_total "));
        line.and_then(|number| number.parse().ok()).with_context(|| format!("{name} is missing in {metrics}"))
    };
    Ok([counter("scimbox_database_statements")?, counter("scimbox_database_round_trips")?])
}
