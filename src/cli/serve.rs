//! `serve`: runs the appliance on a data folder.

use super::{Refused, demo, output};
use crate::domain::{admin, appliance};
use crate::http::{Addresses, Background, MailPassword, Options, Server, is_url};
use crate::jobs::{Running, Surroundings};
use crate::store::{FolderLock, Store};
use crate::world;
use anyhow::Context;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, env = "SCIMBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address that identity providers and browsers reach it at, when that is another.
    #[arg(long, env = "SCIMBOX_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Listen beyond this machine without TLS: passwords and tokens then cross the network unencrypted.
    #[arg(long, env = "SCIMBOX_INSECURE_HTTP", value_parser = clap::builder::FalseyValueParser::new())]
    insecure_http: bool,
    /// The address of a reverse proxy whose X-Forwarded headers are believed; can be given several times.
    #[arg(long, env = "SCIMBOX_TRUSTED_PROXY", value_name = "ADDR", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
    /// Make everything ready to try: an administrator, a node and a saved connection, in a data folder that is thrown away
    /// at the end unless --data-dir names one.
    #[arg(long, env = "SCIMBOX_DEMO", value_parser = clap::builder::FalseyValueParser::new())]
    demo: bool,
}

/// Serves until it is told to stop. The first line on stdout is `listening on http://ADDR`.
pub(super) fn run(data_dir: Option<PathBuf>, args: Args) -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).json().with_max_level(tracing::Level::INFO).init();
    let base_url = args.base_url.map(|url| url.trim_end_matches('/').to_owned());
    if let Some(url) = base_url.as_ref().filter(|url| !is_url(url)) {
        let sentence = format!("--base-url must be an address such as https://scim.example.com, but is “{url}”.");
        return Err(Refused::Usage(sentence).into());
    }
    if !args.listen.ip().is_loopback() && !args.insecure_http {
        let sentence = format!(
            "Listening on {} lets other machines reach the appliance without TLS. Put a TLS proxy in front and listen on \
             127.0.0.1, or add --insecure-http if the network is trusted.",
            args.listen
        );
        return Err(Refused::NotPermitted(sentence).into());
    }
    let temporary = match (&data_dir, args.demo) {
        (None, true) => Some(demo::Folder::make()?),
        _ => None,
    };
    let dir = match &temporary {
        Some(folder) => folder.path().to_owned(),
        None => data_dir.unwrap_or_else(super::default_data_dir),
    };
    let _lock = FolderLock::take(&dir)?;
    let store = Store::open(&dir, world::now(), world::random()?)?;
    store.quick_check()?;
    let (fixed, mail_password) = (fix(&store)?, mail_password()?);
    let server = Server::bind(args.listen).with_context(|| format!("{} cannot be listened on", args.listen))?;
    let addresses = Addresses {
        fixed: base_url,
        listening: format!("http://{}", reachable(server.address())),
        proxies: args.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
    };
    let base = addresses.usual().to_owned();
    let known = base.clone();
    store.write_blocking(move |tx| tx.set_base_url(&known))?;
    let introduction = match args.demo {
        true => demo::prepare(&store, &base)?,
        false => introduction(&store, &base)?,
    };
    let told = format!("listening on http://{}\n{introduction}", server.address());
    let ready = || output::text(&told).map_err(std::io::Error::other);
    let around = Surroundings { base, mail_password: mail_password.secret.clone() };
    let running = Running::start(&store, around)?;
    let background = Background {
        wake: running.waker(),
        post: Arc::new(crate::jobs::send),
        mail_problem: running.mail_problem(),
        fixed,
        mail_password,
    };
    let served = crate::http::serve(server, store.clone(), Options { addresses, demo: args.demo, background }, ready);
    drop(running);
    store.close();
    Ok(served?)
}

/// Keeps the settings that the environment decides; their names.
fn fix(store: &Store) -> anyhow::Result<Vec<&'static str>> {
    let mut fixed = Vec::new();
    for setting in appliance::ALL {
        let variable = setting.variable();
        if let Ok(value) = std::env::var(&variable) {
            setting.check(&value).map_err(|error| Refused::Usage(format!("{variable}: {error}")))?;
            fixed.push((setting, Some(value)));
        }
    }
    let names = fixed.iter().map(|(setting, _)| setting.name).collect();
    let act = world::act("system")?;
    store.write_blocking(move |tx| appliance::change(tx, &act, &fixed))?;
    Ok(names)
}

/// The password of the mail server: from the environment or from a file, never from the arguments or the store.
fn mail_password() -> anyhow::Result<MailPassword> {
    if let Ok(secret) = std::env::var("SCIMBOX_MAIL_PASSWORD") {
        return Ok(MailPassword { secret: Some(secret), origin: "environment" });
    }
    let Ok(file) = std::env::var("SCIMBOX_MAIL_PASSWORD_FILE") else {
        return Ok(MailPassword { secret: None, origin: "none" });
    };
    if std::fs::metadata(&file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0) {
        tracing::warn!(
            file,
            "others may read the file with the password of the mail server; chmod 600 keeps it private"
        );
    }
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("the password of the mail server cannot be read from “{file}”"))?;
    Ok(MailPassword { secret: Some(text.trim_end_matches(['\r', '\n']).to_owned()), origin: "file" })
}

/// An address that can be called: a wildcard is replaced by this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), address.port()),
        IpAddr::V6(_) => SocketAddr::new(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), address.port()),
    }
}

/// Where to go, and while there is no administrator the link that makes one.
fn introduction(store: &Store, base: &str) -> anyhow::Result<String> {
    let mut text = format!("  Console    {base}/ui/\n  SCIM base  {base}/api/rest/scim/v2/<node>\n");
    if store.read(|tx| tx.admins())?.is_empty() {
        let (secret, act) = (world::secret()?, world::act("setup")?);
        let link = format!("{base}/ui/setup#k={secret}");
        store.write_blocking(move |tx| admin::offer_setup(tx, &act, &secret))?;
        text.push_str(&format!(
            "\n  No administrator yet. Open this link within 30 minutes:\n    {link}\n  or run: scimbox admin create you@example.com\n"
        ));
    }
    Ok(text)
}
