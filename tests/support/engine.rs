//! The engine that this run of the tests is for: SQLite, or what `KEYWRIGHT_TESTS_ENGINE` names.
//! Leaves what is not run again for another engine to `sqlite_alone.txt`, and how a database is made to `postgres`.

use std::sync::LazyLock;

/// Names the engine.
const VARIABLE: &str = "KEYWRIGHT_TESTS_ENGINE";

/// Where servers keep what they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// That of this run.
    pub(crate) fn of_this_run() -> Self {
        static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
            let name = std::env::var(VARIABLE).unwrap_or_else(|_| "sqlite".to_owned());
            match name.as_str() {
                "sqlite" => Engine::Sqlite,
                "postgres" => Engine::Postgres,
                _ => panic!("{VARIABLE} is sqlite or postgres, and not {name}"),
            }
        });
        *ENGINE
    }
}
