//! Certificate: a chain with its private key, checked when it is read, and what has to be known of it.

use super::TlsError;
use data_encoding::HEXUPPER;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate that can be served.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The chain and the key, as the TLS library wants them.
    pub key: Arc<CertifiedKey>,
    /// Valid from, in milliseconds since 1970.
    pub not_before: i64,
    /// Valid until, in milliseconds since 1970.
    pub not_after: i64,
    /// SHA-256 of the certificate, as browsers and openssl show it.
    pub fingerprint: String,
    /// The names that it is for.
    pub names: Vec<String>,
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and the private key of that one, both PEM.
    ///
    /// # Errors
    /// [`TlsError::Certificate`] when there is none, when it cannot be read, or when the key belongs to another.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Certificate, TlsError> {
        let unusable = |why: String| TlsError::Certificate(why);
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|e| unusable(format!("the certificate is no PEM: {e}")))?;
        let Some(own) = chain.first().cloned() else {
            return Err(unusable("the file of the certificate holds none in PEM form".to_owned()));
        };
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|e| unusable(format!("the file of the key holds no private key in PEM form: {e}")))?;
        let key = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => unusable("the key belongs to another certificate".to_owned()),
            other => unusable(format!("the key cannot be used: {other}")),
        })?;
        let (_, parsed) =
            X509Certificate::from_der(&own).map_err(|e| unusable(format!("the certificate cannot be read: {e}")))?;
        let names = parsed.subject_alternative_name().ok().flatten().into_iter();
        let names = names.flat_map(|found| &found.value.general_names).filter_map(|name| match name {
            x509_parser::prelude::GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        let validity = parsed.validity();
        Ok(Certificate {
            key: Arc::new(key),
            not_before: validity.not_before.timestamp().saturating_mul(1000),
            not_after: validity.not_after.timestamp().saturating_mul(1000),
            fingerprint: fingerprint(&own),
            names: names.collect(),
        })
    }

    /// Whole days until it ends; negative once it has.
    pub fn days_left(&self, now: i64) -> i64 {
        (self.not_after - now).div_euclid(86_400_000)
    }
}

fn fingerprint(der: &[u8]) -> String {
    let hash = Sha256::digest(der);
    let pairs: Vec<String> = hash.iter().map(|byte| HEXUPPER.encode(&[*byte])).collect();
    pairs.join(":")
}
