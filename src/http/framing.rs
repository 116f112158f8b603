//! Framing: where each request of a connection begins and ends, read more strictly than the HTTP library reads it.
//!
//! The library takes a chunked body that ends `0\r\n\n` for unfinished and then reads the next request as trailers
//! (CVE-2026-134342); it also takes lines that end in a bare LF. Whatever two readers could understand differently is
//! refused here, before the library sees it, so that no request hides inside another (RFC 9112, sections 2.2, 6 and 7.1).

use super::head::{self, FramingError, RequestLine};

/// The longest head, in bytes.
const HEAD: usize = 65_536;
/// The longest line before a chunk, with its extensions.
const CHUNK_LINE: u32 = 256;
/// What all extensions and trailers of one body may be together, in bytes.
const EXTRAS: u32 = 4_096;

/// How far the bytes that were looked at go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// All of them are well.
    Whole,
    /// Those after so many belong to a head that is not complete.
    Partial(usize),
    /// Those after so many are not to be passed on: a head, or the middle of a body.
    Refused(usize, FramingError),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FramingState {
    Head,
    Length(u64),
    Chunked(Chunk),
    /// Nothing of this connection is to be read as a request any more.
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    TrailerEnd,
    EndLf,
}

/// What is known of the head that is being read. `at` counts from its first byte.
#[derive(Default)]
struct Head {
    at: usize,
    lines: usize,
    length: Option<u64>,
    chunked: bool,
    host: bool,
    old: bool,
    needs_length: bool,
    tunnel: bool,
}

/// Follows the requests of one connection.
pub struct Framing {
    state: FramingState,
    head: Head,
    heads: u64,
    size: u64,
    digits: u32,
    line: u32,
    extras: u32,
    looked_at_chunks: bool,
}

impl Framing {
    /// At the beginning of a connection.
    pub fn new() -> Framing {
        Framing {
            state: FramingState::Head,
            head: Head::default(),
            heads: 0,
            size: 0,
            digits: 0,
            line: 0,
            extras: 0,
            looked_at_chunks: false,
        }
    }

    /// How many heads were complete so far.
    pub fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether the body of the latest request has not ended.
    pub fn in_body(&self) -> bool {
        matches!(self.state, FramingState::Length(_) | FramingState::Chunked(_))
    }

    /// Whether the last look was at chunks: what was refused then is a body that somebody may be waiting for.
    pub fn was_in_chunks(&self) -> bool {
        self.looked_at_chunks
    }

    /// Whether nothing more is read as a request.
    pub fn is_over(&self) -> bool {
        self.state == FramingState::Over
    }

    /// Ends it: the rest of the connection is not looked at.
    pub fn end(&mut self) {
        self.state = FramingState::Over;
    }

    /// Looks at the next bytes. What was [`Scanned::Partial`] is given again at the beginning of the next call.
    pub fn look(&mut self, bytes: &[u8]) -> Scanned {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            self.looked_at_chunks = matches!(self.state, FramingState::Chunked(_));
            let step = match self.state {
                FramingState::Head => match self.read_head(rest) {
                    Ok(Some(length)) => Ok(length),
                    Ok(None) => return Scanned::Partial(at),
                    Err(doubt) => Err((0, doubt)),
                },
                FramingState::Length(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let left = left - length as u64;
                    self.state = if left == 0 { FramingState::Head } else { FramingState::Length(left) };
                    Ok(length)
                }
                FramingState::Chunked(chunk) => self.read_chunk(chunk, rest),
                FramingState::Over => {
                    return Scanned::Refused(at, FramingError::Malformed("Nothing may follow this request."));
                }
            };
            match step {
                Ok(length) => at += length,
                Err((length, doubt)) => {
                    self.state = FramingState::Over;
                    return Scanned::Refused(at + length, doubt);
                }
            }
        }
        Scanned::Whole
    }

    /// Reads a head to its end; its length when it is complete.
    fn read_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, FramingError> {
        while let Some(rest) = bytes.get(self.head.at..) {
            let Some(end) = memchr::memchr(b'\n', rest) else {
                return if bytes.len() > HEAD { Err(FramingError::LongHead) } else { Ok(None) };
            };
            let line = rest.get(..end).unwrap_or_default();
            let Some((b'\r', line)) = line.split_last() else {
                return Err(FramingError::Malformed("A line of the head ends without CR."));
            };
            self.head.at += end + 1;
            if self.head.at > HEAD {
                return Err(FramingError::LongHead);
            }
            match (self.head.lines, line.is_empty()) {
                // RFC 9112, section 2.2: an empty line before a request is passed over.
                (0, true) if self.head.at <= 4 => {}
                (0, true) => return Err(FramingError::Malformed("A request begins with empty lines.")),
                (0, false) => self.read_request_line(line)?,
                (_, true) => return self.end_of_head().map(Some),
                (_, false) => self.read_field(line)?,
            }
            if !line.is_empty() {
                self.head.lines += 1;
            }
        }
        Ok(None)
    }

    fn read_request_line(&mut self, line: &[u8]) -> Result<(), FramingError> {
        let RequestLine { old, needs_length, tunnel } = head::request_line(line)?;
        (self.head.old, self.head.needs_length, self.head.tunnel) = (old, needs_length, tunnel);
        Ok(())
    }

    fn read_field(&mut self, line: &[u8]) -> Result<(), FramingError> {
        let head = &mut self.head;
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(FramingError::Malformed("A line of the head is folded."));
        }
        head::field(line, head.lines - 1)?;
        match line.first() {
            Some(b'h' | b'H') => {
                head.host |= line.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"host:"));
                return Ok(());
            }
            // Only these three decide where a request ends.
            Some(b'c' | b'C' | b't' | b'T' | b'u' | b'U') => {}
            _ => return Ok(()),
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match name.trim_ascii() {
            trimmed if trimmed.eq_ignore_ascii_case(b"content-length") => {
                let digits = value.iter().all(u8::is_ascii_digit);
                let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                match length.filter(|_| digits && name.len() == trimmed.len() && head.length.is_none()) {
                    Some(length) => head.length = Some(length),
                    None => return Err(FramingError::Malformed("Content-Length is not one number.")),
                }
            }
            trimmed if trimmed.eq_ignore_ascii_case(b"transfer-encoding") => {
                let plain = value.eq_ignore_ascii_case(b"chunked") && name.len() == trimmed.len();
                if !plain || head.chunked {
                    return Err(FramingError::Malformed("Transfer-Encoding can only be “chunked”."));
                }
                head.chunked = true;
            }
            b"upgrade" | b"Upgrade" | b"UPGRADE" => head.tunnel |= value.eq_ignore_ascii_case(b"websocket"),
            other => head.tunnel |= other.eq_ignore_ascii_case(b"upgrade") && value.eq_ignore_ascii_case(b"websocket"),
        }
        Ok(())
    }

    fn end_of_head(&mut self) -> Result<usize, FramingError> {
        let head = std::mem::take(&mut self.head);
        if head.chunked && head.length.is_some() {
            return Err(FramingError::Malformed("Content-Length and Transfer-Encoding exclude each other."));
        }
        if head.chunked && head.old {
            return Err(FramingError::Malformed("Transfer-Encoding needs HTTP/1.1."));
        }
        if head.needs_length && head.length.is_none() {
            return Err(FramingError::Malformed("A POST of HTTP/1.0 needs Content-Length."));
        }
        if !head.host && !head.old {
            return Err(FramingError::Malformed("Host is missing."));
        }
        self.heads += 1;
        self.extras = 0;
        self.state = match head.length {
            // What follows would belong to another protocol, which is not spoken here.
            _ if head.tunnel => FramingState::Over,
            _ if head.chunked => self.next_chunk(),
            Some(length) if length > 0 => FramingState::Length(length),
            _ => FramingState::Head,
        };
        Ok(head.at)
    }

    fn next_chunk(&mut self) -> FramingState {
        (self.size, self.digits, self.line) = (0, 0, 0);
        FramingState::Chunked(Chunk::Size)
    }

    /// Reads on in a chunked body; how many bytes, or how many before one that must not be there.
    fn read_chunk(&mut self, chunk: Chunk, bytes: &[u8]) -> Result<usize, (usize, FramingError)> {
        if chunk == Chunk::Data {
            let length = usize::try_from(self.size).unwrap_or(usize::MAX).min(bytes.len());
            self.size -= length as u64;
            if self.size == 0 {
                self.state = FramingState::Chunked(Chunk::DataCr);
            }
            return Ok(length);
        }
        let Some(byte) = bytes.first() else { return Ok(0) };
        let next = self.step(chunk, *byte).map_err(|sentence| (0, FramingError::Malformed(sentence)))?;
        self.state = next;
        Ok(1)
    }

    fn step(&mut self, chunk: Chunk, byte: u8) -> Result<FramingState, &'static str> {
        use Chunk::*;
        let next = match (chunk, byte) {
            (Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if self.digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                (self.size, self.digits) = (self.size * 16 + u64::from(digit), self.digits + 1);
                Size
            }
            (Size, b'\r') if self.digits > 0 => SizeEnd,
            (Size, b';') if self.digits > 0 => Extension,
            (Size, _) => return Err("The size of a chunk is no hexadecimal number."),
            (Extension, b'\r') => SizeEnd,
            (Extension | Trailer, 0x20..=0x7e | b'\t' | 0x80..) => {
                (self.line, self.extras) = (self.line + 1, self.extras + 1);
                if self.extras > EXTRAS || (chunk == Extension && self.line > CHUNK_LINE) {
                    return Err("Chunk extensions and trailers are too long.");
                }
                chunk
            }
            (Extension, _) => return Err("A chunk extension holds what it cannot hold."),
            (SizeEnd, b'\n') if self.size > 0 => Data,
            (SizeEnd, b'\n') => TrailerStart,
            (DataCr, b'\r') => DataLf,
            (DataLf, b'\n') => return Ok(self.next_chunk()),
            (TrailerStart, b'\r') => EndLf,
            (TrailerStart, b'!'..=b'~') => {
                self.extras += 1;
                Trailer
            }
            (Trailer, b'\r') => TrailerEnd,
            (TrailerEnd, b'\n') => TrailerStart,
            (EndLf, b'\n') => return Ok(FramingState::Head),
            _ => return Err("The chunks of the body are not well formed."),
        };
        Ok(FramingState::Chunked(next))
    }
}
