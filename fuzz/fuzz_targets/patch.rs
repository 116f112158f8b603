//! Any body as a PATCH of a user and of a group: it is applied or refused, and what comes out is well formed.
#![no_main]

#[path = "../probe.rs"]
#[expect(dead_code, reason = "each target calls one of the probes")]
mod probe;

libfuzzer_sys::fuzz_target!(|body: &[u8]| probe::patch(body));
