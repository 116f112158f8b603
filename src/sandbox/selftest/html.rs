//! The certificate as one HTML file that can be printed, in English and Japanese side by side.

use super::junit::escaped;
use super::{Certificate, Ending, Outcome};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#1b1b1f;background:#fff}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35em .6em;border-bottom:1px solid #ccc;vertical-align:top}\
.failed{color:#a30000}.passed{color:#0a6b2c}.skipped{color:#5f5f66}article{border:1px solid #ccc;border-left:4px solid #a30000;\
padding:.5em 1em;margin:1em 0;break-inside:avoid}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f7;padding:.5em}\
@media print{body{margin:0;max-width:none}}";

/// The file.
pub fn html(certificate: &Certificate) -> String {
    let failed = certificate.failures().count();
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.push_str(
        "<meta name=\"viewport\" content=\"width=device-width\"><title>SCIM certificate · SCIM 検査報告書</title>",
    );
    let _ = writeln!(out, "<style>{STYLE}</style></head><body>");
    let _ = writeln!(out, "<h1>SCIM certificate · <span lang=\"ja\">SCIM 検査報告書</span></h1>");
    let (url, at) = (escaped(&certificate.url), escaped(&certificate.at));
    let _ = writeln!(
        out,
        "<p>Server · <span lang=\"ja\">サーバー</span>: <b>{url}</b><br>Time · <span lang=\"ja\">日時</span>: {at}</p>"
    );
    let (class, en, ja) = match failed {
        0 => (
            "passed",
            "Everything that was checked passes.".to_owned(),
            "検査した項目はすべて合格しました。".to_owned(),
        ),
        n => ("failed", format!("{n} checks fail."), format!("{n} 件の検査が不合格です。")),
    };
    let _ = writeln!(out, "<p class=\"{class}\"><b>{en}</b> <b lang=\"ja\">{ja}</b></p>");
    out.push_str(&summary(certificate));
    if failed > 0 {
        out.push_str("<h2>What fails · <span lang=\"ja\">不合格の項目</span></h2>\n");
        certificate.failures().for_each(|one| out.push_str(&failure(one)));
    }
    out.push_str("<h2>Every check · <span lang=\"ja\">全項目</span></h2>\n<table><tr><th>Check · <span lang=\"ja\">項目</span></th>");
    out.push_str(
        "<th>Clause · <span lang=\"ja\">規定</span></th><th>Result · <span lang=\"ja\">結果</span></th></tr>\n",
    );
    for one in &certificate.outcomes {
        let (class, word) = words(one.ending);
        let why = if one.ending == Ending::Skipped { format!("<br>{}", escaped(&one.why)) } else { String::new() };
        let (check, clause) = (escaped(&one.check), escaped(&one.clause));
        let _ = writeln!(out, "<tr><td>{check}</td><td>{clause}</td><td class=\"{class}\">{word}{why}</td></tr>");
    }
    out + "</table></body></html>\n"
}

fn summary(certificate: &Certificate) -> String {
    let mut out = String::from(
        "<table><tr><th>Suite · <span lang=\"ja\">検査群</span></th><th>Passed · <span lang=\"ja\">合格</span></th>",
    );
    out.push_str(
        "<th>Failed · <span lang=\"ja\">不合格</span></th><th>Skipped · <span lang=\"ja\">対象外</span></th></tr>\n",
    );
    for suite in certificate.suites() {
        let count = |ending| certificate.count(suite, ending);
        let (passed, failed, skipped) = (count(Ending::Passed), count(Ending::Failed), count(Ending::Skipped));
        let _ =
            writeln!(out, "<tr><td>{}</td><td>{passed}</td><td>{failed}</td><td>{skipped}</td></tr>", escaped(suite));
    }
    out + "</table>\n"
}

fn failure(one: &Outcome) -> String {
    let mut out = format!("<article><h3>{} <small>{}</small></h3>\n", escaped(&one.check), escaped(&one.clause));
    let row = |en: &str, ja: &str, text: &str| {
        format!("<p><b>{en} · <span lang=\"ja\">{ja}</span></b>: {}</p>\n", escaped(text))
    };
    for (en, ja, text) in [("Why it matters", "影響", &one.why), ("What to change", "対処", &one.advice)] {
        out.push_str(&row(en, ja, text));
        if let Some(japanese) = japanese(text) {
            let _ = writeln!(out, "<p lang=\"ja\">{}</p>", escaped(japanese));
        }
    }
    if let Some(shown) = &one.exchange {
        out.push_str(&row("Got", "実際", &shown.got));
        out.push_str(&row("Wanted", "期待", &shown.want));
        let sent = shown.sent.as_deref().unwrap_or_default();
        let _ =
            writeln!(out, "<pre>{}\n{}\n\n{}</pre>", escaped(&shown.request), escaped(sent), escaped(&shown.answer));
    }
    out + "</article>\n"
}

/// The same sentence in Japanese.
fn japanese(text: &str) -> Option<&'static str> {
    static ALL: LazyLock<HashMap<String, String>> =
        LazyLock::new(|| serde_json::from_str(include_str!("suites/ja.json")).unwrap_or_default());
    ALL.get(text).map(String::as_str)
}

fn words(ending: Ending) -> (&'static str, &'static str) {
    match ending {
        Ending::Passed => ("passed", "passed · <span lang=\"ja\">合格</span>"),
        Ending::Failed => ("failed", "failed · <span lang=\"ja\">不合格</span>"),
        Ending::Skipped => ("skipped", "skipped · <span lang=\"ja\">対象外</span>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::selftest::suite::{SUITES, Suite};

    #[test]
    fn every_reason_and_every_advice_is_there_in_japanese() {
        for suite in SUITES.iter().filter_map(|name| Suite::find(name)) {
            for check in &suite.checks {
                for text in [&check.why, &check.advice] {
                    assert!(text.is_empty() || japanese(text).is_some(), "{}: {text}", check.name);
                }
            }
        }
    }
}
