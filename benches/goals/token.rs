//! Row 4: what letting a valid token in adds to a request. The difference between a transaction that asks for it and one that
//! does not, in a loop over the library: on the wire a request without a token is answered by nothing but a refusal.

use crate::in_process::House;
use crate::measure::{Bench, CONNECTIONS, median};
use anyhow::Context;
use scimbox::domain::Error;
use scimbox::domain::client_certificate::Peer;
use scimbox::domain::token::{self, Presented};
use std::sync::Arc;
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
    let token: Arc<str> = house.token.as_str().into();
    let read = |asks: bool| {
        let token = Arc::clone(&token);
        let read = house.store.read(move |tx| {
            let let_in = !asks
                || token::authenticate(tx, &Presented { now, peer: Peer::default(), node: Some(node) }, &token)?
                    .is_ok();
            Ok::<_, Error>(let_in && tx.node(node)?.is_some())
        });
        matches!(read, Ok(true))
    };
    let portion = |asks: bool| {
        let start = Instant::now();
        anyhow::ensure!((0..PORTION).all(|_| read(asks)), "FAILED: the token is refused");
        Ok(start.elapsed().as_nanos() as f64 / 1000.0 / f64::from(PORTION))
    };
    let [percent, micros] = bench.rounds(|| {
        let hello = bench.hello(CONNECTIONS)?;
        let both = (0..PORTIONS).map(|_| Ok((portion(true)?, portion(false)?))).collect::<anyhow::Result<Vec<_>>>()?;
        let (with, without): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
        let micros = median(with).context("no portion")? - median(without).context("no portion")?;
        Ok([micros / hello.cost() * 100.0, micros])
    })?;
    house.store.close();
    Ok([(percent, format!("{micros:.2} µs, in a loop over the library"))])
}
