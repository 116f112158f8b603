//! Whether a Google Workspace can be read, tried step by step.

use super::calls::Calls;
use super::entries::{Meant, meaning};
use super::members::of;
use super::refusal::{Fault, Refusal};
use super::rows::{GroupRow, Groups, Members, Users};
use super::token::SCOPES;
use super::wire::Ask;
use super::{Google, Prepared};
use crate::push::check::Step;
use crate::push::source::{Reading, SourceError};
use crate::push::watch::{Phase, Watch};
use crate::world;

/// How far clocks may differ, in milliseconds.
const CLOCKS: i64 = 300_000;

/// A check is short and nobody stops it.
struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}
    fn line(&self, _: &str) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What ends a check: the step that failed.
type Failed = Step;

fn failed(step: &'static str) -> impl Fn(Fault) -> Failed {
    move |fault| match fault {
        Fault::Cancelled => Step::failed(step, "Stopped.", "Run it again."),
        Fault::Refused(Refusal { found, advice, .. }) => {
            Step { step, ok: false, found, advice: Some(advice).filter(|a| !a.is_empty()) }
        }
    }
}

/// Tells each step, up to the first that fails.
pub(super) fn check(google: &Google, tell: &mut dyn FnMut(Step)) {
    if let Err(step) = steps(google, tell) {
        tell(step);
    }
}

fn steps(google: &Google, tell: &mut dyn FnMut(Step)) -> Result<(), Failed> {
    let Prepared { mut calls, entries } = google.prepare(&Unwatched).map_err(failed("key file"))?;
    tell(Step::passed("key file", format!("The key is that of {}.", calls.access.who.account)));
    tell(clock(&calls)?);
    tell(token(&mut calls)?);
    scopes(&mut calls, tell)?;
    for entry in &entries {
        match meaning(&mut calls, &[], entry).map_err(failed("find group"))? {
            Meant::Group(GroupRow { name, email, .. }) => {
                tell(Step::passed("find group", format!("“{entry}” is the group “{name}” ({email}).")));
            }
            Meant::Address(_) => {
                tell(Step::passed(
                    "find group",
                    format!("“{entry}” is no group; a person with this address is looked for."),
                ));
            }
            Meant::Nothing(unread) => {
                let advice =
                    "Give the name exactly as Google shows it under Directory → Groups, or the address of the group.";
                return Err(Step::failed("find group", format!("“{entry}”: {}", unread.why), advice));
            }
        }
    }
    tell(count(google)?);
    Ok(())
}

/// Compares our clock with Google's.
fn clock(calls: &Calls<'_>) -> Result<Step, Failed> {
    let reply = calls.wire.send(&Ask::Get { url: &calls.access.url, token: None }).map_err(failed("clock"))?;
    let Some(theirs) = reply.date else {
        return Ok(Step::passed("clock", "Google's answer holds no time; the clock is not compared."));
    };
    let ahead = world::now().0 - theirs;
    let words = format!("{} s {}", ahead.abs() / 1000, if ahead < 0 { "behind" } else { "ahead of" });
    if ahead.abs() > CLOCKS {
        let found = format!("The clock of this machine is {words} Google's; a token needs one that is right.");
        return Err(Step::failed("clock", found, "Set the clock, by NTP for example."));
    }
    Ok(Step::passed("clock", format!("The clock of this machine is {words} Google's.")))
}

/// Asks for a token; where it is refused, for each scope alone, to say which are missing.
fn token(calls: &mut Calls<'_>) -> Result<Step, Failed> {
    let refusal = match calls.access.token(&calls.wire) {
        Ok(_) => return Ok(Step::passed("token", format!("Google gives a token as {}.", calls.access.who.login))),
        Err(Fault::Refused(refusal))
            if ["unauthorized_client", "access_denied", "invalid_scope"].contains(&refusal.code.as_str()) =>
        {
            refusal
        }
        Err(fault) => return Err(failed("token")(fault)),
    };
    let missing: Vec<&str> =
        SCOPES.into_iter().filter(|scope| calls.access.try_scopes(&calls.wire, &[*scope]).is_err()).collect();
    if missing.is_empty() || missing.len() == SCOPES.len() {
        return Err(failed("token")(refusal.into()));
    }
    let found =
        format!("The service account lacks {} of {} scopes: {}.", missing.len(), SCOPES.len(), missing.join(", "));
    let client = calls.access.who.client_id.as_deref().unwrap_or("the service account");
    let advice = format!(
        "Edit client {client} in Google's Admin console, Security → Access and data control → API controls → Manage domain-wide delegation, \
         and give it all three: {}.",
        SCOPES.join(",")
    );
    Err(Step::failed("token", found, advice))
}

/// One call for each scope.
fn scopes(calls: &mut Calls<'_>, tell: &mut dyn FnMut(Step)) -> Result<(), Failed> {
    let one = [("customer", "my_customer"), ("maxResults", "1")];
    calls.get::<Users>("users", &one).map_err(failed("read users"))?;
    tell(Step::passed("read users", "Users can be read."));
    let groups: Groups = calls.get("groups", &one).map_err(failed("read groups"))?;
    tell(Step::passed("read groups", "Groups can be read."));
    let Some(group) = groups.first() else {
        tell(Step::passed("read members", "There is no group whose members could be read."));
        return Ok(());
    };
    calls.get::<Members>(&of(&group), &[("maxResults", "1")]).map_err(failed("read members"))?;
    tell(Step::passed("read members", "Members of groups can be read."));
    Ok(())
}

/// Reads all that a run would.
fn count(google: &Google) -> Result<Step, Failed> {
    let reading = match google.read(&Unwatched) {
        Ok(reading) => reading,
        Err(SourceError::Unreadable(why)) => return Err(Step::failed("count", why, "Look at the steps above.")),
        Err(SourceError::Cancelled) => return Err(failed("count")(Fault::Cancelled)),
    };
    let Reading { people, groups, unread, .. } = &reading;
    let inactive = people.iter().filter(|person| !person.active).count();
    let in_groups = match (reading.has_groups, groups.len()) {
        (false, _) => String::new(),
        (true, 1) => " in 1 group".to_owned(),
        (true, groups) => format!(" in {groups} groups"),
    };
    let found = format!("{} people{in_groups}, {inactive} of them suspended or archived.", people.len());
    match unread.first() {
        None => Ok(Step::passed("count", found)),
        Some(first) => {
            let found = format!("{found} Not all could be read: {}: {}", first.part, first.why);
            Err(Step::failed("count", found, "Until all can be read, a run removes nothing."))
        }
    }
}
