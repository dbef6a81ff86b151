//! The `lab` command: everything it does is in the library.

fn main() -> std::process::ExitCode {
    // An embedded host's first process is this program too; it must be alone in its process, so it comes first.
    let arguments: Vec<_> = std::env::args_os().collect();
    let hidden = halab::host::supervise::intercept(&arguments);
    hidden
        .or_else(|| halab::host::starve::intercept(&arguments))
        .or_else(|| halab::guest::keeper::intercept(&arguments))
        .unwrap_or_else(halab::cli::main)
}
