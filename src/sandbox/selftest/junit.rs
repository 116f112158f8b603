//! The certificate as JUnit's XML, for CI.

use super::{Certificate, Ending, Outcome};
use std::fmt::Write;

/// The document.
pub fn junit(certificate: &Certificate) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scimbox selftest\">\n");
    for suite in certificate.suites() {
        let count = |ending| certificate.count(suite, ending);
        let (failed, skipped) = (count(Ending::Failed), count(Ending::Skipped));
        let tests = failed + skipped + count(Ending::Passed);
        let head = format!("name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" skipped=\"{skipped}\"", escaped(suite));
        let _ = writeln!(out, " <testsuite {head}>");
        certificate.outcomes.iter().filter(|one| one.suite == suite).for_each(|one| out.push_str(&case(one)));
        out.push_str(" </testsuite>\n");
    }
    out + "</testsuites>\n"
}

fn case(one: &Outcome) -> String {
    let head = format!("  <testcase classname=\"{}\" name=\"{}\"", escaped(&one.suite), escaped(&one.check));
    match one.ending {
        Ending::Passed => format!("{head}/>\n"),
        Ending::Skipped => format!("{head}><skipped message=\"{}\"/></testcase>\n", escaped(&one.why)),
        Ending::Failed => {
            let mut told = format!("{}\n{}\n", one.clause, one.advice);
            if let Some(shown) = &one.exchange {
                let _ = write!(told, "{}\ngot {}\nwant {}\n", shown.request, shown.got, shown.want);
            }
            format!("{head}><failure message=\"{}\">{}</failure></testcase>\n", escaped(&one.why), escaped(&told))
        }
    }
}

/// Text that XML and HTML can hold.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
