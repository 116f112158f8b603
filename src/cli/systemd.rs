//! What systemd gives and is told: a socket that listens already; that the server is ready, that it stops, and that it
//! lives. Without systemd there is none, and nobody listens.

use crate::domain::{Error, Fault};
use crate::store::Store;
use anyhow::Context;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::net::TcpListener;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};

/// The socket of a socket unit (`LISTEN_FDS`, sd_listen_fds(3)), if this process was started by one.
///
/// # Errors
/// When there are several, or one that is no TCP socket.
pub(super) fn socket() -> anyhow::Result<Option<TcpListener>> {
    let mut given = ListenFd::from_env();
    match given.len() {
        0 => Ok(None),
        1 => given.take_tcp_listener(0).context("the socket that systemd gave does not listen for TCP"),
        several => anyhow::bail!("systemd gave {several} sockets, but one is expected: name one ListenStream."),
    }
}

/// The server takes requests from now on.
pub(super) fn ready() {
    tell(NotifyState::Ready);
}

/// The server ends.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

/// Tells systemd's watchdog, if there is one, that the store can be read, until what it gives is dropped.
pub(super) fn watch(store: &Store) -> Option<Sender<()>> {
    // Half the time, as sd_watchdog_enabled(3) advises.
    let pause = sd_notify::watchdog_enabled()? / 2;
    let (until, over) = channel();
    let store = store.clone();
    let watch = move || {
        while over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            // A database that is away comes back without a restart.
            let alive = |read: &Result<_, Error>| matches!(read, Ok(_) | Err(Error::Fault(Fault::Unreachable)));
            if alive(&store.read(|tx| Ok::<_, Error>(tx.base_url()?))) {
                tell(NotifyState::Watchdog);
            }
        }
    };
    std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch).ok().map(|_| until)
}
