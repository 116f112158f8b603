//! Server: the agent that sends requests to a service, with whom it trusts and how it is found.

use super::{Access, ClientError};
use crate::push::sentence::say;
use std::net::SocketAddr;
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// What sends requests to a service.
pub(super) struct Server {
    pub(super) agent: Agent,
    /// The base of the endpoint, as requests are made to it.
    base: String,
    /// Its host and port, where `base` has a name that nobody else knows.
    host: Option<String>,
}

impl Server {
    /// The service behind `access`, with so many connections kept open.
    pub(super) fn of(access: &Access, connections: usize) -> Result<Server, ClientError> {
        let url = access.url.trim_end_matches('/');
        let (https, name) = (url.strip_prefix("https://"), access.certified_name);
        let Some((rest, name)) = https.zip(name) else {
            return Ok(Server { agent: agent(access, connections, None)?, base: url.to_owned(), host: None });
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let at: SocketAddr = host.parse().map_err(|_| {
            ClientError::Unusable(say!(
                "the_address_of_the_target_cannot",
                "the address of the target cannot be used: {error}",
                error = host
            ))
        })?;
        let base = format!("https://{name}:{}{path}", at.port());
        Ok(Server { agent: agent(access, connections, Some(At(at)))?, base, host: Some(host.to_owned()) })
    }

    pub(super) fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        match &self.host {
            Some(host) => request.header("Host", host),
            None => request,
        }
    }
}

/// Where a server is that no name service knows.
#[derive(Clone, Copy, Debug)]
struct At(SocketAddr);

impl Resolver for At {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        found.push(self.0);
        Ok(found)
    }
}

/// What sends requests to the service behind `access`, with so many connections kept open.
fn agent(access: &Access, connections: usize, at: Option<At>) -> Result<Agent, ClientError> {
    let unusable = ClientError::Unusable;
    if !access.url.starts_with("https://") && !access.url.starts_with("http://") {
        return Err(unusable(say!(
            "the_address_of_the_target_must",
            "the address of the target must begin with https:// or http://"
        )));
    }
    if access.token.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(unusable(say!(
            "the_token_of_the_target_has",
            "the token of the target has characters that no token has; paste it again"
        )));
    }
    let roots = match &access.ca {
        None => system_roots()?,
        Some(pem) => {
            let given: Vec<Certificate<'static>> = parse_pem(pem.as_bytes())
                .filter_map(|item| if let Ok(PemItem::Certificate(found)) = item { Some(found) } else { None })
                .collect();
            if given.is_empty() {
                return Err(unusable(say!(
                    "the_file_of_certificates_for_the",
                    "the file of certificates for the target has none in PEM form"
                )));
            }
            RootCerts::new_with_certs(&given)
        }
    };
    let tls = TlsConfig::builder().client_cert(access.identity.as_ref().and_then(|pem| identity(pem)));
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A token is not carried to wherever somebody points.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections_per_host(connections)
        .max_idle_connections(connections)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(120)))
        .timeout_recv_body(Some(Duration::from_secs(300)))
        .user_agent(concat!("scimbox/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.root_certs(roots).build())
        .build();
    Ok(match at {
        Some(at) => Agent::with_parts(config, DefaultConnector::default(), at),
        None => config.new_agent(),
    })
}

/// A key and a certificate in one text.
fn identity(pem: &str) -> Option<ClientCert> {
    let (mut chain, mut key) = (Vec::new(), None);
    for item in parse_pem(pem.as_bytes()).flatten() {
        match item {
            PemItem::Certificate(found) => chain.push(found),
            PemItem::PrivateKey(found) => key = Some(found),
            _ => {}
        }
    }
    Some(ClientCert::new_with_certs(&chain, key?))
}

/// The authorities that this machine trusts.
pub(in crate::push) fn system_roots() -> Result<RootCerts, ClientError> {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<_> = found.certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    // Where the system has none, the ones that come with the library.
    Ok(if roots.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&roots) })
}
