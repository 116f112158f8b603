//! The address to listen on, as people write it.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` for all addresses of this machine, and `8080` for this
/// machine alone.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let wrong = || "expected an address and a port such as 127.0.0.1:8080, localhost:8080 or :8080".to_owned();
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    if host.is_empty() {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    }
    let found = (host, port).to_socket_addrs().map_err(|error| format!("“{host}” is not known: {error}"))?;
    let all: Vec<SocketAddr> = found.collect();
    all.iter().find(|address| address.is_ipv4()).or(all.first()).copied().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_every_way_that_people_write_it() {
        for (text, read) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:8080", "127.0.0.1:8080"),
            (":8080", "0.0.0.0:8080"),
            ("8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(listen_address(text).map(|address| address.to_string()), Ok(read.to_owned()), "{text}");
        }
        for text in ["nowhere", "", ":", "localhost:99999", "localhost:"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }
}
