//! The thread of mails: takes invitations whose mail is due and hands them to the mail server, each at most once.
//!
//! What is about to be handed over is marked so before, and what came of it is written after. A mark that is found at the
//! next start means that nobody knows whether the mail went out; it is given up then, and an administrator can send another.

use super::duties::{Duties, MAIL, Right};
use super::smtp::SmtpSession;
use super::{JobEnvironment, LOOK, Problem, Wakeup};
use crate::domain::delivery::{self, Failure};
use crate::domain::invitation::{Invitation, Mail};
use crate::domain::mail::{self, MailServer, Message};
use crate::domain::{Act, Error, Fault, Tx, UserId};
use crate::store::Store;
use crate::world;
use std::time::Duration;

/// Mails on one line to the server.
const AT_ONCE: u64 = 20;
/// How long a server that cannot be reached is left alone, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Works until all is over.
pub(super) fn run(store: &Store, wakeup: &Wakeup, around: &JobEnvironment, problem: &Problem, duties: &Duties) {
    let (mut heard, mut pause) = (0, LOOK);
    while let Some(count) = wakeup.rest(heard, pause) {
        // Whoever has just changed the settings does not want to wait for the pause.
        heard = count;
        pause = match deliver(store, wakeup, around, duties) {
            Ok(found) => {
                let longer = (pause * 2).clamp(PAUSE.0, PAUSE.1);
                let next = if found.is_some() { longer } else { LOOK };
                *problem.lock() = found;
                next
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox could not be looked at");
                LOOK
            }
        };
    }
}

/// Sends what is due; what the mail server said when it takes no mail at all.
fn deliver(store: &Store, wakeup: &Wakeup, around: &JobEnvironment, duties: &Duties) -> Result<Option<String>, Error> {
    loop {
        let Some(right) = duties.right(MAIL) else { return Ok(None) };
        let now = world::now();
        let due = store.read(move |tx| tx.due_invitations(now, AT_ONCE))?;
        if due.is_empty() {
            return Ok(None);
        }
        if give_up_marked(store, &due, &right)? {
            continue;
        }
        let Some(server) = store.read(mail::server)? else { return Ok(None) };
        let server = MailServer { password: around.mail_password.clone(), ..server };
        let mut line = match SmtpSession::open(&server) {
            Ok(line) => Some(line),
            Err(failure) => {
                put_off(store, &due, failure.said())?;
                return Ok(Some(failure.said().to_owned()));
            }
        };
        for (at, user) in due.iter().enumerate() {
            let Some((invitation, message)) = prepare(store, around, &right, *user)? else { continue };
            let opened = match line.take() {
                Some(line) => Ok(line),
                None => SmtpSession::open(&server),
            };
            let outcome = opened.and_then(|mut open| {
                open.hand_over(&server, &message)?;
                line = Some(open);
                Ok(())
            });
            let said = match &outcome {
                Err(Failure::Server(said)) => Some(said.clone()),
                _ => None,
            };
            settle(store, wakeup, invitation, outcome)?;
            match said {
                None => {}
                Some(said) if at == 0 => {
                    put_off(store, &due, &said)?;
                    return Ok(Some(said));
                }
                // Many a server takes only so many mails on one line; the next round opens another.
                Some(_) => break,
            }
        }
        if let Some(line) = line {
            line.close();
        }
    }
}

fn act(by: &str) -> Result<Act, Error> {
    Ok(world::act(by).map_err(|e| Fault::Broken(e.to_string()))?)
}

/// Writes a mail with a new link and marks it as being handed over; `None` when there is nothing to send any more.
fn prepare(
    store: &Store,
    around: &JobEnvironment,
    right: &Right,
    user: UserId,
) -> Result<Option<(Invitation, Message)>, Error> {
    let act = act("job:mail")?;
    let secret = world::secret().map_err(|e| Fault::Broken(e.to_string()))?;
    let (base, right) = (around.base.clone(), right.clone());
    store.write_blocking(move |tx: &mut dyn Tx| {
        right.check(tx)?;
        delivery::begin(tx, &act, user, &secret, &base)
    })
}

/// Gives up the mails that are marked as being handed over, which this thread does not do while it looks for mails: what
/// marked them has ended. Whether there were any.
fn give_up_marked(store: &Store, due: &[UserId], right: &Right) -> Result<bool, Error> {
    let due = due.to_vec();
    let mut marked: Vec<Invitation> = store
        .read(move |tx| due.iter().filter_map(|user| tx.invitation(*user).transpose()).collect::<Result<_, Fault>>())?;
    marked.retain(|known| known.mail == Mail::Sending);
    if marked.is_empty() {
        return Ok(false);
    }
    let right = right.clone();
    store.write_blocking(move |tx: &mut dyn Tx| {
        right.check(tx)?;
        delivery::give_up(tx, &marked)?;
        Ok::<_, Error>(true)
    })
}

/// Writes what came of a mail, as soon as that is possible: a mail that went out must not be forgotten.
fn settle(store: &Store, wakeup: &Wakeup, invitation: Invitation, outcome: Result<(), Failure>) -> Result<(), Error> {
    let act = act("job:mail")?;
    let invitation = delivery::after(invitation, outcome, act.now);
    loop {
        let (act, invitation) = (act.clone(), invitation.clone());
        match store.write_blocking(move |tx: &mut dyn Tx| delivery::end(tx, &act, &invitation)) {
            Err(Error::Fault(
                Fault::Busy | Fault::Conflict | Fault::Unreachable | Fault::Unwritable | Fault::Unsure | Fault::Moved,
            )) if wakeup.pause(LOOK) => {}
            done => return done,
        }
    }
}

/// Writes why nothing goes out.
fn put_off(store: &Store, due: &[UserId], why: &str) -> Result<(), Error> {
    let (now, due, why) = (world::now(), due.to_vec(), why.to_owned());
    store.write_blocking(move |tx: &mut dyn Tx| delivery::put_off(tx, &due, &why, now))
}
