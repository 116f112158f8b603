//! The thread of mails: takes invitations whose mail is due and hands them to the mail server, each at most once.
//!
//! What is about to be handed over is marked so before, and what came of it is written after. A mark that is found at the
//! next start means that nobody knows whether the mail went out; it is given up then, and an administrator can send another.

use super::duties::{Duties, MAIL, Right};
use super::smtp::{Failure, SmtpSession};
use super::{JobEnvironment, LOOK, Problem, Wakeup};
use crate::domain::event::EventKind;
use crate::domain::invitation::{self, Invitation, Mail};
use crate::domain::mail::{self, MailServer, Message};
use crate::domain::{Act, Error, Fault, Time, Tx, UserId, settings};
use crate::store::Store;
use crate::world;

use std::time::Duration;

/// Mails on one line to the server.
const AT_ONCE: u64 = 20;
/// Minutes until a mail that was refused is tried again; after the last one it is given up.
const WAITS: [i64; 6] = [1, 5, 15, 60, 240, 720];
/// How long a server that cannot be reached is left alone, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// Days after which a mail that finds no server is given up.
const GIVEN_UP: i64 = 3;

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
        let due = store.read(|tx| tx.due_invitations(now, AT_ONCE))?;
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
        let Some(mut known) = tx.invitation(user)? else { return Ok(None) };
        let days = settings::number(tx, "invitation_days")?;
        let (mut invitation, link) = match invitation::write_link(tx, &act, user, &secret, days) {
            Ok(written) => written,
            // Locked since it was looked for: it waits for the lock to be lifted.
            Err(Error::UserLocked(_)) => return Ok(None),
            Err(Error::AlreadyJoined(_) | Error::NotInvited(_)) => {
                known.mail = Mail::Kept;
                tx.update_invitation(&known)?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(user) = tx.user_anywhere(user)? else { return Ok(None) };
        let message = mail::invitation(tx, &user, &format!("{base}/join/{}", link.token), invitation.serial)?;
        invitation.mail = if message.to.is_empty() { Mail::Failed } else { Mail::Sending };
        invitation.error = message.to.is_empty().then(|| "The user has no address.".to_owned());
        invitation.tries += 1;
        // Should nothing be heard of it any more, this is when it may have gone out.
        invitation.sent_at = (invitation.mail == Mail::Sending).then_some(act.now);
        tx.update_invitation(&invitation)?;
        Ok((invitation.mail == Mail::Sending).then_some((invitation, message)))
    })
}

/// Gives up the mails that are marked as being handed over, which this thread does not do while it looks for mails: what
/// marked them has ended. Whether there were any.
fn give_up_marked(store: &Store, due: &[UserId], right: &Right) -> Result<bool, Error> {
    let mut marked = store.read(|tx| due.iter().map(|user| tx.invitation(*user)).collect::<Result<Vec<_>, Fault>>())?;
    marked.retain(|known| known.as_ref().is_some_and(|known| known.mail == Mail::Sending));
    if marked.is_empty() {
        return Ok(false);
    }
    let right = right.clone();
    store.write_blocking(move |tx: &mut dyn Tx| {
        right.check(tx)?;
        for known in marked.iter().flatten() {
            let why = "The program ended while the mail was handed over; it may have gone out.".to_owned();
            tx.update_invitation(&Invitation { mail: Mail::Failed, error: Some(why), ..known.clone() })?;
        }
        Ok::<_, Error>(true)
    })
}

/// Writes what came of a mail, as soon as that is possible: a mail that went out must not be forgotten.
fn settle(
    store: &Store,
    wakeup: &Wakeup,
    mut invitation: Invitation,
    outcome: Result<(), Failure>,
) -> Result<(), Error> {
    let act = act("job:mail")?;
    match outcome {
        Ok(()) => {
            invitation.mail = Mail::Sent;
            invitation.sent_at = Some(act.now);
            invitation.error = None;
        }
        Err(failure) => {
            invitation.error = Some(failure.said().to_owned());
            if !matches!(failure, Failure::Unsure(_)) {
                invitation.sent_at = None;
            }
            let wait = usize::try_from(invitation.tries).ok().and_then(|tries| WAITS.get(tries.saturating_sub(1)));
            match (failure, wait) {
                // The mail was not tried: it is next as soon as the server takes any.
                (Failure::Server(_), _) => {
                    invitation.mail = Mail::Waiting;
                    invitation.tries = invitation.tries.saturating_sub(1);
                }
                (Failure::Later(_), Some(minutes)) => {
                    invitation.mail = Mail::Waiting;
                    invitation.next_try_at = act.now.plus_minutes(*minutes);
                }
                _ => invitation.mail = Mail::Failed,
            }
        }
    }
    loop {
        let (act, invitation) = (act.clone(), invitation.clone());
        match store.write_blocking(move |tx: &mut dyn Tx| note(tx, &act, &invitation)) {
            Err(Error::Fault(
                Fault::Busy | Fault::Conflict | Fault::Unreachable | Fault::Unwritable | Fault::Unsure | Fault::Moved,
            )) if wakeup.pause(LOOK) => {}
            done => return done,
        }
    }
}

/// Writes what came of a mail, unless it counts no more.
fn note(tx: &mut dyn Tx, act: &Act, invitation: &Invitation) -> Result<(), Error> {
    // While the server was slow an administrator may have sent another or taken a link.
    let is_same = |now: &Invitation| (now.serial, now.digest) == (invitation.serial, invitation.digest);
    let Some(now) = tx.invitation(invitation.user)?.filter(is_same) else { return Ok(()) };
    // And the person may have answered.
    let over = now.answer.is_some() && invitation.mail == Mail::Waiting;
    let settled = Invitation {
        mail: if over { Mail::Kept } else { invitation.mail },
        next_try_at: invitation.next_try_at,
        tries: invitation.tries,
        error: invitation.error.clone(),
        sent_at: invitation.sent_at,
        ..now
    };
    tx.update_invitation(&settled)?;
    if let (Mail::Sent, Some(user)) = (settled.mail, tx.user_anywhere(settled.user)?) {
        let first = settled.serial == 1 && user.scim_id.is_some();
        let what = if first { EventKind::AutoInviteUser } else { EventKind::SendInvitation };
        tx.record(act, &user.event(what).is("mail", "sent"))?;
    }
    Ok(())
}

/// Writes why nothing goes out, and gives up what has waited for days.
fn put_off(store: &Store, due: &[UserId], why: &str) -> Result<(), Error> {
    let (now, due, why) = (world::now(), due.to_vec(), why.to_owned());
    store.write_blocking(move |tx: &mut dyn Tx| {
        for user in &due {
            let Some(mut invitation) = tx.invitation(*user)?.filter(|i| i.mail == Mail::Waiting) else { continue };
            invitation.error = Some(why.clone());
            if is_old(&invitation, now) {
                invitation.mail = Mail::Failed;
            }
            tx.update_invitation(&invitation)?;
        }
        Ok(())
    })
}

/// Counted from when it could have gone out: by then the lock may have been lifted, or somebody asked for another try.
fn is_old(invitation: &Invitation, now: Time) -> bool {
    invitation.next_try_at.plus_days(GIVEN_UP) <= now
}
