//! SMTP: hands a message to a mail server, and says of a failure whether the message may have been taken all the same.

use crate::domain::delivery::Failure;
use crate::domain::mail::{MailServer, Message, Tls};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as MimeMessage};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::time::Duration;

/// A server that is silent for longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same where it has a whole message to look at. RFC 5321, section 4.5.3.2.6, would have us wait ten minutes; no other
/// mail goes out meanwhile.
const PATIENCE_WITH_LETTER: Duration = Duration::from_secs(60);

/// A way to a mail server that is open.
pub(super) struct SmtpSession(SmtpConnection);

/// What went wrong with all that caused it, in one line of at most 300 characters.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// Whether a mail server lets us in; what went wrong otherwise. No mail goes out.
///
/// # Errors
/// What the server said, or why it cannot be reached.
pub fn reach(server: &MailServer) -> Result<(), String> {
    SmtpSession::open(server).map(drop).map_err(|failure| failure.said().to_owned())
}

impl SmtpSession {
    /// Opens one.
    pub(super) fn open(server: &MailServer) -> Result<SmtpSession, Failure> {
        let failed = |error: lettre::transport::smtp::Error| Failure::Server(reason(&error));
        let name = server.from.rsplit('@').next().unwrap_or("localhost").to_owned();
        let hello = ClientId::Domain(name);
        let tls = match server.tls {
            Tls::None => None,
            Tls::StartTls | Tls::Tls => Some(TlsParameters::new_rustls(server.host.clone()).map_err(failed)?),
        };
        let at_once = tls.as_ref().filter(|_| server.tls == Tls::Tls);
        let address = (server.host.as_str(), server.port);
        let mut line = SmtpConnection::connect(address, Some(PATIENCE), &hello, at_once, None).map_err(failed)?;
        if let Some(tls) = tls.as_ref().filter(|_| server.tls == Tls::StartTls) {
            if !line.can_starttls() {
                return Err(Failure::Server("the server does not offer STARTTLS".to_owned()));
            }
            line.starttls(tls, &hello).map_err(failed)?;
        }
        if let (false, Some(password)) = (server.user.is_empty(), &server.password) {
            let credentials = Credentials::new(server.user.clone(), password.clone());
            line.auth(DEFAULT_MECHANISMS, &credentials).map_err(failed)?;
        }
        Ok(SmtpSession(line))
    }

    /// Hands one message over. After a failure the line is of no use any more.
    pub(super) fn hand_over(&mut self, server: &MailServer, message: &Message) -> Result<(), Failure> {
        let never = |error: &dyn std::error::Error| Failure::Never(reason(error));
        let from: Mailbox = server.from.parse().map_err(|e| Failure::Server(reason(&e)))?;
        let to: Mailbox = message.to.parse().map_err(|e| never(&e))?;
        let (sender, receiver) = (from.email.clone(), to.email.clone());
        let domain = sender.domain().to_owned();
        let message = MimeMessage::builder()
            .from(from)
            .to(to)
            .subject(message.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone())
            .map_err(|e| never(&e))?;
        let refused = |error: lettre::transport::smtp::Error| match error.is_permanent() {
            true => Failure::Never(reason(&error)),
            false => Failure::Later(reason(&error)),
        };
        self.wait_at_most(PATIENCE)?;
        // The sender is the same for all, so a server that does not want it wants none of them.
        let begun = self.0.command(Mail::new(Some(sender), Vec::new()));
        begun.map_err(|error| Failure::Server(reason(&error)))?;
        self.0.command(Rcpt::new(receiver, Vec::new())).map_err(refused)?;
        self.0.command(Data).map_err(refused)?;
        self.wait_at_most(PATIENCE_WITH_LETTER)?;
        // Only a status says that the message was not taken; a line that breaks or an answer that is none says nothing.
        self.0.message(&message.formatted()).map(drop).map_err(|error| match error.status() {
            Some(_) => refused(error),
            None => Failure::Unsure(reason(&error)),
        })
    }

    fn wait_at_most(&mut self, time: Duration) -> Result<(), Failure> {
        self.0.set_timeout(Some(time)).map_err(|error| Failure::Server(reason(&error)))
    }

    /// Says good-bye.
    pub(super) fn close(mut self) {
        drop(self.wait_at_most(PATIENCE));
        drop(self.0.quit());
    }
}

/// Hands one message over and waits for the outcome.
///
/// # Errors
/// What the server said.
pub fn send(server: &MailServer, message: &Message) -> Result<(), String> {
    let said = |failure: Failure| failure.said().to_owned();
    let mut line = SmtpSession::open(server).map_err(said)?;
    line.hand_over(server, message).map_err(said)?;
    line.close();
    Ok(())
}
