//! The parts of the benchmarks that need the server's own code: `cargo xtask bench` runs them.

mod alone;
mod draft;
mod flood;
mod seed;

use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Fill a new database with keys, and write down what is in it.
    Seed(seed::Wish),
    /// Make the transactions of the server without HTTP, as standard input asks for them.
    Alone(alone::Home),
    /// Send requests at a fixed rate, whatever the answers.
    Flood(flood::Wish),
}

fn main() -> anyhow::Result<()> {
    let runtime = match &Command::parse() {
        // One thread: the flood shares its core with nobody, and nobody's with the server.
        Command::Flood(wish) => return flood::run(wish),
        Command::Seed(_) | Command::Alone(_) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?,
    };
    match Command::parse() {
        Command::Seed(wish) => runtime.block_on(seed::run(&wish)),
        Command::Alone(place) => runtime.block_on(alone::run(&place)),
        Command::Flood(_) => Ok(()),
    }
}
