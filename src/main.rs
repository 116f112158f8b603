//! Scimbox: arguments in, exit code out.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Passwords and tokens pass through the memory of this process: neither a crash nor another program of the same user may
/// write it down.
fn keep_memory() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    // Where the system does not allow it, the program is as safe as any other.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

fn main() -> ExitCode {
    // First of all: no file that this process makes is for others to read.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    keep_memory();
    match scimbox::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => scimbox::cli::report(&error),
    }
}
