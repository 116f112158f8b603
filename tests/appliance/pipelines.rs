//! The recipes for pipelines in `docs/sandbox.md`, run as they stand there.

use crate::appliance::{Ran, program, run};
use std::path::Path;
use std::process::Command;

/// The block of a language that stands behind a text on the page.
#[track_caller]
fn block(behind: &str, language: &str) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox.md")).unwrap();
    let (_, rest) = page.split_once("## In pipelines").unwrap();
    let (_, rest) = rest.split_once(behind).unwrap();
    let (_, rest) = rest.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Runs a command in a new folder, with the program on its path.
#[track_caller]
fn in_a_job(folder: &Path, command: &mut Command) -> Ran {
    let bin = folder.join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(program().get_program(), bin.join("scimbox")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    run(command.current_dir(folder).env("PATH", path).env("GITHUB_ENV", folder.join("github.env")), "").ok()
}

/// Asks as a job does, by curl.
const ASKS: &str = "curl -sf -H \"Authorization: Bearer $SCIM_TOKEN\" \"$SCIM_URL/Users?count=1\"";

#[test]
fn a_job_of_github_actions_has_a_sandbox_in_the_steps_that_follow() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = block("GitHub Actions", "yaml");
    let step = yaml.split("- run: |\n").nth(1).unwrap().split("- run:").next().unwrap();
    let step: Vec<&str> = step.lines().map(str::trim_start).collect();
    // The next step has what the file says.
    let script = format!("{}\nset -a; . \"$GITHUB_ENV\"; set +a\n{ASKS}\nkill $!\nwait $!\n", step.join("\n"));
    let ran = in_a_job(folder.path(), Command::new("bash").args(["-e", "-c", &script]));
    assert!(ran.stdout.contains("\"totalResults\":100"), "{}", ran.stdout);
    assert_eq!(std::fs::read_to_string(folder.path().join("github.env")).unwrap().lines().count(), 2);
}

#[test]
fn a_job_of_gitlab_has_a_sandbox_while_it_tests() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = block("GitLab CI", "yaml");
    let lines: Vec<&str> = yaml.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
    let script = lines.join("\n").replace("make test", ASKS);
    assert!(script.contains(ASKS) && lines.len() == 5, "{script}");
    let ran = in_a_job(folder.path(), Command::new("sh").args(["-e", "-c", &script]));
    assert!(ran.stdout.contains("\"totalResults\":100"), "{}", ran.stdout);
}

#[test]
fn a_job_whose_sandbox_does_not_start_fails_and_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = block("GitLab CI", "yaml").replace("--seed 100", "--persona nobody");
    let lines: Vec<&str> = yaml.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
    let script = lines.join("\n").replace("make test", "echo it was tested");
    let mut job = Command::new("sh");
    let ran = in_a_job(folder.path(), job.args(["-c", "sh -e -c \"$0\" || echo it failed", &script]));
    assert_eq!(ran.stdout, "it failed\n");
}

#[test]
fn a_fixture_of_pytest_has_a_sandbox_and_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("conftest.py"), block("pytest, in", "python")).unwrap();
    // As much of pytest as the fixture asks for.
    std::fs::write(folder.path().join("pytest.py"), "def fixture(**kinds):\n    return lambda made: made\n").unwrap();
    let asks = "import conftest, urllib.request as web
box = conftest.scim()
env = next(box)
asked = web.Request(env['SCIM_URL'] + '/Users?count=1', headers={'Authorization': 'Bearer ' + env['SCIM_TOKEN']})
print(web.urlopen(asked).read().decode())
print(next(box, 'ended'))";
    let ran = in_a_job(folder.path(), Command::new("python3").args(["-c", asks]));
    assert!(ran.stdout.contains("\"totalResults\":100") && ran.stdout.ends_with("ended\n"), "{}", ran.stdout);
}
