//! The nearest known names to one that does not exist: what may have been meant.
//! Leaves which names there are to the caller.

/// How like a known name a wrong one must be to be taken for a misspelling, 0 to 1.
const LIKENESS_MIN: f64 = 0.5;
/// A longer name is no misspelling, and comparing it would cost more than reading it.
const NAME_LEN_MAX: usize = 256;

/// The candidate nearest to `wrong`, if one is near: by the whole name, or by its last part alone
/// (the section was left out, or another was taken).
#[must_use]
pub fn nearest(wrong: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    if wrong.len() > NAME_LEN_MAX {
        return None;
    }
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |candidate: &str| {
        let whole = strsim::normalized_damerau_levenshtein(wrong, candidate);
        let tail = strsim::normalized_damerau_levenshtein(&last(wrong), &last(candidate));
        whole.max(0.9 * tail)
    };
    let mut best = (LIKENESS_MIN, None);
    for candidate in candidates {
        let likeness = likeness(&candidate);
        if likeness > best.0 {
            best = (likeness, Some(candidate));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn meant(wrong: &str) -> Option<String> {
        let known = ["scopes", "any_scope", "expires_at", "ip_allow"];
        nearest(wrong, known.iter().map(ToString::to_string))
    }

    #[test]
    fn a_misspelt_name_is_known_again_and_another_is_not() {
        for (wrong, right) in [
            ("scope", "scopes"),
            ("Scopes", "scopes"),
            ("any_scopes", "any_scope"),
            ("expiresAt", "expires_at"),
            ("ip_allowlist", "ip_allow"),
        ] {
            assert_eq!(meant(wrong).as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(meant("credits"), None);
        assert_eq!(meant(&"scopes".repeat(10_000)), None);
    }
}
