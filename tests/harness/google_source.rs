//! Google Workspace as a source of the library, read from the fake and watched.

use crate::fake_google::{FakeGoogle, LOGIN};
use scimbox::push::check::Step;
use scimbox::push::source::google::Google;
use scimbox::push::source::{Reading, Source, SourceError};
use scimbox::push::watch::{Phase, Watch};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// Notes what a run tells, and stops it when it has told so many lines.
#[derive(Default)]
pub struct Log {
    pub lines: Mutex<Vec<String>>,
    pub rows: AtomicU64,
    pub stop_after: Option<usize>,
}

impl Watch for Log {
    fn progress(&self, phase: Phase, done: u64, _: Option<u64>) {
        assert_eq!(phase, Phase::ReadSource);
        self.rows.store(done, SeqCst);
    }
    fn line(&self, text: &str) {
        self.lines.lock().unwrap().push(text.to_owned());
    }
    fn is_cancelled(&self) -> bool {
        self.stop_after.is_some_and(|lines| self.lines.lock().unwrap().len() >= lines)
    }
}

pub fn source(google: &FakeGoogle, groups: &[&str], change: impl FnOnce(&mut Google)) -> Source {
    let mut source = Google {
        login: LOGIN.to_owned(),
        credentials: google.key_file().into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        token_url: Some(google.token_url()),
        api_url: Some(google.api_url()),
    };
    change(&mut source);
    Source::Google(source)
}

#[track_caller]
pub fn read(google: &FakeGoogle, groups: &[&str]) -> Reading {
    source(google, groups, |_| {}).read(&Log::default()).unwrap()
}

#[track_caller]
pub fn refusal(google: &FakeGoogle, groups: &[&str], change: impl FnOnce(&mut Google)) -> String {
    match source(google, groups, change).read(&Log::default()) {
        Err(SourceError::Unreadable(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

pub fn check(google: &FakeGoogle, groups: &[&str], change: impl FnOnce(&mut Google)) -> Vec<Step> {
    let mut steps = Vec::new();
    source(google, groups, change).check(&mut |step| steps.push(step));
    steps
}
