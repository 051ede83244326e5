//! The pepper's file: what is taken, and that only the same text opens the same database.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use keywright::pepper::{CHECK, Home, Known, VERSIONS};
use keywright_model::secret::Secret;
use keywright_store::OpenDatabase;
use keywright_store_sqlite::Options;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    // Kept: libFuzzer ends the process without asking, and `cargo xtask fuzz` cleans up.
    folder.keep()
});

thread_local! {
    static DATABASE: Box<dyn OpenDatabase> = open();
}

fuzz_target!(|bytes: &[u8]| DATABASE.with(|database| check(database.as_ref(), bytes)));

fn check(database: &dyn OpenDatabase, bytes: &[u8]) {
    let path = FOLDER.join("fuzzed.pepper");
    let write = |bytes: &[u8]| std::fs::write(&path, bytes).expect("there is room for a file");
    let home = Home::File(path.clone());
    for setting in [CHECK, VERSIONS] {
        database.drop_setting(setting).expect("it can be written");
    }
    write(bytes);
    let text = std::str::from_utf8(bytes).map(str::trim).ok();
    let has_versions = text.is_some_and(|text| text.starts_with("keywright peppers\n"));
    if has_versions {
        // Taken or refused by what each line says; the tests of the file's form say which.
        let refusal = home.open(database).err().map(|error| error.to_string());
        assert!(refusal.is_none_or(|refusal| refusal.contains("fuzzed.pepper")));
        return;
    }
    let fits = text.is_some_and(|text| text.len() >= 32);
    let pepper = match home.open(database) {
        Ok(opened) => opened.peppers,
        Err(error) => {
            assert!(!fits, "{error}");
            assert!(error.to_string().contains("fuzzed.pepper"), "{error}");
            return;
        }
    };
    assert!(fits, "it was taken");
    let known = database.setting(CHECK).expect("it can be read");
    let known = Known::from(known.expect("the first pepper is remembered"));
    let secret = Secret::new("any".to_owned());

    // White space around it, as an editor leaves it, changes nothing.
    let text = text.expect("it was read");
    write(format!(" \n{text}\n\n").as_bytes());
    home.recall(&known).expect("it is the same text");
    let again = home.open(database).expect("it is the same text");
    assert_eq!(again.peppers.digests(&secret), pepper.digests(&secret));

    write(format!("{text}x").as_bytes());
    let refusal = home.recall(&known).expect_err("it is another text");
    // Whatever the text is, what is said of it is the same.
    write(format!("{text}yz").as_bytes());
    let other = home.recall(&known).expect_err("it is another text");
    assert_eq!(
        refusal.to_string(),
        other.to_string(),
        "the refusal tells it"
    );
    assert!(home.open(database).is_err(), "it is another text");
}

fn open() -> Box<dyn OpenDatabase> {
    let url = format!("sqlite:{}", FOLDER.join("fuzzed.db").display());
    let options = Options {
        readers: 1,
        busy_timeout: Duration::from_secs(5),
        queue_len_max: 10,
        wait_max: std::time::Duration::from_mins(1),
        reserve_len: 1 << 20,
        counts_keys: false,
        test_hook: None,
    };
    keywright::database::open(&url, options).expect("there is room for a database")
}
