//! Any body as a user and as a group: it is taken or refused, and what is taken comes back unchanged.
#![no_main]

#[path = "../probe.rs"]
#[expect(dead_code, reason = "each target calls one of the probes")]
mod probe;

libfuzzer_sys::fuzz_target!(|body: &[u8]| probe::resource(body));
