//! What is turned away before anybody looks at what it wants, and what its client is told.

use super::framing::Doubt;

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
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
}

impl Turned {
    /// The stable word for the console.
    pub fn code(self) -> &'static str {
        match self {
            Turned::TooLarge(_) | Turned::LongHead => "TOO_LARGE",
            Turned::Slow(_) => "SLOW",
            Turned::Encoded => "ENCODED",
            Turned::Malformed(_) => "MALFORMED",
            Turned::NoRoom => "BUSY",
            Turned::TooOften(_) => "TOO_OFTEN",
            Turned::Misdirected(_) => "UNKNOWN_HOST",
        }
    }

    /// The text of the refusal.
    pub fn sentence(self) -> String {
        match self {
            Turned::TooLarge(limit) => format!("The body is larger than {limit} bytes."),
            Turned::Slow(seconds) => format!("The request did not arrive within {seconds} seconds."),
            Turned::Encoded => "Compressed bodies are not accepted. Send it without Content-Encoding.".to_owned(),
            Turned::Malformed(sentence) | Turned::Misdirected(sentence) => sentence.to_owned(),
            Turned::LongHead => "The address and the headers are longer than 65536 bytes.".to_owned(),
            Turned::NoRoom => "Too many large requests at the same moment. Try again in a moment.".to_owned(),
            Turned::TooOften(seconds) => format!("Too many requests. Wait {seconds} seconds."),
        }
    }
}

impl From<Doubt> for Turned {
    fn from(doubt: Doubt) -> Turned {
        match doubt {
            Doubt::Malformed(sentence) => Turned::Malformed(sentence),
            Doubt::LongHead => Turned::LongHead,
            Doubt::Slow => Turned::Slow(5),
        }
    }
}
