//! Resolver: which certificate a client gets. The one in use can be replaced at any time; connections that are open keep theirs.

use super::certificate::Certificate;
use super::own_identity;
use parking_lot::RwLock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;

/// The protocol by which an authority asks for the proof that a name is ours (RFC 8737).
pub const ACME_TLS: &[u8] = b"acme-tls/1";

/// The certificate in use, and those that answer an authority.
#[derive(Debug)]
pub struct Resolver {
    own: Arc<CertifiedKey>,
    current: RwLock<Option<Arc<Certificate>>>,
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Resolver {
    /// One that has no certificate yet but that of the appliance for itself.
    pub fn new(own: Arc<CertifiedKey>) -> Resolver {
        Resolver { own, current: RwLock::default(), challenges: RwLock::default() }
    }

    /// The certificate in use.
    pub fn current(&self) -> Option<Arc<Certificate>> {
        self.current.read().clone()
    }

    /// Replaces it for connections to come.
    pub fn replace(&self, certificate: Certificate) {
        *self.current.write() = Some(Arc::new(certificate));
    }

    /// Answers an authority that asks about a name.
    pub fn prove(&self, name: &str, key: Arc<CertifiedKey>) {
        self.challenges.write().insert(name.to_ascii_lowercase(), key);
    }

    /// Nothing is to be proved any more.
    pub fn prove_nothing(&self) {
        self.challenges.write().clear();
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ACME_TLS)) {
            let name = hello.server_name()?.to_ascii_lowercase();
            return self.challenges.read().get(&name).cloned();
        }
        if hello.server_name() == Some(own_identity::NAME) {
            return Some(Arc::clone(&self.own));
        }
        self.current.read().as_ref().map(|found| Arc::clone(&found.key))
    }
}
