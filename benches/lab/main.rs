//! Ratios behind halab's claims about speed, measured in one run on one machine. `sudo make bench` prints the
//! table.
//!
//! Nothing here fails: a busy machine gives other figures, and the reader of the table judges.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

mod bare;
#[path = "../../tests/browser/driver.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod driver;
mod exercise;
mod image;
mod page;
mod rehearsal;
mod run;
mod warm;

use std::time::Duration;

use run::{Lab, median, median_of, seconds};

/// The number of runs of each short command; the median counts.
const SHORT: usize = 21;

/// How often a lab is brought up, and its guests booted bare, alternately.
const LONG: usize = 5;

/// How long copies idle before their memory is measured.
const IDLE: Duration = Duration::from_secs(20);

/// One line of the table.
struct Row {
    what: &'static str,
    measured: String,
    promised: &'static str,
}

fn main() {
    // `cargo test --benches` and `cargo bench` pass options of their own; only a filter matters here.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.as_deref().is_none_or(|filter| name.contains(filter));
    let lab = Lab::new("/var/tmp/halab-bench");
    let mut rows = Vec::new();
    if wanted("commands") {
        commands(&lab, &mut rows);
    }
    if wanted("image") {
        rows.push(image(&lab));
    }
    if wanted("up") {
        up(&lab, &mut rows);
    }
    if wanted("warm") {
        warm(&lab, &mut rows);
    }
    if wanted("exercise") {
        image::ours(&lab);
        rows.extend(exercise::rows(&lab));
    }
    if wanted("page") {
        image::ours(&lab);
        rows.extend(page::rows(&lab));
    }
    if wanted("rehearsal") {
        rows.extend(rehearsal::rows());
    }
    if wanted("copies") {
        copies(&lab, &mut rows);
    }
    println!("\n{:<52} {:<34} promised", "what", "measured");
    for row in rows {
        println!("{:<52} {:<34} {}", row.what, row.measured, row.promised);
    }
}

fn commands(lab: &Lab, rows: &mut Vec<Row>) {
    for (what, arguments) in
        [("lab --help", vec!["--help"]), ("lab check drbd-heartbeat", vec!["check", "drbd-heartbeat"])]
    {
        let took = median((0..SHORT).map(|_| lab.time(&arguments)).collect());
        rows.push(Row {
            what,
            measured: format!("{:.1} ms", took.as_secs_f64() * 1000.0),
            promised: "under 50 ms",
        });
    }
}

fn image(lab: &Lab) -> Row {
    lab.forget_images();
    let bare = image::bare(lab);
    let ours = image::ours(lab);
    Row {
        what: "image build / bare mmdebstrap of the same packages",
        measured: format!(
            "{:.2} ({} / {})",
            ours.as_secs_f64() / bare.as_secs_f64(),
            seconds(ours),
            seconds(bare)
        ),
        promised: "at most 1.2",
    }
}

fn up(lab: &Lab, rows: &mut Vec<Row>) {
    image::ours(lab);
    let mut ups = Vec::new();
    let mut boots = Vec::new();
    let mut standing = Vec::new();
    for turn in 1..=LONG {
        ups.push(lab.time(&["up", "drbd-heartbeat", "--as", "bench", "--cold", "--no-checkpoint"]));
        standing.push(lab.time(&["up", "drbd-heartbeat", "--as", "bench"]));
        let guests = bare::Guests::of(lab, "bench");
        lab.time(&["down", "bench"]);
        boots.push(guests.boot());
        eprintln!(
            "turn {turn}: up {}, bare boot {}, up again {}",
            seconds(ups[turn - 1]),
            seconds(boots[turn - 1]),
            seconds(standing[turn - 1])
        );
    }
    // Consecutive measurements are compared, because a shared machine changes its speed within minutes.
    let ratios = ups.iter().zip(&boots).map(|(up, boot)| up.as_secs_f64() / boot.as_secs_f64());
    let ratio = median_of(ratios.collect(), f64::total_cmp);
    let (up, boot, standing) = (median(ups), median(boots), median(standing));
    rows.push(Row {
        what: "lab up, all healthy / bare boot of its guests to SSH",
        measured: format!("{ratio:.2} ({} / {})", seconds(up), seconds(boot)),
        promised: "at most 2.0",
    });
    rows.push(Row { what: "lab up on a standing lab", measured: seconds(standing), promised: "under 1 s" });
}

/// Compares a restore by `lab up` with a raw one. `lab up` also makes the embedded host, its networks and
/// overlays before it, and runs every health check after it.
fn warm(lab: &Lab, rows: &mut Vec<Row>) {
    image::ours(lab);
    lab.time(&["up", "drbd-heartbeat", "--as", "bench"]);
    lab.time(&["down", "bench"]);
    lab.time(&["up", "drbd-heartbeat", "--as", "bench-raw", "--cold", "--no-checkpoint"]);
    let saved = warm::Saved::of(lab, "bench-raw");
    let mut turns = Vec::new();
    for turn in 1..=SHORT / 2 {
        let raw = saved.restore();
        let up = lab.time(&["up", "drbd-heartbeat", "--as", "bench"]);
        let reset = lab.time(&["reset", "bench"]);
        lab.time(&["down", "bench"]);
        // Alone: a client takes the guests' processor time, and `lab up` requests a page of its own.
        let page = warm::page(lab, "bench");
        lab.time(&["down", "bench"]);
        eprintln!(
            "turn {turn}: raw restore {}, warm up {}, its page {}, reset {}",
            seconds(raw),
            seconds(up),
            seconds(page),
            seconds(reset)
        );
        turns.push((raw, up, page, reset));
    }
    lab.time(&["down", "bench-raw"]);
    // Consecutive measurements are compared, because a shared machine changes its speed within minutes.
    let ratio =
        median_of(turns.iter().map(|(raw, up, ..)| up.div_duration_f64(*raw)).collect(), f64::total_cmp);
    let later = median(turns.iter().map(|(raw, _, page, _)| page.saturating_sub(*raw)).collect());
    let raw = median(turns.iter().map(|turn| turn.0).collect());
    let up = median(turns.iter().map(|turn| turn.1).collect());
    rows.push(Row {
        what: "warm lab up, all healthy / raw restore by virsh",
        measured: format!("{ratio:.2} ({} / {})", seconds(up), seconds(raw)),
        promised: "at most 1.5",
    });
    rows.push(Row {
        what: "first page of a warm lab up, after a raw restore's end",
        measured: seconds(later),
        promised: "at most 0.5 s",
    });
    rows.push(Row {
        what: "lab reset, all healthy",
        measured: seconds(median(turns.iter().map(|turn| turn.3).collect())),
        promised: "about 1 s",
    });
}

/// Ten copies of the cluster from one checkpoint, and their private memory.
fn copies(lab: &Lab, rows: &mut Vec<Row>) {
    image::ours(lab);
    lab.time(&["up", "drbd-heartbeat", "--as", "bench"]);
    lab.time(&["down", "bench"]);
    for (count, what) in
        [(1, "1 copy: time, own memory of a 512 MiB guest"), (5, "5 copies"), (10, "10 copies")]
    {
        let number = count.to_string();
        let took = lab.time(&["up", "drbd-heartbeat", "--as", "bench", "--copies", &number]);
        let names: Vec<String> = (1..=count).map(|number| format!("bench-{number}")).collect();
        // Idle for a while, because the guests' own activity counts too.
        std::thread::sleep(IDLE);
        let own = warm::own_memory(lab, &names);
        rows.push(Row {
            what,
            measured: format!("{}, {own} MiB", seconds(took)),
            promised: if count == 10 { "at most 15 s, 150 MiB" } else { "at most 150 MiB" },
        });
        let words: Vec<&str> = std::iter::once("down").chain(names.iter().map(String::as_str)).collect();
        lab.time(&words);
    }
}
