//! The certificate by which the appliance knows itself: its pushes to its own endpoint show it where clients need one.

use super::TlsError;
use super::folder::TlsFolder;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;
use std::path::Path;
use zeroize::Zeroizing;

const FILE: &str = "own-client.pem";

/// Makes a new one, for as long as this process serves; what has to be trusted for it.
///
/// # Errors
/// [`TlsError`]
pub fn make(folder: &TlsFolder) -> Result<CertificateDer<'static>, TlsError> {
    let made = |error: rcgen::Error| TlsError::made(&error);
    let key = KeyPair::generate().map_err(made)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(made)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Scimbox, this appliance");
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.self_signed(&key).map_err(made)?;
    let both = Zeroizing::new(format!("{}{}", key.serialize_pem(), certificate.pem()));
    folder.write(FILE, both.as_bytes())?;
    Ok(certificate.der().clone())
}

/// The key and the certificate of the server of a data folder, PEM; `None` where it never asked clients for one.
pub fn own_client(data: &Path) -> Option<Zeroizing<String>> {
    std::fs::read_to_string(data.join("tls").join(FILE)).ok().map(Zeroizing::new)
}
