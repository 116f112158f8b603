//! What `doctor` looks at of `X-Forwarded-*`: whether the appliance knows whom it speaks to, and how.

use super::Check;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// An address that nobody has (RFC 5737), claimed to see whether it is believed.
const CLAIMED: &str = "192.0.2.1";

/// Whether the appliance knows whom it speaks to and how: a proxy has to say so in `X-Forwarded-*`, and to be believed.
pub(super) fn look(agent: &ureq::Agent, base: &str, addresses: &[SocketAddr]) -> Check {
    let own = addresses.iter().find_map(|address| own_address(*address));
    const NAME: &str = "forwarded";
    let url = format!("{}/api/v1/status", base);
    let asked = agent.get(&url).header("X-Forwarded-For", CLAIMED).call();
    let seen = asked.ok().and_then(|mut answer| answer.body_mut().read_json::<Value>().ok()).unwrap_or_default();
    let (Some(client), Some(https)) =
        (seen.get("client").and_then(Value::as_str), seen.get("https").and_then(Value::as_bool))
    else {
        let remedy = "Start the server with --base-url or --allow-host for this name.";
        return Check::bad(NAME, format!("{url} does not say whom it sees"), remedy);
    };
    // From the machine of the proxy this program would itself be believed.
    let is_near = own.is_none_or(|own| own.is_loopback());
    let sees_proxy = client.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match () {
        () if base.starts_with("https://") && !https => Check::bad(
            NAME,
            "the appliance takes https for http: cookies are not Secure, and links begin with http://",
            "Start the server with --base-url and --trusted-proxy, and let the proxy set X-Forwarded-Proto.",
        ),
        () if client == CLAIMED && !is_near => Check::bad(
            NAME,
            "a client is believed whatever address it claims: limits for addresses do not hold",
            "Let the proxy replace X-Forwarded-For or append to it, and trust with --trusted-proxy only the proxy.",
        ),
        () if sees_proxy && !is_near => Check::bad(
            NAME,
            "the appliance sees the proxy and not the client: all clients share one limit",
            "Let the proxy set X-Forwarded-For, and start the server with --trusted-proxy and its address.",
        ),
        () if is_near => Check::good(NAME, "on this machine: clients are not told apart by address"),
        () => Check::good(NAME, format!("requests from here come from {client}")),
    }
}

/// The address that this machine reaches another from.
fn own_address(other: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if other.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(other).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}
