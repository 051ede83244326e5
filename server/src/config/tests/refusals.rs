//! What a configuration is refused for, and in which words.
//! Leaves what is accepted to the module above.

use super::*;

#[test]
fn an_unknown_setting_names_its_line_and_the_nearest() {
    let given = "demo = true\nreaders = 4\n\n[user_key]\nrate_limit_per_minut = 5\n[pepper]\nvalu = 'x'\n\
                 [xyzzy]\n[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'\norganizations = ['*']\norg_claim = 'o'\n";
    assert_eq!(
        file(given).refusal(),
        "keywright.toml:2: readers is not a setting, the nearest is database.readers\n\
         keywright.toml:5: user_key.rate_limit_per_minut is not a setting, the nearest is user_key.rate_limit_per_minute\n\
         keywright.toml:7: pepper.valu is not a setting, the nearest is pepper.value\n\
         keywright.toml:8: xyzzy is not a setting, `keywright config schema` lists them\n\
         keywright.toml:14: tokens.issuers[0].org_claim is not a setting, the nearest is tokens.issuers[0].scope_claim"
    );
}

#[test]
fn a_database_of_an_unknown_scheme_is_refused_with_those_that_are_known() {
    let given = environment(&[("KEYWRIGHT_DATABASE_URL", "mysql://admin:pass@db/keys")]);
    assert_eq!(
        given.refusal(),
        "environment KEYWRIGHT_DATABASE_URL: database.url must be sqlite: and a file name, for example \
         sqlite:keywright.db, or a postgres:// URL, got \"mysql://(hidden)@db/keys\""
    );
}

#[test]
fn an_unknown_variable_is_refused_with_the_nearest() {
    let given = environment(&[
        ("KEYWRIGHT_DATABSE_URL", "sqlite:b"),
        ("KEYWRIGHT_LISTN", "localhost:2"),
        ("KEYWRIGHT_NODEMO", "1"),
        ("KEYWRIGHT_PLANS__PRO__MONTHLY_CREDIT", "1"),
        ("KEYWRIGHT_USER_KEY_RATE_LIMIT_BURST", "2"),
        ("KEYWRIGHT_XYZZY", "2"),
    ]);
    assert_eq!(
        given.refusal(),
        "environment KEYWRIGHT_DATABSE_URL: no setting has this variable, the nearest is KEYWRIGHT_DATABASE_URL\n\
         environment KEYWRIGHT_LISTN: no setting has this variable, the nearest is KEYWRIGHT_LISTEN\n\
         environment KEYWRIGHT_NODEMO: no setting has this variable, the nearest is KEYWRIGHT_NO_DEMO\n\
         environment KEYWRIGHT_PLANS__PRO__MONTHLY_CREDIT: no setting has this variable, the nearest is KEYWRIGHT_PLANS__PRO__MONTHLY_CREDITS\n\
         environment KEYWRIGHT_USER_KEY_RATE_LIMIT_BURST: no setting has this variable, the nearest is KEYWRIGHT_USER_KEY__RATE_LIMIT_BURST\n\
         environment KEYWRIGHT_XYZZY: no setting has this variable, `keywright config schema` lists the settings"
    );
}

#[test]
fn variables_of_a_kubernetes_service_called_keywright_are_left_alone() {
    let given = environment(&[
        ("KEYWRIGHT_SERVICE_HOST", "10.0.0.1"),
        ("KEYWRIGHT_SERVICE_PORT", "80"),
        ("KEYWRIGHT_SERVICE_PORT_HTTP", "80"),
        ("KEYWRIGHT_PORT", "tcp://10.0.0.1:80"),
        ("KEYWRIGHT_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("KEYWRIGHT_PORT_80_TCP_ADDR", "10.0.0.1"),
    ]);
    assert_eq!(given.config().listen, "127.0.0.1:8080");
    for unknown in ["KEYWRIGHT_PORT", "KEYWRIGHT_PORT_HTTP"] {
        assert!(environment(&[(unknown, "80")]).load().is_err(), "{unknown}");
    }
}

#[test]
fn variables_of_the_operators_commands_are_left_alone() {
    let given = environment(&[
        ("KEYWRIGHT_URL", "https://keys.example.com"),
        ("KEYWRIGHT_KEY", "short"),
    ]);
    assert_eq!(given.config().listen, "127.0.0.1:8080");
    assert!(environment(&[("KEYWRIGHT_URLS", "x")]).load().is_err());
}

#[test]
fn a_bound_that_is_broken_names_line_setting_and_range_wherever_the_value_comes_from() {
    let given = Given {
        file: "[limits]\nrequest_timeout_s = 124\nshutdown_grace_s = 30\nunknown_per_minute = 1000001\n[cache]\nmemory_mib = 65537\n[plans.\"Pro\"]\nmonthly_credits = 1\n",
        environment: &[
            ("KEYWRIGHT_DATABASE__READERS", "65"),
            ("KEYWRIGHT_DATABASE__RESERVE_MIB", "0"),
            ("KEYWRIGHT_ROOT_KEY", "too short"),
        ],
        flags: ServeFlags {
            listen: Some("8080".to_owned()),
            ..ServeFlags::default()
        },
    };
    assert_eq!(
        given.refusal(),
        "keywright.toml:2: limits.request_timeout_s must be 125 to 3600, got 124\n\
         keywright.toml:3: limits.shutdown_grace_s must be 1 to 29, got 30\n\
         keywright.toml:4: limits.unknown_per_minute must be 0 to 1000000, got 1000001\n\
         keywright.toml:6: cache.memory_mib must be 1 to 65536, got 65537\n\
         keywright.toml:7: plans.Pro is refused: a plan's name must be 1 to 64 characters of a-z, 0-9, _ and -\n\
         environment KEYWRIGHT_DATABASE__READERS: database.readers must be 1 to 64, got 65\n\
         environment KEYWRIGHT_DATABASE__RESERVE_MIB: database.reserve_mib must be 1 to 1024, got 0\n\
         environment KEYWRIGHT_ROOT_KEY: root_key must be visible ASCII characters without spaces\n\
         environment KEYWRIGHT_ROOT_KEY: root_key must have 32 to 256 characters, got 9\n\
         --listen: listen must be HOST:PORT with a port of 0 to 65535, for example 127.0.0.1:8080, got \"8080\""
    );
}

#[test]
fn a_value_at_its_bound_passes() {
    let config = file("[limits]\nrequest_timeout_s = 125\nshutdown_grace_s = 29\n").config();
    assert_eq!(
        (
            config.limits.request_timeout_s,
            config.limits.shutdown_grace_s
        ),
        (125, 29)
    );
    for (unknown, memory) in [(0, 1), (1_000_000, 65_536)] {
        let text =
            format!("[limits]\nunknown_per_minute = {unknown}\n[cache]\nmemory_mib = {memory}\n");
        let config = file(&text).config();
        assert_eq!(config.limits.unknown_per_minute, unknown);
        assert_eq!(config.cache.memory_mib, memory);
    }
    for listen in ["127.0.0.1:0", "[::1]:65535", "localhost:8080"] {
        assert_eq!(
            environment(&[("KEYWRIGHT_LISTEN", listen)]).config().listen,
            listen
        );
    }
    for listen in [
        "127.0.0.1:65536",
        "127.0.0.1:",
        ":8080",
        "::1:8080",
        "http://h:1",
        "",
    ] {
        assert!(
            environment(&[("KEYWRIGHT_LISTEN", listen)]).load().is_err(),
            "{listen}"
        );
    }
}

#[test]
fn events_are_kept_for_good_or_for_one_to_36500_days() {
    assert_eq!(file("").config().events.keep_days, None);
    for days in [1, 36_500] {
        let config = file(&format!("[events]\nkeep_days = {days}\n")).config();
        assert_eq!(config.events.keep_days, Some(days));
    }
    for days in [0, 36_501] {
        let refusal = file(&format!("[events]\nkeep_days = {days}\n")).refusal();
        let words = format!(
            "events.keep_days must be 1 to 36500 days, or be left out to keep all events, got {days}"
        );
        assert!(refusal.contains(&words), "{refusal}");
    }
}

#[test]
fn a_value_of_another_type_is_refused_with_the_type_that_is_wanted() {
    let given = Given {
        file: "demo = 'yes'\ndatabase = 5\n[user_key]\nrate_limit_burst = '10'\nclient_error_credits = 1.5\n\
               v1_shutdown_at = 2027-01-31\n[log]\nformat = 7\n[tokens]\nlifetime_s = 60.0\nissuers = [{issuer = 'i'}]\n",
        environment: &[
            ("KEYWRIGHT_IDEMPOTENCY__WINDOW_S", "ten"),
            ("KEYWRIGHT_NO_DEMO", "yes"),
        ],
        ..Given::default()
    };
    assert_eq!(
        given.refusal(),
        "keywright.toml:1: demo must be true or false, got \"yes\"\n\
         keywright.toml:2: database must be a table, in TOML or JSON, got 5\n\
         keywright.toml:4: user_key.rate_limit_burst must be a whole number, 1 to 1000000, got \"10\"\n\
         keywright.toml:5: user_key.client_error_credits must be a whole number, 0 to 1000, got 1.5\n\
         keywright.toml:6: user_key.v1_shutdown_at must be an instant with its offset from UTC, for example 2027-01-31T00:00:00Z, got \"2027-01-31\"\n\
         keywright.toml:8: log.format must be text in quotes, got 7\n\
         keywright.toml:11: tokens.issuers[0].audience is missing\n\
         keywright.toml:11: tokens.issuers[0].jwks_file is missing\n\
         keywright.toml:11: tokens.issuers[0].organizations is missing: name the ids of the organizations that its tokens may act for, or write [\"*\"] for every one\n\
         environment KEYWRIGHT_IDEMPOTENCY__WINDOW_S: idempotency.window_s must be a whole number, 1 to 86400, got \"ten\"\n\
         environment KEYWRIGHT_NO_DEMO: demo must be 1, true, 0 or false, got \"yes\""
    );
}

#[test]
fn a_whole_number_written_as_a_fraction_is_refused_with_its_line() {
    let refusal = file("[tokens]\nlifetime_s = 60.0\n").refusal();
    assert!(
        refusal.starts_with("keywright.toml:2: tokens.lifetime_s "),
        "{refusal}"
    );
}

#[test]
fn a_file_that_is_no_toml_names_the_line_and_changes_nothing() {
    let refusal = file("listen = 'localhost:1'\ndemo = yes\n[log\n").refusal();
    let lines: Vec<_> = refusal.lines().collect();
    assert!(
        lines[0].starts_with("keywright.toml:2: is not valid TOML: "),
        "{refusal}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("keywright.toml:3: is not valid TOML: ")),
        "{refusal}"
    );
    assert!(
        file("demo = true\ndemo = false\n")
            .refusal()
            .starts_with("keywright.toml:2: is not valid TOML: ")
    );
}

#[test]
fn a_file_that_is_not_utf_8_names_the_line() {
    let name = format!("keywright-latin-{}.toml", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, b"demo = true\nlisten = 'caf\xe9:1'\n").unwrap();
    let refusal = check(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(refusal.ends_with("line 2 is not UTF-8"), "{refusal}");
}

#[test]
fn a_setting_that_two_variables_set_is_refused() {
    let given = environment(&[
        ("KEYWRIGHT_DATABASE_URL", "sqlite:a"),
        ("KEYWRIGHT_DATABASE__URL", "sqlite:b"),
    ]);
    assert_eq!(
        given.refusal(),
        "environment KEYWRIGHT_DATABASE__URL: database.url is also set by KEYWRIGHT_DATABASE_URL, keep one of the two"
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let given = Given {
        file: "[user_key]\nv1_deprecated_at = 2027-02-01T00:00:00Z\nv1_shutdown_at = 2027-01-31T00:00:00Z\n\
               [pepper]\nfile = 'p'\n[log]\nfilter = 'info,keywright=loud'\n[tokens]\nissuer = 'http://i'\nissuers = [\n\
               {issuer = 'http://i', audience = 'a', jwks_file = 'k', organizations = ['*']},\n\
               {issuer = 'http://j', audience = 'a', jwks_file = 'k', organizations = ['*']},\n\
               {issuer = 'http://j', audience = 'a', jwks_file = 'k', organizations = ['*']}]\n",
        environment: &[
            ("KEYWRIGHT_PEPPER", SECRET),
            ("KEYWRIGHT_ROOT_KEY", SECRET),
            ("KEYWRIGHT_ROOT_KEY_FILE", "root.key"),
        ],
        ..Given::default()
    };
    assert_eq!(
        given.refusal(),
        "keywright.toml:2: user_key.v1_deprecated_at must not be later than user_key.v1_shutdown_at, 2027-01-31T00:00:00Z, got 2027-02-01T00:00:00Z\n\
         keywright.toml:7: log.filter is no filter: error parsing level filter: expected one of \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5; write for example info,keywright=debug\n\
         keywright.toml:11: tokens.issuers[0] names this server's own issuer, tokens.issuer: remove it\n\
         keywright.toml:13: tokens.issuers[2] has the issuer and audience of another in the list: keep one of the two\n\
         environment KEYWRIGHT_PEPPER: pepper.value must stand alone, but pepper.file is also set, by keywright.toml:5: keep one of the two\n\
         environment KEYWRIGHT_ROOT_KEY: root_key must stand alone, but root_key_file is also set, by environment KEYWRIGHT_ROOT_KEY_FILE: keep one of the two"
    );
    for (given, missing, what) in [
        ("certificate", "key", "private key"),
        ("key", "certificate", "certificate"),
    ] {
        let half = format!("[tls]\n{given} = 'a.pem'\n");
        assert_eq!(
            file(&half).refusal(),
            format!(
                "keywright.toml:2: tls.{given} needs tls.{missing} beside it: \
                 name the PEM file with its {what}, or leave both out"
            )
        );
    }
    let equal = "[user_key]\nv1_deprecated_at = 2027-01-31T00:00:00Z\nv1_shutdown_at = 2027-01-31T00:00:00Z\n";
    assert!(file(equal).load().is_ok());
}

#[test]
fn a_trusted_proxy_that_is_no_network_is_refused_with_what_was_meant() {
    let forms = "[proxies]\ntrusted = [\n'10.0.0.0/8',\n'proxy.example.com',\n'10.0.0.0/8 ',\n7]\n";
    let wanted = "must be an IP address or a network, for example 192.0.2.7 or 2001:db8::/32";
    assert_eq!(
        file(forms).refusal(),
        format!(
            "keywright.toml:4: proxies.trusted[1] {wanted}, got \"proxy.example.com\"\n\
             keywright.toml:5: proxies.trusted[2] {wanted}, got \"10.0.0.0/8 \"\n\
             keywright.toml:6: proxies.trusted[3] must be text in quotes, got 7"
        )
    );
    let host = "[proxies]\ntrusted = ['10.0.0.0/8', '192.0.2.7/24']\n";
    assert_eq!(
        file(host).refusal(),
        "keywright.toml:2: proxies.trusted[1] cannot be used: \
         must have zeros behind its prefix: 192.0.2.0/24 was probably meant"
    );
    let many = |count: usize| format!("[proxies]\ntrusted = {:?}\n", vec!["192.0.2.7"; count]);
    assert!(file(&many(100)).load().is_ok());
    assert_eq!(
        file(&many(101)).refusal(),
        "keywright.toml:2: proxies.trusted must have at most 100 items, got 101"
    );
}

#[test]
fn the_schema_refuses_what_loading_refuses() {
    for text in [
        "listen = 'nowhere'",
        "demo = 1",
        "root_key = 'short'",
        "unknown = 1",
        "threads = 0",
        "[database]\nreaders = 0",
        "[database]\nurl = 'keywright.db'",
        "[control]\nrate_limit_burst = 0",
        "[named_keys]\nrate_limit_per_minute = -1",
        "[limits]\nunknown_per_minute = -1",
        "[cache]\nmemory_mib = 0",
        "[proxies]\ntrusted = '10.0.0.0/8'",
        "[proxies]\ntrusted = ['proxy.example.com']",
        "[plans.pro]",
        "[plans.pro]\nmonthly_credits = 1000000000001",
        "[user_key]\nv1_shutdown_at = 'soon'",
        "[log]\nformat = 'xml'",
        "[[tokens.issuers]]\nissuer = 'i'",
        "[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'",
        "[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'\norganizations = []",
        "[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'\norganizations = ['all']",
    ] {
        let tree = serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
        assert!(!schema_accepts(&tree), "the schema accepts {text}");
        assert!(file(text).load().is_err(), "loading accepts {text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_the_reason() {
    let error = check(Path::new("/nowhere/keywright.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/nowhere/keywright.toml: cannot be read: No such file"),
        "{error}"
    );
    let given = environment(&[("KEYWRIGHT_CONFIG", "")]);
    assert_eq!(
        given.refusal(),
        "environment KEYWRIGHT_CONFIG: is empty, name a file or unset the variable"
    );
}

#[test]
fn a_misspelt_level_of_the_log_is_not_taken_for_a_module() {
    for filter in [
        "loud",
        "info,debgu",
        "keywright",
        "keywright =debug",
        "info debug",
        " ",
        " , ",
    ] {
        let settings = [("KEYWRIGHT_LOG__FILTER", filter)];
        let environment = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let refusal = Config::load(&ServeFlags::default(), environment.into_iter()).unwrap_err();
        let text = refusal.to_string();
        assert!(text.contains("log.filter must name a level"), "{text}");
        assert!(text.contains("KEYWRIGHT_LOG__FILTER"), "{text}");
    }
}

#[test]
fn levels_and_modules_with_levels_are_filters() {
    for filter in [
        "trace",
        "off",
        "warn,keywright=debug",
        "info,keywright[answer]=trace",
        "INFO",
        " info",
        "info ",
        "warn, info",
        " warn ,\tkeywright=debug,",
    ] {
        let settings = [("KEYWRIGHT_LOG__FILTER", filter)];
        let environment = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let loaded = Config::load(&ServeFlags::default(), environment.into_iter());
        let directives = loaded.expect(filter).config.log.directives();
        assert!(!directives.contains(char::is_whitespace), "{directives}");
    }
}

#[test]
fn an_issuer_may_name_every_organization_or_some_and_not_both() {
    let issuer = |organizations: &str| {
        format!(
            "[[tokens.issuers]]\nissuer = 'i'\naudience = 'a'\njwks_file = 'k'\n\
             organizations = [{organizations}]\n"
        )
    };
    let id = "'0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10'";
    for organizations in ["'*'", id] {
        assert!(
            file(&issuer(organizations)).load().is_ok(),
            "{organizations}"
        );
    }
    assert_eq!(
        file(&issuer(&format!("{id}, '*'"))).refusal(),
        "keywright.toml:5: tokens.issuers[0].organizations names every organization by * and others \
         beside it: keep one of the two"
    );
    assert_eq!(
        file(&issuer("'acme'")).refusal(),
        "keywright.toml:5: tokens.issuers[0].organizations[0] must be the id of an organization, or * for \
         every one, got \"acme\""
    );
}

#[test]
fn what_passes_where_proxies_ask_is_named_and_fits_together() {
    for (given, words) in [
        ("kinds = []", "keywright.toml:2: authorize.kinds"),
        ("kinds = ['admin']", "keywright.toml:2: authorize.kinds[0]"),
        (
            "kinds = ['Standard']",
            "keywright.toml:2: authorize.kinds[0]",
        ),
        (
            "kinds = ['standard', 'token']",
            "keywright.toml:2: authorize.kinds names token, which needs authorize.audiences: \
             say whom a token must be for, or remove token",
        ),
        (
            "audiences = ['https://api.example.com']",
            "keywright.toml:2: authorize.audiences is for access tokens, and none passes: \
             add token to authorize.kinds, or remove it",
        ),
        (
            "kind = 'standard'",
            "keywright.toml:2: authorize.kind is not a setting, the nearest is authorize.kinds",
        ),
    ] {
        let said = file(&format!("[authorize]\n{given}\n")).refusal();
        assert!(said.starts_with(words), "{given}: {said}");
    }
    let good = "[authorize]\nkinds = ['token']\naudiences = ['a']\n";
    assert_eq!(file(good).config().authorize.audiences, ["a"]);
}
