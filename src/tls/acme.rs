//! ACME: a certificate from an authority, proved by TLS-ALPN-01 on the port that is served (RFC 8555, RFC 8737).

use super::acme_http::AcmeHttp;
use super::certificate::Certificate;
use super::folder::TlsFolder;
use super::resolver::Resolver;
use super::{Tls, TlsError};
use crate::world;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread::{Thread, park_timeout};
use std::time::Duration;

const ACCOUNT: &str = "acme-account.json";
const CERTIFICATE: &str = "acme.pem";
/// The first pause after a failure, in milliseconds; each one after it is twice as long.
const PAUSE: i64 = 60_000;
/// The longest pause after a failure.
const LONGEST: i64 = 6 * 3_600_000;
/// The clock is looked at so often: it may be set, and the machine may have slept.
const LOOK: i64 = 3_600_000;

/// Which certificate is wanted, and of whom.
#[derive(Clone, Debug)]
pub struct AcmeWish {
    /// The names that it is for.
    pub names: Vec<String>,
    /// The directory of the authority.
    pub directory: String,
    /// Where the authority can write to.
    pub contact: Option<String>,
    /// Authorities to trust when speaking to it instead of the system's, PEM.
    pub ca: Option<PathBuf>,
}

/// An account, and the directory that it belongs to.
#[derive(Serialize, Deserialize)]
struct KeptAccount {
    directory: String,
    credentials: AccountCredentials,
}

/// The certificate that was obtained before, if it is for all the names.
///
/// # Errors
/// When the file cannot be read. One with a damaged certificate counts as none.
pub fn kept(folder: &TlsFolder, wish: &AcmeWish) -> Result<Option<Certificate>, TlsError> {
    let Some(pem) = folder.read(CERTIFICATE)? else { return Ok(None) };
    match Certificate::read(&pem, &pem) {
        Ok(found) if wish.names.iter().all(|name| found.names.contains(name)) => Ok(Some(found)),
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::error!(%error, "the certificate of before cannot be read; another one is obtained");
            Ok(None)
        }
    }
}

/// Obtains and renews until the server ends. A failure is tried again, later each time; the certificate in use stays.
///
/// # Errors
/// When there can be no thread, or the authority's CA file cannot be used.
pub fn start(wish: AcmeWish, folder: TlsFolder, tls: Weak<Tls>) -> io::Result<Thread> {
    AcmeHttp::new(wish.ca.as_deref()).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let work = move || {
        let mut failures = 0;
        let mut again: Option<i64> = None;
        while let Some(tls) = tls.upgrade() {
            let now = world::now().0;
            let due = again.unwrap_or_else(|| tls.certificate().map_or(now, |found| renewal(&found)));
            if due > now {
                drop(tls);
                park_timeout(Duration::from_millis((due - now).clamp(1, LOOK).unsigned_abs()));
                continue;
            }
            let done = runtime.block_on(obtain(&wish, &folder, &tls.resolver));
            tls.resolver.prove_nothing();
            match done {
                Ok(found) => {
                    (failures, again) = (0, None);
                    tls.serve(found);
                }
                Err(error) => {
                    tls.renewals_failed.fetch_add(1, Ordering::Relaxed);
                    let pause = PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST);
                    failures += 1;
                    again = Some(world::now().0 + pause);
                    let in_use = tls.certificate().is_some();
                    tracing::error!(%error, in_use, next_try_s = pause / 1000, "no certificate could be obtained");
                }
            }
        }
    };
    Ok(std::thread::Builder::new().name("acme".to_owned()).spawn(work)?.thread().clone())
}

/// When a certificate is renewed: at two thirds of its life, and up to a thirtieth later, so that not all of a site ask at
/// once. The same certificate always has the same time.
fn renewal(certificate: &Certificate) -> i64 {
    let life = certificate.not_after - certificate.not_before;
    let chance = certificate.fingerprint.bytes().fold(0i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1000);
    certificate.not_before + life / 3 * 2 + life / 30 * chance / 1000
}

async fn obtain(wish: &AcmeWish, folder: &TlsFolder, resolver: &Resolver) -> Result<Certificate, TlsError> {
    let account = account(wish, folder, false).await?;
    match order(wish, &account, folder, resolver).await {
        // An account that was deactivated or forgotten is replaced.
        Err(instant_acme::Error::Api(problem)) if is_of_account(&problem) => {
            let account = self::account(wish, folder, true).await?;
            order(wish, &account, folder, resolver).await
        }
        other => other,
    }
    .map_err(|error| said(wish, &error))
}

fn is_of_account(problem: &instant_acme::Problem) -> bool {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    kind.ends_with(":accountDoesNotExist") || kind.ends_with(":unauthorized")
}

fn said(wish: &AcmeWish, error: &instant_acme::Error) -> TlsError {
    TlsError::Authority(format!("{}: {error}", wish.directory))
}

async fn account(wish: &AcmeWish, folder: &TlsFolder, anew: bool) -> Result<Account, TlsError> {
    let builder = Account::builder_with_http(Box::new(AcmeHttp::new(wish.ca.as_deref())?));
    let kept = folder.read(ACCOUNT)?.filter(|_| !anew);
    let kept = kept.and_then(|text| serde_json::from_slice::<KeptAccount>(&text).ok());
    if let Some(kept) = kept.filter(|kept| kept.directory == wish.directory) {
        return builder.from_credentials(kept.credentials).await.map_err(|error| said(wish, &error));
    }
    let contact = wish.contact.as_ref().map(|mail| format!("mailto:{mail}"));
    let contact: Vec<&str> = contact.as_deref().into_iter().collect();
    let wanted = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let made = builder.create(&wanted, wish.directory.clone(), None).await;
    let (account, credentials) = made.map_err(|error| said(wish, &error))?;
    let kept = KeptAccount { directory: wish.directory.clone(), credentials };
    folder.write(ACCOUNT, &serde_json::to_vec(&kept).map_err(|e| TlsError::Authority(e.to_string()))?)?;
    Ok(account)
}

async fn order(
    wish: &AcmeWish,
    account: &Account,
    folder: &TlsFolder,
    resolver: &Resolver,
) -> Result<Certificate, instant_acme::Error> {
    let other = |error: TlsError| instant_acme::Error::Other(Box::new(error));
    let names: Vec<Identifier> = wish.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(instant_acme::Error::Unsupported("TLS-ALPN-01"));
        };
        let name = challenge.identifier().to_string();
        let proof = proof(&name, challenge.key_authorization().digest().as_ref()).map_err(other)?;
        resolver.prove(&name, proof);
        challenge.set_ready().await?;
    }
    let patience = RetryPolicy::default().timeout(Duration::from_secs(90));
    if order.poll_ready(&patience).await? != OrderStatus::Ready {
        let refused = refusal(&mut order).await;
        return Err(other(TlsError::Authority(refused)));
    }
    let made = |error: rcgen::Error| other(TlsError::made(&error));
    let key = KeyPair::generate().map_err(made)?;
    let mut params = CertificateParams::new(wish.names.clone()).map_err(made)?;
    params.distinguished_name = DistinguishedName::new();
    order.finalize_csr(params.serialize_request(&key).map_err(made)?.der()).await?;
    let chain = order.poll_certificate(&patience).await?;
    let both = format!("{}{chain}", key.serialize_pem());
    let found = Certificate::read(both.as_bytes(), both.as_bytes()).map_err(other)?;
    // Served even where it cannot be kept: the disk may be full, and the next start obtains another one.
    if let Err(error) = folder.write(CERTIFICATE, both.as_bytes()) {
        tracing::error!(%error, "the new certificate cannot be kept");
    }
    Ok(found)
}

/// Why the authority did not believe that a name is ours.
async fn refusal(order: &mut instant_acme::Order) -> String {
    let mut authorizations = order.authorizations();
    while let Some(Ok(authorization)) = authorizations.next().await {
        let mut problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = problems.next() {
            return format!(
                "the authority could not see that {} is served here: {problem}",
                authorization.identifier()
            );
        }
    }
    "the authority did not see that the names are served here".to_owned()
}

/// The certificate that proves a name (RFC 8737, section 3).
fn proof(name: &str, digest: &[u8]) -> Result<Arc<CertifiedKey>, TlsError> {
    let made = |error: rcgen::Error| TlsError::made(&error);
    let key = KeyPair::generate().map_err(made)?;
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(made)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(made)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = default_provider().key_provider.load_private_key(key);
    let key = key.map_err(|e| TlsError::Certificate(e.to_string()))?;
    // Not checked against each other: the library does not know the extension, which is critical as it has to be.
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key)))
}
