//! The connections, and the thread that moves their bytes.

use super::address::DatabaseAddress;
use super::link::Link;
use super::shared::Shared;
use super::wait::wait;
use crate::domain::Fault;
use r2d2::{HandleError, ManageConnection, Pool, PooledConnection};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How long a request waits for a connection when all are in use, or none can be opened.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long opening one may take.
const OPENING: Duration = Duration::from_secs(5);

/// The thread that moves the bytes of all connections; it ends with this.
pub(super) struct Wire {
    handle: Handle,
    pub(super) shared: Arc<Shared>,
    _end: oneshot::Sender<()>,
}

impl Wire {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn start() -> Result<Wire, Fault> {
        let broken = |e: std::io::Error| Fault::Broken(format!("no thread for the database: {e}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(broken)?;
        let (end, ended) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new().name("postgres".to_owned());
        thread.spawn(move || drop(runtime.block_on(ended))).map_err(broken)?;
        Ok(Wire { handle, shared: Arc::default(), _end: end })
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn connect(&self, address: &DatabaseAddress) -> Result<Link, Refused> {
        let (reply, answer) = oneshot::channel();
        let (config, tls) = (address.config.clone(), address.tls.clone());
        self.handle.spawn(async move {
            let opened = match tls {
                Some(tls) => config.connect(tls).await.map(|(client, connection)| {
                    tokio::spawn(async move { drop(connection.await) });
                    client
                }),
                None => config.connect(tokio_postgres::NoTls).await.map(|(client, connection)| {
                    tokio::spawn(async move { drop(connection.await) });
                    client
                }),
            };
            drop(reply.send(opened));
        });
        match wait(answer, Instant::now() + OPENING) {
            Some(Ok(Ok(client))) => Ok(Link::new(client, address.names, Arc::clone(&self.shared))),
            Some(Ok(Err(error))) => Err(Refused::of(&error)),
            _ => Err(Refused("no answer in time".to_owned())),
        }
    }
}

/// Why no connection could be opened; for the log and for whoever starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

impl Refused {
    fn of(error: &tokio_postgres::Error) -> Refused {
        let source = std::error::Error::source(error);
        let of_tls = source.and_then(|e| e.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref());
        Refused(match of_tls.and_then(certificate) {
            Some(words) => words.to_owned(),
            None => source.map_or_else(|| error.to_string(), |e| format!("{error}: {e}")),
        })
    }
}

/// What is wrong with the certificate of the database, in words.
fn certificate(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Wrong;
    let rustls::Error::InvalidCertificate(wrong) = error else { return None };
    Some(match wrong {
        // The latter is of an authority with the same name and another key.
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "its certificate is of no authority that is trusted here. Name the right one with --store-ca"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "its certificate is for another name than the one in the address"
        }
        Wrong::Expired | Wrong::ExpiredContext { .. } => "its certificate has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "its certificate is not valid yet",
        _ => return None,
    })
}

/// Opens connections to one database.
pub(super) struct Manager {
    pub(super) wire: Arc<Wire>,
    pub(super) address: DatabaseAddress,
}

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = Refused;

    fn connect(&self) -> Result<Link, Refused> {
        self.wire.connect(&self.address)
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), Refused> {
        // What a look would cost is a way to the database and back; a connection that has ended is known without.
        if link.is_lost() { Err(Refused("the connection has ended".to_owned())) } else { Ok(()) }
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.is_lost()
    }
}

/// The log hears why no connection can be opened; whoever waits is told that the database cannot be reached.
#[derive(Debug)]
struct RefusalLog;

impl HandleError<Refused> for RefusalLog {
    fn handle_error(&self, refused: Refused) {
        tracing::debug!(%refused, "no connection to the database");
    }
}

/// Connections to one database, opened when they are needed and kept.
#[derive(Clone)]
pub(super) struct Links(Pool<Manager>);

impl Links {
    /// At most so many.
    pub(super) fn new(wire: Arc<Wire>, address: DatabaseAddress, most: u32) -> Links {
        let pool = Pool::builder()
            .max_size(most)
            .min_idle(Some(1))
            .idle_timeout(Some(Duration::from_secs(300)))
            .max_lifetime(Some(Duration::from_secs(3600)))
            .test_on_check_out(true)
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(RefusalLog))
            .build_unchecked(Manager { wire, address });
        Links(pool)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Fault::Unreachable`] when none can be opened, [`Fault::Busy`] when all are in use.
    pub(super) fn get(&self) -> Result<PooledConnection<Manager>, Fault> {
        self.0.get().map_err(|_| {
            let state = self.0.state();
            if state.connections >= self.0.max_size() && state.idle_connections == 0 {
                Fault::Busy
            } else {
                Fault::Unreachable
            }
        })
    }

    /// How many are open, and how many of them nobody uses.
    pub(super) fn counts(&self) -> (u32, u32) {
        let state = self.0.state();
        (state.connections, state.idle_connections)
    }

    /// How many there may be.
    pub(super) fn most(&self) -> u32 {
        self.0.max_size()
    }
}
