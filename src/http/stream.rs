//! Stream: a network connection as the HTTP library sees it, with a limit of time and size on every part of every request.
//!
//! The library's own limits hold for the first head of a connection alone, it drains what follows an answer without end,
//! and its reading of chunked bodies can be deceived (see `framing`). So all bytes pass here. A head is passed on when it
//! is complete and beyond doubt; in the place of another one goes a request that our own handlers answer with the refusal,
//! so that the answers keep their order. A body that is too slow, or that its answer did not wait for, ends the stream.

use super::framing::{Framing, Scanned};
use super::head::FramingError;
use super::open_sockets::SlotGuard;
use super::stream_state::StreamState;
use super::transport::Transport;
use crate::domain::client_certificate::ShownCertificate;
use actix_web::web::BytesMut;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A head arrives within this time.
const HEAD: Duration = Duration::from_secs(5);
/// A connection without a request is kept for so long.
const IDLE: Duration = Duration::from_secs(15);
/// A body arrives within this time and a second more for each [`BODY_RATE`]; `body` is stricter where bodies are small.
const BODY: Duration = Duration::from_secs(35);
const BODY_RATE: u64 = 128 << 10;
/// A client takes its answer within this time and a second more for each [`WRITE_RATE`].
const WRITE: Duration = Duration::from_secs(30);
const WRITE_RATE: u64 = 128 << 10;
/// How long, and for how many bytes, the rest of a body is waited for that nobody reads.
const REST: Duration = Duration::from_secs(2);
const REST_SIZE: usize = 64 << 10;

/// The path of the request that stands for one that was refused. Where nothing was refused, nothing is there.
pub const REFUSED: &str = "/-/refused";
const REFUSED_HEAD: &[u8] = b"GET /-/refused HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// One network connection.
pub struct Stream {
    stream: Transport,
    state: Rc<StreamState>,
    _entered: SlotGuard,
    framing: Framing,
    /// What has arrived of a head.
    held: BytesMut,
    /// What is to be passed on.
    ready: BytesMut,
    /// When the head or the body began that is arriving.
    began: Instant,
    /// How much of the body has arrived.
    arrived: u64,
    /// How much may still be read that nobody wants.
    rest: usize,
    /// Nothing is read any more.
    over: bool,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Since when a write waits for the client, and how much it has taken since.
    stalled: Option<Stalled>,
    write_alarm: Option<Pin<Box<Sleep>>>,
    /// Until when the client may still read the last answer.
    parting: Option<Instant>,
    /// It was said already that a time is over.
    said: bool,
    /// It hears when it has to make room.
    listens: bool,
}

/// A write that waits for its client.
struct Stalled {
    since: Instant,
    taken: u64,
    /// How many answers had ended then.
    done: u64,
}

impl Stream {
    /// Takes a connection that was let in.
    pub fn new(stream: Transport, certificate: ShownCertificate, entered: SlotGuard) -> Stream {
        Stream {
            stream,
            state: Rc::new(StreamState::new(entered.place.clone(), certificate)),
            _entered: entered,
            framing: Framing::new(),
            held: BytesMut::new(),
            ready: BytesMut::new(),
            began: Instant::now(),
            arrived: 0,
            rest: REST_SIZE,
            over: false,
            alarm: None,
            stalled: None,
            write_alarm: None,
            parting: None,
            said: false,
            listens: false,
        }
    }

    /// What it shares with the handlers.
    pub fn state(&self) -> &Rc<StreamState> {
        &self.state
    }

    /// Whether the latest request was answered before its body had ended.
    fn is_answered_early(&self) -> bool {
        self.framing.in_body() && self.state.answered.get() >= self.framing.heads()
    }

    fn owes(&self) -> bool {
        self.framing.in_body() && !self.state.place.is_known()
    }

    /// When the client has to have gone on.
    fn limit(&self) -> Option<Instant> {
        if self.is_answered_early() {
            return Some(self.state.touched.get() + REST);
        }
        if self.framing.in_body() {
            return Some(self.began + BODY + Duration::from_secs(self.arrived / BODY_RATE));
        }
        if !self.held.is_empty() {
            return Some(self.began + HEAD);
        }
        let idle = if self.framing.heads() == 0 { HEAD } else { IDLE };
        self.state.is_idle().then(|| self.state.touched.get() + idle)
    }

    /// Waits for the client; ready when it has waited too long.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.listens {
            // The task of a connection is always the same.
            self.state.place.waker.register(context.waker());
            self.listens = true;
        }
        if self.state.place.is_closing() && (self.state.is_idle() || self.owes()) {
            return Poll::Ready(());
        }
        let Some(limit) = self.limit() else { return Poll::Pending };
        let alarm = match &mut self.alarm {
            Some(alarm) if alarm.deadline() <= limit && !alarm.is_elapsed() => return Poll::Pending,
            alarm => alarm.get_or_insert_with(|| Box::pin(sleep_until(limit))),
        };
        loop {
            // An alarm that rings early is cheaper than one that is set anew with every request.
            if alarm.deadline() > limit || (alarm.is_elapsed() && limit > Instant::now()) {
                alarm.as_mut().reset(limit);
            }
            ready!(alarm.as_mut().poll(context));
            if limit <= Instant::now() {
                return Poll::Ready(());
            }
        }
    }

    /// Waits for the client to take what is written; ready when it has waited too long.
    fn stall(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let done = self.state.done.get();
        let stalled = self.stalled.get_or_insert_with(|| Stalled { since: Instant::now(), taken: 0, done });
        let limit = stalled.since + WRITE + Duration::from_secs(stalled.taken / WRITE_RATE);
        let alarm = self.write_alarm.get_or_insert_with(|| Box::pin(sleep_until(limit)));
        if alarm.deadline() != limit {
            alarm.as_mut().reset(limit);
        }
        alarm.as_mut().poll(context)
    }

    /// Puts our own request in the place of a head that is refused. A body that is refused just breaks off, and whoever
    /// reads it says so.
    fn refuse(&mut self, doubt: FramingError, in_body: bool) {
        self.framing.end();
        self.held.clear();
        self.over = true;
        self.state.doubt.set(Some(doubt));
        if !in_body {
            self.state.heads.set(self.state.heads.get() + 1);
            self.ready.extend_from_slice(REFUSED_HEAD);
        }
    }

    /// Looks at what has just arrived; how much of it is to be passed on.
    fn look(&mut self, bytes: &[u8]) -> Scanned {
        let (before, early) = (self.framing.heads(), self.is_answered_early());
        let found = self.framing.look(bytes);
        if early {
            self.rest = self.rest.saturating_sub(bytes.len());
            self.over |= self.rest == 0 && self.is_answered_early();
        }
        if self.framing.heads() > before {
            self.state.heads.set(self.framing.heads());
        }
        // A stranger who still owes the rest of a body can be let go.
        self.state.place.rest(self.state.is_idle() || self.owes());
        self.state.unfinished.set(self.framing.in_body());
        if self.framing.in_body() {
            if self.framing.heads() > before {
                (self.began, self.arrived) = (Instant::now(), 0);
            } else {
                self.arrived += bytes.len() as u64;
            }
        }
        found
    }

    /// Reads where no part of a head is held: what is whole stays where it was read to.
    fn read_through(&mut self, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        let fresh = into.filled().get(before..).unwrap_or_default();
        if fresh.is_empty() {
            self.over = true;
            return Poll::Ready(Ok(()));
        }
        let kept = match self.look(fresh) {
            Scanned::Whole => return Poll::Ready(Ok(())),
            Scanned::Partial(kept) => {
                self.held.extend_from_slice(fresh.get(kept..).unwrap_or_default());
                self.began = Instant::now();
                kept
            }
            Scanned::Refused(kept, doubt) => {
                self.refuse(doubt, self.framing.was_in_chunks());
                kept
            }
        };
        into.set_filled(before + kept);
        Poll::Ready(Ok(()))
    }

    /// Reads on in a head of which a part is held.
    fn read_on(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut held = std::mem::take(&mut self.held);
        let mut space = [0; 4096];
        let mut into = ReadBuf::new(&mut space);
        let read = Pin::new(&mut self.stream).poll_read(context, &mut into);
        if !matches!(read, Poll::Ready(Ok(()))) {
            self.held = held;
            return read;
        }
        if into.filled().is_empty() {
            self.over = true;
            return Poll::Ready(Ok(()));
        }
        held.extend_from_slice(into.filled());
        match self.look(&held) {
            Scanned::Whole => self.ready = held,
            Scanned::Partial(kept) => {
                self.ready = held.split_to(kept);
                if kept > 0 {
                    self.began = Instant::now();
                }
                self.held = held;
            }
            Scanned::Refused(kept, doubt) => {
                held.truncate(kept);
                self.ready = held;
                self.refuse(doubt, self.framing.was_in_chunks());
            }
        }
        Poll::Ready(Ok(()))
    }

    fn hand_over(&mut self, into: &mut ReadBuf<'_>) {
        let length = self.ready.len().min(into.remaining());
        into.put_slice(&self.ready.split_to(length));
        if self.ready.is_empty() {
            // An idle connection holds no memory.
            self.ready = BytesMut::new();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        this.said = false;
        loop {
            if !this.ready.is_empty() {
                this.hand_over(into);
                return Poll::Ready(Ok(()));
            }
            if this.over || this.framing.is_over() {
                return Poll::Ready(Ok(()));
            }
            let read = match this.held.is_empty() {
                true => this.read_through(context, into),
                false => this.read_on(context),
            };
            match read {
                Poll::Ready(Ok(())) if into.filled().len() > before => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(this.wait(context));
                    match this.held.is_empty() {
                        true => this.over = true,
                        false => this.refuse(FramingError::Slow, false),
                    }
                }
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.state.resets.get() {
            this.stream.reset();
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        match (&written, &mut this.stalled) {
            (Poll::Ready(Ok(length)), Some(stalled)) => stalled.taken += *length as u64,
            (Poll::Ready(_), _) => {}
            (Poll::Pending, _) => {
                ready!(this.stall(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_flush(context) {
            Poll::Ready(flushed) => flushed?,
            // TLS keeps the end of an answer until the client takes it.
            Poll::Pending => {
                ready!(this.stall(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        // A long answer has one time for all its pieces.
        if this.stalled.as_ref().is_some_and(|s| this.state.endless.get() || this.state.done.get() > s.done) {
            (this.stalled, this.write_alarm) = (None, None);
        }
        // An answer that has just ended begins a time that nothing else would wake us for.
        if !this.over && !this.said && this.wait(context).is_ready() {
            this.said = true;
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    /// Closes. A client that is still sending would not see its answer if all were closed at once, so somewhat more is
    /// read and dropped.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let until = match this.parting {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
                if !this.framing.in_body() && this.state.doubt.get().is_none() {
                    return Poll::Ready(Ok(()));
                }
                let until = Instant::now() + REST;
                this.alarm = Some(Box::pin(sleep_until(until)));
                *this.parting.insert(until)
            }
        };
        let mut space = [0; 4096];
        while this.rest > 0 && Instant::now() < until {
            let mut into = ReadBuf::new(&mut space);
            let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
            match Pin::new(&mut this.stream).poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if into.filled().is_empty() => break,
                Poll::Ready(Ok(())) => this.rest = this.rest.saturating_sub(into.filled().len()),
                Poll::Ready(Err(_)) => break,
                Poll::Pending => ready!(alarm.as_mut().poll(context)),
            }
        }
        // Closing on a client that is in the middle of sending takes the answer away from it. Nothing more is read, but for
        // as long as it would be waited for the rest lies in the buffers of both systems and the answer can be read.
        if this.rest == 0 {
            let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
            ready!(alarm.as_mut().poll(context));
        }
        Poll::Ready(Ok(()))
    }
}
