//! The parts of the benchmarks that need the server's own code: `cargo xtask bench` runs them.

mod alone;
mod draft;
mod flood;
mod postgres;
mod revocation;
mod seed;
mod wire;

use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Fill a new database with keys, and write down what is in it.
    Seed(seed::Wish),
    /// Make the transactions of the server without HTTP, as standard input asks for them.
    Alone(alone::Home),
    /// Send requests at a fixed rate, whatever the answers.
    Flood(flood::Wish),
    /// Make the transactions and look-ups of a server on PostgreSQL by its driver alone, as standard input asks for them.
    Postgres(postgres::Wish),
    /// Revoke keys at one of several servers, and measure when the others refuse them.
    Revocation(revocation::Wish),
}

fn main() -> anyhow::Result<()> {
    let runtime = match &Command::parse() {
        // One thread: the flood shares its core with nobody, and nobody's with the server.
        Command::Flood(wish) => return flood::run(wish),
        Command::Seed(_) | Command::Alone(_) | Command::Postgres(_) | Command::Revocation(_) => {
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?
        }
    };
    match Command::parse() {
        Command::Seed(wish) => runtime.block_on(seed::run(&wish)),
        Command::Alone(place) => runtime.block_on(alone::run(&place)),
        Command::Flood(_) => Ok(()),
        Command::Postgres(wish) => runtime.block_on(postgres::run(&wish)),
        Command::Revocation(wish) => runtime.block_on(revocation::run(wish)),
    }
}
