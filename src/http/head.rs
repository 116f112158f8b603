//! The head of a request, line by line: what the HTTP library would refuse with a bare 400 is refused here in words.

use actix_web::http::Uri;

/// What is wrong with a request, and what its client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// It can be understood in more than one way, or not at all.
    Malformed(&'static str),
    /// The head is longer than what is taken.
    LongHead,
    /// The head did not arrive in time.
    Slow,
}

/// How many header fields the library takes.
const FIELDS: usize = 96;

/// What a byte may be part of: a token (RFC 9110, section 5.6.2), a path that needs no closer look, a field's value.
const TOKEN: u8 = 1;
const PLAIN: u8 = 2;
const VALUE: u8 = 4;

#[expect(clippy::indexing_slicing, reason = "what is wrong here does not compile")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: usize = 0;
    while byte < 256 {
        let ascii = byte as u8;
        if ascii.is_ascii_alphanumeric() {
            classes[byte] |= TOKEN | PLAIN;
        }
        if byte >= 0x20 && byte != 0x7f || byte == 0x09 {
            classes[byte] |= VALUE;
        }
        byte += 1;
    }
    let mark = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < mark.len() {
        classes[mark[at] as usize] |= TOKEN;
        at += 1;
    }
    let plain = b"/-_.~%?&=+:@,;!$'()*";
    let mut at = 0;
    while at < plain.len() {
        classes[plain[at] as usize] |= PLAIN;
        at += 1;
    }
    classes
};

fn are(bytes: &[u8], class: u8) -> bool {
    // Without a branch for each byte.
    bytes.iter().fold(class, |all, byte| all & CLASSES.get(usize::from(*byte)).copied().unwrap_or_default()) != 0
}

/// What a request line says of where the request ends.
pub struct RequestLine {
    /// Whether it is of HTTP/1.0.
    pub old: bool,
    /// Whether its body has to have a length.
    pub needs_length: bool,
    /// Whether what follows is another protocol.
    pub tunnel: bool,
}

/// Reads `GET /path HTTP/1.1`.
///
/// # Errors
/// What the library would not read.
pub fn request_line(line: &[u8]) -> Result<RequestLine, FramingError> {
    let (Some(first), Some(last)) = (memchr::memchr(b' ', line), memchr::memrchr(b' ', line)) else {
        return Err(FramingError::Malformed("The request line is not a method, an address and HTTP/1.1."));
    };
    let (method, version) = (line.get(..first).unwrap_or_default(), line.get(last + 1..).unwrap_or_default());
    let target = line.get(first + 1..last).unwrap_or_default();
    if method.is_empty() || !are(method, TOKEN) {
        return Err(FramingError::Malformed("The method of the request is no token."));
    }
    let old = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(FramingError::Malformed("Only HTTP/1.1 and HTTP/1.0 are spoken here.")),
    };
    if !(target.starts_with(b"/") && are(target, PLAIN)) && Uri::try_from(target).is_err() {
        return Err(FramingError::Malformed("The address of the request is no URI. Encode what is special in it."));
    }
    Ok(RequestLine { old, needs_length: old && method == b"POST", tunnel: method == b"CONNECT" })
}

/// Looks at one field; `number` counts from 0.
///
/// # Errors
/// A name that is no token, a value with control characters, one field too many.
pub fn field(line: &[u8], number: usize) -> Result<(), FramingError> {
    if number >= FIELDS {
        return Err(FramingError::Malformed("The head has more than 96 fields."));
    }
    let Some((name, value)) = memchr::memchr(b':', line).map(|colon| line.split_at(colon)) else {
        return Err(FramingError::Malformed("A line of the head has no colon."));
    };
    if name.is_empty() || !are(name, TOKEN) {
        return Err(FramingError::Malformed("The name of a header field is no token."));
    }
    if !are(value, VALUE) {
        return Err(FramingError::Malformed("A header field holds a control character."));
    }
    Ok(())
}
