//! Addresses: where the appliance says that it lives, and where a request came from.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;
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
    /// It listens on every address of this machine.
    pub everywhere: bool,
    /// `--allow-host`: other names that it goes by, each perhaps with a port.
    pub hosts: Vec<String>,
}

impl Addresses {
    /// The beginning of every URL in an answer: `--base-url`, else what a trusted proxy says of a host that is ours, else
    /// where we listen. A `Host` header is never believed: it would put a stranger's name into the answers of others.
    pub fn base(&self, request: &HttpRequest) -> Cow<'_, str> {
        if let Some(fixed) = &self.fixed {
            return fixed.into();
        }
        if self.is_forwarded(request)
            && let Some(host) = forwarded(request, "x-forwarded-host").filter(|host| self.is_ours(host))
        {
            let url = format!("{}://{host}", forwarded(request, "x-forwarded-proto").unwrap_or("http"));
            if is_url(&url) {
                return url.into();
            }
        }
        (&self.listening).into()
    }

    /// The same, as far as whoever started the server has named it: nothing that only a request says, not even through a trusted
    /// proxy. For what is asked from here.
    pub fn own(&self, request: &HttpRequest) -> String {
        let base = self.base(request);
        let named = |url: &str| self.hosts.iter().any(|host| url.split_once("://").is_some_and(|(_, own)| own == host));
        if named(&base) { base.into_owned() } else { self.usual().to_owned() }
    }

    /// Whether a request came by https, as far as can be known here.
    pub fn is_https(&self, request: &HttpRequest) -> bool {
        let proto = || forwarded(request, "x-forwarded-proto");
        self.usual().starts_with("https://")
            || self.listening.starts_with("https://")
            || (self.is_forwarded(request) && proto().is_some_and(|proto| proto.eq_ignore_ascii_case("https")))
    }

    /// Whether a browser that sends this request means us. A page of another name that was made to resolve to our address
    /// (DNS rebinding) says that name.
    pub fn is_meant(&self, request: &HttpRequest) -> bool {
        let host = || request.headers().get(HOST).and_then(|value| value.to_str().ok());
        let asked = match self.is_forwarded(request) {
            true => forwarded(request, "x-forwarded-host").or_else(host),
            false => host(),
        };
        asked.is_none_or(|host| self.is_ours(host))
    }

    /// Whether a host, perhaps with a port, is one of ours: of the base URL, where we listen, this machine itself, or
    /// allowed by name.
    fn is_ours(&self, asked: &str) -> bool {
        let (name, _) = split(asked);
        let own = [self.fixed.as_deref(), Some(self.listening.as_str())];
        let mut own = own.into_iter().flatten().filter_map(|url| url.split_once("://")).map(|(_, rest)| {
            let (host, _) = split(rest.split('/').next().unwrap_or_default());
            host
        });
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        own.any(|host| host.eq_ignore_ascii_case(name))
            || name.eq_ignore_ascii_case("localhost")
            // No name of a stranger is an address.
            || address.is_ok_and(|address| address.to_canonical().is_loopback() || self.everywhere)
            || self.hosts.iter().any(|allowed| match split(allowed) {
                (host, "") => host.eq_ignore_ascii_case(name),
                _ => allowed.eq_ignore_ascii_case(asked),
            })
    }

    fn is_forwarded(&self, request: &HttpRequest) -> bool {
        !self.proxies.is_empty() && self.peer(request).is_some_and(|peer| self.proxies.contains(&peer))
    }

    /// The names and addresses that a certificate made here is for.
    pub fn names(&self) -> Vec<String> {
        let own = [self.fixed.as_deref(), Some(self.listening.as_str())].into_iter().flatten();
        let own =
            own.filter_map(|url| url.split_once("://")).map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        let all = own.chain(self.hosts.iter().map(String::as_str)).map(|host| split(host).0);
        let all = all.chain(["localhost", "127.0.0.1", "::1"]);
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let mut names: Vec<String> = Vec::new();
        for name in all.map(bare) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The address without a request at hand.
    pub fn usual(&self) -> &str {
        self.fixed.as_deref().unwrap_or(&self.listening)
    }

    /// The client's address: the peer, or the last hop in `X-Forwarded-For` that is no trusted proxy.
    pub fn client(&self, request: &HttpRequest) -> String {
        self.client_address(request).map_or_else(String::new, |address| address.to_string())
    }

    /// The same as an address.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = self.peer(request)?;
        if !self.proxies.contains(&peer) {
            return Some(peer);
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
        Some(client)
    }

    /// Whether a request comes from this machine itself, and not by way of a proxy on it that nobody said to trust.
    pub fn is_local(&self, request: &HttpRequest) -> bool {
        let has = |name: &str| request.headers().contains_key(name);
        let is_passed_on = ["x-forwarded-for", "x-real-ip", "forwarded", "via"].into_iter().any(has);
        self.client_address(request).is_some_and(|address| address.is_loopback())
            && (!is_passed_on || (self.is_forwarded(request) && has("x-forwarded-for")))
    }

    fn peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        request.peer_addr().map(|address| address.ip().to_canonical())
    }
}

/// What the nearest proxy says in a header.
fn forwarded<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()?.split(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// A host and its port, which may be missing.
fn split(text: &str) -> (&str, &str) {
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.ends_with(':') => (host, port),
        _ => (text, ""),
    }
}

/// Whether a text can be the name of a host, perhaps with a port.
pub fn is_host(text: &str) -> bool {
    let (host, _) = split(text);
    !host.is_empty() && !text.contains('/') && is_url(&format!("http://{text}"))
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
