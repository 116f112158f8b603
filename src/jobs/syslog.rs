//! Syslog: messages of RFC 5424 with octet counting, over TCP (RFC 6587) or TLS (RFC 5425), and how it is known that they arrived.

use crate::domain::event::RecordedEvent;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A connection is made, and each write taken, within this time.
const PATIENCE: Duration = Duration::from_secs(4);
/// The server has read everything within this time.
const CONFIRMED: Duration = Duration::from_secs(5);
/// Facility 13, log audit; severity 6, informational, or 4, warning.
const PRIORITY: u8 = 13 * 8;

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogServer {
    host: String,
    port: u16,
    tls: bool,
    /// The authorities that are trusted instead of the system's, PEM; empty for those of the system.
    ca: String,
}

impl SyslogServer {
    /// Reads `tcp://HOST:PORT` or `tls://HOST:PORT`; the usual ports are 514 and 6514.
    pub fn parse(address: &str, ca: String) -> Option<SyslogServer> {
        let (scheme, rest) = address.split_once("://")?;
        let tls = match scheme {
            "tcp" => false,
            "tls" => true,
            _ => return None,
        };
        let usual = if tls { 6514 } else { 514 };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) => {
                (host, port.parse().ok()?)
            }
            _ => (rest, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        (!host.is_empty()).then_some(SyslogServer { host, port, tls, ca })
    }

    /// Sends messages on a connection of their own and waits until the server has read it to its end. TCP says no more
    /// than that bytes are on their way; a server that closes after our end has read what was before it.
    ///
    /// # Errors
    /// When it is not known that all of them were read. Some may have been.
    pub fn deliver(&self, messages: &str) -> io::Result<()> {
        let addresses = (self.host.as_str(), self.port).to_socket_addrs()?;
        let mut failed = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => return self.send(stream, messages.as_bytes()),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn send(&self, stream: TcpStream, messages: &[u8]) -> io::Result<()> {
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut end = stream.try_clone()?;
        if self.tls {
            let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
            let session = ClientConnection::new(self.trusting()?, name).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(session, stream);
            stream.write_all(messages)?;
            stream.conn.send_close_notify();
            stream.flush()?;
        } else {
            (&stream).write_all(messages)?;
        }
        end.shutdown(Shutdown::Write)?;
        let until = Instant::now() + CONFIRMED;
        let mut rest = [0; 1024];
        // What a TLS server still has to say is of no interest, only that it ends.
        while end.read(&mut rest)? > 0 {
            if Instant::now() > until {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    fn trusting(&self) -> io::Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        if self.ca.is_empty() {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for certificate in CertificateDer::pem_slice_iter(self.ca.as_bytes()) {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(io::Error::other)?.with_root_certificates(roots);
        Ok(Arc::new(builder.with_no_client_auth()))
    }
}

/// An event as a message: its time, the name of the event as MSGID, and as text the line that an export has of it.
pub fn message(event: &RecordedEvent, line: &str, host: &str) -> String {
    let is_warning = event.event.ends_with("_failed") || event.event.ends_with("_failure");
    let priority = PRIORITY + if is_warning { 4 } else { 6 };
    let (at, process, name) = (event.at, std::process::id(), &event.event);
    let text = format!("<{priority}>1 {at} {host} scimbox {process} {name} - {line}");
    format!("{} {text}", text.len())
}

/// The name of this machine, as a message says it.
pub fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name: String = name.chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}
