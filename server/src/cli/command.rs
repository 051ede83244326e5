//! The command line: its words, its help, and the answers of `keywright config`.
//! Leaves serving and the documents to `main`, what operators ask of a running server to `operator`,
//! and settings from elsewhere to `config`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::cli::backup::{self, BackupFlags, RestoreFlags};
use crate::cli::copy::{self, CopyFlags};
use crate::cli::pepper::PepperCommand;
use crate::cli::settings::SettingsCommand;
use crate::cli::signing_keys::SigningKeysCommand;
use crate::cli::undone::{self, UndoneFlags};
use crate::config::{self, Config, ConfigError, ServeFlags};
use keywright_api::contract::CONTRACTS;
use keywright_operator::OperatorCommand;

/// Issues, verifies and retires API keys.
///
/// Without a command, keywright serves: on 127.0.0.1:8080, with its data in keywright.db in the current
/// folder. The first start prints all credentials, once, and a curl command for each API.
/// The other commands speak to a running server, or look at what one needs.
#[derive(Debug, Parser)]
#[command(
    name = "keywright",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "\
From nothing to a key and back:
  keywright                                         serve; the first start prints the root key
  export KEYWRIGHT_KEY=kwc_...                      in another terminal: the root key
  keywright organizations create 'Example Works'    make an owner for keys; prints its id
  keywright keys create --owner ID --name ci        issue a key; prints its id and, once, its secret
  keywright keys verify                             paste a key: is it good?
  keywright keys revoke ID                          end a key for good
  keywright events list                             see who did what

More:
  keywright --listen 0.0.0.0:80 --no-demo           serve on every address, without examples
  keywright --config keywright.toml                 serve with the settings of a file
  keywright config show --config keywright.toml     print the settings that this would use
  keywright doctor                                  find out why a server does not start
  keywright backup keys-today.db                    copy the database, also while it is in use
  keywright openapi user-key                        print one contract's OpenAPI document

`keywright keys --help` has more examples and the exit codes. Once the server runs: Swagger UI is at
/docs/, health at /healthz and /readyz, metrics at /metrics."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeFlags,
}

impl Cli {
    /// What to do: the command that was given, or else to serve.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

/// What keywright can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the contracts (what keywright does without a command).
    ///
    /// Each setting comes from, last wins: its default, the configuration file, the environment, these flags.
    /// SIGTERM or Ctrl-C ends it: running requests finish first. With TLS, SIGHUP makes it read the
    /// certificate and its key again.
    #[command(after_long_help = ENVIRONMENT_HELP)]
    Serve(ServeFlags),
    /// Print the OpenAPI document that the server emits for one contract.
    #[command(after_long_help = "\
Examples:
  keywright openapi user-key > user-key.json
  keywright openapi control --format yaml")]
    Openapi {
        /// The contract to print.
        #[arg(value_parser = contract_names())]
        contract: String,
        /// How to write the document.
        #[arg(long, value_enum, default_value_t = DocumentFormat::Json)]
        format: DocumentFormat,
    },
    /// Explain, check or show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(flatten)]
    Operator(OperatorCommand),
    /// Copy the database into a file, also while a server uses it, and prove that the copy is good.
    ///
    /// The copy is one snapshot, checked page by page and event by event before it gets its name: FILE is
    /// there whole, or not at all. Changes nothing in the database. Prints the copy's SHA-256 and the head
    /// of its events, which `keywright restore` takes to prove that a file is this very one.
    #[command(after_long_help = backup::HELP)]
    Backup(BackupFlags),
    /// Put a backup in the database's place, after proving that it is whole and fits the pepper.
    ///
    /// The server must be stopped. What lies in the place is kept beside it, never destroyed. What was
    /// done after the backup was made is undone: a key that was revoked since is good again. The command
    /// names such keys if it can still read the old database.
    #[command(after_long_help = backup::RESTORE_HELP)]
    Restore(RestoreFlags),
    /// Copy a database into an empty one of another kind: from SQLite to PostgreSQL, and back.
    ///
    /// No server may use either. All rows are carried over as they are, events with their MACs, and the copy is
    /// compared with what was copied before a server can use it: it is there whole, or not at all.
    #[command(after_long_help = copy::HELP)]
    Copy(CopyFlags),
    /// Say what a restored database has forgotten that an older copy of it still knows.
    ///
    /// For a PostgreSQL that was put back to an earlier state with its own tools: names the keys that were revoked
    /// since, and are good again. Changes nothing.
    #[command(after_long_help = undone::HELP)]
    Undone(UndoneFlags),
    /// Begin to use a newer pepper, also while a server runs, say how far it is used, and retire the oldest.
    #[command(subcommand)]
    Pepper(PepperCommand),
    /// Replace the keys that access tokens are signed with, also while a server uses them.
    #[command(subcommand)]
    SigningKeys(SigningKeysCommand),
    /// Show what all servers of a PostgreSQL agree on, and change it, also while they run.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Look for what keeps a server from working: configuration, database, pepper, clock,
    /// certificate and port.
    ///
    /// Takes the flags of `serve`, changes nothing, and may run beside the server. Each check is a
    /// line, with a remedy where something is wrong. Ends with 0 if nothing failed, and else with 1.
    #[command(after_long_help = "\
Examples:
  keywright doctor
  keywright doctor --config keywright.toml")]
    Doctor(ServeFlags),
    /// Print a script that completes keywright's commands in a shell.
    #[command(after_long_help = "\
Examples:
  keywright completions bash > /etc/bash_completion.d/keywright
  keywright completions zsh > \"${fpath[1]}/_keywright\"
  keywright completions fish > ~/.config/fish/completions/keywright.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// The script that completes keywright's commands in a shell.
#[must_use]
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keywright", &mut script);
    String::from_utf8_lossy(&script).trim_end().to_owned()
}

const ENVIRONMENT_HELP: &str = "\
Environment:
  KEYWRIGHT_LISTEN             as --listen
  KEYWRIGHT_DATABASE_URL       as --database
  KEYWRIGHT_CONFIG             as --config
  KEYWRIGHT_NO_DEMO            1 as --no-demo, 0 not
  KEYWRIGHT_ROOT_KEY           the key that may do everything
  KEYWRIGHT_PEPPER             the secret under which keys are digested
  KEYWRIGHT_<SECTION>__<NAME>  any setting, for example KEYWRIGHT_LOG__FILTER=debug

Examples:
  keywright serve
  keywright serve --listen 127.0.0.1:0 --database sqlite:/var/lib/keywright/keys.db
  KEYWRIGHT_USER_KEY__RATE_LIMIT_PER_MINUTE=600 keywright serve --config keywright.toml";

/// What can be asked about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON Schema of the configuration file: every setting, its default and its bounds.
    Schema,
    /// Check a configuration file; on a problem, say its line and the remedy.
    #[command(after_long_help = "Example:\n  keywright config check keywright.toml")]
    Check {
        /// The file to check.
        file: PathBuf,
    },
    /// Print the settings that `serve` would use with the same flags, and where each comes from.
    ///
    /// Secrets are not shown.
    #[command(after_long_help = "Example:\n  keywright config show --config keywright.toml")]
    Show(ServeFlags),
}

impl ConfigCommand {
    /// The text that answers the command, for standard output, without a newline at its end.
    ///
    /// `environment` as [`Config::load`] takes it.
    ///
    /// # Errors
    /// Every problem of the configuration, if there is one.
    pub fn answer(
        self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<String, ConfigError> {
        match self {
            Self::Schema => Ok(format!("{:#}", config::schema())),
            Self::Check { file } => {
                config::check(&file)?;
                Ok(format!("{} is good", file.display()))
            }
            Self::Show(flags) => Ok(Config::load(&flags, environment)?.show()),
        }
    }
}

/// The names of the contracts, from the one list of them.
fn contract_names() -> PossibleValuesParser {
    PossibleValuesParser::new(CONTRACTS.iter().map(|mounted| mounted.name))
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// JSON
    Json,
    /// YAML
    Yaml,
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn command(line: &str) -> Command {
        Cli::try_parse_from(line.split_whitespace())
            .unwrap()
            .into_command()
    }

    fn refusal(line: &str) -> clap::Error {
        Cli::try_parse_from(line.split_whitespace()).unwrap_err()
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_serves_with_the_flags_that_were_given() {
        for line in [
            "keywright --listen h:1 --database sqlite:a.db --config c.toml --no-demo",
            "keywright serve --listen h:1 --database sqlite:a.db --config c.toml --no-demo",
        ] {
            let Command::Serve(flags) = command(line) else {
                panic!("{line} does not serve")
            };
            assert_eq!(flags.listen.as_deref(), Some("h:1"), "{line}");
            assert_eq!(flags.database.as_deref(), Some("sqlite:a.db"), "{line}");
            assert_eq!(flags.config, Some(PathBuf::from("c.toml")), "{line}");
            assert!(flags.no_demo, "{line}");
        }
    }

    #[test]
    fn a_flag_in_front_of_a_command_is_refused_rather_than_dropped() {
        let refusal = refusal("keywright --listen h:1 config show");
        assert_eq!(refusal.kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn each_contract_is_known_by_its_name() {
        let known = [
            "user-key",
            "client-keys",
            "named-keys",
            "organization-key",
            "control",
        ];
        for name in known {
            let command = command(&format!("keywright openapi {name}"));
            let Command::Openapi { contract, format } = command else {
                panic!("openapi is another command");
            };
            assert_eq!((contract.as_str(), format), (name, DocumentFormat::Json));
        }
    }

    #[test]
    fn an_unknown_contract_is_refused_with_the_list() {
        let text = refusal("keywright openapi user-keys").to_string();
        assert!(text.contains("organization-key"), "{text}");
    }

    #[test]
    fn the_operators_options_stand_before_or_behind_the_verb() {
        for line in [
            "keywright keys --url http://h:1 --json list --all",
            "keywright keys list --all --json --url http://h:1",
        ] {
            let command = command(line);
            assert!(
                matches!(command, Command::Operator(OperatorCommand::Keys(_))),
                "{line}"
            );
        }
    }

    #[test]
    fn no_option_takes_a_key() {
        let mut open = vec![Cli::command()];
        while let Some(command) = open.pop() {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(
                    !["key", "secret", "token", "password", "root_key"].contains(&name),
                    "{} {name}",
                    command.get_name()
                );
            }
            open.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn each_shell_gets_a_script_that_knows_the_nouns() {
        for shell in Shell::value_variants() {
            let script = completions(*shell);
            assert!(script.contains("organizations"), "{shell}");
        }
    }

    #[test]
    fn config_show_takes_the_flags_of_serve() {
        let Command::Config(show) = command("keywright config show --listen 127.0.0.1:1") else {
            panic!("config is another command");
        };
        let text = show.answer(std::iter::empty()).unwrap();
        assert!(
            text.contains("listen = \"127.0.0.1:1\"  # flag --listen\n"),
            "{text}"
        );
    }

    #[test]
    fn config_check_says_that_a_good_file_is_good_and_refuses_a_missing_one() {
        let path =
            std::env::temp_dir().join(format!("keywright-check-{}.toml", std::process::id()));
        std::fs::write(&path, "demo = false\n").unwrap();
        let check = || ConfigCommand::Check { file: path.clone() }.answer(std::iter::empty());
        assert_eq!(check().unwrap(), format!("{} is good", path.display()));
        std::fs::remove_file(&path).unwrap();
        let refusal = check().unwrap_err().to_string();
        assert!(
            refusal.contains(&format!("{}: cannot be read", path.display())),
            "{refusal}"
        );
    }

    #[test]
    fn config_schema_is_the_schema_that_settings_are_checked_against() {
        let text = ConfigCommand::Schema.answer(std::iter::empty()).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema, config::schema());
    }
}
