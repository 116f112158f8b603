//! How an authority is spoken to: each request goes out on the thread that renews, which has nothing else to do meanwhile.

use super::TlsError;
use bytes::Bytes;
use http_body_util::BodyExt;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The largest answer of an authority, in bytes.
const LARGEST: u64 = 1 << 20;

/// An HTTP client for an authority.
pub struct AcmeHttp(Agent);

impl AcmeHttp {
    /// One that trusts the authorities of a PEM file, or else those of the system.
    ///
    /// # Errors
    /// [`TlsError`], when the file has none.
    pub fn new(ca: Option<&Path>) -> Result<AcmeHttp, TlsError> {
        let roots: Vec<Certificate<'static>> = match ca {
            None => {
                let found = rustls_native_certs::load_native_certs();
                found.certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
            }
            Some(path) => {
                let pem = std::fs::read(path).map_err(|error| TlsError::file(path, &error))?;
                let found: Vec<_> = parse_pem(&pem)
                    .filter_map(|item| if let Ok(PemItem::Certificate(found)) = item { Some(found) } else { None })
                    .collect();
                if found.is_empty() {
                    return Err(TlsError::File(path.to_owned(), "it has no certificate in PEM form".to_owned()));
                }
                found
            }
        };
        let roots = if roots.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&roots) };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent(concat!("scimbox/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build()
            .new_agent();
        Ok(AcmeHttp(agent))
    }
}

impl HttpClient for AcmeHttp {
    fn request(
        &self,
        request: ureq::http::Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let agent = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Error::Str("the body of a request"))?.to_bytes();
            let other = |error: ureq::Error| Error::Other(Box::new(error));
            let sent = match body.is_empty() {
                true => agent.run(ureq::http::Request::from_parts(parts, ())),
                false => agent.run(ureq::http::Request::from_parts(parts, body.as_ref())),
            };
            let (parts, mut body) = sent.map_err(other)?.into_parts();
            let bytes = body.with_config().limit(LARGEST).read_to_vec().map_err(other)?;
            Ok(BytesResponse { parts, body: Box::new(Bytes::from(bytes)) })
        })
    }
}
