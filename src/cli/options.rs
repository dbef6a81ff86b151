//! Options that several commands share.

use std::path::PathBuf;

use clap_complete::ArgValueCompleter;

use super::choice::choice;
use super::complete;
use super::ui::{ColorWhen, Format, Verbosity};
use crate::app::exercise::Language;
use crate::app::{Pace, ProviderKind, SimFault};
use crate::model::InstanceName;

const STATE_HELP: &str =
    "The folder of images, instances and records [env: HALAB_STATE] [default: /var/lib/halab]";

/// Options that every command has.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Print only data and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Explain more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    pub color: ColorWhen,
    // clap would show an option that is set in the environment in the usage of every error.
    #[arg(long, global = true, value_name = "DIR", help = STATE_HELP)]
    pub state: Option<PathBuf>,
    /// Where guests run
    #[arg(
        long,
        global = true,
        hide = true,
        value_parser = choice::<ProviderKind>(),
        value_name = "PROVIDER",
        env = "HALAB_PROVIDER",
        hide_env_values = true,
        default_value_t
    )]
    pub provider: ProviderKind,
    /// Inject failures into the simulated host: after:start node1, before:#7, hang:start node1; and errors
    /// into its cluster during drills: plant:two-holders, plant:lost-write, plant:false-takeover,
    /// plant:stalled-probe, plant:no-detection
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "FAULT",
        env = "HALAB_SIM_FAULT",
        hide_env_values = true
    )]
    pub sim_fault: Vec<SimFault>,
    /// Speed of simulated drills: virtual (as fast as they can be computed) or real
    #[arg(
        long,
        global = true,
        hide = true,
        value_enum,
        value_name = "PACE",
        env = "HALAB_SIM_PACE",
        hide_env_values = true,
        default_value_t
    )]
    pub sim_pace: Pace,
}

impl GlobalOptions {
    /// The amount of output.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

/// The format of data.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct FormatOption {
    /// How to print the result: text for people, json for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, hide_possible_values = true)]
    pub format: Format,
}

/// The language of tasks and feedback.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct LanguageOption {
    /// The language of tasks, hints and feedback: en or id [default: that of LANG]
    #[arg(long, value_enum, value_name = "LANGUAGE", hide_possible_values = true)]
    language: Option<Language>,
}

impl LanguageOption {
    /// The language that was asked for, else that of the environment.
    pub fn chosen(self) -> Language {
        let set = |name: &str| std::env::var(name).ok().filter(|locale| !locale.is_empty());
        let locale = || set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        self.language.unwrap_or_else(|| Language::of_locale(&locale().unwrap_or_default()))
    }
}

/// The format of the report of a drill.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ReportFormatOption {
    /// How to print the report: text for people, html for a page of its own; json, junit, or csv (every
    /// request, or every run of a series) for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, hide_possible_values = true)]
    pub format: ReportFormat,
}

/// The format of the report of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ReportFormat {
    /// For a terminal.
    #[default]
    Text,
    /// One JSON value.
    Json,
    /// JUnit XML.
    Junit,
    /// Comma-separated values.
    Csv,
    /// A page that needs no network.
    Html,
}

impl From<ReportFormat> for crate::app::drill::ReportFormat {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Text => Self::Text,
            ReportFormat::Json => Self::Json,
            ReportFormat::Junit => Self::Junit,
            ReportFormat::Csv => Self::Csv,
            ReportFormat::Html => Self::Html,
        }
    }
}

impl From<Format> for ReportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
        }
    }
}

/// Which instance, as an option.
#[derive(Debug, Clone, clap::Args)]
pub struct InstanceOption {
    /// The instance; required only if there are several
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    pub instance: Option<InstanceName>,
}

/// Which instance: as a word, or by the option that all commands have.
#[derive(Debug, Clone, clap::Args)]
pub struct OneInstanceOption {
    /// The instance; required only if there are several
    #[arg(value_name = "INSTANCE", id = "name", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// The same
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "name", id = "option", add = ArgValueCompleter::new(complete::instances))]
    option: Option<InstanceName>,
}

impl OneInstanceOption {
    /// The instance, if one is named.
    pub fn instance(self) -> Option<InstanceName> {
        self.name.or(self.option)
    }
}

/// Which instances: as words, or by the option that all commands have.
#[derive(Debug, Clone, clap::Args)]
pub struct InstancesOption {
    /// The instances; required only if there are several
    #[arg(value_name = "INSTANCE", id = "names", add = ArgValueCompleter::new(complete::instances))]
    names: Vec<InstanceName>,
    /// The same; can be given several times
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "names", id = "instances", add = ArgValueCompleter::new(complete::instances))]
    options: Vec<InstanceName>,
    /// All instances
    #[arg(long, conflicts_with_all = ["names", "instances"])]
    pub all: bool,
}

impl InstancesOption {
    /// The named instances.
    pub fn named(&self) -> Vec<InstanceName> {
        self.names.iter().chain(&self.options).cloned().collect()
    }
}

/// Which instance: as a word, or by the option that all commands have.
#[derive(Debug, Clone, clap::Args)]
pub struct InstanceWord {
    /// The instance; required only if there are several
    #[arg(value_name = "INSTANCE", id = "name", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// The same
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "name", id = "instance", add = ArgValueCompleter::new(complete::instances))]
    option: Option<InstanceName>,
}

impl InstanceWord {
    /// The named instance.
    pub fn named(self) -> Option<InstanceName> {
        self.name.or(self.option)
    }
}
