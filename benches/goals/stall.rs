//! Whether the machine itself stood still: a virtual one may be stopped for half a minute, and inside only the clock tells.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(50);
/// A busy machine is late by less.
const STILL: Duration = Duration::from_secs(2);

/// Does something, and says for how long nothing ran meanwhile, if that was long.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Option<Duration>) {
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        let pulse = scope.spawn(move || {
            let mut longest = Duration::ZERO;
            loop {
                let start = Instant::now();
                let ended = waiting.recv_timeout(BEAT) != Err(RecvTimeoutError::Timeout);
                longest = longest.max(start.elapsed());
                if ended {
                    return longest;
                }
            }
        });
        let result = work();
        drop(done);
        let longest = pulse.join().unwrap_or_default();
        (result, Some(longest).filter(|longest| *longest > STILL))
    })
}
