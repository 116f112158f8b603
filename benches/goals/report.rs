//! What was found, as Markdown.

use crate::arguments::Arguments;
use crate::goal::Goal;
use crate::measure::{Bench, Past, say};
use std::io::Write;

/// What a row came to.
pub struct Found {
    /// In the goal's unit.
    pub figure: f64,
    /// What belongs to it.
    pub note: String,
}

/// The rows so far.
#[derive(Default)]
pub struct Report {
    rows: Vec<(Goal, Result<Found, String>)>,
}

impl Report {
    /// Adds a row that was measured.
    pub fn found(&mut self, goal: Goal, figure: f64, note: impl Into<String>) {
        let note = note.into();
        say(&format!("-- {}: {} {note}", goal.number, goal.unit.write(figure)));
        self.rows.push((goal, Ok(Found { figure, note })));
    }

    /// Adds rows that were not, beside those that were measured before it failed.
    pub fn failed(&mut self, goals: &[Goal], why: &anyhow::Error) {
        say(&format!("-- {why:#}"));
        for goal in goals {
            if !self.rows.iter().any(|(known, _)| known.text == goal.text) {
                self.rows.push((*goal, Err(format!("{why:#}"))));
            }
        }
    }

    /// Adds what a measurement of several rows returned: one figure for each, with a note.
    pub fn add<const N: usize>(&mut self, goals: [Goal; N], result: anyhow::Result<[(f64, String); N]>) {
        match result {
            Ok(found) => goals.into_iter().zip(found).for_each(|(goal, (figure, note))| self.found(goal, figure, note)),
            Err(why) => self.failed(&goals, &why),
        }
    }

    /// Prints the rows that were asked for; false when one of them could not be measured.
    ///
    /// # Errors
    /// When nobody reads.
    pub fn print(mut self, arguments: &Arguments) -> anyhow::Result<bool> {
        self.rows.sort_by_key(|(goal, _)| goal.number);
        let mut out = std::io::stdout().lock();
        match &arguments.store {
            // The bounds are those of a file in the same process.
            Some(_) => writeln!(out, "| # | goal | measured |\n| --- | --- | --- |")?,
            None => {
                writeln!(out, "| # | goal | minimum | stretch | measured | verdict |")?;
                writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
            }
        }
        let mut all = true;
        for (goal, result) in self.rows.iter().filter(|(goal, _)| arguments.wants(&[goal.number])) {
            let [minimum, stretch] = goal.bounds();
            let (measured, verdict) = match result {
                Ok(found) if found.figure.is_nan() => ("no figure".to_owned(), "FAILED"),
                Ok(found) => {
                    let note = if found.note.is_empty() { String::new() } else { format!(" ({})", found.note) };
                    (format!("{}{note}", goal.unit.write(found.figure)), goal.verdict(found.figure))
                }
                Err(why) => (why.replace(['|', '\n', '\r'], " "), "FAILED"),
            };
            all &= verdict != "FAILED";
            match &arguments.store {
                Some(_) => writeln!(out, "| {} | {} | {measured} |", goal.number, goal.text)?,
                None => writeln!(
                    out,
                    "| {} | {} | {minimum} | {stretch} | {measured} | {verdict} |",
                    goal.number, goal.text
                )?,
            }
        }
        if arguments.million.is_none() && arguments.wants(&[14, 15, 16, 17, 18, 22]) {
            writeln!(out, "\nRows 14 to 18 and the second figure of 22 need --million.")?;
        }
        Ok(all)
    }
}

/// Prints the absolute figures of all steps.
///
/// # Errors
/// When nobody reads.
pub fn print_past(bench: &Bench) -> anyhow::Result<()> {
    let (past, mut out) = (bench.past()?, std::io::stdout().lock());
    if past.is_empty() {
        return Ok(());
    }
    let told = |text: &'static str| if bench.arguments.store.is_some() { text } else { "" };
    let more = told(" statements | waits for the database |");
    writeln!(out, "\n| step | connections | opened | requests/s | p50 µs | p99 µs | CPU µs |{more}")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |{}", told(" --- | --- |"))?;
    for Past { step: (name, connections), figures: [rate, p50, p99, cost, opened, statements, waits] } in past {
        let asked = format!(" {} | {} |", or_dash(statements, 1), or_dash(waits, 1));
        let asked = if bench.arguments.store.is_some() { asked.as_str() } else { "" };
        writeln!(
            out,
            "| {name} | {connections} | {opened:.0} | {rate:.0} | {p50:.0} | {p99:.0} | {} |{asked}",
            or_dash(cost, 1)
        )?;
    }
    Ok(())
}

/// A figure, or a dash where there is none: without process ids no CPU time is known.
pub fn or_dash(figure: f64, digits: usize) -> String {
    if figure.is_nan() { "–".to_owned() } else { format!("{figure:.digits$}") }
}
