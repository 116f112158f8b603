//! The state of a network connection that its byte stream and its handlers share.

use super::head::FramingError;
use super::limit::LimitSlot;
use super::memory_budget::Share;
use super::open_sockets::Slot;
use crate::domain::client_certificate::ShownCertificate;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;

/// Shared by a network connection and the requests that arrive on it.
pub struct StreamState {
    /// Heads that were passed on.
    pub heads: Cell<u64>,
    /// Heads of answers that were given.
    pub answered: Cell<u64>,
    /// Answers that were written to their end.
    pub done: Cell<u64>,
    /// When something last happened here.
    pub touched: Cell<Instant>,
    /// Whether an answer runs that has no end of its own.
    pub endless: Cell<bool>,
    /// Whether the body of the latest request has not ended.
    pub unfinished: Cell<bool>,
    /// Whether it is reset instead of answering, a fault of sandboxes.
    pub resets: Cell<bool>,
    /// How often its client may ask, once it is known.
    pub limit: LimitSlot,
    /// Why the connection takes no more requests.
    pub doubt: Cell<Option<FramingError>>,
    /// Its place among all connections.
    pub place: Arc<Slot>,
    /// What its client showed in the handshake.
    pub certificate: ShownCertificate,
}

impl StreamState {
    /// Of a new connection.
    pub fn new(place: Arc<Slot>, certificate: ShownCertificate) -> StreamState {
        StreamState {
            heads: Cell::new(0),
            answered: Cell::new(0),
            done: Cell::new(0),
            touched: Cell::new(Instant::now()),
            endless: Cell::new(false),
            unfinished: Cell::new(false),
            resets: Cell::new(false),
            limit: LimitSlot::default(),
            doubt: Cell::new(None),
            place,
            certificate,
        }
    }

    /// Whether no request is being served.
    pub fn is_idle(&self) -> bool {
        self.done.get() >= self.heads.get()
    }

    /// An answer begins; the body says when it has ended.
    pub fn answer(self: Rc<Self>, body: BoxBody, share: Option<Share>) -> CountedBody {
        self.answered.set(self.answered.get() + 1);
        if self.unfinished.get() {
            self.touched.set(Instant::now());
        }
        if body.size() == BodySize::Stream {
            self.endless.set(true);
        }
        CountedBody::of(body, share, AnswerGuard(Some(self)))
    }

    /// An answer was given where no body is counted.
    pub fn answer_at_once(self: Rc<Self>) {
        self.answered.set(self.answered.get() + 1);
        drop(AnswerGuard(Some(self)));
    }
}

/// Says that an answer has ended.
struct AnswerGuard(Option<Rc<StreamState>>);

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        if let Some(state) = &self.0 {
            state.done.set(state.done.get() + 1);
            state.touched.set(Instant::now());
            state.endless.set(false);
            state.place.rest(state.is_idle());
        }
    }
}

/// The body of an answer, counted.
pub struct CountedBody {
    body: BodyForm,
    _open: AnswerGuard,
    _share: Option<Share>,
}

enum BodyForm {
    /// As it was made.
    Made(BoxBody),
    /// Handed over in pieces: the library would copy all of it.
    Long(Bytes),
}

/// From here on an answer counts as long.
pub const LONG: u64 = 128 << 10;
/// The length of its pieces.
const PIECE: usize = 32 << 10;

impl CountedBody {
    /// One that no connection counts.
    pub fn uncounted(body: BoxBody) -> CountedBody {
        CountedBody::of(body, None, AnswerGuard(None))
    }

    fn of(body: BoxBody, share: Option<Share>, open: AnswerGuard) -> CountedBody {
        let body = match body.size() {
            BodySize::Sized(length) if length > LONG => {
                body.try_into_bytes().map_or_else(BodyForm::Made, BodyForm::Long)
            }
            _ => BodyForm::Made(body),
        };
        CountedBody { body, _open: open, _share: share }
    }
}

impl MessageBody for CountedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        match &self.body {
            BodyForm::Made(body) => body.size(),
            BodyForm::Long(bytes) => BodySize::Sized(bytes.len() as u64),
        }
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match &mut self.get_mut().body {
            BodyForm::Made(body) => Pin::new(body).poll_next(context),
            BodyForm::Long(bytes) if bytes.is_empty() => Poll::Ready(None),
            BodyForm::Long(bytes) => Poll::Ready(Some(Ok(bytes.split_to(PIECE.min(bytes.len()))))),
        }
    }
}
