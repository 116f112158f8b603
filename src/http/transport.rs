//! Transport: what carries a connection's bytes, TCP alone or TLS over it.

use super::open_sockets::Slot;
use crate::domain::client_certificate::ShownCertificate;
use crate::tls::{self, Tls, TlsStream};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A handshake is done within this time, as long as a head may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A connection, after its handshake if it has one.
pub enum Transport {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Shakes hands where TLS is spoken. A client that is slow, or whose place is needed for others, is let go.
///
/// # Errors
/// When there is no handshake.
pub async fn shake(stream: TcpStream, tls: Option<&Tls>, place: &Slot) -> io::Result<Transport> {
    let Some(tls) = tls else { return Ok(Transport::Plain(stream)) };
    let mut handshake = pin!(timeout(HANDSHAKE, tls.accept(stream)));
    let shaken = poll_fn(|context| {
        // The task of a connection is always the same, here and in its stream.
        place.waker.register(context.waker());
        match place.is_closing() {
            true => Poll::Ready(None),
            false => handshake.as_mut().poll(context).map(Some),
        }
    });
    match shaken.await {
        Some(Ok(stream)) => Ok(Transport::Tls(Box::new(stream?))),
        Some(Err(_)) | None => {
            tls.count_failure();
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}

impl Transport {
    /// What the client showed in the handshake; a certificate that is not trusted ends that.
    pub fn certificate(&self, tls: Option<&Tls>) -> ShownCertificate {
        let (Transport::Tls(stream), Some(tls)) = (self, tls.filter(|tls| tls.asks_clients())) else {
            return ShownCertificate::NotAsked;
        };
        match stream.get_ref().1.peer_certificates().and_then(<[_]>::first) {
            None => ShownCertificate::Nothing,
            Some(shown) if tls.is_own(shown) => ShownCertificate::Own,
            Some(shown) => ShownCertificate::Names(tls::names_of_client(shown).into()),
        }
    }
}

impl Transport {
    /// Closing it from now on throws away what was not sent, and tells the client that the connection was reset.
    pub fn reset(&self) {
        let stream = match self {
            Transport::Plain(stream) => stream,
            Transport::Tls(stream) => stream.get_ref().0,
        };
        // Where the system cannot do that, the connection just ends.
        let _ = stream.set_zero_linger();
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, into),
            Transport::Tls(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
