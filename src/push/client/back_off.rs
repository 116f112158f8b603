//! How long to wait before a request is sent again: what the target says, else twice as long each time, with jitter.

use crate::push::watch::Watch;
use crate::world;
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(250);
/// No pause that we choose is longer.
const LONGEST: Duration = Duration::from_secs(30);
/// A target that wants us to wait longer than this is left.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a request is sent again.
const TRIES: u32 = 7;
/// How often a pause looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);

pub(in crate::push) struct BackOff {
    tries: u32,
}

impl BackOff {
    pub(in crate::push) fn new() -> BackOff {
        BackOff { tries: 0 }
    }

    /// How many pauses there were.
    pub(in crate::push) fn tries(&self) -> u32 {
        self.tries
    }

    /// The pause before the next try; `None` when there should be none.
    pub(in crate::push) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if self.tries >= TRIES || asked.is_some_and(|asked| asked > PATIENCE) {
            return None;
        }
        let ours = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        self.tries += 1;
        // Between half and all of it, so that several clients do not come back together.
        let [chance] = world::random().unwrap_or([128]);
        let jittered = ours.mul_f64(0.5 + f64::from(chance) / 510.0);
        Some(asked.map_or(jittered, |asked| asked + jittered.min(FIRST)))
    }
}

/// Waits; `None` when the run was stopped meanwhile.
pub(in crate::push) fn rest(pause: Duration, watch: &dyn Watch) -> Option<()> {
    let mut left = pause;
    while !left.is_zero() {
        if watch.is_cancelled() {
            return None;
        }
        let step = left.min(LOOK);
        std::thread::sleep(step);
        left -= step;
    }
    Some(())
}

/// Waits without anybody who could stop it.
pub(super) fn wait(pause: Duration) {
    std::thread::sleep(pause);
}
