//! The layers of the configuration, what is shown of it, and its schema.
//! Leaves the words for what is refused to `refusals`.

mod refusals;

use std::path::Path;

use super::*;

const SECRET: &str = "correct-horse-battery-staple-0123456789";

/// The layers over the defaults that a test wants.
#[derive(Default)]
struct Given<'a> {
    file: &'a str,
    environment: &'a [(&'a str, &'a str)],
    flags: ServeFlags,
}

impl Given<'_> {
    fn load(&self) -> Result<Loaded, ConfigError> {
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let add_file =
            |layers: &mut Layers| layers.add_text(Path::new("keywright.toml"), self.file);
        Layers::lay(add_file, Environment::new(variables), &self.flags)
    }

    fn config(&self) -> Config {
        self.load().unwrap().config
    }

    /// The problems, one a line.
    fn refusal(&self) -> String {
        let text = self.load().unwrap_err().to_string();
        let (_, problems) = text.split_once('\n').unwrap();
        problems
            .lines()
            .map(str::trim_start)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn file(file: &str) -> Given<'_> {
    Given {
        file,
        ..Given::default()
    }
}

fn environment<'a>(environment: &'a [(&'a str, &'a str)]) -> Given<'a> {
    Given {
        environment,
        ..Given::default()
    }
}

fn schema_accepts(tree: &Value) -> bool {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema())
        .unwrap()
        .is_valid(tree)
}

#[test]
fn every_default_is_valid_under_the_schema_and_loads_back() {
    let defaults = serde_json::to_value(Config::default()).unwrap();
    assert!(schema_accepts(&defaults));
    let loaded = file("").load().unwrap();
    assert_eq!(serde_json::to_value(loaded.config).unwrap(), defaults);
}

#[test]
fn the_schema_tells_meaning_default_and_bounds_of_every_setting() {
    let schema = schema();
    for (place, schema) in names::settings(&schema) {
        assert!(
            schema["description"].is_string(),
            "{place} is not described"
        );
        if schema["type"] == "integer" {
            assert!(
                schema["minimum"].is_u64() && schema["maximum"].is_u64(),
                "{place} has no bounds"
            );
        }
        if schema["type"] != "object" {
            let optional = [
                "root_key",
                "threads",
                "database.ca_file",
                "events.keep_days",
                "limits.key_lifetime_max_days",
                "second.listen",
                "tls.",
                "pepper.",
                "tokens.issuer",
                "user_key.v1_",
            ];
            let optional = optional
                .iter()
                .any(|start| place.to_string().starts_with(start));
            assert!(
                optional || !schema["default"].is_null(),
                "{place} has no default"
            );
        }
    }
    assert_eq!(
        schema["properties"]["limits"]["properties"]["request_timeout_s"]["minimum"],
        125
    );
}

#[test]
fn the_file_beats_the_default() {
    let config = file("listen = 'localhost:1'\n[plans.pro]\nmonthly_credits = 5\n").config();
    assert_eq!(config.listen, "localhost:1");
    assert_eq!(config.plans["pro"].monthly_credits, 5);
    assert_eq!(
        config.plans["free"].monthly_credits, 1000,
        "a plan comes beside the default one"
    );
    assert_eq!(config.database.url, "sqlite:keywright.db");
}

#[test]
fn the_environment_beats_the_file() {
    let given = Given {
        file: "listen = 'localhost:1'\ndemo = true\n[database]\nurl = 'sqlite:a'\nreaders = 2\n",
        environment: &[
            ("KEYWRIGHT_LISTEN", "localhost:2"),
            ("KEYWRIGHT_DATABASE_URL", "sqlite:b"),
            ("KEYWRIGHT_NO_DEMO", "1"),
            ("PATH", "/bin"),
        ],
        ..Given::default()
    };
    let config = given.config();
    assert_eq!(config.listen, "localhost:2");
    assert_eq!(config.database.url, "sqlite:b");
    assert_eq!(
        config.database.readers, 2,
        "what the environment leaves out stays"
    );
    assert!(!config.demo);
}

#[test]
fn a_flag_beats_the_environment() {
    let given = Given {
        environment: &[
            ("KEYWRIGHT_LISTEN", "localhost:2"),
            ("KEYWRIGHT_DATABASE_URL", "sqlite:b"),
            ("KEYWRIGHT_NO_DEMO", "0"),
        ],
        flags: ServeFlags {
            listen: Some("localhost:3".to_owned()),
            database: Some("sqlite:c".to_owned()),
            config: None,
            no_demo: true,
        },
        ..Given::default()
    };
    let config = given.config();
    assert_eq!(
        (config.listen.as_str(), config.database.url.as_str()),
        ("localhost:3", "sqlite:c")
    );
    assert!(!config.demo);
}

#[test]
fn the_file_is_the_one_of_the_flag_else_of_the_environment_else_none() {
    let path = |name: &str| {
        std::env::temp_dir().join(format!("keywright-{}-{name}.toml", std::process::id()))
    };
    let (flag, variable) = (path("flag"), path("variable"));
    std::fs::write(&flag, "listen = 'flag:1'").unwrap();
    std::fs::write(&variable, "listen = 'variable:1'").unwrap();
    let listen = |config: Option<&PathBuf>| {
        let flags = ServeFlags {
            config: config.cloned(),
            ..ServeFlags::default()
        };
        let environment = [(
            "KEYWRIGHT_CONFIG".to_owned(),
            variable.display().to_string(),
        )];
        Config::load(&flags, environment.into_iter())
            .unwrap()
            .config
            .listen
    };
    assert_eq!(listen(Some(&flag)), "flag:1");
    assert_eq!(listen(None), "variable:1");
    std::fs::remove_file(&flag).unwrap();
    std::fs::remove_file(&variable).unwrap();
    let none = Config::load(&ServeFlags::default(), std::iter::empty()).unwrap();
    assert_eq!(none.config.listen, "127.0.0.1:8080");
}

#[test]
fn any_setting_can_come_from_the_environment_by_the_type_that_it_has() {
    let issuer = r#"[{issuer = "i", audience = "a", jwks_file = "k.json", organizations = ["*"]}]"#;
    let config = environment(&[
        ("KEYWRIGHT_USER_KEY__RATE_LIMIT_PER_MINUTE", "100"),
        ("KEYWRIGHT_USER_KEY__V1_SHUTDOWN_AT", "2027-01-31T00:00:00Z"),
        ("KEYWRIGHT_LOG__FORMAT", "json"),
        ("KEYWRIGHT_DEMO", "false"),
        ("KEYWRIGHT_TOKENS__ISSUERS", issuer),
        ("KEYWRIGHT_PLANS", r#"{"pro-plan": {"monthly_credits": 7}}"#),
        ("KEYWRIGHT_PLANS__TEAM__MONTHLY_CREDITS", "8"),
        ("KEYWRIGHT_PROXIES__TRUSTED", r#"["10.0.0.0/8", "::1"]"#),
        ("KEYWRIGHT_CACHE__MEMORY_MIB", "8"),
        ("KEYWRIGHT_LIMITS__UNKNOWN_PER_MINUTE", "0"),
        ("KEYWRIGHT_PEPPER", SECRET),
    ])
    .config();
    assert_eq!(config.user_key.rate_limit_per_minute, 100);
    assert_eq!(
        config.user_key.v1_shutdown_at,
        Some("2027-01-31T00:00:00Z".parse().unwrap())
    );
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(!config.demo);
    assert_eq!(config.tokens.issuers[0].audience, "a");
    assert_eq!(config.tokens.issuers[0].organization_claim, "org");
    assert_eq!(
        config.plans.keys().collect::<Vec<_>>(),
        ["free", "pro-plan", "team"]
    );
    let trusted = ["10.0.0.0/8", "::1"].map(|network| network.parse().unwrap());
    assert_eq!(config.proxies.trusted, trusted);
    assert_eq!(
        (config.cache.memory_mib, config.limits.unknown_per_minute),
        (8, 0)
    );
    assert_eq!(config.pepper.value.unwrap().expose(), SECRET);
}

#[test]
fn an_instant_may_be_written_as_toml_has_instants() {
    let config = file("[user_key]\nv1_shutdown_at = 2027-01-31T01:00:00+01:00\n").config();
    assert_eq!(
        config.user_key.v1_shutdown_at,
        Some("2027-01-31T00:00:00Z".parse().unwrap())
    );
}

#[test]
fn show_says_what_is_in_force_and_where_it_came_from() {
    let given = Given {
        file: "[user_key]\nrate_limit_burst = 7\n\n[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'\norganizations = ['*']\n\
               [proxies]\ntrusted = ['2001:DB8:0::/32', '192.0.2.7/32']\n",
        environment: &[
            ("KEYWRIGHT_LOG__FILTER", "debug"),
            ("KEYWRIGHT_ROOT_KEY", SECRET),
        ],
        flags: ServeFlags {
            no_demo: true,
            ..ServeFlags::default()
        },
    };
    let shown = given.load().unwrap().show();
    for line in [
        "listen = \"127.0.0.1:8080\"  # default",
        "demo = false  # flag --no-demo",
        "root_key = \"(hidden)\"  # environment KEYWRIGHT_ROOT_KEY",
        "user_key.rate_limit_burst = 7  # keywright.toml:2",
        "user_key.rate_limit_per_minute = 60  # default",
        "log.filter = \"debug\"  # environment KEYWRIGHT_LOG__FILTER",
        "# pepper.file is not set",
        "cache.memory_mib = 64  # default",
        "limits.unknown_per_minute = 6000  # default",
        "proxies.trusted = [\"2001:db8::/32\", \"192.0.2.7\"]  # keywright.toml:10",
        "plans.free.monthly_credits = 1000  # default",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line} is not in\n{shown}"
        );
    }
    let issuers = shown
        .lines()
        .find(|line| line.starts_with("tokens.issuers"))
        .unwrap();
    assert!(
        issuers.contains("organization_claim = \"org\"") && issuers.ends_with("# keywright.toml:4"),
        "{issuers}"
    );
    assert!(toml::from_str::<toml::Table>(&shown).is_ok(), "{shown}");
}

#[test]
fn a_secret_is_neither_shown_nor_debugged_nor_in_an_error() {
    let given = Given {
        file: &format!(
            "[pepper]\nvalue = '{SECRET}'\n[database]\nurl = 'postgres://admin:{SECRET}@db/keywright'\n"
        ),
        environment: &[("KEYWRIGHT_ROOT_KEY", SECRET)],
        ..Given::default()
    };
    let loaded = given.load().unwrap();
    assert_eq!(loaded.config.root_key.as_ref().unwrap().expose(), SECRET);
    assert!(!loaded.show().contains(SECRET));
    assert!(!format!("{loaded:?}").contains(SECRET));
    assert!(
        !serde_json::to_string(&loaded.config)
            .unwrap()
            .contains(SECRET)
    );

    for refused in [
        format!("root_key = ['{SECRET}']\n"),
        format!("root_key = '{SECRET} '\n"),
        format!("root_key = '{}'\n", SECRET.repeat(9)),
        format!("root_key = {SECRET}\n"),
        format!("root_key = \"{SECRET}\n"),
        format!("root_key = '{SECRET}'\nroot_key = '{SECRET}'\n"),
        format!("root_kye = '{SECRET}'\n"),
        format!("pepper = '{SECRET}'\n"),
        format!("[database]\nurl = 'mysql://admin:{SECRET}@db/keywright'\n"),
    ] {
        let error = file(&refused).load().unwrap_err();
        assert!(!error.to_string().contains("horse"), "{error}");
        assert!(!format!("{error:?}").contains("horse"), "{error:?}");
    }
}
