//! What was measured, as a page with tables and pictures, and line by line.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::table::Table;
use crate::document::root;

/// The parts of the page, in their order, each with its heading.
const PARTS: [(&str, &str); 7] = [
    ("http", "Against HTTP and the disk"),
    ("flush", "On a slower disk"),
    ("growth", "With more keys"),
    ("overload", "Asked for five times too much"),
    ("micro", "The steps by themselves"),
    ("postgres", "On PostgreSQL"),
    (
        "revocation",
        "From a revocation to the refusal at other servers",
    ),
];

const INTRODUCTION: &str = "\
# Benchmarks

Written by `cargo xtask bench`; each part says how to repeat it.

- **reference**: the smallest axum server, of the same versions and with the same profile. It reads
  a JSON body of the same size as keywright does, answers one of the same size, and does nothing else.
- **threads**: the reference serves on as many as there are cores, which is what axum does; keywright on one
  fewer, which is its default, and its writer has one of its own. With `KEYWRIGHT_THREADS=2` or
  `TOKIO_WORKER_THREADS=1` in the environment, both serve on as many.
- **store alone**: the same transactions through the server's own store, in one process, without HTTP: as
  many tasks as there are connections elsewhere, each waiting for its transaction before the next.
- **ratio**: of two slices of one second that were measured one after the other; the median of all such
  pairs, and the quartiles in brackets. A slow moment of the machine falls on both of a pair.
- **CPU**: user and system time of the server's process, divided by the requests; the steadiest of these
  figures. **PSS**: its memory, shared pages divided among those that share them.
- Driver and server share the machine: what the driver takes, the server does not have. That holds for the
  reference alike, so the ratios are fair, but a rate is not what the server would do on a machine of its
  own. With many connections the latencies are mostly the queue that so many callers make; for the time
  that one request takes, read those of one connection.
- Every status is checked, and the body of one answer in sixteen. One wrong answer ends the run.
";

/// The report of one run.
pub(crate) struct Report {
    folder: PathBuf,
    what: String,
    text: String,
    lines: fs::File,
    plots: Vec<String>,
}

impl Report {
    pub(crate) fn new(folder: &Path, what: &str) -> Result<Self> {
        Ok(Self {
            lines: fs::File::create(folder.join(format!("{what}.jsonl")))?,
            folder: folder.to_owned(),
            what: what.to_owned(),
            text: String::new(),
            plots: Vec::new(),
        })
    }

    /// Adds Markdown.
    pub(crate) fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a table, and prints it.
    pub(crate) fn table(&mut self, table: &Table) {
        let table = table.to_markdown();
        println!("\n{table}");
        self.text.push_str(&table);
        self.text.push('\n');
    }

    /// Adds a picture; where it cannot be written, the tables have to do.
    pub(crate) fn plot(&mut self, name: &str, svg: &str) {
        let name = format!("{}-{name}.svg", self.what);
        if fs::write(self.folder.join(&name), svg).is_ok() {
            self.say(&format!("![{name}]({name})\n\n"));
            self.plots.push(name);
        }
    }

    /// Writes down one figure as it was taken.
    pub(crate) fn raw(&mut self, line: &Value) -> Result<()> {
        Ok(writeln!(self.lines, "{line}")?)
    }

    /// Writes the part, and the page of all parts; into the documentation, too, if it is to be kept.
    pub(crate) fn keep(self, took: Duration, words: &[String], in_documents: bool) -> Result<()> {
        let command = format!("cargo xtask bench {}", words.join(" "));
        let part = format!(
            "{}\nMeasured {} in {:.0} minutes by `{}`.\n\n{}",
            machine(),
            said("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]),
            (took.as_secs_f64() / 60.0).ceil(),
            command.trim_end(),
            self.text
        );
        fs::write(self.folder.join(format!("{}.md", self.what)), part)?;
        write_page(&self.folder)?;
        if in_documents {
            let documents = root().join("server/docs/benchmarks");
            fs::create_dir_all(&documents)?;
            for name in self
                .plots
                .iter()
                .cloned()
                .chain([format!("{}.md", self.what)])
            {
                fs::copy(self.folder.join(&name), documents.join(&name))
                    .with_context(|| format!("cannot copy {name}"))?;
            }
            write_page(&documents)?;
        }
        Ok(())
    }
}

/// All parts that were ever measured, on one page.
fn write_page(folder: &Path) -> Result<()> {
    let mut page = INTRODUCTION.to_owned();
    for (what, heading) in PARTS {
        if let Ok(part) = fs::read_to_string(folder.join(format!("{what}.md"))) {
            write!(page, "\n## {heading}\n\n{}\n", part.trim_end())?;
        }
    }
    Ok(fs::write(folder.join("report.md"), page)?)
}

/// The machine and the versions, one item a line.
fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |model| {
        model.trim_start_matches(['\t', ':', ' '])
    });
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = meminfo.split_ascii_whitespace().nth(1);
    let memory_gib = memory
        .and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
        / 1024.0;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let kernel = said("uname", &["-r"]);
    let root = root();
    let in_root = |arguments: &[&str]| {
        let folder = root.display().to_string();
        said("git", &[&["-C", &folder], arguments].concat())
    };
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let versions = ["axum", "hyper", "tokio", "rusqlite"]
        .map(|name| format!("{name} {}", version(&lock, name).unwrap_or("unknown")));
    let has_changes = !in_root(&["status", "--porcelain", "--untracked-files=no"]).is_empty();
    [
        format!(
            "- {} × {model}, {memory_gib:.0} GiB, Linux {}; load {} at the end",
            said("nproc", &[]),
            kernel.split('-').next().unwrap_or(&kernel),
            load.split(' ').next().unwrap_or_default()
        ),
        format!(
            "- keywright {}{}, {}, {}",
            in_root(&["rev-parse", "--short", "HEAD"]),
            if has_changes { " with changes" } else { "" },
            versions.join(", "),
            said("rustc", &["--version"]),
        ),
        format!(
            "- driver: {}",
            said(
                "sh",
                &["-c", "wrk --version | head -n 1 | cut -d ' ' -f 1-2"]
            )
        ),
    ]
    .join("\n")
        + "\n"
}

/// The version of a package in the lock file.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// The first line that a program prints, or nothing.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_that_of_the_package_with_just_this_name() {
        let lock =
            "name = \"axum-core\"\nversion = \"0.5.6\"\n\nname = \"axum\"\nversion = \"0.8.9\"\n";
        assert_eq!(version(lock, "axum"), Some("0.8.9"));
        assert_eq!(version(lock, "hyper"), None);
    }
}
