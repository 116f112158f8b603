//! The identity by which the appliance knows itself: its pushes to its own endpoint find it by this certificate, whatever
//! others are shown, and show it where clients need one.

use super::TlsError;
use super::folder::TlsFolder;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

const FILE: &str = "own-identity.pem";
/// The name that only a client asks for which knows the certificate. No server of others can have it: `internal` is reserved.
pub(super) const NAME: &str = "this-appliance.scimbox.internal";

/// What a client needs that speaks to the server of the same data folder.
#[derive(Clone)]
pub struct OwnIdentity {
    /// The name that the server is asked for.
    pub name: &'static str,
    /// What proves that it is that server, PEM.
    pub certificate: String,
    /// The same with its key, PEM: it proves who the client is as well.
    pub identity: Zeroizing<String>,
}

/// The identity as the server holds it.
pub(super) struct Held {
    /// What is trusted where clients have to show a certificate.
    pub certificate: CertificateDer<'static>,
    /// What a client is shown that asks for [`NAME`].
    pub key: Arc<CertifiedKey>,
}

/// The one of the folder, so that a push goes on when the server is started again, or a new one.
///
/// # Errors
/// [`TlsError`]
pub(super) fn open(folder: &TlsFolder) -> Result<Held, TlsError> {
    let kept = folder.read(FILE)?.map(Zeroizing::new);
    if let Some(held) = kept.and_then(|pem| read(&pem)) {
        return Ok(held);
    }
    let pem = make().map_err(|error| TlsError::made(&error))?;
    folder.write(FILE, pem.as_bytes())?;
    read(pem.as_bytes()).ok_or_else(|| TlsError::Made("the identity cannot be read".to_owned()))
}

fn read(pem: &[u8]) -> Option<Held> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let key = any_supported_type(&PrivateKeyDer::from_pem_slice(pem).ok()?).ok()?;
    Some(Held { key: Arc::new(CertifiedKey::new(vec![certificate.clone()], key)), certificate })
}

/// A key and a certificate for it that does not end, PEM.
fn make() -> Result<Zeroizing<String>, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Scimbox, this appliance");
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.self_signed(&key)?;
    Ok(Zeroizing::new(format!("{}{}", key.serialize_pem(), certificate.pem())))
}

/// The identity of the server of a data folder; `None` where it serves without TLS.
pub fn own_identity(data: &Path) -> Option<OwnIdentity> {
    let identity = Zeroizing::new(std::fs::read_to_string(data.join("tls").join(FILE)).ok()?);
    let certificate = identity.get(identity.find("-----BEGIN CERTIFICATE")?..)?.to_owned();
    Some(OwnIdentity { name: NAME, certificate, identity })
}
