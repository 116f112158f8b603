//! Row 4: what letting a valid token in costs. Asked of the library in a loop, because on the wire no two requests differ
//! by the token alone: without one there is no answer but a refusal.

use crate::house::House;
use crate::measure::{Bench, CONNECTIONS, median};
use anyhow::Context;
use scimbox::domain::token;
use std::time::Instant;

/// A measurement is the median of so many portions, so that being interrupted does not count.
const PORTIONS: usize = 200;
const PORTION: u32 = 50;

/// Percent of the responder's GET, and the microseconds.
///
/// # Errors
/// When the token is refused.
pub fn measure(bench: &Bench) -> anyhow::Result<[(f64, String); 1]> {
    std::fs::create_dir_all(&bench.arguments.folder)?;
    let folder = tempfile::tempdir_in(&bench.arguments.folder)?;
    let house = House::build(folder.path())?;
    let (node, now) = (house.caller.connection.node, house.caller.now);
    let admit = || {
        let admitted = house.store.read(|tx| token::authenticate(tx, now, Some(node), &house.token));
        admitted.is_ok_and(|admitted| admitted.is_ok())
    };
    let [percent, micros] = bench.rounds(|| {
        let hello = bench.hello(CONNECTIONS)?;
        let mut times = Vec::with_capacity(PORTIONS);
        for _ in 0..PORTIONS {
            let start = Instant::now();
            anyhow::ensure!((0..PORTION).all(|_| admit()), "FAILED: the token is refused");
            times.push(start.elapsed().as_nanos() as f64 / 1000.0 / f64::from(PORTION));
        }
        let micros = median(times).context("no portion")?;
        Ok([micros / hello.cost() * 100.0, micros])
    })?;
    house.store.close();
    Ok([(percent, format!("{micros:.2} µs, in a loop over the library"))])
}
