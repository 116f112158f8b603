//! Scimbox: arguments in, exit code out.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all: no file that this process makes is for others to read.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    match scimbox::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => scimbox::cli::report(&error),
    }
}
