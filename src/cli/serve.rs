//! `serve`: runs the appliance on a data folder.

use super::backup::ScheduleArgs;
use super::listen::listen_address;
use super::public_demo::{self, PublicArgs};
use super::sandbox_plan::{self, Plan};
use super::serve_tls::TlsArgs;
use super::store_args::StoreArgs;
use super::{ArgumentError, demo, open_browser, output, systemd};
use crate::domain::{Error, Fault, admin, settings};
use crate::http::{
    Addresses, Background, BackupFolder, MailPassword, Options, Server, SmallServer, SocketLimits, is_host, is_url,
    to_https,
};
use crate::jobs::{JobEnvironment, Running};
use crate::store::{FolderLock, Store};
use crate::world;
use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The address to listen on, such as localhost:8080, or :8080 for all addresses; port 0 takes any free one.
    #[arg(long, env = "SCIMBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listen_address)]
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
    /// Open the console in the browser of this desktop once the server listens.
    #[arg(long, env = "SCIMBOX_OPEN", value_parser = clap::builder::FalseyValueParser::new())]
    open: bool,
    /// Another name that the console is opened at, and that a trusted proxy may name; can be given several times.
    #[arg(long, env = "SCIMBOX_ALLOW_HOST", value_name = "HOST", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Network connections in all; the usual number is 25000, or what the limit of open files allows.
    #[arg(long, env = "SCIMBOX_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    connections: Option<u32>,
    /// Network connections from one address that is neither this machine nor a trusted proxy.
    #[arg(long, env = "SCIMBOX_CONNECTIONS_PER_ADDRESS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    connections_per_address: Option<u32>,
    /// Make everything ready to try: an administrator, a node and a saved connection, in a data folder that is thrown away
    /// at the end unless --data-dir names one.
    #[arg(long, env = "SCIMBOX_DEMO", value_parser = clap::builder::FalseyValueParser::new())]
    demo: bool,
    #[command(flatten)]
    public: PublicArgs,
    #[command(flatten)]
    backups: ScheduleArgs,
    /// The folder for the files of the audit log; without it “audit” in the data folder.
    #[arg(long, env = "SCIMBOX_AUDIT_DIR", value_name = "DIR")]
    audit_dir: Option<PathBuf>,
    /// An address where Prometheus reads metrics, at /metrics; port 0 takes any free one.
    #[arg(long, env = "SCIMBOX_METRICS_LISTEN", value_name = "ADDR", value_parser = listen_address)]
    metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    tls: TlsArgs,
    /// The sandbox that it is, if “scimbox sandbox” started it.
    #[arg(skip)]
    pub(super) sandbox: Option<Plan>,
}

/// Serves until it is told to stop. The first line on stdout is `listening on http://ADDR`.
pub(super) fn run(place: &StoreArgs, args: Args) -> anyhow::Result<()> {
    let log_level = super::log::start();
    outlive_hangups()?;
    let base_url = args.base_url.map(|url| url.trim_end_matches('/').to_owned());
    if let Some(url) = base_url.as_ref().filter(|url| !is_url(url)) {
        let sentence = format!("--base-url must be an address such as https://scim.example.com, but is “{url}”.");
        return Err(ArgumentError::Usage(sentence).into());
    }
    if let Some(host) = args.allow_host.iter().find(|host| !is_host(host)) {
        let sentence = format!("--allow-host must be the name of a host such as scim.example.com, but is “{host}”.");
        return Err(ArgumentError::Usage(sentence).into());
    }
    args.tls.check()?;
    let socket = systemd::socket()?;
    let listen = socket.as_ref().map_or(Ok(args.listen), |socket| socket.local_addr())?;
    if !listen.ip().is_loopback() && !args.insecure_http && !args.tls.is_on() {
        let sentence = format!(
            "Listening on {listen} lets other machines reach the appliance without TLS. Add --tls-cert and --tls-key, --acme or \
             --tls self-signed, or put a TLS proxy in front and listen on 127.0.0.1, or add --insecure-http if the network \
             is trusted."
        );
        return Err(ArgumentError::NotPermitted(sentence).into());
    }
    // The HTTP library cannot write such a date, and its threads would end.
    if let Some(now) = world::before_1970() {
        anyhow::bail!("The clock of this machine says {now}, which is before 1970. Set it and start again.");
    }
    let number = |wish: Option<u32>| wish.map(|number| number as usize);
    let (files, before) = open_files();
    let connections = SocketLimits::of(files, number(args.connections), number(args.connections_per_address));
    let database = place.database()?;
    let temporary = match (&place.data_dir, args.demo || args.sandbox.is_some()) {
        (None, true) => Some(demo::Folder::make()?),
        _ => None,
    };
    let dir = match &temporary {
        Some(folder) => folder.path().to_owned(),
        None => place.dir(),
    };
    let lock = match &database {
        Some(_) if args.backups.external_checkpoints => {
            let sentence = "--external-checkpoints is about the log of a file, and the rows are in PostgreSQL.";
            return Err(ArgumentError::Usage(sentence.to_owned()).into());
        }
        Some(_) => FolderLock::take_without_database(&dir)?,
        None => FolderLock::take(&dir)?,
    };
    tracing::info!(before, now = files, "open files allowed");
    let store = match &database {
        Some(address) => Store::open_on(address, &dir, world::random()?)?.0,
        None => {
            lock.leave_checkpoints(args.backups.external_checkpoints)?;
            let store = Store::open_served(&lock, &dir, world::now(), world::random()?)?;
            store.quick_check()?;
            store
        }
    };
    let (fixed, mail_password) = (fix(&store)?, mail_password()?);
    let server = socket.map_or_else(|| Server::bind(listen), Server::on);
    let server = server.with_context(|| format!("{listen} cannot be listened on"))?;
    let metrics = args.metrics_listen.map(small).transpose()?;
    let redirect = args.tls.http_redirect.map(small).transpose()?;
    let scheme = if args.tls.is_on() { "https" } else { "http" };
    let addresses = Addresses {
        fixed: base_url.or_else(|| args.tls.names().first().map(|name| https(name, server.address().port()))),
        listening: format!("{scheme}://{}", reachable(server.address())),
        proxies: args.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
        everywhere: server.address().ip().is_unspecified(),
        hosts: args.allow_host.into_iter().chain(args.tls.names().iter().cloned()).collect(),
    };
    let is_self_signed = args.tls.is_self_signed();
    let tls = args.tls.open(&dir, addresses.names())?;
    let base = addresses.usual().to_owned();
    if store.read(|tx| tx.base_url())?.as_ref() != Some(&base) {
        let known = base.clone();
        unless_unwritable(store.write_blocking(move |tx| tx.set_base_url(&known)))?;
    }
    let listening = addresses.listening.clone();
    unless_unwritable(store.set_listen_url(&listening))?;
    let introduction = match (&args.sandbox, args.demo) {
        (Some(plan), _) => sandbox_plan::prepare(&store, &base, plan)?,
        (None, true) if args.public.is_on() => public_demo::prepare(&store, &base, &args.public)?,
        (None, true) => demo::prepare(&store, &base)?,
        (None, false) => introduction(&store, &base)?,
    };
    let own = tls.as_ref().filter(|_| is_self_signed).and_then(|tls| tls.certificate());
    let own = own.map(|own| format!("  SHA-256    {}\n", own.fingerprint)).unwrap_or_default();
    let at = metrics.as_ref().map(|at| format!("metrics on http://{}/metrics\n", at.address())).unwrap_or_default();
    let sentence = match args.sandbox.is_some_and(|plan| plan.prints_env) {
        true => introduction,
        false => format!("listening on {scheme}://{}\n{at}{own}{introduction}", server.address()),
    };
    let leads = redirect.map(|server| {
        let base = base.clone();
        (server, Arc::new(move |method: &str, target: &str| to_https(&base, method, target)))
    });
    let console = args.open.then(|| format!("{base}/ui/"));
    let started = tls.clone();
    let ready = || {
        started.map_or(Ok(()), |tls| tls.start())?;
        leads.map_or(Ok(()), |(server, answer)| server.start("redirect", answer))?;
        systemd::ready();
        output::text(&sentence).map_err(std::io::Error::other)?;
        if let Some(address) = console {
            open_browser::open(address);
        }
        Ok(())
    };
    let scheduled = args.backups.place()?;
    let folder = scheduled.folder.clone().unwrap_or_else(|| dir.join(crate::store::backup::FOLDER));
    let kept = folder.clone();
    let backups = BackupFolder { path: folder, passphrase: scheduled.passphrase.clone() };
    let around = JobEnvironment {
        base: base.clone(),
        mail_password: mail_password.secret.clone(),
        audit_folder: args.audit_dir.clone(),
        event_lines: Arc::new(super::audit::lines),
        log_level,
        backups: scheduled,
    };
    let running = Running::start(&store, around)?;
    let (ours, at, backed_up) = (place.clone(), dir.clone(), kept.clone());
    let background = Background {
        wake: running.waker(),
        post: Arc::new(crate::jobs::send),
        providers: Arc::new(super::sandbox::traffic::Simulators),
        looks: Arc::new(super::doctor::self_test),
        diagnose: Arc::new(move || super::diagnose::diagnose(&ours, &at, &backed_up)),
        mail_problem: running.mail_problem(),
        fixed,
        mail_password,
        backups,
    };
    let options = Options { addresses, demo: args.demo, public: args.public.is_on(), background, connections, tls };
    let resets = args.public.is_on().then(|| public_demo::Resets::start(&store, &args.public)).transpose()?;
    let watchdog = systemd::watch(&store);
    let served = crate::http::serve(server.with_metrics(metrics, kept), store.clone(), options, ready);
    systemd::stopping();
    drop(resets);
    drop(running);
    drop(watchdog);
    unless_unwritable(store.forget_listen_url(&listening))?;
    // What comes after a clean stop is told from what was there before it.
    unless_unwritable(crate::jobs::anchor(&store))?;
    store.close();
    Ok(served?)
}

/// SIGHUP means “read again” and ends no server, also while it starts: once heard, it is never left to the system again.
fn outlive_hangups() -> std::io::Result<()> {
    let signals = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = signals.enter();
    signal(SignalKind::hangup()).map(drop)
}

/// A small server, bound.
fn small(address: SocketAddr) -> anyhow::Result<SmallServer> {
    SmallServer::bind(address).with_context(|| format!("{address} cannot be listened on"))
}

/// The base URL of a name that a certificate is obtained for.
fn https(name: &str, port: u16) -> String {
    if port == 443 { format!("https://{name}") } else { format!("https://{name}:{port}") }
}

/// Raises the soft limit of open files to the hard one, because each connection is one; how many there can be
/// now, and how many before.
fn open_files() -> (usize, Option<u64>) {
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            before.current
        }
    };
    let number = now.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    (number, before.current)
}

/// Keeps the settings that the environment decides; their names.
fn fix(store: &Store) -> anyhow::Result<Vec<&'static str>> {
    let mut fixed = Vec::new();
    for setting in settings::ALL {
        let variable = setting.variable();
        if let Ok(value) = std::env::var(&variable) {
            setting.check(&value).map_err(|error| ArgumentError::Usage(format!("{variable}: {error}")))?;
            fixed.push((setting, Some(value)));
        }
    }
    let names = fixed.iter().map(|(setting, _)| setting.name).collect();
    let act = world::act("system")?;
    unless_unwritable(store.write_blocking(move |tx| settings::change(tx, &act, &fixed)))?;
    Ok(names)
}

/// On a full disk the appliance starts all the same: it reads, and says what is the matter.
fn unless_unwritable<T, E: Into<Error>>(done: Result<T, E>) -> Result<Option<T>, Error> {
    match done.map_err(Into::into) {
        Ok(done) => Ok(Some(done)),
        Err(Error::Fault(fault @ (Fault::Unwritable | Fault::Unsure))) => {
            tracing::error!(%fault, "started without writing anything");
            Ok(None)
        }
        Err(error) => Err(error),
    }
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
        let offered = unless_unwritable(store.write_blocking(move |tx| admin::offer_setup(tx, &act, &secret)))?;
        text.push_str(&match offered {
            Some(_) => format!(
                "\n  No administrator yet. Open this link within 30 minutes:\n    {link}\n  or run: scimbox admin create you@example.com\n"
            ),
            None => "\n  No administrator yet, and the disk takes no link that makes one. Make room, then start again.\n".to_owned(),
        });
    }
    Ok(text)
}
