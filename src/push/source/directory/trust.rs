//! TLS: which certificates are trusted, and what is wrong with one that is not, in words.

use super::Failure;
use super::words::words;
use crate::push::sentence::{Sentence, say};
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
                let broken = |why: String| {
                    Failure::new(
                        "tls",
                        say!("the_ca_file_cannot_be_read", "The CA file cannot be read: {why}.", why = why),
                        not_pem(),
                    )
                };
                let certificate = certificate.map_err(|e| broken(e.to_string()))?;
                roots.add(certificate).map_err(|e| broken(e.to_string()))?;
            }
            if roots.is_empty() {
                return Err(Failure::new(
                    "tls",
                    say!("the_ca_file_holds_no_certificate", "The CA file holds no certificate."),
                    not_pem(),
                ));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|e| {
        Failure::new(
            "tls",
            say!("tls_cannot_be_used", "TLS cannot be used: {e}.", e = e.to_string()),
            say!("report_this_as_a_bug", "Report this as a bug."),
        )
    })?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn not_pem() -> Sentence {
    say!(
        "give_certificates_of_authorities_as_pem",
        "Give certificates of authorities as PEM, from “-----BEGIN CERTIFICATE-----” on."
    )
}

/// Why there is no TLS with this address.
pub(super) fn failure(address: &str, starttls: bool, error: &LdapError) -> Failure {
    let (found, advice) = match error {
        LdapError::LdapResult { result } => (
            say!("refuses_starttls", "{address} refuses StartTLS: {why}.", address = address, why = words(result)),
            say!("use_ldaps_or_install_a_certificate", "Use ldaps://, or install a certificate on the server."),
        ),
        LdapError::DNSName { .. } => (
            say!("is_not_a_name_that_a", "{address} is not a name that a certificate can have.", address = address),
            say!("use_the_servers_host_name_in", "Use the server’s host name in the URL."),
        ),
        LdapError::Timeout { .. } => (
            say!(
                "does_not_answer_the_tls_handshake",
                "{address} does not answer the TLS handshake.",
                address = address
            ),
            say!(
                "check_that_this_port_speaks_tls",
                "Check that this port speaks TLS: ldaps:// is port 636, ldap:// with StartTLS port 389."
            ),
        ),
        other => match tls_error(other) {
            Some(Error::InvalidCertificate(why)) => certificate(address, why),
            Some(Error::InvalidMessage(_)) => (
                say!("does_not_speak_tls", "{address} does not speak TLS.", address = address),
                say!(
                    "check_the_port_ldaps_is_port",
                    "Check the port: ldaps:// is port 636, ldap:// with StartTLS port 389."
                ),
            ),
            Some(tls) => (
                say!("tls_with_fails", "TLS with {address} fails: {tls}.", address = address, tls = tls.to_string()),
                say!("check_the_servers_tls_settings", "Check the server’s TLS settings."),
            ),
            None if starttls => (
                say!(
                    "ends_the_connection_at_starttls",
                    "{address} ends the connection at StartTLS: {other}.",
                    address = address,
                    other = other.to_string()
                ),
                no_certificate(),
            ),
            None => (
                say!(
                    "ends_the_connection_at_the_tls",
                    "{address} ends the connection at the TLS handshake: {other}.",
                    address = address,
                    other = other.to_string()
                ),
                no_certificate(),
            ),
        },
    };
    Failure { step: "tls", found, advice }
}

fn no_certificate() -> Sentence {
    say!(
        "a_domain_controller_without_a_certificate",
        "A domain controller without a certificate does so: install one on it."
    )
}

fn tls_error(error: &LdapError) -> Option<&Error> {
    match error {
        LdapError::Rustls { source } => Some(source),
        LdapError::Io { source } => source.get_ref()?.downcast_ref::<Error>(),
        _ => None,
    }
}

fn certificate(address: &str, why: &CertificateError) -> (Sentence, Sentence) {
    match why {
        CertificateError::UnknownIssuer => (
            say!(
                "the_certificate_of_comes_from_an",
                "The certificate of {address} comes from an authority that is not trusted.",
                address = address
            ),
            say!(
                "give_the_certificate_of_the_authority",
                "Give the certificate of the authority that signed it with --ca-file."
            ),
        ),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => (
            say!(
                "the_certificate_of_is_for_another",
                "The certificate of {address} is for another name: {presented}.",
                address = address,
                presented = presented.join(", ")
            ),
            say!("use_one_of_the_certificates_names", "Use one of the certificate’s names in the URL."),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            say!(
                "the_certificate_of_is_for_another_name",
                "The certificate of {address} is for another name.",
                address = address
            ),
            say!("use_the_certificates_name_in_the", "Use the certificate’s name in the URL."),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            say!("the_certificate_of_has_expired", "The certificate of {address} has expired.", address = address),
            say!(
                "renew_the_certificate_on_the_server",
                "Renew the certificate on the server; if it is valid, set this machine’s clock."
            ),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            say!(
                "the_certificate_of_is_not_valid",
                "The certificate of {address} is not valid yet.",
                address = address
            ),
            say!("set_the_clocks_of_this_machine", "Set the clocks of this machine and of the server."),
        ),
        CertificateError::BadSignature => (
            say!(
                "the_certificate_of_is_not_signed",
                "The certificate of {address} is not signed by the authority that it names.",
                address = address
            ),
            say!(
                "give_the_present_certificate_of_that",
                "Give the present certificate of that authority with --ca-file."
            ),
        ),
        other => (
            say!(
                "the_certificate_of_is_not_accepted",
                "The certificate of {address} is not accepted: {other}.",
                address = address,
                other = other.to_string()
            ),
            say!(
                "replace_the_certificate_on_the_server",
                "Replace the certificate on the server by one that its authority signs for servers."
            ),
        ),
    }
}
