//! The operator's command line: the real binary, as a child process, against a real server.
//! Leaves what a command should say to the tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::PATIENCE;
use super::child::{Server, bare_command};
use super::secrets::Secrets;

/// An operator at a shell, with the root key in the environment.
pub(crate) struct Operator {
    /// Not the server's: what is put here is searched by nobody.
    folder: TempDir,
    url: String,
    key: Option<String>,
    secrets: Arc<Secrets>,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Operator {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            url: server.url(""),
            key: Some(server.root_key.clone()),
            secrets: Arc::clone(&server.secrets),
        }
    }

    /// The same with another control key in the environment, or none.
    pub(crate) fn with_key(mut self, key: Option<&str>) -> Self {
        self.key = key.map(str::to_owned);
        self
    }

    /// Writes a file that commands can name, and answers its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command, ready to be changed and run.
    pub(crate) fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = bare_command(self.folder.path());
        command.env("KEYWRIGHT_URL", &self.url).env("NO_PROXY", "*");
        if let Some(key) = &self.key {
            command.env("KEYWRIGHT_KEY", key);
        }
        command.args(arguments.iter().map(AsRef::as_ref));
        command
    }

    /// Runs a command whose words are parted by blanks.
    pub(crate) fn run(&self, line: &str) -> Said {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>(), "")
    }

    /// Runs a command that reads `input`.
    ///
    /// # Panics
    /// When it repeats a secret that was known before.
    pub(crate) fn run_with<S: AsRef<str>>(&self, arguments: &[S], input: &str) -> Said {
        self.finish(self.command(arguments), input)
    }

    /// Runs a command once more that may answer an earlier answer, secret and all.
    pub(crate) fn repeat(&self, line: &str) -> Said {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        Self::end(self.command(&arguments), "")
    }

    /// Runs a command that was made here.
    ///
    /// # Panics
    /// When it repeats a secret that was known before.
    pub(crate) fn finish(&self, command: Command, input: &str) -> Said {
        let known = self.secrets.texts();
        let line = format!("{command:?}");
        let said = Self::end(command, input);
        for secret in known {
            let told = format!("{}{}", said.stdout, said.stderr);
            assert!(!told.contains(&secret), "{line} repeats a secret");
        }
        self.secrets.add_all_of(said.stdout.as_bytes());
        said
    }

    fn end(mut command: Command, input: &str) -> Said {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended already.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, and answers what it printed as JSON.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        self.run(line).expect(0).json()
    }

    /// Starts a command that goes on until it is ended.
    pub(crate) fn start(&self, line: &str) -> Running {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let mut child = self
            .command(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        // Read elsewhere, so that waiting for a line can be given up.
        std::thread::spawn(move || {
            for line in reader.lines() {
                // Nobody listens any more when the test has ended.
                sender.send(line.unwrap()).ok();
            }
        });
        let mut stderr = child.stderr.take().unwrap();
        let remarks = std::thread::spawn(move || std::io::read_to_string(&mut stderr).unwrap());
        Running {
            child,
            lines,
            remarks,
        }
    }
}

impl Said {
    /// This, if the command ended with this code.
    ///
    /// # Panics
    /// When it ended with another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.stdout))
    }

    /// What was printed, one JSON value a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A command that goes on until it is ended.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    remarks: JoinHandle<String>,
}

impl Running {
    /// The next line.
    ///
    /// # Panics
    /// When there is none for a minute.
    pub(crate) fn next(&self) -> String {
        self.lines
            .recv_timeout(PATIENCE)
            .expect("a line must be printed")
    }

    /// The next line, if it is printed within a moment.
    pub(crate) fn next_soon(&self) -> Option<String> {
        self.lines.recv_timeout(Duration::from_millis(100)).ok()
    }

    /// Ends it as Ctrl-C does, and answers how it ended and what it said beside its lines.
    pub(crate) fn interrupt(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let killed = Command::new("sh")
            .args(["-c", "kill -INT \"$0\"", &pid])
            .status()
            .unwrap();
        assert!(killed.success());
        let status = self.child.wait().unwrap();
        (status, self.remarks.join().unwrap())
    }
}

/// A text with what is random replaced by its kind: ids, instants, hints and secrets.
pub(crate) fn redacted(text: &str) -> String {
    let words = text.split([' ', '\n', '\'', '"', ',']);
    let mut redacted = text.to_owned();
    for word in words {
        let is_instant = word.len() == 20 && word.ends_with('Z') && word.contains('T');
        if uuid::Uuid::parse_str(word).is_ok() {
            redacted = redacted.replace(word, "[id]");
        } else if is_instant {
            redacted = redacted.replace(word, "[instant]");
        } else if word.len() > 4 && word.contains("...") {
            redacted = redacted.replace(word, "[hint]");
        }
    }
    redacted
}
