//! The `lab` command: everything it does is in the library.

fn main() -> std::process::ExitCode {
    halab::main()
}
