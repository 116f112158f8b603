//! `serve`: runs the appliance on a data folder.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, env = "SCIMBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// The address that identity providers and browsers reach it at, when that is another.
    #[arg(long, env = "SCIMBOX_BASE_URL", value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// Serve other machines without TLS.
    #[arg(long, env = "SCIMBOX_INSECURE_HTTP", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) insecure_http: bool,
    /// The address of a reverse proxy whose X-Forwarded headers are believed; can be given several times.
    #[arg(long, env = "SCIMBOX_TRUSTED_PROXY", value_name = "ADDR", value_delimiter = ',')]
    pub(super) trusted_proxy: Vec<IpAddr>,
    /// Start with sample data.
    #[arg(long, env = "SCIMBOX_DEMO", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) demo: bool,
}

pub(super) fn run(data_dir: &Path, args: Args) -> anyhow::Result<()> {
    let Args { listen, base_url, insecure_http, trusted_proxy, demo } = args;
    drop((data_dir, listen, base_url, insecure_http, trusted_proxy, demo));
    anyhow::bail!("this build cannot serve yet")
}
