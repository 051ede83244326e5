//! Validates the head of a request whatever it asks for: count of lines, host, coding of the body.
//! Why: hyper accepts what proxies understand in different ways (request smuggling).
//! Not here: bytes that are no HTTP at all, which hyper refuses.

use axum::http::{HeaderMap, Request, StatusCode, Version, header};

use keywright_model::error::Error;

/// The most lines of a head. In HTTP/1.1 hyper reads no more by itself: room for more would be made anew for each
/// request.
const LINES_MAX: usize = 100;

/// What is wrong with a head.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has more lines than are read: answered by this status alone, as hyper does in HTTP/1.1.
    Lines(StatusCode),
    /// A line breaks a rule of HTTP.
    Line(Error),
}

/// Looks at a head.
///
/// # Errors
/// The first fault that is found.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Fault> {
    let authority = request.uri().authority();
    let is_http2 = request.version() == Version::HTTP_2;
    // `:authority` stands for the line of `Host`.
    let lines = request.headers().len() + usize::from(is_http2 && authority.is_some());
    if lines > LINES_MAX {
        return Err(Fault::Lines(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    let authority = authority.map(|authority| authority.as_str().as_bytes());
    check_host(request.headers(), authority, request.version())?;
    if is_http2 {
        return Ok(());
    }
    check_coding(request.headers())
}

/// Exactly one `Host`, which is that of an absolute target (RFC 9112, section 3.2; RFC 9113, section 8.3.1): or else
/// a proxy in front and the server behind it may each believe another.
fn check_host(
    headers: &HeaderMap,
    authority: Option<&[u8]>,
    version: Version,
) -> Result<(), Fault> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().map(header::HeaderValue::as_bytes);
    let detail = match (host, authority) {
        _ if hosts.next().is_some() => "Host must be sent once, got it more often",
        (Some(host), _) if !host.iter().copied().all(is_of_host) => {
            "Host must be a host and, if need be, a port, as in keys.example.com:8080"
        }
        (Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            "Host must be the host of the target"
        }
        (None, Some(_)) if version == Version::HTTP_2 => return Ok(()),
        (None, _) if version >= Version::HTTP_11 => {
            "Host must be sent: name the host that is asked"
        }
        (Some(_) | None, _) => return Ok(()),
    };
    Err(Fault::Line(Error::malformed("Host", detail)))
}

/// A host and a port (RFC 3986, sections 3.2.2 and 3.2.3): nothing that begins a path, a query or a user's name.
fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// A body is sent in chunks or as it is (RFC 9112, section 6.1): another coding beneath would be taken for its text.
fn check_coding(headers: &HeaderMap) -> Result<(), Fault> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let coding = codings.next();
    let is_chunked = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    if is_chunked && codings.next().is_none() {
        return Ok(());
    }
    let detail = "Transfer-Encoding must be chunked alone: send the body as it is";
    Err(Fault::Line(Error::malformed("Transfer-Encoding", detail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a request with this target and these lines comes to.
    fn fault(version: Version, target: &str, lines: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        match check(&request.body(()).unwrap()) {
            Ok(()) => None,
            Err(Fault::Lines(status)) => Some(status.to_string()),
            Err(Fault::Line(error)) => Some(error.to_string()),
        }
    }

    #[test]
    fn a_request_has_exactly_one_host() {
        let host = |host| ("host", host);
        for (version, target, lines) in [
            (Version::HTTP_10, "/", &[][..]),
            (Version::HTTP_10, "/", &[host("a")]),
            (Version::HTTP_11, "/", &[host("a")]),
            (Version::HTTP_11, "/", &[host("")]),
            (Version::HTTP_11, "/", &[host("[::1]:8080")]),
            (Version::HTTP_11, "http://a:1/", &[host("A:1")]),
            (Version::HTTP_2, "http://a/", &[]),
            (Version::HTTP_2, "http://a/", &[host("a")]),
            (Version::HTTP_2, "/", &[host("a")]),
        ] {
            assert_eq!(
                fault(version, target, lines),
                None,
                "{version:?} {target} {lines:?}"
            );
        }
        for (version, target, lines) in [
            (Version::HTTP_10, "/", &[host("a"), host("a")][..]),
            (Version::HTTP_11, "/", &[]),
            (Version::HTTP_11, "/", &[host("a"), host("b")]),
            (Version::HTTP_11, "/", &[host("a"), host("a")]),
            (Version::HTTP_11, "/", &[host("a/b")]),
            (Version::HTTP_11, "/", &[host("u@a")]),
            (Version::HTTP_11, "/", &[host("a b")]),
            (Version::HTTP_11, "http://a/", &[]),
            (Version::HTTP_11, "http://a/", &[host("b")]),
            (Version::HTTP_11, "http://a/", &[host("a:80")]),
            (Version::HTTP_2, "/", &[]),
            (Version::HTTP_2, "http://a/", &[host("b")]),
            (Version::HTTP_2, "http://a/", &[host("a"), host("a")]),
        ] {
            let fault = fault(version, target, lines).unwrap_or_default();
            assert!(
                fault.contains("Host must"),
                "{version:?} {target} {lines:?}: {fault}"
            );
        }
    }

    #[test]
    fn a_body_is_coded_in_chunks_or_not_at_all() {
        let host = ("host", "a");
        let coded = |coding| ("transfer-encoding", coding);
        for lines in [
            &[host][..],
            &[host, coded("chunked")],
            &[host, coded("Chunked")],
        ] {
            assert_eq!(fault(Version::HTTP_11, "/", lines), None, "{lines:?}");
        }
        for lines in [
            &[host, coded("gzip, chunked")][..],
            &[host, coded("gzip"), coded("chunked")],
            &[host, coded("chunked"), coded("chunked")],
            &[host, coded("identity")],
        ] {
            let fault = fault(Version::HTTP_11, "/", lines).unwrap_or_default();
            assert!(
                fault.contains("Transfer-Encoding must"),
                "{lines:?}: {fault}"
            );
        }
    }

    #[test]
    fn both_versions_read_as_many_lines() {
        let lines = |count| vec![("x", "y"); count];
        let hosted = |count| [vec![("host", "a")], lines(count)].concat();
        assert_eq!(fault(Version::HTTP_11, "/", &hosted(99)), None);
        assert_eq!(fault(Version::HTTP_2, "http://a/", &lines(99)), None);
        for (version, target, lines) in [
            (Version::HTTP_11, "/", hosted(100)),
            (Version::HTTP_2, "http://a/", lines(100)),
            (Version::HTTP_2, "/", hosted(100)),
        ] {
            let fault = fault(version, target, &lines).unwrap_or_default();
            assert!(fault.starts_with("431"), "{version:?}: {fault}");
        }
    }
}
