//! TLS: the certificates that the appliance serves, where they come from, and how they are replaced while it runs.

mod acme;
mod acme_http;
mod certificate;
mod client_names;
mod folder;
mod own_identity;
mod resolver;
mod self_signed;

pub use acme::AcmeWish;
pub use certificate::Certificate;
pub use client_names::names_of_client;
pub use own_identity::{OwnIdentity, own_identity};
pub use tokio_rustls::server::TlsStream;

use crate::world;
use folder::TlsFolder;
use parking_lot::{Mutex, RwLock};
use resolver::{ACME_TLS, Resolver};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Thread, park_timeout};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Days before the end of a certificate from which on every day a warning is logged.
const WARN: i64 = 14;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("“{0}”: {1}")]
    File(PathBuf, String),
    /// What was read is no certificate with its key.
    #[error("{0}")]
    Certificate(String),
    /// A certificate could not be made.
    #[error("a certificate cannot be made: {0}")]
    Made(String),
    /// The authority gave none.
    #[error("{0}")]
    Authority(String),
}

impl TlsError {
    fn file(path: &Path, error: &io::Error) -> TlsError {
        TlsError::File(path.to_owned(), error.to_string())
    }

    fn made(error: &rcgen::Error) -> TlsError {
        TlsError::Made(error.to_string())
    }
}

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Files that somebody else keeps; they are watched.
    Files {
        /// The chain, PEM.
        certificate: PathBuf,
        /// The private key, PEM.
        key: PathBuf,
    },
    /// Made here, for these names and addresses.
    SelfSigned(Vec<String>),
    /// Obtained from an authority.
    Acme(AcmeWish),
}

/// What TLS is wanted.
#[derive(Clone, Debug)]
pub struct TlsWish {
    /// Where the certificate comes from.
    pub origin: Origin,
    /// Authorities of client certificates, PEM; where there is one, SCIM needs a certificate.
    pub client_ca: Option<PathBuf>,
}

/// The TLS of a server.
pub struct Tls {
    wish: TlsWish,
    /// The certificate of the appliance as a client of itself.
    own: CertificateDer<'static>,
    folder: TlsFolder,
    resolver: Arc<Resolver>,
    config: RwLock<Arc<ServerConfig>>,
    /// What the files looked like when they were last read.
    seen: Mutex<Vec<Option<FileLook>>>,
    failed: AtomicU64,
    renewals_failed: AtomicU64,
    watcher: Mutex<Option<Thread>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct FileLook(u64, u64, i64, i64);

impl Tls {
    /// Reads or makes the certificate. With ACME there may be none before the authority has answered.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn open(wish: TlsWish, data: &Path) -> Result<Arc<Tls>, TlsError> {
        let folder = TlsFolder::open(data)?;
        let own_identity::Held { certificate: own, key } = own_identity::open(&folder)?;
        let resolver = Arc::new(Resolver::new(key));
        let config = RwLock::new(configure(&wish, &own, &resolver)?);
        let (failed, renewals_failed) = (AtomicU64::new(0), AtomicU64::new(0));
        let (seen, watcher) = (Mutex::default(), Mutex::new(None));
        let tls = Tls { wish, own, folder, resolver, config, seen, failed, renewals_failed, watcher };
        tls.load()?;
        Ok(Arc::new(tls))
    }

    /// Starts to watch the files, or to renew what has to be renewed.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(self: &Arc<Self>) -> io::Result<()> {
        let tls = Arc::downgrade(self);
        let watch = move || {
            let mut warned = i64::MIN;
            while let Some(tls) = tls.upgrade() {
                if *tls.seen.lock() != tls.look() {
                    tls.reload();
                }
                tls.warn(&mut warned);
                drop(tls);
                park_timeout(LOOK);
            }
        };
        std::thread::Builder::new().name("certificates".to_owned()).spawn(watch)?;
        if let Origin::Acme(wish) = &self.wish.origin {
            let thread = acme::start(wish.clone(), self.folder.clone(), Arc::downgrade(self))?;
            *self.watcher.lock() = Some(thread);
        }
        Ok(())
    }

    /// Reads certificate and key again. What cannot be used leaves everything as it is.
    pub fn reload(&self) {
        match self.load() {
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "the certificate cannot be replaced; the one in use stays"),
        }
        if let Some(thread) = &*self.watcher.lock() {
            thread.unpark();
        }
    }

    fn load(&self) -> Result<(), TlsError> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| TlsError::file(path, &error));
        // Looked at before they are read: a change in between is seen the next time.
        *self.seen.lock() = self.look();
        let found = match &self.wish.origin {
            Origin::Files { certificate, key } => Some(Certificate::read(&read(certificate)?, &read(key)?)?),
            Origin::SelfSigned(names) => Some(self_signed::open(&self.folder, names)?),
            Origin::Acme(wish) => acme::kept(&self.folder, wish)?,
        };
        // Sessions that began under another authority of clients are not resumed.
        *self.config.write() = configure(&self.wish, &self.own, &self.resolver)?;
        if let Some(found) = found {
            self.serve(found);
        }
        Ok(())
    }

    fn serve(&self, certificate: Certificate) {
        let days = certificate.days_left(world::now().0);
        tracing::info!(fingerprint = certificate.fingerprint, days, "a certificate is served");
        self.resolver.replace(certificate);
    }

    fn look(&self) -> Vec<Option<FileLook>> {
        let look = |path: &PathBuf| {
            let found = std::fs::metadata(path).ok()?;
            Some(FileLook(found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
        };
        let files = match &self.wish.origin {
            Origin::Files { certificate, key } => vec![certificate, key],
            Origin::SelfSigned(_) | Origin::Acme(_) => Vec::new(),
        };
        files.into_iter().chain(&self.wish.client_ca).map(look).collect()
    }

    /// Says once a day that the certificate ends soon, and replaces one that was made here.
    fn warn(&self, warned: &mut i64) {
        let (Some(found), now) = (self.certificate(), world::now().0) else { return };
        let (days, today) = (found.days_left(now), now.div_euclid(86_400_000));
        if *warned == today {
            return;
        }
        *warned = today;
        if days < self_signed::EARLY && matches!(self.wish.origin, Origin::SelfSigned(_)) {
            self.reload();
        } else if days < WARN {
            tracing::warn!(days, "the certificate ends soon");
        }
    }

    /// The certificate in use.
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.resolver.current()
    }

    /// Whether SCIM needs a client certificate.
    pub fn asks_clients(&self) -> bool {
        self.wish.client_ca.is_some()
    }

    /// Whether a client showed the certificate of the appliance itself.
    pub fn is_own(&self, shown: &CertificateDer<'_>) -> bool {
        shown.as_ref() == self.own.as_ref()
    }

    /// Whether browsers are to be told that there is nothing but https here. Not with a certificate that they have to be
    /// talked into: they would offer no way on.
    pub fn is_lasting(&self) -> bool {
        !matches!(self.wish.origin, Origin::SelfSigned(_))
    }

    /// How many handshakes failed.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// How many renewals failed.
    pub fn renewals_failed(&self) -> u64 {
        self.renewals_failed.load(Ordering::Relaxed)
    }

    /// Shakes hands. The caller sets the limit of time.
    ///
    /// # Errors
    /// What the client did not agree to; also for an authority, which only wants to see a certificate.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.config.read());
        let shaken = TlsAcceptor::from(config).accept(stream).await;
        match shaken {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(ACME_TLS) => {
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Ok(stream) => Ok(stream),
            Err(error) => {
                self.count_failure();
                Err(error)
            }
        }
    }

    /// A handshake failed.
    pub fn count_failure(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }
}

fn configure(
    wish: &TlsWish,
    own: &CertificateDer<'static>,
    resolver: &Arc<Resolver>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let unusable = |error: &dyn std::fmt::Display| TlsError::Certificate(format!("TLS cannot be used: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|e| unusable(&e))?;
    let builder = match &wish.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let pem = std::fs::read(path).map_err(|error| TlsError::file(path, &error))?;
            let mut roots = RootCertStore::empty();
            let mut found = 0;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|e| unusable(&e))?;
                roots.add(certificate).map_err(|e| unusable(&e))?;
                found += 1;
            }
            if found == 0 {
                return Err(TlsError::File(path.clone(), "it has no certificate in PEM form".to_owned()));
            }
            roots.add(own.clone()).map_err(|e| unusable(&e))?;
            let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            // The console is for people with a password; what SCIM needs is asked where the path is known.
            let clients = clients.allow_unauthenticated().build();
            builder.with_client_cert_verifier(clients.map_err(|e| unusable(&e))?)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::clone(resolver) as Arc<_>);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if matches!(wish.origin, Origin::Acme(_)) {
        config.alpn_protocols.push(ACME_TLS.to_vec());
    }
    Ok(Arc::new(config))
}
