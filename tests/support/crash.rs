//! A process that a signal hits at a chosen step of its work with files.
//! Leaves what must hold afterwards to the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{target, workspace};

/// Lets a signal hit the process of a command just before its n-th step that names or flushes a file.
pub(crate) fn hit(command: &mut Command, step: u32, signal: i32) {
    command
        .env("LD_PRELOAD", library())
        .env("CRASH_AT", step.to_string())
        .env("CRASH_SIGNAL", signal.to_string());
}

/// The library that counts the steps, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = target().join(format!("crash-{}.so", std::process::id()));
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(workspace().join("tests/support/crash.c"))
            .arg("-ldl")
            .status()
            .expect("a C compiler is needed, as for the server itself");
        assert!(status.success(), "the library must compile");
        library
    })
}
