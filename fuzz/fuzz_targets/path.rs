//! Any text as a PATCH path: it names something of the schema or is refused.
#![no_main]

#[path = "../probe.rs"]
#[expect(dead_code, reason = "each target calls one of the probes")]
mod probe;

libfuzzer_sys::fuzz_target!(|text: &str| probe::path(text));
