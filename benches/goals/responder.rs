//! What the machine can do at this moment: actix-web that answers one fixed user, or what it was sent.

use crate::people;
use crate::process::Process;
use crate::target::Target;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

const TYPE: &str = "application/scim+json";
const PATH: &str = "/api/rest/scim/v2/100000000000001";

/// The responder, in a process of its own.
pub struct Responder {
    /// Where it is.
    pub target: Target,
    _process: Process,
}

impl Responder {
    /// Starts it: this program with another argument.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub fn start() -> anyhow::Result<Responder> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--responder").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process(command.spawn()?);
        let stdout = process.0.stdout.take().context("the responder has no output")?;
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address)?;
        // It is asked the very bytes that the appliance is asked, a token as long as a real one included.
        let token = "t".repeat(65);
        let target = Target::at(&format!("http://{}{PATH}", address.trim()), Some(token), vec![process.0.id()])?;
        Ok(Responder { target, _process: process })
    }
}

/// Is the responder, until nobody holds its input any more.
///
/// # Errors
/// When it cannot listen.
pub fn serve() -> anyhow::Result<()> {
    std::thread::spawn(|| {
        // Ends with whoever started it, however that ends.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let user = Bytes::from(people::answer());
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let user = user.clone();
            let get = move || std::future::ready(HttpResponse::Ok().content_type(TYPE).body(user.clone()));
            let post = |body: Bytes| std::future::ready(HttpResponse::Created().content_type(TYPE).body(body));
            let routes = web::scope(PATH).route("/Users/{id}", web::get().to(get));
            App::new().service(routes.route("/Users", web::post().to(post)))
        })
        .bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().context("no address")?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{address}")?;
        stdout.flush()?;
        Ok(server.run().await?)
    })
}
