//! Bytes on a socket, for what no decent client would send and for connections that are kept alive.

use crate::appliance::{Appliance, PATIENCE};
use crate::connected::Connected;
use crate::reply::Reply;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

/// One connection to an appliance.
pub struct Wire(BufReader<TcpStream>);

impl Wire {
    pub fn open(appliance: &Appliance) -> Wire {
        let stream = TcpStream::connect(&appliance.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Wire(BufReader::new(stream))
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Wire {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Sends a request with a token and without a body.
    pub fn ask(&mut self, method: &str, path: &str, connected: &Connected) -> &mut Wire {
        let path = format!("{}{path}", connected.path());
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", connected.token))
    }

    /// Reads one answer.
    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        self.try_reply().expect("an answer")
    }

    /// Reads one answer; `None` when the connection was closed instead.
    #[track_caller]
    pub fn try_reply(&mut self) -> Option<Reply> {
        let mut line = String::new();
        if self.0.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("“{line}”"));
        let mut headers = HeaderMap::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
        let length = headers.get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).unwrap();
        // What is compressed is no text, and nobody reads it here.
        let compressed = headers.contains_key("content-encoding");
        let text = if compressed { String::new() } else { String::from_utf8(body).unwrap() };
        Some(Reply { asked: "the wire".to_owned(), status, headers, text })
    }

    /// One line of a body that never ends.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// Ends the sending half.
    pub fn finish(&mut self) -> &mut Wire {
        self.0.get_mut().shutdown(Shutdown::Write).unwrap();
        self
    }

    /// Sends what the other side may not take; whether it did.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.get_mut().set_write_timeout(Some(PATIENCE)).unwrap();
        self.0.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Reads to the end of the connection; whether it was closed in time.
    pub fn is_closed(&mut self) -> bool {
        match self.0.read_to_end(&mut Vec::new()) {
            Ok(_) => true,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Everything until the connection is closed.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
