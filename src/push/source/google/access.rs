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
use crate::push::sentence::say;
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
        Fault::Cancelled => Step::failed(step, say!("stopped", "Stopped."), say!("run_it_again", "Run it again.")),
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
    tell(Step::passed(
        "key file",
        say!("the_key_is_that_of", "The key is that of {account}.", account = calls.access.who.account),
    ));
    tell(clock(&calls)?);
    tell(token(&mut calls)?);
    scopes(&mut calls, tell)?;
    for entry in &entries {
        match meaning(&mut calls, &[], entry).map_err(failed("find group"))? {
            Meant::Group(GroupRow { name, email, .. }) => {
                tell(Step::passed(
                    "find group",
                    say!(
                        "is_the_group",
                        "“{entry}” is the group “{name}” ({email}).",
                        entry = entry,
                        name = name,
                        email = email
                    ),
                ));
            }
            Meant::Address(_) => {
                tell(Step::passed(
                    "find group",
                    say!(
                        "is_no_group_a_person_with",
                        "“{entry}” is no group; a person with this address is looked for.",
                        entry = entry
                    ),
                ));
            }
            Meant::Nothing(unread) => {
                let advice = say!(
                    "give_the_name_exactly_as_google",
                    "Give the name exactly as Google shows it under Directory → Groups, or the address of the group."
                );
                return Err(Step::failed(
                    "find group",
                    say!("entry_why", "“{entry}”: {why}", entry = entry, why = unread.why),
                    advice,
                ));
            }
        }
    }
    tell(count(google)?);
    Ok(())
}

/// Compares our clock with Google's.
fn clock(calls: &Calls<'_>) -> Result<Step, Failed> {
    let reply =
        calls.wire.send(&Ask::Get { url: &calls.access.url, token: None, unless: None }).map_err(failed("clock"))?;
    let Some(theirs) = reply.date else {
        return Ok(Step::passed(
            "clock",
            say!("googles_answer_holds_no_time_the", "Google's answer holds no time; the clock is not compared."),
        ));
    };
    let ahead = world::now().0 - theirs;
    let seconds = ahead.abs() / 1000;
    let found = match ahead < 0 {
        true => say!(
            "the_clock_is_behind_googles",
            "The clock of this machine is {seconds} s behind Google's.",
            seconds = seconds
        ),
        false => say!(
            "the_clock_is_ahead_of_googles",
            "The clock of this machine is {seconds} s ahead of Google's.",
            seconds = seconds
        ),
    };
    if ahead.abs() > CLOCKS {
        let advice =
            say!("set_the_clock_by_ntp_for", "A token needs a clock that is right. Set the clock, by NTP for example.");
        return Err(Step::failed("clock", found, advice));
    }
    Ok(Step::passed("clock", found))
}

/// Asks for a token; where it is refused, for each scope alone, to say which are missing.
fn token(calls: &mut Calls<'_>) -> Result<Step, Failed> {
    let refusal = match calls.access.token(&calls.wire) {
        Ok(_) => {
            return Ok(Step::passed(
                "token",
                say!("google_gives_a_token_as", "Google gives a token as {login}.", login = calls.access.who.login),
            ));
        }
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
    let found = say!(
        "the_service_account_lacks_of_scopes",
        "The service account lacks {missing} of {count} scopes: {scopes}.",
        missing = missing.len(),
        count = SCOPES.len(),
        scopes = missing.join(", ")
    );
    let client = calls.access.who.client_id.as_deref().unwrap_or("the service account");
    let advice = say!(
        "edit_client_in_googles_admin_console",
        "Edit client {client} in Google's Admin console, Security → Access and data control → API controls → Manage domain-wide delegation, and give it all three: {value}.",
        client = client,
        value = SCOPES.join(",")
    );
    Err(Step::failed("token", found, advice))
}

/// One call for each scope.
fn scopes(calls: &mut Calls<'_>, tell: &mut dyn FnMut(Step)) -> Result<(), Failed> {
    let one = [("customer", "my_customer"), ("maxResults", "1")];
    calls.get::<Users>("users", &one).map_err(failed("read users"))?;
    tell(Step::passed("read users", say!("users_can_be_read", "Users can be read.")));
    let groups: Groups = calls.get("groups", &one).map_err(failed("read groups"))?;
    tell(Step::passed("read groups", say!("groups_can_be_read", "Groups can be read.")));
    let Some(group) = groups.first() else {
        tell(Step::passed(
            "read members",
            say!("there_is_no_group_whose_members", "There is no group whose members could be read."),
        ));
        return Ok(());
    };
    calls.get::<Members>(&of(&group), &[("maxResults", "1")]).map_err(failed("read members"))?;
    tell(Step::passed("read members", say!("members_of_groups_can_be_read", "Members of groups can be read.")));
    Ok(())
}

/// Reads all that a run would.
fn count(google: &Google) -> Result<Step, Failed> {
    let reading = match google.read(&Unwatched) {
        Ok(reading) => reading,
        Err(SourceError::Unreadable(why)) => {
            return Err(Step::failed("count", why, say!("look_at_the_steps_above", "Look at the steps above.")));
        }
        Err(SourceError::Cancelled) => return Err(failed("count")(Fault::Cancelled)),
    };
    let Reading { people, groups, unread, .. } = &reading;
    let inactive = people.iter().filter(|person| !person.active).count();
    let (people, groups) = (people.len(), groups.len());
    let found = match (reading.has_groups, groups) {
        (false, _) => say!(
            "people_of_them_suspended",
            "{people} people, {inactive} of them suspended or archived.",
            people = people,
            inactive = inactive
        ),
        (true, 1) => say!(
            "people_in_one_group_of_them_suspended",
            "{people} people in 1 group, {inactive} of them suspended or archived.",
            people = people,
            inactive = inactive
        ),
        (true, _) => say!(
            "people_in_groups_of_them_suspended",
            "{people} people in {groups} groups, {inactive} of them suspended or archived.",
            people = people,
            groups = groups,
            inactive = inactive
        ),
    };
    match unread.first() {
        None => Ok(Step::passed("count", found)),
        Some(first) => {
            let found = say!(
                "not_all_could_be_read",
                "{found} Not all could be read: {part}",
                found = found,
                part = first.sentence()
            );
            Err(Step::failed(
                "count",
                found,
                say!("until_all_can_be_read_a", "Until all can be read, a run removes nothing."),
            ))
        }
    }
}
