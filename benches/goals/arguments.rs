//! What the command line of the benchmark may ask for.

use std::path::PathBuf;

/// Measures the goals of the appliance, or some of them, each against a static responder on the same machine.
#[derive(clap::Parser)]
#[command(name = "goals")]
pub struct Arguments {
    /// Only these rows.
    #[arg(long, value_delimiter = ',', value_name = "ROWS")]
    pub only: Vec<u8>,
    /// Users that are there before anything is measured.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub users: u64,
    /// Members of the large group in rows 12, 13 and 19.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub members: u64,
    /// Also the rows that need a million users; with a number, that many stand for the million.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1000000")]
    pub million: Option<u64>,
    /// Instead of the rows: how fast so many users are imported into an empty appliance.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "100000")]
    pub import: Option<u64>,
    /// Instead of the rows: a push of so many people from a file, with Bulk and without.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20000")]
    pub push: Option<usize>,
    /// Keep the rows in new databases beside this one, which needs no TLS: rows 1–3, 5–7 and 11–17.
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// Seconds of each step.
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    pub secs: f64,
    /// Rounds of each step, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub rounds: usize,
    /// Where the data folders are made; must be on the disk that is meant.
    #[arg(long, value_name = "DIR", default_value = env!("CARGO_TARGET_TMPDIR"))]
    pub folder: PathBuf,
    /// Measure the SCIM service at this base URL instead; “scimbox” starts ours.
    #[arg(long, value_name = "URL")]
    pub against: Option<String>,
    /// The bearer token of that service.
    #[arg(long, value_name = "T")]
    pub token: Option<String>,
    /// The processes of that service, whose CPU time is charged.
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub pid: Vec<u32>,
    /// What that service is called in the table.
    #[arg(long, value_name = "NAME")]
    pub label: Option<String>,
    /// Send users of a few attributes, for a service that refuses more.
    #[arg(long)]
    pub plain: bool,
    /// Be the static responder.
    #[arg(long, hide = true)]
    pub responder: bool,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// The rows that say something of a store that is elsewhere.
const SHARED: [u8; 13] = [1, 2, 3, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17];

impl Arguments {
    /// Whether one of these rows is asked for.
    pub fn wants(&self, rows: &[u8]) -> bool {
        match self.only.is_empty() {
            true => self.store.is_none() || rows.iter().any(|row| SHARED.contains(row)),
            false => rows.iter().any(|row| self.only.contains(row)),
        }
    }
}
