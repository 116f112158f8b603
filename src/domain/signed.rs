//! Signed texts: what a client brings back unchanged, or not at all.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const TAG: usize = 16;

/// A text under a key: base64url of a tag of 128 bits (HMAC-SHA-256) and the text.
pub fn sign(key: &[u8; 32], text: &str) -> String {
    let mut signed = tag(key, text.as_bytes()).to_vec();
    signed.extend_from_slice(text.as_bytes());
    URL_SAFE_NO_PAD.encode(signed)
}

/// The text that was signed; `None` for anything else.
pub fn verify(key: &[u8; 32], signed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(signed).ok()?;
    let (sent, text) = bytes.split_at_checked(TAG)?;
    let genuine = bool::from(subtle::ConstantTimeEq::ct_eq(sent, &tag(key, text)[..]));
    genuine.then(|| String::from_utf8(text.to_vec()).ok()).flatten()
}

/// 16 bits that tell texts apart and from which nobody reads them, not even with the key.
pub fn mark(key: &[u8; 32], text: &str) -> u16 {
    let [a, b, ..] = tag(key, text.as_bytes());
    u16::from_be_bytes([a, b])
}

fn tag(key: &[u8; 32], text: &[u8]) -> [u8; TAG] {
    let mut tag = [0; TAG];
    // A key of 32 bytes is always taken.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        mac.update(text);
        tag.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_does_not_open() {
        let signed = sign(&[7; 32], "page 2");
        assert_eq!(verify(&[7; 32], &signed).as_deref(), Some("page 2"));
        assert_eq!(verify(&[8; 32], &signed), None);
        assert_eq!(verify(&[7; 32], &signed.replace(signed.chars().last().unwrap_or('A'), "B")), None);
        assert_eq!(verify(&[7; 32], ""), None);
        assert_eq!(verify(&[7; 32], "!!!"), None);
    }
}
