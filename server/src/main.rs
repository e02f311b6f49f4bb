//! The `tripit` program.

use std::process::ExitCode;

// Requests allocate and free many small things; this allocator keeps less memory for it than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::commands::run()
}
