//! What `doctor` sees of a TLS service: whether its chain is trusted, and how many days its certificate is good for.

use crate::world;
use anyhow::Context;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a handshake showed.
pub(super) struct Seen {
    /// `TLSv1_3` and the like.
    pub(super) version: String,
    /// Why the chain is not trusted.
    pub(super) distrust: Option<String>,
    /// The end of the certificate's validity, in seconds since 1970.
    pub(super) ends: Option<i64>,
}

impl Seen {
    /// Whole days until the certificate ends.
    pub(super) fn days(&self) -> Option<i64> {
        self.ends.map(|ends| (ends - world::now().0 / 1000).div_euclid(86_400))
    }
}

/// The certificates that are trusted: those of a file, else the system's.
pub(super) fn roots(ca: Option<&Path>) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    match ca {
        None => Ok(rustls_native_certs::load_native_certs().certs),
        Some(file) => {
            let read = || CertificateDer::pem_file_iter(file).and_then(|all| all.collect::<Result<Vec<_>, _>>());
            read().with_context(|| format!("no certificates can be read from “{}”", file.display()))
        }
    }
}

/// Shakes hands over a connection that is open.
pub(super) fn handshake(
    host: &str,
    mut line: TcpStream,
    roots: &[CertificateDer<'static>],
    patience: Duration,
) -> anyhow::Result<Seen> {
    line.set_read_timeout(Some(patience))?;
    line.set_write_timeout(Some(patience))?;
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let strict = match store.is_empty() {
        true => None,
        false => Some(WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider)).build()?),
    };
    let looker = Arc::new(Looker { strict, provider: Arc::clone(&provider), found: Mutex::new((None, None)) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        // Nothing is sent over this connection: it is looked at, and what is found is told.
        .with_custom_certificate_verifier(Arc::clone(&looker) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut line)?;
    }
    let version = tls.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
    let (distrust, ends) = looker.found.lock().map(|found| found.clone()).unwrap_or_default();
    Ok(Seen { version, distrust, ends })
}

/// Notes what a strict verifier would say, and lets the handshake go on.
#[derive(Debug)]
struct Looker {
    strict: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
    found: Mutex<(Option<String>, Option<i64>)>,
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let distrust = match &self.strict {
            None => Some("this machine trusts no certificate at all".to_owned()),
            Some(strict) => {
                strict.verify_server_cert(end, between, name, ocsp, now).err().map(|error| error.to_string())
            }
        };
        let ends = x509_parser::parse_x509_certificate(end).ok().map(|(_, one)| one.validity().not_after.timestamp());
        if let Ok(mut found) = self.found.lock() {
            *found = (distrust, ends);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, end, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        end: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, end, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
