//! What the disk takes for one small append that must survive a power failure.

use crate::measure::median;
use anyhow::Context;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The median of appending 4 kB and fdatasync, in microseconds.
///
/// # Errors
/// When the folder cannot be written to.
pub fn sync_time(folder: &Path, time: Duration) -> anyhow::Result<f64> {
    let path = folder.join("fdatasync");
    let mut file = std::fs::File::create(&path)?;
    let (block, start, mut times) = ([b'x'; 4096], Instant::now(), Vec::new());
    while start.elapsed() < time || times.len() < 20 {
        let one = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(one.elapsed().as_nanos() as f64 / 1000.0);
    }
    std::fs::remove_file(&path)?;
    median(times).context("nothing was written")
}
