//! Rows 1, 2, 3 and 5: reading users.

use crate::goal;
use crate::measure::{Bench, CONNECTIONS};
use crate::report::Report;
use crate::steps::People;

/// Measures what is asked for.
pub fn measure(bench: &Bench, people: &People<'_>, report: &mut Report) {
    let wants = |rows: &[u8]| bench.arguments.wants(rows);
    if wants(&[1, 2]) {
        let step = people.get("GET user by id");
        let found = bench.rounds(|| {
            let (hello, own) = (bench.hello(CONNECTIONS)?, bench.run(&step, CONNECTIONS)?);
            Ok([own.rate() / hello.rate() * 100.0, own.cost() / hello.cost()])
        });
        let plain = |figures: [f64; 2]| figures.map(|figure| (figure, String::new()));
        report.add([goal::GET_RATE, goal::GET_CPU], found.map(plain));
    }
    for (goal, step) in [
        (goal::FILTER_CPU, people.filter("filter userName eq")),
        (goal::LIST_CPU, people.list("list of 100, first page")),
    ] {
        if wants(&[goal.number]) {
            let found = bench.rounds(|| {
                let (hello, own) = (bench.hello(CONNECTIONS)?, bench.run(&step, CONNECTIONS)?);
                Ok([own.cost() / hello.cost()])
            });
            report.add([goal], found.map(|[figure]| [(figure, String::new())]));
        }
    }
}
