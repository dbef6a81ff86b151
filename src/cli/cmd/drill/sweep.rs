//! `lab drill sweep`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use super::run::any_seed;
use super::soak::long_enough;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::options::ReportFormatOption;
use crate::cli::wanted::{Wanted, WantedOptions};
use crate::cli::{complete, drill, lab};
use crate::drill::MOST_SETTINGS;
use crate::labfile::Setting;
use crate::model::{Axis, InstanceName, Millis, Sweep};
use crate::report::USUAL_MTBF;

/// Repeat a drill with several settings of its lab, and set side by side what each is worth
///
/// For each setting an instance NAME-sweep is brought up, the drill is repeated from its checkpoint, the lab is left alone
/// under load for a while, and the instance is taken away again. The report has a line for each setting: how long the
/// takeover lasts, and how often one happens that nothing calls for. What stands already is not touched; but its guests
/// take processor time from what is measured, so better take it down.
///
/// What is varied stands in the drill's file, or is said here. One Ctrl-C ends it, keeps what was measured, and leaves
/// nothing standing. Checkpoints of the settings are kept, so that the next sweep is quicker; `lab gc` deletes them.
///
/// Ends with 10 when a run broke what the drill may never break, with 11 when a setting proves nothing, and with 1 when
/// one could not be measured. False failovers in a soak are what a sweep is to find, and no failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill sweep power-cut drbd-heartbeat
  lab drill sweep power-cut drbd-heartbeat --over deadtime=1500ms,2s,3s --repeat 10 --soak 10m
  lab drill sweep power-cut --over deadtime=2s,3s --over keepalive=250ms,500ms
  lab drill report power-cut --format html > sweep.html")]
pub struct Args {
    /// The drill: its name, or a file
    #[arg(value_name = "NAME|FILE", add = ArgValueCompleter::new(complete::drills))]
    drill: String,
    #[command(flatten)]
    wanted: Base,
    /// A parameter and its values; several of these are combined. Without any: what the drill's file says
    #[arg(long, value_name = "KEY=VALUE,VALUE…")]
    over: Vec<String>,
    /// How often the drill is performed with each setting; without it: what the drill's file says, else 5
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,
    /// How long the lab is then left alone; without it: what the drill's file says, else not at all
    #[arg(long, value_name = "TIME", value_parser = long_enough)]
    soak: Option<Millis>,
    /// What random choices come from, the same ones with every setting
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: ReportFormatOption,
}

/// Which lab, and what all settings have.
#[derive(Debug, clap::Args)]
struct Base {
    /// The lab, or an instance whose lab it is, with the parameters that it was brought up with. Without it: the lab of the
    /// current folder, else the instance that stands
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// The name that records are kept under, when not the lab's own
    #[arg(long = "as", value_name = "NAME")]
    name: Option<InstanceName>,
    /// Set a parameter in every setting
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Base { lab, name, settings } = args.wanted;
    let base = Wanted::new(WantedOptions::of(lab, name, settings), context)?;
    let source = &base.found.source;
    let part = drill::part(&args.drill, base.found.loaded.lab.name.as_str(), || lab::drills(source))?;
    let found = crate::drill::load(&part, &base.found.loaded.lab).map_err(|wrong| lab::bad_file(&wrong))?;
    let written = crate::drill::sweep(&part, source).map_err(|wrong| lab::bad_file(&wrong))?;
    let over = axes(&args.over)?;
    let sweep = asked(written, over, args.repeat, args.soak).ok_or_else(|| {
        CliError::usage(format!("the drill `{}` does not say what is varied", found.name)).hint(
            "say it with `--over`, such as `--over deadtime=2s,3s`, or in a table `[sweep]` of its file",
        )
    })?;
    let count = sweep.count();
    if count > MOST_SETTINGS {
        return Err(CliError::usage(format!("these are {count} settings, and {MOST_SETTINGS} are the most")));
    }
    let seed = args.seed.unwrap_or_else(any_seed);
    let swept = drill::Swept { base: &base, drill: &found, sweep: &sweep, seed };
    let (path, result) = drill::sweep(context, &swept)?;
    let exit = drill::report(context, &path, args.format.format, USUAL_MTBF);
    context.ui.say(format!("sweep: {}", path.display()));
    // What ended the sweep matters more than what it showed until then.
    result.and(exit)
}

/// What the command line asks for, over what the file says. None if neither says what is varied.
fn asked(
    written: Option<Sweep>,
    over: Vec<Axis>,
    repeat: Option<u32>,
    soak: Option<Millis>,
) -> Option<Sweep> {
    let mut sweep = written.unwrap_or(Sweep { over: Vec::new(), repeat: 5, soak: None });
    if !over.is_empty() {
        sweep.over = over;
    }
    sweep.repeat = repeat.unwrap_or(sweep.repeat);
    sweep.soak = soak.or(sweep.soak);
    (!sweep.over.is_empty()).then_some(sweep)
}

/// The parameters of the command line, each once: of one that is set twice, the later value would be the one that counts.
fn axes(texts: &[String]) -> Result<Vec<Axis>, CliError> {
    let mut axes: Vec<Axis> = Vec::new();
    for text in texts {
        let axis = axis(text)?;
        if axes.iter().any(|known| known.key == axis.key) {
            let all = format!("say all its values at once: `--over {}=1s,3s`", axis.key);
            return Err(CliError::usage(format!("`--over {}` is there twice", axis.key)).hint(all));
        }
        axes.push(axis);
    }
    Ok(axes)
}

/// `deadtime=1s,3s` as a parameter and its values.
fn axis(text: &str) -> Result<Axis, CliError> {
    let Setting { value, .. } =
        text.parse::<Setting>().map_err(|error| CliError::usage(error.to_string()))?;
    let key = text.split('=').next().unwrap_or_default().trim().to_owned();
    let mut values: Vec<String> = Vec::new();
    for one in value.split(',').map(str::trim) {
        if one.is_empty() {
            return Err(
                CliError::usage(format!("`{text}` has an empty value")).hint("write `deadtime=1s,3s`")
            );
        }
        if values.iter().any(|known| known == one) {
            return Err(CliError::usage(format!("`{text}` has {one} twice")));
        }
        values.push(one.to_owned());
    }
    Ok(Axis { key, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_varied_is_read() {
        let read = axis("ha.deadtime = 1s, 3s").unwrap();
        assert_eq!(
            (read.key.as_str(), read.values.as_slice()),
            ("ha.deadtime", ["1s".to_owned(), "3s".to_owned()].as_slice())
        );
        for bad in ["deadtime", "=1s", "deadtime=", "deadtime=1s,,3s", "deadtime=1s,1s"] {
            assert!(axis(bad).is_err(), "{bad}");
        }
        let all = |texts: [&str; 2]| axes(&texts.map(str::to_owned));
        assert_eq!(all(["deadtime=1s", "keepalive=1s,2s"]).unwrap().len(), 2);
        assert!(all(["deadtime=1s", "deadtime=3s"]).is_err());
    }

    #[test]
    fn the_command_line_is_over_the_file() {
        let file =
            Sweep { over: vec![axis("deadtime=1s,3s").unwrap()], repeat: 7, soak: Some(Millis::seconds(60)) };
        assert_eq!(asked(Some(file.clone()), Vec::new(), None, None), Some(file.clone()));
        let other =
            asked(Some(file), vec![axis("keepalive=1s").unwrap()], Some(2), Some(Millis::seconds(30)))
                .unwrap();
        assert_eq!(
            (other.over[0].key.as_str(), other.repeat, other.soak),
            ("keepalive", 2, Some(Millis::seconds(30)))
        );
        assert_eq!(asked(None, Vec::new(), Some(2), None), None);
    }
}
