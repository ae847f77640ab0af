//! The `stembank` program: parses its arguments and hands them to the commands.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stack of each thread that works, in bytes: four times tokio's usual, with which the tests answer the deepest document
/// that is let in, without optimisation.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    // Files of the bank are for whoever runs it: the database, its copies, backups, exports.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(stembank::cli::run()),
        Err(error) => {
            eprintln!("The program cannot start its threads: {error}");
            ExitCode::FAILURE
        }
    }
}
