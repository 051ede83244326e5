//! Why a command did not come to its end: the words for it, the remedy, and the exit code.
//! Leaves what the server says about a refusal in the server's own words.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use keywright_sdk::control::types::{FieldError, Problem};
use keywright_sdk::reqwest::header::RETRY_AFTER;
use keywright_sdk::reqwest::{self, StatusCode};
use keywright_sdk::{Error, ResponseValue};

use super::output::plain;

/// What the shell is told; the help of every noun lists these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Unexpected = 1,
    Usage = 2,
    NotFound = 3,
    Refused = 4,
    Invalid = 5,
    Unreachable = 6,
    NotWhole = 10,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// The reader of what is printed has closed the pipe; that is no mistake.
    PipeClosed,
    /// Something to say on standard error.
    Said(Box<Words>),
}

/// What is said about a failure.
#[derive(Debug)]
pub struct Words {
    exit: Exit,
    what: String,
    /// More lines about it, such as the members that break a rule.
    details: Vec<String>,
    help: String,
    request_id: Option<String>,
}

impl Failure {
    /// The command line, or what it names, is wrong.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what, help)
    }

    /// The same, of a text whose further lines are details.
    pub fn usage_in_lines(text: &str, help: impl Into<String>) -> Self {
        let mut lines = text.lines().map(str::trim);
        let what = lines.next().unwrap_or_default();
        Self::Said(Box::new(Words {
            exit: Exit::Usage,
            what: what.to_owned(),
            details: lines.map(str::to_owned).collect(),
            help: help.into(),
            request_id: None,
        }))
    }

    /// Nothing of what can be expected.
    pub fn unexpected(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Unexpected, what, help)
    }

    /// Whether the same command can succeed a moment later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Said(words) if words.exit == Exit::Unreachable)
    }

    /// Says it on standard error, and answers the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::PipeClosed => ExitCode::SUCCESS,
            Self::Said(words) => {
                // With standard error gone, too, the exit code is all that can still be said.
                write!(std::io::stderr(), "{words}").ok();
                ExitCode::from(words.exit as u8)
            }
        }
    }

    /// Something else, with its exit code.
    pub fn new(exit: Exit, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Said(Box::new(Words {
            exit,
            what: what.into(),
            details: Vec::new(),
            help: help.into(),
            request_id: None,
        }))
    }

    fn of_problem(answer: &ResponseValue<Problem>) -> Self {
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER);
        let told = |error: &FieldError| match error.pointer.as_str() {
            "" => error.detail.clone(),
            pointer => format!("{pointer}: {}", error.detail),
        };
        // A single broken rule is often told as a whole already.
        let (detail, details) = match answer.errors.as_slice() {
            [error] if error.detail == answer.detail => (told(error), Vec::new()),
            errors => (answer.detail.clone(), errors.iter().map(told).collect()),
        };
        Self::Said(Box::new(Words {
            exit: exit_of(status),
            what: format!("{}: {detail}", answer.title),
            details,
            help: match retry_after.and_then(|seconds| seconds.to_str().ok()) {
                Some(seconds) => format!("try again in {seconds} s"),
                None => help_for(status).to_owned(),
            },
            request_id: Some(answer.request_id.to_string()),
        }))
    }

    fn of_connection(error: &reqwest::Error) -> Self {
        let mut what = "the server cannot be reached".to_owned();
        if let Some(url) = error.url() {
            what = format!("no answer from {}", url.origin().ascii_serialization());
        }
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        let mut innermost = String::new();
        while let Some(error) = cause {
            innermost = error.to_string();
            cause = error.source();
        }
        let help = help_for_connection(&innermost);
        Self::new(Exit::Unreachable, format!("{what}: {innermost}"), help)
    }
}

/// What nobody expected of a command that works on a database itself.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let help = "run this as a user that may read the database and its folder";
        Self::unexpected(format!("{error:#}"), help)
    }
}

impl From<Error<Problem>> for Failure {
    fn from(error: Error<Problem>) -> Self {
        match error {
            Error::ErrorResponse(answer) => Self::of_problem(&answer),
            Error::CommunicationError(error)
            | Error::ResponseBodyError(error)
            | Error::InvalidUpgrade(error) => Self::of_connection(&error),
            Error::InvalidRequest(what) | Error::Custom(what) => {
                Self::new(Exit::Invalid, what, help_for(StatusCode::BAD_REQUEST))
            }
            Error::UnexpectedResponse(answer) => Self::new(
                exit_of(answer.status()),
                format!("the server answered {}", answer.status()),
                "is --url the address of a keywright itself, and of the same version as this one?",
            ),
            // The answer itself may hold a secret, and is not shown.
            Error::InvalidResponsePayload(_, error) => Self::unexpected(
                format!("the server answered what no keywright answers: {error}"),
                "is --url the address of a keywright itself, and of the same version as this one?",
            ),
        }
    }
}

/// What can be done about a connection that came to nothing, by the words of the library that noticed.
fn help_for_connection(cause: &str) -> &'static str {
    if cause.contains("invalid peer certificate") {
        "this machine does not trust the server's certificate: name its issuer's, in PEM, with --ca-file or \
         KEYWRIGHT_CA_FILE, and the server by a name that the certificate holds"
    } else if cause.contains("invalid HTTP version") {
        "the server may speak TLS: say https:// in --url or KEYWRIGHT_URL"
    } else {
        "start the server with `keywright serve`, or say where it is with --url or KEYWRIGHT_URL; \
         on its machine, `keywright doctor` looks for what is wrong"
    }
}

fn exit_of(status: StatusCode) -> Exit {
    match status.as_u16() {
        401 | 403 => Exit::Refused,
        404 => Exit::NotFound,
        400 | 409 | 413 | 415 | 422 => Exit::Invalid,
        429 | 502..=504 => Exit::Unreachable,
        _ => Exit::Unexpected,
    }
}

fn help_for(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "check KEYWRIGHT_KEY or --key-file: the key may be mistyped, expired or revoked",
        403 => "use the root key, or a control key with the scope that is missing",
        404 => "`keywright keys list`, `users list` and `organizations list` show what there is",
        409 => "`show` and `list` tell what is there that stands in the way",
        400 | 413 | 415 | 422 => "`--help` behind the command lists its options and their form",
        429 | 502..=504 => "try again in a moment",
        _ => "the server's log says more under this request id",
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", plain(&self.what))?;
        for detail in &self.details {
            writeln!(f, "  {}", plain(detail))?;
        }
        writeln!(f, "help: {}", self.help)?;
        match &self.request_id {
            Some(id) => writeln!(f, "request id: {id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use keywright_sdk::reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    fn problem(status: u16, headers: HeaderMap) -> Failure {
        let problem = serde_json::from_value(json!({
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": status,
            "detail": "the request breaks a rule",
            "request_id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
            "errors": [{"pointer": "/name", "detail": "must not be \u{1b}[31mred"}],
        }));
        let status = StatusCode::from_u16(status).unwrap();
        Error::ErrorResponse(ResponseValue::new(problem.unwrap(), status, headers)).into()
    }

    fn words(failure: Failure) -> Words {
        match failure {
            Failure::Said(words) => *words,
            Failure::PipeClosed => panic!("nothing is said"),
        }
    }

    #[test]
    fn a_problem_is_told_with_its_details_a_remedy_and_the_request() {
        assert_eq!(
            words(problem(422, HeaderMap::new())).to_string(),
            "error: Unprocessable Content: the request breaks a rule\n  \
             /name: must not be \\u{1b}[31mred\n\
             help: `--help` behind the command lists its options and their form\n\
             request id: 0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10\n"
        );
    }

    #[test]
    fn a_single_rule_is_told_once() {
        let problem = serde_json::from_value(json!({
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "must be longer",
            "request_id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
            "errors": [{"pointer": "/name", "detail": "must be longer"}],
        }));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let answer = ResponseValue::new(problem.unwrap(), status, HeaderMap::new());
        let told = words(Error::ErrorResponse(answer).into()).to_string();
        assert!(
            told.starts_with("error: Unprocessable Content: /name: must be longer\nhelp: "),
            "{told}"
        );
    }

    #[test]
    fn each_status_has_its_exit_code() {
        for (status, exit) in [
            (400, 5),
            (401, 4),
            (403, 4),
            (404, 3),
            (409, 5),
            (413, 5),
            (415, 5),
            (422, 5),
            (429, 6),
            (500, 1),
            (503, 6),
        ] {
            assert_eq!(
                words(problem(status, HeaderMap::new())).exit as u8,
                exit,
                "{status}"
            );
        }
    }

    #[test]
    fn a_server_that_says_when_is_asked_again_then() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
        let failure = problem(503, headers);
        assert!(failure.may_pass());
        assert_eq!(words(failure).help, "try again in 7 s");
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_repeated() {
        let answer = br#"{"secret":"hunter2"}"#.as_slice().into();
        let error = serde_json::from_str::<u8>("x").unwrap_err();
        let failure = Failure::from(Error::InvalidResponsePayload(answer, error));
        let words = words(failure);
        assert_eq!(words.exit, Exit::Unexpected);
        assert!(!words.to_string().contains("hunter2"), "{words}");
    }
}
