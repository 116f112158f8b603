//! A write in the queue of the writer: a closure that can run more than once, its result and whom to answer.

use crate::domain::{Fault, Tx};
use std::time::Instant;

/// A write in the queue, whatever it returns.
pub(super) trait QueuedWrite: Send {
    /// Does the work and keeps the result; whether the work shall stay.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Hands the result over, or the fault that undid it.
    fn answer(self: Box<Self>, fault: Option<Fault>);
    /// Until when it waits for a file that another process holds.
    fn until(&self) -> Instant;
}

/// A write that is a closure, and whom to answer.
pub(super) struct Write<T, E, F, R> {
    pub(super) f: F,
    pub(super) result: Option<Result<T, E>>,
    pub(super) reply: R,
    pub(super) until: Instant,
}

impl<T, E, F, R> QueuedWrite for Write<T, E, F, R>
where
    F: Fn(&mut dyn Tx) -> Result<T, E> + Send,
    R: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        // What an earlier run came to is undone with it.
        self.result = None;
        self.result.insert((self.f)(tx)).is_ok()
    }

    fn answer(self: Box<Self>, fault: Option<Fault>) {
        let result = match (fault, self.result) {
            (Some(fault), _) => Err(fault.into()),
            (None, Some(result)) => result,
            (None, None) => Err(Fault::Broken("a write panicked".to_owned()).into()),
        };
        (self.reply)(result);
    }

    fn until(&self) -> Instant {
        self.until
    }
}
