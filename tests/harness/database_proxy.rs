//! A proxy before PostgreSQL, on loopback: cuts a connection right before or right after a COMMIT is passed on, and counts how often
//! a transaction waits for an answer.

use crate::appliance::cluster::Database;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The COMMIT does not arrive.
    Before,
    /// It arrives, and the answer gets lost.
    After,
    /// The same, and nobody waits until the database has carried it out.
    AtOnce,
}

/// A transaction that has ended.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// Everything that was sent.
    pub sent: Vec<u8>,
    /// How often something was sent when all before it was answered. The end of a reading one is not among them: nobody waits for
    /// its answer.
    pub round_trips: u32,
    /// Whether what is being sent is counted: a request is several messages.
    is_counted: bool,
}

#[derive(Default)]
struct Inside {
    /// What is cut next: the transaction in which this text is sent.
    next: Mutex<Option<(String, Cut)>>,
    ended: Mutex<Vec<Transaction>>,
}

/// The proxy.
pub struct DatabaseProxy {
    /// HOST:PORT.
    pub address: String,
    inside: Arc<Inside>,
}

impl DatabaseProxy {
    /// Stands before the server of a database.
    pub fn before(database: &Database) -> DatabaseProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inside = Arc::new(Inside::default());
        let (for_all, server) = (Arc::clone(&inside), database.server());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let inside = Arc::clone(&for_all);
                std::thread::spawn(move || inside.pass(client, server));
            }
        });
        DatabaseProxy { address, inside }
    }

    /// Cuts the connection at the end of the next transaction in which a text is sent.
    pub fn cut(&self, text: &str, cut: Cut) {
        *self.inside.next.lock().unwrap() = Some((text.to_owned(), cut));
    }

    /// The transactions that have ended since this was asked last, and in which a text was sent.
    pub fn transactions(&self, text: &[u8]) -> Vec<Transaction> {
        let all = std::mem::take(&mut *self.inside.ended.lock().unwrap());
        all.into_iter().filter(|one| contains(&one.sent, text)).collect()
    }

    /// Whether that has happened.
    pub fn has_cut(&self) -> bool {
        self.inside.next.lock().unwrap().is_none()
    }
}

impl Inside {
    fn pass(self: Arc<Inside>, mut client: TcpStream, mut server: TcpStream) {
        for end in [&client, &server] {
            end.set_nodelay(true).unwrap();
        }
        let muted = Arc::new(AtomicBool::new(false));
        let (mut from, mut to, mute) = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&muted));
        // Requests that are not answered yet, and whether somebody waits for the answer.
        let open = Arc::new(Mutex::new(VecDeque::<bool>::new()));
        let answered = Arc::clone(&open);
        let answers = std::thread::spawn(move || {
            while let Some(message) = read_message(&mut from, false) {
                if message[0] == b'Z' {
                    answered.lock().unwrap().pop_front();
                    // The end of what was asked, outside of a transaction.
                    if mute.load(Ordering::SeqCst) && message[5] == b'I' {
                        break;
                    }
                }
                if !mute.load(Ordering::SeqCst) && to.write_all(&message).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        });
        let (mut is_first, mut transaction) = (true, Transaction::default());
        while let Some(message) = read_message(&mut client, is_first) {
            let ends = message[0] == b'Q' && (message.ends_with(b"COMMIT\0") || message.ends_with(b"ROLLBACK\0"));
            // The first message of a connection is answered as a request is.
            let is_request = is_first || matches!(message[0], b'Q' | b'S');
            is_first = false;
            let is_unasked = ends && contains(&transaction.sent, b"READ ONLY");
            let waits = open.lock().unwrap().contains(&true);
            if !waits && !transaction.is_counted && !is_unasked {
                transaction.round_trips += 1;
                transaction.is_counted = true;
            }
            transaction.sent.extend_from_slice(&message);
            if is_request {
                open.lock().unwrap().push_back(!is_unasked);
                transaction.is_counted = false;
            }
            let cut = self.cut_of(&transaction, ends);
            if cut == Some(Cut::After) {
                muted.store(true, Ordering::SeqCst);
            }
            if cut != Some(Cut::Before) && server.write_all(&message).is_err() {
                break;
            }
            match cut {
                // Not before the database has carried it out.
                Some(Cut::After) => return answers.join().unwrap(),
                Some(_) => break,
                None => {}
            }
            if ends {
                self.ended.lock().unwrap().push(std::mem::take(&mut transaction));
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }

    fn cut_of(&self, transaction: &Transaction, ends: bool) -> Option<Cut> {
        let mut next = self.next.lock().unwrap();
        let is_meant = |(text, _): &(String, Cut)| contains(&transaction.sent, text.as_bytes());
        if !ends || !transaction.sent.ends_with(b"COMMIT\0") || !next.as_ref().is_some_and(is_meant) {
            return None;
        }
        next.take().map(|(_, cut)| cut)
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// A message of the protocol as it came. The first of a connection has no letter before its length.
fn read_message(client: &mut TcpStream, is_first: bool) -> Option<Vec<u8>> {
    let mut message = vec![0; if is_first { 4 } else { 5 }];
    client.read_exact(&mut message).ok()?;
    let length = u32::from_be_bytes(message[message.len() - 4..].try_into().unwrap()) as usize;
    let begun = message.len();
    message.resize(begun + length - 4, 0);
    client.read_exact(&mut message[begun..]).ok()?;
    Some(message)
}
