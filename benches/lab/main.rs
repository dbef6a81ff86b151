//! What halab promises about speed, as ratios of one run on one machine. `sudo make bench` prints the table.
//!
//! Nothing here fails: a machine that is busy with something else gives other figures, and whoever reads the table
//! judges.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

mod bare;
mod image;
mod run;

use run::{Lab, median, seconds};

/// How often each short command is run; the median counts.
const SHORT: usize = 21;

/// How often a lab is brought up, and its guests booted bare, in turns.
const LONG: usize = 3;

/// One line of the table.
struct Row {
    what: &'static str,
    measured: String,
    promised: &'static str,
}

fn main() {
    // `cargo test --benches` and `cargo bench` pass options of their own; a filter is the only one that counts here.
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
        ups.push(lab.time(&["up", "drbd-heartbeat", "--as", "bench"]));
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
    let (up, boot, standing) = (median(ups), median(boots), median(standing));
    rows.push(Row {
        what: "lab up, all healthy / bare boot of its guests to SSH",
        measured: format!(
            "{:.2} ({} / {})",
            up.as_secs_f64() / boot.as_secs_f64(),
            seconds(up),
            seconds(boot)
        ),
        promised: "at most 2.0",
    });
    rows.push(Row { what: "lab up on a standing lab", measured: seconds(standing), promised: "under 1 s" });
}
