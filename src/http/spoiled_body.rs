//! Spoiled bodies: a fault of sandboxes, where an answer ends half-way or takes its time.

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// In how many pieces a slow body comes.
const PIECES: usize = 10;
/// How long the half of a body has to reach the network before its connection ends.
const FLUSH: Duration = Duration::from_millis(20);

/// The body of an answer that goes wrong.
pub struct SpoiledBody {
    rest: Bytes,
    length: u64,
    piece: usize,
    pause: Duration,
    is_cut: bool,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl SpoiledBody {
    /// One that ends half-way, while its length is announced whole.
    pub fn cut(mut body: Bytes) -> SpoiledBody {
        let length = body.len() as u64;
        body.truncate(body.len() / 2);
        let piece = body.len().max(1);
        SpoiledBody { rest: body, length, piece, pause: FLUSH, is_cut: true, sleep: None }
    }

    /// One that takes so long.
    pub fn slow(body: Bytes, time: Duration) -> SpoiledBody {
        let piece = body.len().div_ceil(PIECES).max(1);
        let pause = time.checked_div(u32::try_from(body.len().div_ceil(piece)).unwrap_or(1)).unwrap_or(time);
        SpoiledBody { length: body.len() as u64, rest: body, piece, pause, is_cut: false, sleep: None }
    }
}

impl MessageBody for SpoiledBody {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let is_over = this.rest.is_empty();
        if is_over && !this.is_cut {
            return Poll::Ready(None);
        }
        // The first half of one that is cut goes out at once, and the end waits until it is gone.
        if is_over || !this.is_cut {
            let pause = this.pause;
            ready!(this.sleep.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(context));
            this.sleep = None;
        }
        if is_over {
            return Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())));
        }
        Poll::Ready(Some(Ok(this.rest.split_to(this.piece.min(this.rest.len())))))
    }
}
