//! Where the database is and how it is reached: an address, a password that no list of processes shows, and TLS.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why an address is refused, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is no address of a database.
    #[error("“{0}” is no address of a database. It looks like postgres://USER@HOST:PORT/DB.")]
    Shape(String),
    /// A file cannot be read.
    #[error("“{}” cannot be read", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// The file of the password is open to others.
    #[error("Others on this machine may read “{}”, which holds a password. Take that right away with “chmod 600”.", .0.display())]
    Open(PathBuf),
    /// No line of the file is for this database.
    #[error("No line of “{}” is for this database. A line is HOST:PORT:DATABASE:USER:PASSWORD, or the password alone.", .0.display())]
    NoPassword(PathBuf),
    /// No certificate is in the file.
    #[error("“{}” holds no certificate in PEM form.", .0.display())]
    NoCertificate(PathBuf),
    /// The system has no certificates that could be trusted.
    #[error("This system trusts no certificate authority. Name the one of the database with --store-ca.")]
    NoAuthority,
}

/// The address of a database.
#[derive(Clone)]
pub struct DatabaseAddress {
    pub(super) config: Config,
    pub(super) tls: Option<MakeRustlsConnect>,
    /// Connections at most.
    pub(super) most: u32,
    /// Whether statements are prepared under names.
    pub(super) names: bool,
    shown: String,
}

impl std::fmt::Display for DatabaseAddress {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Connections when the address does not say.
const MOST: u32 = 24;

impl DatabaseAddress {
    /// Reads an address `postgres://USER@HOST:PORT/DB`. `sslmode=disable` in it leaves TLS out, `max_connections=N` limits
    /// them, `prepare=no` is for a pooler that knows no prepared statements. `ca`: the authorities in that file are trusted
    /// and no others.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(
        url: &str,
        ca: Option<&Path>,
        password: Option<String>,
        password_file: Option<&Path>,
    ) -> Result<DatabaseAddress, AddressError> {
        let shape = || AddressError::Shape(without_password(url));
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(shape());
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut kept, mut most, mut names) = (Vec::new(), MOST, true);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=').ok_or_else(shape)? {
                ("max_connections", number) => most = number.parse().ok().filter(|n| *n >= 4).ok_or_else(shape)?,
                ("prepare", "no") => names = false,
                ("prepare", "yes") => names = true,
                // Whoever asks for TLS has the other end verified.
                ("sslmode", "prefer" | "allow" | "require" | "verify-ca" | "verify-full") => {
                    kept.push("sslmode=require");
                }
                _ => kept.push(part),
            }
        }
        let mut config: Config = format!("{base}?{}", kept.join("&")).parse().map_err(|_| shape())?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() || config.get_user().is_none() {
            return Err(shape());
        }
        if config.get_password().is_none() {
            let found = match (password, password_file) {
                (Some(password), _) => Some(password),
                (None, Some(file)) => Some(of_file(file, &config)?),
                (None, None) => None,
            };
            found.map(|password| config.password(password));
        }
        let is_plain =
            kept.contains(&"sslmode=disable") || config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        let tls = match is_plain {
            true => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            false => {
                config.ssl_mode(SslMode::Require);
                Some(MakeRustlsConnect::new(tls(ca)?))
            }
        };
        config.application_name("scimbox").connect_timeout(Duration::from_secs(3));
        config.keepalives_idle(Duration::from_secs(15)).tcp_user_timeout(Duration::from_secs(10));
        Ok(DatabaseAddress { config, tls, most, names, shown: without_password(url) })
    }
}

/// Whether an address holds a password.
pub fn holds_password(url: &str) -> bool {
    let credentials = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next();
    let is_named = url.split(['?', '&']).any(|part| part.starts_with("password="));
    is_named || credentials.and_then(|part| part.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
}

fn without_password(url: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let base = match base.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
        Some((scheme, (user, host))) => {
            format!("{scheme}://{}@{host}", user.split_once(':').map_or(user, |(name, _)| name))
        }
        None => base.to_owned(),
    };
    let query: Vec<&str> = query
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("password="))
        .collect();
    if query.is_empty() { base } else { format!("{base}?{}", query.join("&")) }
}

/// The password in a file as PostgreSQL's own programs have it, or alone.
fn of_file(file: &Path, config: &Config) -> Result<String, AddressError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |e| AddressError::File(file.to_owned(), e);
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(AddressError::Open(file.to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    let host = config.get_hosts().first().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(_) => "localhost".to_owned(),
    });
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let wanted = [host.as_deref(), Some(&port), config.get_dbname(), config.get_user()];
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut alone = None;
    for line in lines {
        let parts: Vec<&str> = line.splitn(5, ':').collect();
        match parts.as_slice() {
            [fields @ .., password] if fields.len() == 4 => {
                let fits = fields.iter().zip(wanted).all(|(has, wants)| *has == "*" || Some(*has) == wants);
                if fits {
                    return Ok((*password).to_owned());
                }
            }
            _ => alone = alone.or(Some(line)),
        }
    }
    alone.map(str::to_owned).ok_or_else(|| AddressError::NoPassword(file.to_owned()))
}

fn tls(ca: Option<&Path>) -> Result<ClientConfig, AddressError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            let pem = std::fs::read(file).map_err(|e| AddressError::File(file.to_owned(), e))?;
            let found: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
            if roots.add_parsable_certificates(found).0 == 0 {
                return Err(AddressError::NoCertificate(file.to_owned()));
            }
        }
        None => {
            if roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0 == 0 {
                return Err(AddressError::NoAuthority);
            }
        }
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    Ok(config.map_err(|_| AddressError::NoAuthority)?.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::{holds_password, without_password};

    #[test]
    fn a_password_is_found_and_never_shown() {
        for (url, holds, shown) in [
            ("postgres://me@host/db", false, "postgres://me@host/db"),
            ("postgres://me:x:y@host:5/db?sslmode=disable", true, "postgres://me@host:5/db?sslmode=disable"),
            ("postgres://me@host/db?password=x", true, "postgres://me@host/db"),
            ("postgres://me@host/db?a=b:c@d", false, "postgres://me@host/db?a=b:c@d"),
        ] {
            assert_eq!((holds_password(url), without_password(url).as_str()), (holds, shown), "{url}");
        }
    }
}
