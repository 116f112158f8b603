//! What is turned away before anybody looks at what it wants, and what its client is told.

use super::head::FramingError;

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The body is larger than so many bytes.
    TooLarge(usize),
    /// It did not arrive within so many seconds.
    Slow(u64),
    /// The body is compressed.
    Encoded,
    /// It can be understood in more than one way, or not at all.
    Malformed(&'static str),
    /// The head is longer than what is taken.
    LongHead,
    /// There is no memory for it now.
    NoRoom,
    /// Its client asks too often; it may come back after so many seconds.
    TooOften(u64),
    /// The console does not live at the host that was asked for.
    Misdirected(&'static str),
    /// It comes from an address that is not allowed.
    Address(&'static str),
    /// The connection has no client certificate.
    NoCertificate,
}

impl Rejection {
    /// The stable word for the console.
    pub fn code(self) -> &'static str {
        match self {
            Rejection::TooLarge(_) | Rejection::LongHead => "TOO_LARGE",
            Rejection::Slow(_) => "SLOW",
            Rejection::Encoded => "ENCODED",
            Rejection::Malformed(_) => "MALFORMED",
            Rejection::NoRoom => "BUSY",
            Rejection::TooOften(_) => "TOO_OFTEN",
            Rejection::Misdirected(_) => "UNKNOWN_HOST",
            Rejection::Address(_) => "ADDRESS_NOT_ALLOWED",
            Rejection::NoCertificate => "NO_CLIENT_CERTIFICATE",
        }
    }

    /// The text of the refusal.
    pub fn sentence(self) -> String {
        match self {
            Rejection::TooLarge(limit) => format!("The body is larger than {limit} bytes."),
            Rejection::Slow(seconds) => format!("The request did not arrive within {seconds} seconds."),
            Rejection::Encoded => "Compressed bodies are not accepted. Send it without Content-Encoding.".to_owned(),
            Rejection::Malformed(sentence) | Rejection::Misdirected(sentence) | Rejection::Address(sentence) => {
                sentence.to_owned()
            }
            Rejection::NoCertificate => {
                "A client certificate is needed here. Present one of the authority that the server was started with."
                    .to_owned()
            }
            Rejection::LongHead => "The address and the headers are longer than 65536 bytes.".to_owned(),
            Rejection::NoRoom => "Too many large requests at the same moment. Try again in a moment.".to_owned(),
            Rejection::TooOften(seconds) => format!("Too many requests. Wait {seconds} seconds."),
        }
    }
}

impl From<FramingError> for Rejection {
    fn from(doubt: FramingError) -> Rejection {
        match doubt {
            FramingError::Malformed(sentence) => Rejection::Malformed(sentence),
            FramingError::LongHead => Rejection::LongHead,
            FramingError::Slow => Rejection::Slow(5),
        }
    }
}
