//! TLS: which certificates are trusted, and what is wrong with one that is not, in words.

use super::Failure;
use super::words::words;
use ldap3::LdapError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use std::sync::Arc;

/// What a client trusts: the authorities of a PEM text, or else those of the system.
///
/// # Errors
/// When there is no usable certificate.
pub(super) fn config(ca: Option<&str>) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let broken = |why: String| Failure::new("tls", format!("The CA file cannot be read: {why}."), PEM);
                let certificate = certificate.map_err(|e| broken(e.to_string()))?;
                roots.add(certificate).map_err(|e| broken(e.to_string()))?;
            }
            if roots.is_empty() {
                return Err(Failure::new("tls", "The CA file holds no certificate.", PEM));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::new("tls", format!("TLS cannot be used: {e}."), "Report this as a bug."))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

const PEM: &str = "Give certificates of authorities as PEM, from “-----BEGIN CERTIFICATE-----” on.";

/// Why there is no TLS with this address.
pub(super) fn failure(address: &str, starttls: bool, error: &LdapError) -> Failure {
    let (found, advice) = match error {
        LdapError::LdapResult { result } => (
            format!("{address} refuses StartTLS: {}.", words(result)),
            "Use ldaps://, or install a certificate on the server.".to_owned(),
        ),
        LdapError::DNSName { .. } => (
            format!("{address} is not a name that a certificate can have."),
            "Use the server’s host name in the URL.".to_owned(),
        ),
        LdapError::Timeout { .. } => (
            format!("{address} does not answer the TLS handshake."),
            "Check that this port speaks TLS: ldaps:// is port 636, ldap:// with StartTLS port 389.".to_owned(),
        ),
        other => match tls_error(other) {
            Some(Error::InvalidCertificate(why)) => certificate(address, why),
            Some(Error::InvalidMessage(_)) => (
                format!("{address} does not speak TLS."),
                "Check the port: ldaps:// is port 636, ldap:// with StartTLS port 389.".to_owned(),
            ),
            Some(tls) => (format!("TLS with {address} fails: {tls}."), "Check the server’s TLS settings.".to_owned()),
            None if starttls => {
                (format!("{address} ends the connection at StartTLS: {other}."), NO_CERTIFICATE.to_owned())
            }
            None => {
                (format!("{address} ends the connection at the TLS handshake: {other}."), NO_CERTIFICATE.to_owned())
            }
        },
    };
    Failure { step: "tls", found, advice }
}

const NO_CERTIFICATE: &str = "A domain controller without a certificate does so: install one on it.";

fn tls_error(error: &LdapError) -> Option<&Error> {
    match error {
        LdapError::Rustls { source } => Some(source),
        LdapError::Io { source } => source.get_ref()?.downcast_ref::<Error>(),
        _ => None,
    }
}

fn certificate(address: &str, why: &CertificateError) -> (String, String) {
    match why {
        CertificateError::UnknownIssuer => (
            format!("The certificate of {address} comes from an authority that is not trusted."),
            "Give the certificate of the authority that signed it with --ca-file.".to_owned(),
        ),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => (
            format!("The certificate of {address} is for another name: {}.", presented.join(", ")),
            "Use one of the certificate’s names in the URL.".to_owned(),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("The certificate of {address} is for another name."),
            "Use the certificate’s name in the URL.".to_owned(),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("The certificate of {address} has expired."),
            "Renew the certificate on the server; if it is valid, set this machine’s clock.".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("The certificate of {address} is not valid yet."),
            "Set the clocks of this machine and of the server.".to_owned(),
        ),
        CertificateError::BadSignature => (
            format!("The certificate of {address} is not signed by the authority that it names."),
            "Give the present certificate of that authority with --ca-file.".to_owned(),
        ),
        other => (
            format!("The certificate of {address} is not accepted: {other}."),
            "Replace the certificate on the server by one that its authority signs for servers.".to_owned(),
        ),
    }
}
