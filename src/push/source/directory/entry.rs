//! An entry of a directory as it came, read without trust in its shape.

use data_encoding::HEXLOWER;
use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};

/// An entry: its DN, and its attributes as the server named them.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// Reads a SearchResultEntry (RFC 4511, section 4.5.2). `None` if it is none.
    pub fn read(entry: ResultEntry) -> Option<Entry> {
        let mut parts = inner(entry.0)?.into_iter();
        let dn = text(parts.next()?)?;
        let mut attributes = Vec::new();
        for attribute in inner(parts.next()?)? {
            let mut parts = inner(attribute)?.into_iter();
            let name = text(parts.next()?)?;
            let values = inner(parts.next()?)?.into_iter().map(bytes).collect::<Option<Vec<_>>>()?;
            attributes.push((name, values));
        }
        Some(Entry { dn, attributes })
    }

    /// All attributes with their values.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        self.attributes.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values of an attribute.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes().find(|(is, _)| is.eq_ignore_ascii_case(name)).map_or(&[], |(_, values)| values)
    }

    /// The first value that is a text and not blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        let texts = self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok());
        texts.map(str::trim).find(|text| !text.is_empty())
    }

    /// The first value as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Whether one of the values is this text, in any case.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|is| is.eq_ignore_ascii_case(value.as_bytes()))
    }

    /// `objectGUID` as Active Directory prints it, `{03020100-0504-0706-0809-0a0b0c0d0e0f}` for the bytes 0 to 15.
    pub fn guid(&self) -> Option<String> {
        let [a, b, c, d, e, f, g, h, i, j, rest @ ..]: &[u8; 16] =
            self.values("objectGUID").first()?.as_slice().try_into().ok()?;
        let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
        let (first, second, third) = (hex(&[*d, *c, *b, *a]), hex(&[*f, *e]), hex(&[*h, *g]));
        Some(format!("{{{first}-{second}-{third}-{}-{}}}", hex(&[*i, *j]), hex(rest)))
    }

    /// The last part of an `objectSid` of a domain, `S-1-5-21-…`, by which people name their primary group.
    pub fn rid(&self) -> Option<u32> {
        let sid = self.values("objectSid").first()?;
        let is_of_domain = sid.get(8..12) == Some(&[21, 0, 0, 0]) && sid.len() == 28;
        Some(u32::from_le_bytes(*sid.last_chunk()?)).filter(|_| is_of_domain)
    }
}

fn inner(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn bytes(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

fn text(tag: StructureTag) -> Option<String> {
    String::from_utf8(bytes(tag)?).ok()
}

#[cfg(test)]
impl Entry {
    pub fn of(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Entry {
        let attribute =
            |(name, values): &(&str, &[&[u8]])| ((*name).to_owned(), values.iter().map(|v| v.to_vec()).collect());
        Entry { dn: dn.to_owned(), attributes: attributes.iter().map(attribute).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_and_rids_are_as_active_directory_prints_them() {
        let guid: Vec<u8> = (0..16).collect();
        let mut sid = [0; 28];
        sid[..9].copy_from_slice(&[1, 5, 0, 0, 0, 0, 0, 5, 21]);
        sid[24..26].copy_from_slice(&[0x51, 4]);
        let entry = Entry::of("cn=x", &[("objectguid", &[&guid]), ("objectSid", &[&sid])]);
        assert_eq!(entry.guid().as_deref(), Some("{03020100-0504-0706-0809-0a0b0c0d0e0f}"));
        assert_eq!(entry.rid(), Some(1105));
        let builtin = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        assert_eq!(Entry::of("cn=x", &[("objectSid", &[&builtin])]).rid(), None, "S-1-5-32-544");
        assert_eq!(Entry::of("cn=x", &[("objectGUID", &[b"short"])]).guid(), None);
    }
}
