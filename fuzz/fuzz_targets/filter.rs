//! Any text as a filter: it is read or refused, and what is read can be bound, lowered and evaluated.
#![no_main]

#[path = "../probe.rs"]
#[expect(dead_code, reason = "each target calls one of the probes")]
mod probe;

libfuzzer_sys::fuzz_target!(|text: &str| probe::filter(text));
