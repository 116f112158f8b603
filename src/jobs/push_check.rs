//! Whether the source and the target of a push record can be worked with, step by step.

use super::push_source;
use crate::domain::push_record::PushRecord;
use crate::domain::{Act, Error};
use crate::push::check::Step;
use crate::push::sentence::say;
use crate::push::target;
use crate::push::watch::Watch;
use crate::store::{RunLock, Store};
use std::cell::Cell;

/// Tells each step as it comes, the source's first; the first that fails ends it. `held` is the lock of the target if the caller
/// has it.
pub fn check(
    record: &PushRecord,
    store: &Store,
    act: &Act,
    held: Option<&RunLock>,
    watch: &dyn Watch,
    tell: &mut dyn FnMut(Step),
) {
    let has_failed = Cell::new(false);
    let mut tell = |step: Step| {
        has_failed.set(has_failed.get() || !step.ok);
        tell(step);
    };
    match push_source::source(record, store) {
        Ok(source) => source.check(&mut tell),
        Err(error) => tell(Step::failed(
            "secret",
            error.to_string(),
            say!("enter_it_again", "Enter it again: in the console, or with “scimbox push record edit”."),
        )),
    }
    if has_failed.get() {
        return;
    }
    // A token of ours is issued for whoever has the lock, and those of others are ended.
    let taken = match held {
        Some(_) => Ok(None),
        None => match store.wait_for_run_lock(&record.target.lock_name()) {
            Ok(Some(lock)) => Ok(Some(lock)),
            Ok(None) => Err(Error::TargetBusy.to_string()),
            Err(error) => Err(error.to_string()),
        },
    };
    let _lock = match taken {
        Ok(lock) => lock,
        Err(why) => {
            return tell(Step::failed(
                "target",
                why,
                say!("check_again_when_it_is_over", "Check again when it is over."),
            ));
        }
    };
    match push_source::target(record, store, act) {
        Ok(found) => target::check(&found.access, watch, &mut tell),
        Err(error) => tell(Step::failed(
            "target",
            error.to_string(),
            say!("do_what_the_sentence_says_then", "Do what the sentence says, then check again."),
        )),
    }
}
