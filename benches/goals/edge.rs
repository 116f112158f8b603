//! Rows 30 to 33: what strangers cost everybody else, and whether a refused sign-in tells an address that exists.

use crate::goal::{self, Goal};
use crate::measure::{Bench, CONNECTIONS, MANY, median};
use crate::process;
use crate::report::Report;
use crate::server::Server;
use crate::steps::People;
use crate::target::Target;
use crate::wire::Connection;
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::interval;

/// Connections that have been answered once and say nothing more.
const IDLE: usize = 10_000;
/// They are asked again before the server would close them, which it does after 15 seconds.
const AWAKE: Duration = Duration::from_secs(5);
/// Connections that send a head, or a body that nobody asked for, byte by byte.
const SLOW: usize = 1_000;
/// Refused sign-ins with each kind of address: fewer than what makes strangers wait.
const SIGN_INS: u8 = 9;

const IDLE_ROWS: [Goal; 2] = [goal::IDLE_P99, goal::IDLE_MEMORY];

/// Measures what is asked for.
pub fn measure(bench: &Bench, report: &mut Report) {
    let wants = |rows: &[u8]| bench.arguments.wants(rows);
    if wants(&[30, 31]) {
        report.add(IDLE_ROWS, beside_idle(bench));
    }
    if wants(&[32]) {
        report.add([goal::ATTACK_P99], beside_attackers(bench));
    }
    if wants(&[33]) {
        report.add([goal::ENUMERATION], enumeration(bench));
    }
}

fn quiet(bench: &Bench) -> anyhow::Result<(Server, Target)> {
    let server = Server::start(&bench.arguments.folder)?;
    let target = server.endpoint("Quiet")?;
    Ok((server, target))
}

fn beside_idle(bench: &Bench) -> anyhow::Result<[(f64, String); 2]> {
    let (server, target) = quiet(bench)?;
    let mut people = People::none(&target, "", false);
    people.grow(bench.arguments.users, MANY)?;
    let (alone, beside) = (people.get("GET user by id"), people.get("GET user by id, 10 000 idle connections"));
    let mut memory = 0.0;
    let [ratio] = bench.rounds(|| {
        let calm = bench.run(&alone, CONNECTIONS)?;
        while_they_run(
            |over| idle_crowd(&target, over),
            IDLE,
            || {
                let busy = bench.run(&beside, CONNECTIONS)?;
                memory = process::own_memory(server.pid())?;
                Ok([busy.quantile(0.99) / calm.quantile(0.99)])
            },
        )
    })?;
    Ok([(ratio, String::new()), (memory, format!("{IDLE} connections, {} users", people.count()))])
}

fn beside_attackers(bench: &Bench) -> anyhow::Result<[(f64, String); 1]> {
    let (_server, target) = quiet(bench)?;
    let mut people = People::none(&target, "", false);
    people.grow(bench.arguments.users, MANY)?;
    let (alone, beside) = (people.get("GET user by id"), people.get("GET user by id, 1 000 slow connections"));
    let [ratio] = bench.rounds(|| {
        let calm = bench.run(&alone, CONNECTIONS)?;
        while_they_run(
            |over| slow_crowd(&target, over),
            SLOW,
            || Ok([bench.run(&beside, CONNECTIONS)?.quantile(0.99) / calm.quantile(0.99)]),
        )
    })?;
    Ok([(ratio, "half of them send heads, half bodies after a 401, a byte every 0.2 s".to_owned())])
}

/// Does something while a crowd keeps so many connections open.
fn while_they_run<T>(
    crowd: impl FnOnce(&Crowd) -> anyhow::Result<()> + Send,
    size: usize,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let state = Crowd::default();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let ended = crowd(&state);
            state.there.store(true, Ordering::Relaxed);
            ended
        });
        while !state.there.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        let done = work();
        state.over.store(true, Ordering::Relaxed);
        running.join().map_err(|_| anyhow::anyhow!("the thread of {size} connections panicked"))??;
        done
    })
}

/// What a crowd tells and is told.
#[derive(Default)]
struct Crowd {
    there: AtomicBool,
    over: AtomicBool,
}

impl Crowd {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

fn idle_crowd(target: &Target, crowd: &Crowd) -> anyhow::Result<()> {
    let request = target.request("GET", "/ServiceProviderConfig", None);
    alone(async {
        let mut wires: Vec<Connection<'_>> = (0..IDLE).map(|_| Connection::new(&target.address)).collect();
        let mut pace = interval(Duration::from_millis(20));
        while !crowd.is_over() {
            let began = Instant::now();
            for wire in &mut wires {
                wire.exchange(&request).await.context("an idle connection")?;
            }
            crowd.there.store(true, Ordering::Relaxed);
            while began.elapsed() < AWAKE && !crowd.is_over() {
                pace.tick().await;
            }
        }
        Ok(())
    })
}

fn slow_crowd(target: &Target, crowd: &Crowd) -> anyhow::Result<()> {
    let address: SocketAddr = target.address.parse()?;
    let body = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n", target.path);
    let starts = [format!("GET {}/Users HTTP/1.1\r\n", target.path), body];
    alone(async {
        let mut wires: Vec<Option<TcpStream>> = (0..SLOW).map(|_| None).collect();
        let mut pace = interval(Duration::from_millis(200));
        while !crowd.is_over() {
            for (wire, start) in wires.iter_mut().zip(starts.iter().cycle()) {
                // The server closes them; an attacker comes again.
                let next = match wire.take() {
                    Some(open) => open,
                    None => {
                        let mut open = TcpStream::connect(address).await?;
                        open.write_all(start.as_bytes()).await?;
                        open
                    }
                };
                *wire = dribble(next).await;
            }
            crowd.there.store(true, Ordering::Relaxed);
            pace.tick().await;
        }
        Ok(())
    })
}

/// Sends a byte, reads what is there, and gives the connection back unless it is closed.
async fn dribble(mut wire: TcpStream) -> Option<TcpStream> {
    wire.write_all(b"x").await.ok()?;
    let mut heap = [0; 4096];
    match wire.try_read(&mut heap) {
        Ok(0) => None,
        Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => None,
        _ => Some(wire),
    }
}

fn alone<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Row 33: the difference of the medians of refused sign-ins, with an address that exists and with others.
fn enumeration(bench: &Bench) -> anyhow::Result<[(f64, String); 1]> {
    let server = Server::start_with(&bench.arguments.folder, &["--trusted-proxy", "127.0.0.1"])?;
    let known = "owner@bench.test";
    let password = server.disk().join("password");
    std::fs::write(&password, "a password of the benchmark")?;
    let file = password.to_str().context("the folder's name is no text")?;
    server.command(&["admin", "create", known, "--password-file", file, "--json"])?;
    let target = server.endpoint("Quiet")?;
    let (mut there, mut absent) = (Vec::new(), Vec::new());
    for turn in 0..SIGN_INS {
        there.push(refused_sign_in(&target, known, &format!("198.51.100.{turn}"))?);
        absent.push(refused_sign_in(&target, &format!("nobody{turn}@bench.test"), &format!("203.0.113.{turn}"))?);
    }
    let medians = [there, absent].map(|times| median(times).unwrap_or(f64::NAN));
    let [there, absent] = medians;
    Ok([((there - absent).abs(), format!("{there:.1} and {absent:.1} ms; {SIGN_INS} of each, in turns"))])
}

/// Milliseconds until a wrong password is refused.
fn refused_sign_in(target: &Target, email: &str, from: &str) -> anyhow::Result<f64> {
    let body = serde_json::json!({ "email": email, "password": "not that password" }).to_string();
    let request = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {from}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        target.address,
        body.len()
    );
    alone(async {
        let mut wire = TcpStream::connect(&target.address).await?;
        let since = Instant::now();
        wire.write_all(request.as_bytes()).await?;
        let mut start = [0; 12];
        wire.read_exact(&mut start).await?;
        anyhow::ensure!(start.ends_with(b"401"), "FAILED: {email}: {}", String::from_utf8_lossy(&start));
        Ok(since.elapsed().as_secs_f64() * 1000.0)
    })
}
