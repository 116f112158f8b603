//! Allow lists: the network addresses that somebody may come from.

use super::{Error, Result};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses and blocks of them (RFC 4632, RFC 4291), written as `192.0.2.0/24, 2001:db8::7`. An empty list lets everybody in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Option<Vec<Block>>);

/// A block: its first address, and how many bits of that its addresses share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block(IpAddr, u8);

impl AllowList {
    /// The most blocks of a list.
    pub const MOST: usize = 100;

    /// A list as it is kept. What cannot be read lets nobody in.
    pub fn kept(text: Option<&str>) -> AllowList {
        text.map_or_else(AllowList::default, |text| text.parse().unwrap_or(AllowList(Some(Vec::new()))))
    }

    /// How it is kept: nothing for everybody.
    pub fn text(&self) -> Option<String> {
        self.0.as_ref().map(|_| self.to_string())
    }

    /// Whether it lets everybody in.
    pub fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a client may come from there. Who has no address is let in by an empty list only.
    pub fn allows(&self, from: Option<IpAddr>) -> bool {
        let Some(blocks) = &self.0 else { return true };
        from.is_some_and(|address| blocks.iter().any(|block| block.holds(address.to_canonical())))
    }
}

impl Block {
    fn holds(self, address: IpAddr) -> bool {
        match (self.0, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => first(address, self.1) == self.0,
            _ => false,
        }
    }
}

/// An address without the bits behind the first `bits`.
fn first(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(bits.into())).unwrap_or_default();
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(bits.into())).unwrap_or_default();
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl FromStr for Block {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Block, String> {
        let shown: String = text.chars().take(60).collect();
        let wrong = || format!("“{shown}” is neither an address nor a block such as 192.0.2.0/24 or 2001:db8::/32");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let is_number = |bits: &&str| bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits: u8 = match bits {
            Some(bits) => Some(bits).filter(is_number).and_then(|bits| bits.parse().ok()).ok_or_else(wrong)?,
            None => whole,
        };
        // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
        let (address, bits) = match (address, address.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(mapped)) if (96..=128).contains(&bits) => (mapped.into(), bits - 96),
            _ if bits > whole => return Err(wrong()),
            _ => (address, bits),
        };
        match first(address, bits) {
            start if start == address => Ok(Block(address, bits)),
            start => Err(format!("“{shown}” is inside a block and not its beginning: write {start}/{bits}")),
        }
    }
}

impl FromStr for AllowList {
    type Err = Error;

    fn from_str(text: &str) -> Result<AllowList> {
        let wrong = |what| Error::Invalid("allow_from", what);
        let blocks = text.split([',', ' ', '\t', '\n']).filter(|one| !one.is_empty()).map(str::parse);
        let blocks: Vec<Block> = blocks.collect::<std::result::Result<_, _>>().map_err(wrong)?;
        if blocks.len() > AllowList::MOST {
            return Err(wrong(format!("expected at most {} addresses and blocks", AllowList::MOST)));
        }
        Ok(AllowList(Some(blocks).filter(|blocks| !blocks.is_empty())))
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Block(address, bits)) in self.0.iter().flatten().enumerate() {
            let between = if at == 0 { "" } else { ", " };
            match (address, bits) {
                (IpAddr::V4(_), 32) | (IpAddr::V6(_), 128) => write!(f, "{between}{address}")?,
                _ => write!(f, "{between}{address}/{bits}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_list_holds_what_its_blocks_hold() {
        for (list, address, holds) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("2001:db8::/32, 192.0.2.7", "2001:db8:ffff::1", true),
            ("2001:db8::/32 192.0.2.7", "2001:db9::1", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.7", false),
            ("", "192.0.2.7", true),
        ] {
            let found: AllowList = list.parse().unwrap();
            assert_eq!(found.allows(address.parse().ok()), holds, "{list} {address}");
            assert_eq!(AllowList::kept(found.text().as_deref()), found, "{list}");
        }
        assert!(!AllowList::kept(Some("who knows")).allows("127.0.0.1".parse().ok()));
        assert!(!"192.0.2.7".parse::<AllowList>().unwrap().allows(None));
    }

    #[test]
    fn a_list_says_what_is_wrong_with_it() {
        let said = |text: &str| text.parse::<AllowList>().unwrap_err().to_string();
        assert!(said("192.0.2.9/24").contains("write 192.0.2.0/24"), "{}", said("192.0.2.9/24"));
        assert!(said("2001:db8::1/32").contains("write 2001:db8::/32"));
        for wrong in
            ["192.0.2.0/33", "::/129", "::ffff:192.0.2.0/129", "192.0.2", "host.test", "1.2.3.4/", "1.2.3.4/+8"]
        {
            assert!(said(wrong).contains(wrong), "{}", said(wrong));
        }
        assert!(said(&"192.0.2.7,".repeat(101)).contains("at most 100"));
    }
}
