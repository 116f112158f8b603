//! The TLS options of `serve`: where the certificate comes from, and what goes with it.

use super::ArgumentError;
use super::listen::listen_address;
use crate::http::{is_host, is_url};
use crate::tls::{AcmeWish, Origin, Tls, TlsWish};
use anyhow::Context;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The directory of Let's Encrypt.
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

#[derive(clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsArgs {
    /// The certificate and the chain behind it, PEM. It is read again when it changes, and on SIGHUP.
    #[arg(long, env = "SCIMBOX_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, env = "SCIMBOX_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A certificate that the appliance makes itself, for sandboxes; its fingerprint is printed.
    #[arg(long, env = "SCIMBOX_TLS", value_parser = ["self-signed"], conflicts_with_all = ["tls_cert", "acme"])]
    tls: Option<String>,
    /// The names of a certificate to obtain and renew by ACME; the authority has to reach them on port 443.
    #[arg(long, env = "SCIMBOX_ACME", value_name = "NAME", num_args = 1.., value_delimiter = ',', conflicts_with = "tls_cert")]
    acme: Vec<String>,
    /// The directory of the ACME authority; without it Let's Encrypt, whose terms are accepted by using it.
    #[arg(long, env = "SCIMBOX_ACME_DIRECTORY", value_name = "URL", requires = "acme")]
    acme_directory: Option<String>,
    /// A mail address at which the ACME authority reaches whoever runs this.
    #[arg(long, env = "SCIMBOX_ACME_CONTACT", value_name = "MAIL", requires = "acme")]
    acme_contact: Option<String>,
    /// The authorities to trust when speaking to the ACME directory instead of the system's, PEM.
    #[arg(long, env = "SCIMBOX_ACME_CA", value_name = "FILE", requires = "acme")]
    acme_ca: Option<PathBuf>,
    /// Take SCIM requests only from clients with a certificate of these authorities, PEM.
    #[arg(long, env = "SCIMBOX_CLIENT_CA", value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// An address where plain HTTP is answered with the way to https.
    #[arg(long, env = "SCIMBOX_HTTP_REDIRECT", value_name = "ADDR", value_parser = listen_address)]
    pub(super) http_redirect: Option<SocketAddr>,
}

impl TlsArgs {
    /// Whether TLS is spoken.
    pub(super) fn is_on(&self) -> bool {
        self.tls_cert.is_some() || self.tls.is_some() || !self.acme.is_empty()
    }

    /// Whether the certificate is made here.
    pub(super) fn is_self_signed(&self) -> bool {
        self.tls.is_some()
    }

    /// The names that a certificate is obtained for.
    pub(super) fn names(&self) -> &[String] {
        &self.acme
    }

    /// Refuses what contradicts itself.
    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        let wrong = |sentence: String| Err(ArgumentError::Usage(sentence));
        if !self.is_on() && (self.client_ca.is_some() || self.http_redirect.is_some()) {
            return wrong("--client-ca and --http-redirect need TLS: add --tls-cert, --tls or --acme.".to_owned());
        }
        let is_name = |name: &str| is_host(name) && !name.contains(':') && name.parse::<std::net::IpAddr>().is_err();
        if let Some(name) = self.acme.iter().find(|name| !is_name(name)) {
            return wrong(format!("--acme must be the name of a host such as scim.example.com, but is “{name}”."));
        }
        if let Some(url) = self.acme_directory.as_ref().filter(|url| !url.starts_with("https://") || !is_url(url)) {
            return wrong(format!("--acme-directory must be an address that begins with https://, but is “{url}”."));
        }
        Ok(())
    }

    /// Reads, makes or looks for the certificate; `own` are the names and addresses that one made here is for.
    pub(super) fn open(self, data: &Path, own: Vec<String>) -> anyhow::Result<Option<Arc<Tls>>> {
        let origin = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Origin::Files { certificate, key },
            _ if self.tls.is_some() => Origin::SelfSigned(own),
            _ if self.acme.is_empty() => return Ok(None),
            _ => Origin::Acme(AcmeWish {
                names: self.acme.iter().map(|name| name.to_ascii_lowercase()).collect(),
                directory: self.acme_directory.unwrap_or_else(|| DIRECTORY.to_owned()),
                contact: self.acme_contact,
                ca: self.acme_ca,
            }),
        };
        let wish = TlsWish { origin, client_ca: self.client_ca };
        Ok(Some(Tls::open(wish, data).context("TLS cannot be started")?))
    }
}
