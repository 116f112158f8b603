//! `health`: whether the server on the data folder reads and writes, for whoever restarts what does not.

use super::output;
use super::store_args::StoreArgs;
use crate::store::Store;
use crate::world;
use serde::Serialize;
use std::time::Duration;
use ureq::tls::TlsConfig;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(super) struct Args {
    /// The address of the server; without it the one that the server on the data folder listens on.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Health {
    ok: bool,
    url: String,
    /// What `/readyz` answered.
    status: u16,
}

/// Fails unless the server reads and writes.
pub(super) fn run(place: &StoreArgs, json: bool, args: Args) -> anyhow::Result<()> {
    let url = match args.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => listening(place)?,
    };
    let status = ready(&url).map_err(|said| anyhow::anyhow!("{url} does not answer: {said}"))?;
    anyhow::ensure!(status == 200, "{url} answers {status} to /readyz");
    match json {
        true => output::json(&Health { ok: true, url, status }),
        false => output::text(&format!("{url} reads and writes")),
    }
}

/// Where the server on a data folder listens. A folder that is not there is not made.
fn listening(place: &StoreArgs) -> anyhow::Result<String> {
    place.needs_file("Several servers may share a database. Name the one that is meant with --url.")?;
    let dir = place.dir();
    crate::store::glance(&dir)?;
    let store = Store::open(&dir, world::now(), world::random()?)?;
    let found = store.listen_url();
    let is_served = store.is_served();
    store.close();
    let found = found?.filter(|_| is_served);
    found.ok_or_else(|| anyhow::anyhow!("no server is running on the data folder “{}”", dir.display()))
}

/// The status that `/readyz` answers with. The certificate is not looked at: it is for a name, and this is the same machine.
pub(super) fn ready(url: &str) -> Result<u16, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let answer = agent.get(format!("{url}/readyz")).call().map_err(|error| error.to_string())?;
    Ok(answer.status().as_u16())
}
