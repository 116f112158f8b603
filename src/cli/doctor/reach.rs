//! How `doctor` and the self-test reach an address: its name, its port, and who may be asked how.

use crate::world;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A certificate that ends sooner is about to end, in days.
pub(super) const SOON: i64 = 14;
/// Clocks may differ by so many seconds.
pub(super) const APART: i64 = 60;
pub(super) const SCIM: &str = "/api/rest/scim/v2/";

/// Where to look.
pub(super) struct Goal {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    /// Up to where the paths of the appliance begin.
    pub(super) base: String,
    /// The whole SCIM base URL, if it was given.
    pub(super) scim: Option<String>,
}

impl Goal {
    /// The goal that an address names; `None` unless it is http or https.
    pub(super) fn of(url: &str) -> Option<Goal> {
        let url = url.trim_end_matches('/');
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (base, scim) = match url.split_once(SCIM) {
            Some((base, _)) => (base.to_owned(), Some(url.to_owned())),
            None => (url.to_owned(), None),
        };
        Some(Goal { host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls, base, scim })
    }

    /// Its addresses.
    pub(super) fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        Ok((self.host.as_str(), self.port).to_socket_addrs()?.collect())
    }
}

/// Addresses in words.
pub(super) fn shown(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|one| one.ip().to_string()).collect::<Vec<_>>().join(", ")
}

/// A connection to the first address that takes one, and what the others say.
pub(super) fn connect(addresses: &[SocketAddr], patience: Duration) -> (Option<TcpStream>, Vec<String>) {
    let (mut open, mut closed) = (None, Vec::new());
    for address in addresses {
        match TcpStream::connect_timeout(address, patience) {
            Ok(line) => open = open.or(Some(line)),
            Err(error) => closed.push(format!("{address}: {error}")),
        }
    }
    (open, closed)
}

/// Asks over HTTP, follows nobody, and takes every status for an answer.
pub(super) fn agent(roots: &[rustls::pki_types::CertificateDer<'static>], patience: Duration) -> ureq::Agent {
    let trusted: Vec<_> = roots.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(if trusted.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&trusted) })
        .build();
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .tls_config(tls)
        .timeout_global(Some(patience))
        .build()
        .into()
}

/// How many seconds the clock of a header `Date` is from the one here.
pub(super) fn apart(date: &str) -> Option<i64> {
    let there = jiff::fmt::rfc2822::parse(date).ok()?;
    Some((there.timestamp().as_second() - world::now().0 / 1000).abs())
}
