//! Distinguished names: whether a text is one, and whether two are the same.

/// Whether a text may be a DN: it begins with an attribute and `=` (RFC 4514).
pub(super) fn looks_like_one(text: &str) -> bool {
    let Some((attribute, _)) = text.split_once('=') else { return false };
    let attribute = attribute.trim();
    !attribute.is_empty() && attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

/// A form in which two spellings of one DN mostly agree: lower case, escapes undone, no spaces around separators. Only for
/// comparing, and never the last word: what does not agree is asked of the server.
pub(super) fn folded(dn: &str) -> String {
    let mut parts: Vec<Vec<u8>> = vec![Vec::new()];
    let bytes = dn.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte == b'\\' {
            let hex = bytes.get(at..at + 2).and_then(|pair| data_encoding::HEXLOWER_PERMISSIVE.decode(pair).ok());
            let (escaped, length) = match (hex, bytes.get(at)) {
                (Some(hex), _) => (hex.first().copied(), 2),
                (None, next) => (next.copied(), 1),
            };
            at += length;
            if let (Some(part), Some(escaped)) = (parts.last_mut(), escaped) {
                // An escaped separator is part of a value.
                part.extend([0].iter().filter(|_| b",;=+".contains(&escaped)));
                part.push(escaped);
            }
        } else if b",;".contains(&byte) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(byte);
        }
    }
    let part = |part: Vec<u8>| {
        let text = String::from_utf8_lossy(&part).to_lowercase();
        let (attribute, value) = text.split_once('=').unwrap_or((&text, ""));
        format!("{}={}", attribute.trim(), value.trim())
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}

/// Whether a DN is another or below it.
pub(super) fn is_below(dn: &str, base: &str) -> bool {
    let (dn, base) = (folded(dn), folded(base));
    dn == base || dn.ends_with(&format!(",{base}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_agree() {
        for (one, other) in [
            ("CN=Doe\\, Jane,OU=Staff,DC=ad,DC=test", "cn=doe\\2c jane, ou=staff , dc=AD,dc=test"),
            ("cn=M\\c3\\bcller,dc=x", "CN=müller,DC=x"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("cn=a\\,dc=b,dc=c"), folded("cn=a,dc=b,dc=c"));
        assert!(is_below("uid=a,OU=People,dc=x", "ou=people, dc=x"));
        assert!(!is_below("uid=a,ou=morepeople,dc=x", "people,dc=x"));
    }

    #[test]
    fn a_name_with_an_equals_sign_is_not_always_a_dn() {
        assert!(looks_like_one("CN=Finance,DC=ad,DC=test"));
        assert!(looks_like_one("2.5.4.3=Finance"));
        for name in ["Finance", "*)(uid=*", "=x", "R & D = fun"] {
            assert!(!looks_like_one(name), "{name}");
        }
    }
}
