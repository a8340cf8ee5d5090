//! Stands in for `genlock sandbox-exec` in tests of this crate: locks itself in and becomes the program.

fn main() -> std::process::ExitCode {
    worker::sandbox::exec_main(std::env::args_os().skip(1))
}
