//! `lab class diff`

use owo_colors::Style;

use super::ClassOption;
use crate::app::class::{Compared, Diff, FileChange, FileDiff};
use crate::base::text::one_line;
use crate::base::words::several;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::{bold, dim, paint};
use crate::model::ExerciseName;

/// Show which files a student changed, or by which files two hand-ins differ
///
/// Compares the hand-in with the start of the attempt, or with the hand-in of OTHER: files in /etc,
/// /usr/local, /var/www, /srv, /root and /var/spool/cron, and those that the exercise counts, as the disks
/// have them after the nodes shut down. Host keys, machine-ids, logs and caches are left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class diff s03
  lab class diff s03 s07 --exercise who-am-i
  lab class diff s03 --format json")]
pub struct Args {
    /// The student: a seat, or a part of the name
    #[arg(value_name = "STUDENT")]
    student: String,
    /// Another student, whose hand-in is compared in place of the start
    #[arg(value_name = "OTHER")]
    other: Option<String>,
    /// The exercise, if several were handed in
    #[arg(long, value_name = "EXERCISE")]
    exercise: Option<ExerciseName>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { student, other, exercise, class, format } = args;
    let compared = context.run(&Diff { class: class.class, student, other, exercise })?;
    context.ui.value(format.format, &compared, || text(&compared))?;
    Ok(Exit::OK)
}

/// Paths and lines are those of students: each becomes one line of which nothing acts on the terminal.
fn text(compared: &Compared) -> String {
    let Compared { exercise, before, after, nodes, .. } = compared;
    let mut text = format!("{exercise}: from {before} to {after}\n");
    for node in nodes {
        text += &format!("\n{}: {}\n", bold(&node.node), several(node.files.len(), "file"));
        for file in &node.files {
            text += &of_file(file);
        }
        for remark in &node.left_out {
            text += &format!("left out: {}\n", one_line(remark));
        }
    }
    text
}

fn of_file(file: &FileDiff) -> String {
    let sign = match file.change {
        FileChange::Added => "added",
        FileChange::Removed => "removed",
        FileChange::Changed => "changed",
    };
    let remarks =
        if file.remarks.is_empty() { String::new() } else { format!(" ({})", file.remarks.join("; ")) };
    let mut text = format!("{} {}{}\n", sign, bold(one_line(&file.path)), one_line(&remarks));
    for line in &file.lines {
        let line = one_line(line);
        let style = Style::new();
        let shown = match line.chars().next() {
            Some('+') => paint(&line, style.green()),
            Some('-') => paint(&line, style.red()),
            Some('@') => dim(&line),
            _ => line.into_owned(),
        };
        text += &format!("  {shown}\n");
    }
    if file.more > 0 {
        text += &format!("  {}\n", dim(format!("and {}", several(file.more, "more line"))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_acts_on_the_terminal() {
        let file = FileDiff {
            path: "/root/\u{202e}txt".to_owned(),
            change: FileChange::Changed,
            remarks: vec!["a link to \x1b[2J".to_owned()],
            lines: vec!["+\x1b[31mred\x1b]0;title\x07".to_owned(), " \tb".to_owned()],
            more: 1,
        };
        let text = anstream::adapter::strip_str(&of_file(&file)).to_string();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "changed /root/\\u{202e}txt (a link to \\x1b[2J)",
                "  +\\x1b[31mred\\x1b]0;title\\x07",
                "    b",
                "  and 1 more line",
            ]
        );
    }
}
