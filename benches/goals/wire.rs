//! HTTP/1.1 as cheaply as a client can speak it: bytes out, a head and a body in, over one connection.

use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is opened when it is needed, and again when the other side has closed it.
pub struct Connection<'a> {
    address: &'a str,
    stream: Option<TcpStream>,
    input: Vec<u8>,
    /// How many times it was opened.
    pub opened: u64,
}

/// An answer.
pub struct Reply<'a> {
    /// 200, 201, …
    pub status: u16,
    /// Without chunk marks.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// Whether the first bytes of the body hold a text: counters of a list stand there.
    pub fn begins_with(&self, text: &str) -> bool {
        find(self.body.get(..300).unwrap_or(self.body), text.as_bytes()).is_some()
    }

    /// Whether the body holds a text.
    pub fn holds(&self, text: &str) -> bool {
        find(self.body, text.as_bytes()).is_some()
    }

    /// The id of the resource that it is.
    pub fn id(&self) -> Option<&str> {
        let at = find(self.body, b"\"id\"")? + 4;
        let rest = std::str::from_utf8(self.body.get(at..)?).ok()?.trim_start().strip_prefix(':')?.trim_start();
        match rest.strip_prefix('"') {
            Some(text) => text.split('"').next(),
            None => rest.split(|c: char| !c.is_ascii_digit()).next().filter(|digits| !digits.is_empty()),
        }
    }
}

/// Where a text begins.
pub fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        if bytes.get(from + at..)?.starts_with(text) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// What a head says about what follows.
#[derive(Default)]
struct Head {
    status: u16,
    length: Option<usize>,
    chunked: bool,
    closes: bool,
}

impl<'a> Connection<'a> {
    /// One that is not open yet.
    pub fn new(address: &'a str) -> Connection<'a> {
        Connection { address, stream: None, input: Vec::with_capacity(16 * 1024), opened: 0 }
    }

    /// Opens it, so that the first exchange is like the others.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(&mut self) -> Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.opened += 1;
        self.stream = Some(stream);
        Ok(())
    }

    /// Closes it, also in the middle of an answer.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// When the connection breaks, or the answer is not HTTP/1.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        let kept = self.stream.is_some();
        let mut head = self.begin(request).await;
        // A service may close a kept connection just before we speak; as long as it has not answered, that is no failure.
        if head.is_err() && kept && self.input.is_empty() {
            self.close();
            head = self.begin(request).await;
        }
        let done = match head {
            Ok((head, at)) => self.finish(&head, at).await.map(|body| (head.status, body)),
            Err(error) => Err(error),
        };
        match done {
            Ok((status, body)) => Ok(Reply { status, body: self.input.get(body..).unwrap_or_default() }),
            Err(error) => {
                self.close();
                Err(error)
            }
        }
    }

    /// Up to the end of the head, and where that is.
    async fn begin(&mut self, request: &[u8]) -> Result<(Head, usize)> {
        self.input.clear();
        if self.stream.is_none() {
            self.open().await?;
        }
        if let Some(stream) = &mut self.stream {
            stream.write_all(request).await?;
        }
        loop {
            self.more().await?;
            if let Some(at) = find(&self.input, b"\r\n\r\n") {
                let head = self.input.get(..at).and_then(read_head).ok_or(ErrorKind::InvalidData)?;
                return Ok((head, at + 4));
            }
        }
    }

    /// Reads what follows the head and says where the body begins; it ends with the input.
    async fn finish(&mut self, head: &Head, at: usize) -> Result<usize> {
        let mut body = at;
        match head {
            Head { status: 204 | 304, .. } => {}
            Head { chunked: true, .. } => {
                self.unchunk(at).await?;
                body = 0;
            }
            Head { length: Some(length), .. } => {
                let end = at + length;
                self.input.reserve(end.saturating_sub(self.input.len()));
                while self.input.len() < end {
                    self.more().await?;
                }
            }
            _ => {
                while self.more().await.is_ok() {}
                self.close();
            }
        }
        if head.closes {
            self.close();
        }
        Ok(body)
    }

    async fn more(&mut self) -> Result<()> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        match stream.read_buf(&mut self.input).await? {
            0 => Err(Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(()),
        }
    }

    /// Takes the chunks from a place on out of their marks; afterwards the input is the body alone.
    async fn unchunk(&mut self, mut at: usize) -> Result<()> {
        let mut body = Vec::with_capacity(self.input.len());
        loop {
            let line = loop {
                match self.input.get(at..).and_then(|rest| find(rest, b"\r\n")) {
                    Some(line) => break line,
                    None => self.more().await?,
                }
            };
            let mark = self.input.get(at..at + line).and_then(|mark| std::str::from_utf8(mark).ok());
            let size = mark.and_then(|mark| usize::from_str_radix(mark.split(';').next()?.trim(), 16).ok());
            let size = size.ok_or(ErrorKind::InvalidData)?;
            at += line + 2;
            while self.input.len() < at + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                self.input = body;
                return Ok(());
            }
            body.extend_from_slice(self.input.get(at..at + size).unwrap_or_default());
            at += size + 2;
        }
    }
}

fn read_head(head: &[u8]) -> Option<Head> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let first = lines.next()?;
    let status = first.get(9..12)?.parse().ok()?;
    let mut read = Head { status, closes: first.starts_with("HTTP/1.0"), ..Head::default() };
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            read.length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            read.chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            read.closes = value.eq_ignore_ascii_case("close");
        }
    }
    Some(read)
}
