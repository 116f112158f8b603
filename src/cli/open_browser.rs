//! `serve --open`: the console in the browser of this desktop.

use super::output;
use std::process::{Command, Stdio};

/// Opens an address; what goes wrong is a line on stderr and no more. The address holds no secret: whoever is on this machine
/// can read the arguments of programs.
pub(super) fn open(address: String) {
    if !["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    {
        return output::note(&format!("There is no desktop here to open a browser on. The console is at {address}"));
    }
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(&address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It may not end before the browser does.
    let waiting = std::thread::Builder::new().name("browser".to_owned()).spawn(move || {
        let failed = match command.status() {
            Ok(status) if status.success() => return,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        output::note(&format!("{program} could not open the browser ({failed}). The console is at {address}"));
    });
    if let Err(error) = waiting {
        output::note(&format!("The browser could not be opened: {error}"));
    }
}
