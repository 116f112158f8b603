//! Addresses: where the appliance says that it lives, and where a request came from.

use actix_web::HttpRequest;
use std::borrow::Cow;
use std::net::IpAddr;

/// The appliance's own address and the proxies it believes.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `--base-url`, without a slash at the end.
    pub fixed: Option<String>,
    /// Where it listens, as a URL.
    pub listening: String,
    /// Whose `X-Forwarded-*` headers count.
    pub proxies: Vec<IpAddr>,
}

impl Addresses {
    /// The beginning of every URL in an answer: `--base-url`, else what a trusted proxy says, else where we listen.
    /// A `Host` header is never believed: it would put a stranger's name into the answers of others.
    pub fn base(&self, request: &HttpRequest) -> Cow<'_, str> {
        if let Some(fixed) = &self.fixed {
            return fixed.into();
        }
        if self.peer(request).is_some_and(|peer| self.proxies.contains(&peer)) {
            let header = |name: &str| {
                let value = request.headers().get(name)?.to_str().ok()?;
                value.split(',').next().map(|first| first.trim().to_owned())
            };
            let url = format!(
                "{}://{}",
                header("x-forwarded-proto").unwrap_or_else(|| "http".to_owned()),
                header("x-forwarded-host").unwrap_or_default()
            );
            if is_url(&url) {
                return url.into();
            }
        }
        (&self.listening).into()
    }

    /// The address without a request at hand.
    pub fn usual(&self) -> &str {
        self.fixed.as_deref().unwrap_or(&self.listening)
    }

    /// The client's address: the peer, or the last hop in `X-Forwarded-For` that is no trusted proxy.
    pub fn client(&self, request: &HttpRequest) -> String {
        let Some(peer) = self.peer(request) else { return String::new() };
        if !self.proxies.contains(&peer) {
            return peer.to_string();
        }
        let values = request.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or_default());
        let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
        // The last hop is what the proxy saw itself. Whatever stands before one that cannot be read is hearsay.
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            client = hop.to_canonical();
            if !self.proxies.contains(&client) {
                break;
            }
        }
        client.to_string()
    }

    fn peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        request.peer_addr().map(|address| address.ip().to_canonical())
    }
}

/// Whether a text is a base URL: http or https, a host, perhaps a port and a path, nothing else and no slash at the end.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:[]/".contains(c);
    rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && rest.chars().all(plain)
        && !rest.ends_with('/')
        && text.parse::<actix_web::http::Uri>().is_ok_and(|uri| uri.host().is_some())
}

/// Reads the address of a trusted proxy.
pub fn is_proxy(text: &str) -> Option<IpAddr> {
    text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical())
}
