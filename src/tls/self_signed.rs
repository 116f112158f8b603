//! Self-signed: a certificate that the appliance makes for itself, for sandboxes. Clients trust it by its fingerprint or its file.

use super::TlsError;
use super::certificate::Certificate;
use super::folder::TlsFolder;
use crate::world;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

const KEY: &str = "self-signed.key";
const CERTIFICATE: &str = "self-signed.pem";
/// How long it is valid: no browser takes more than 825 days.
const DAYS: i64 = 820;
/// So many days before its end another one is made.
pub const EARLY: i64 = 30;

/// The certificate of the folder, or a new one where there is none, where it ends soon, or where it lacks one of `names`.
/// A new one has the same key.
///
/// # Errors
/// [`TlsError`]
pub fn open(folder: &TlsFolder, names: &[String]) -> Result<Certificate, TlsError> {
    let key = match folder.read(KEY)? {
        Some(pem) => KeyPair::from_pem(&String::from_utf8_lossy(&pem)).map_err(|e| TlsError::made(&e))?,
        None => {
            let key = KeyPair::generate().map_err(|e| TlsError::made(&e))?;
            folder.write(KEY, key.serialize_pem().as_bytes())?;
            key
        }
    };
    let pem = key.serialize_pem();
    if let Some(chain) = folder.read(CERTIFICATE)?
        && let Ok(found) = Certificate::read(&chain, pem.as_bytes())
        && found.days_left(world::now().0) >= EARLY
        && names.iter().filter(|name| !is_address(name)).all(|name| found.names.contains(name))
    {
        return Ok(found);
    }
    let chain = sign(&key, names)?;
    folder.write(CERTIFICATE, chain.as_bytes())?;
    Certificate::read(chain.as_bytes(), pem.as_bytes())
}

fn is_address(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok()
}

fn sign(key: &KeyPair, names: &[String]) -> Result<String, TlsError> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(|e| TlsError::made(&e))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Scimbox, self-signed");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let day = |offset: i64| {
        let date = (jiff::civil::Date::constant(1970, 1, 1))
            .saturating_add(jiff::Span::new().days(world::now().0.div_euclid(86_400_000) + offset));
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    // A clock that is somewhat behind does not make it invalid.
    (params.not_before, params.not_after) = (day(-1), day(DAYS));
    Ok(params.self_signed(key).map_err(|e| TlsError::made(&e))?.pem())
}
