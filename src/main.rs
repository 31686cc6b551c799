//! The `passerelle` binary: one program, many roles. See `passerelle --help`.

use clap::Parser as _;
use passerelle::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::output::failure(&anyhow::anyhow!("cannot start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            cli::output::failure(&error);
            ExitCode::FAILURE
        }
    }
}
