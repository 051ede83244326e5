//! Headers that several contracts read or write.

use axum::http::{HeaderMap, HeaderName, header};

use keywright_model::error::Error;
use keywright_model::retry::RetryKey;
use keywright_model::secret::Secret;

/// Names a request and its answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What is left of the caller's window.
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What the window is.
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// When the caller's key ends, because another has taken its place.
pub(super) const KEY_EXPIRES_AT: HeaderName = HeaderName::from_static("x-key-expires-at");

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Names a retry.
pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// The most characters that name a retry.
pub(super) const IDEMPOTENCY_KEY_LEN_MAX: usize = 255;

/// The value of a header that may be sent once, in visible ASCII and spaces.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::malformed(
            name,
            format!("{name} must be sent once, got it more often"),
        ));
    }
    let text = value.to_str();
    text.map(Some)
        .map_err(|_| Error::malformed(name, format!("{name} must be visible ASCII")))
}

/// The bearer token of a request (RFC 6750, section 2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::CredentialUnreadable(
            "Authorization was sent more than once",
        ));
    }
    let text = value.to_str().unwrap_or_default();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::CredentialUnreadable(
            "Authorization must have the form `Bearer <key>`",
        ));
    }
    if token.is_empty() || token.contains(' ') {
        return Err(Error::CredentialUnreadable(
            "Authorization must carry one key behind `Bearer`",
        ));
    }
    Ok(Some(Secret::new(token.to_owned())))
}

/// The key in `X-Api-Key`.
pub(super) fn api_key(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
    let mut values = headers.get_all(API_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::CredentialUnreadable(
            "X-Api-Key was sent more than once",
        ));
    }
    match value.to_str() {
        Ok(key) if !key.is_empty() => Ok(Some(Secret::new(key.to_owned()))),
        _ => Err(Error::CredentialUnreadable(
            "X-Api-Key must carry one key, in visible ASCII",
        )),
    }
}

/// Whether `Authorization` speaks of a bearer token, well formed or not.
pub(super) fn has_bearer(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    values.any(|value| {
        let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    })
}

/// Whether `Cache-Control` wants no answer out of a memory (RFC 9111, section 5.2.1.4).
pub(super) fn has_no_cache(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    let mut directives = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
}

/// The `Idempotency-Key`: 1 to 255 visible ASCII characters.
pub(super) fn retry_key(headers: &HeaderMap) -> Result<Option<RetryKey>, Error> {
    let Some(text) = single(headers, IDEMPOTENCY_KEY)? else {
        return Ok(None);
    };
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > IDEMPOTENCY_KEY_LEN_MAX || !is_visible {
        let detail = format!(
            "{IDEMPOTENCY_KEY} must have 1 to {IDEMPOTENCY_KEY_LEN_MAX} visible ASCII characters"
        );
        return Err(Error::malformed(IDEMPOTENCY_KEY, detail));
    }
    Ok(Some(RetryKey(text.to_owned())))
}

/// Whether `Accept` lets JSON through (RFC 9110, section 12.5.1): the closest range decides.
pub(super) fn accepts_json(headers: &HeaderMap) -> bool {
    let ranges: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .collect();
    if ranges.is_empty() {
        return true;
    }
    let closest = ["application/json", "application/*", "*/*"]
        .into_iter()
        .find_map(|wanted| {
            ranges.iter().find_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let is_wanted = parts
                    .next()
                    .is_some_and(|name| name.eq_ignore_ascii_case(wanted));
                let weight =
                    parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
                is_wanted.then(|| {
                    weight
                        .and_then(|weight| weight.parse::<f32>().ok())
                        .unwrap_or(1.0)
                })
            })
        });
    closest.is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{accepts_json, bearer};

    fn headers(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_closest_range_decides_whether_json_is_accepted() {
        let accepts = |values: &[&str]| accepts_json(&headers(&header::ACCEPT, values));
        for values in [
            &[][..],
            &["*/*"],
            &["text/html, */*;q=0.1"],
            &["Application/JSON"],
        ] {
            assert!(accepts(values), "{values:?}");
        }
        for values in [
            &["text/html"][..],
            &["application/json;q=0, */*"],
            &["*/*;q=0.0"],
        ] {
            assert!(!accepts(values), "{values:?}");
        }
        assert!(accepts(&["text/html", "application/json"]));
    }

    #[test]
    fn a_bearer_token_is_read_from_one_well_formed_header_only() {
        let read = |values: &[&str]| bearer(&headers(&header::AUTHORIZATION, values));
        assert!(read(&[]).unwrap().is_none());
        assert_eq!(read(&["bEARER abc"]).unwrap().unwrap().expose(), "abc");
        for values in [
            &["Basic abc"][..],
            &["Bearer"],
            &["Bearer  "],
            &["Bearer a b"],
            &["Bearer a", "Bearer a"],
        ] {
            assert!(read(values).is_err(), "{values:?}");
        }
    }
}
