//! One slice of load by wrk: the plan that its script reads, and what it has measured.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::lists::{Filling, Lists, gap_len};
use super::scenario::{Gap, Request};

const DRIVER: &str = include_str!("driver.lua");
/// What stands before the result in the output of the script.
const RESULT: &str = "RESULT ";
/// What was measured in one slice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests / self.seconds.max(f64::EPSILON)
    }
}

/// Where plans are written.
pub(crate) struct Wrk {
    folder: PathBuf,
    seconds: u32,
    once_len: usize,
}

impl Wrk {
    /// A driver whose slices take so many seconds, with its files in a folder; of values that are used once,
    /// each slice gets so many.
    pub(crate) fn new(folder: &Path, seconds: u32, once_len: usize) -> Result<Self> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("driver.lua"), DRIVER)?;
        Ok(Self {
            folder: folder.to_owned(),
            seconds,
            once_len,
        })
    }

    /// Drives a server for one slice; any wrong answer is an error.
    pub(crate) fn drive(
        &self,
        address: &str,
        requests: &[Request],
        connections: usize,
        lists: &mut Lists,
    ) -> Result<Measured> {
        let plan = self.folder.join("plan.lua");
        fs::write(&plan, self.plan(requests, connections, lists)?)?;
        let output = Command::new("wrk")
            .args(["--threads", "1", "--latency", "--timeout", "10s"])
            .args(["--connections", &connections.to_string()])
            .args(["--duration", &format!("{}s", self.seconds)])
            .arg("--script")
            .arg(self.folder.join("driver.lua"))
            .arg(format!("http://{address}"))
            .arg("--")
            .arg(&plan)
            .output()
            .context("cannot run wrk")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success() && error.trim().is_empty(),
            "wrk failed ({}): {error} {text}",
            output.status
        );
        read_result(&text)
    }

    /// The plan as a Lua table; values lie in files beside it.
    fn plan(&self, requests: &[Request], connections: usize, lists: &mut Lists) -> Result<String> {
        let mut text = "return {\n  requests = {\n".to_owned();
        let mut serial = 0;
        for (index, request) in requests.iter().enumerate() {
            let filling = lists.filling(request.gap, connections, self.once_len)?;
            let (before, after) = request.wire(gap_len(&filling)?);
            write!(
                text,
                "    {{ before = {}, after = {}, status = {}, contains = {}, weight = {}, counts = {}",
                quoted(&before),
                quoted(&after),
                request.status,
                quoted(request.contains),
                request.weight,
                request.gap == Gap::Number,
            )?;
            match filling {
                Filling::None => {}
                Filling::Number(first) => serial = first,
                Filling::Values(values) => {
                    let path = self.folder.join(format!("values-{index}.txt"));
                    fs::write(&path, values.join("\n"))?;
                    write!(text, ", values = {}", quoted(&path.display().to_string()))?;
                }
            }
            match request.gap {
                Gap::None | Gap::Number => {}
                Gap::Cycle(_) => text.push_str(", mode = \"cycle\""),
                Gap::Once(_) => text.push_str(", mode = \"once\""),
                Gap::Chain(_, pattern) => {
                    write!(text, ", mode = \"chain\", next = {}", quoted(pattern))?;
                }
            }
            text.push_str(" },\n");
        }
        write!(text, "  }},\n  serial = {serial},\n}}\n")?;
        Ok(text)
    }
}

/// A text as Lua reads it.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\r' => quoted.push_str("\\r"),
            '\n' => quoted.push_str("\\n"),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// What the script has printed at the end, if all answers were good.
fn read_result(output: &str) -> Result<Measured> {
    let line = output.lines().find_map(|line| line.strip_prefix(RESULT));
    let line = line.with_context(|| format!("wrk printed no result: {output}"))?;
    let result: Value = serde_json::from_str(line)?;
    let number = |name: &str| {
        let number = result[name].as_f64();
        number.with_context(|| format!("the result of wrk has no {name}"))
    };
    for (name, what) in [
        ("bad_status", "answers had another status"),
        ("bad_body", "answers had another body"),
        ("exhausted", "values were missing: the list is too short"),
        ("broken", "connections broke or timed out"),
    ] {
        let count = number(name)?;
        if count > 0.0 {
            bail!("{count} {what}; the first: {}", result["first_bad"]);
        }
    }
    let measured = Measured {
        requests: number("requests")?,
        seconds: number("secs")?,
        p50_us: number("p50_us")?,
        p99_us: number("p99_us")?,
    };
    ensure!(measured.requests > 0.0, "there was no answer at all");
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::{quoted, read_result};

    const GOOD: &str = "Running 1s test\nRESULT {\"requests\":200,\"secs\":0.5,\"p50_us\":12,\
        \"p99_us\":90,\"bad_status\":0,\"bad_body\":0,\"exhausted\":0,\"broken\":0,\"first_bad\":\"\"}\n";

    #[test]
    fn a_result_is_read_from_between_the_lines_of_wrk() {
        let measured = read_result(GOOD).unwrap();
        assert!((measured.per_second() - 400.0).abs() < f64::EPSILON);
        assert!((measured.p99_us - 90.0).abs() < f64::EPSILON);
        assert!(read_result("Running 1s test\n").is_err());
    }

    #[test]
    fn one_wrong_answer_is_an_error_that_shows_it() {
        let wrong = GOOD
            .replace("\"bad_body\":0", "\"bad_body\":1")
            .replace("\"first_bad\":\"\"", "\"first_bad\":\"body: {}\"");
        let error = read_result(&wrong).unwrap_err().to_string();
        assert!(error.contains("body: {}"), "{error}");
        assert!(read_result(&GOOD.replace("\"requests\":200", "\"requests\":0")).is_err());
    }

    #[test]
    fn a_request_is_quoted_as_lua_reads_it() {
        assert_eq!(quoted("a\r\n\"b\\"), "\"a\\r\\n\\\"b\\\\\"");
    }
}
