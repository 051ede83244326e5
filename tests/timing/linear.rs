//! Each parser, given eight times as much, takes no more than ten times the instructions.
//! Leaves what is read, and what is refused, to the tests of each.

use super::count;

/// The instructions that a parser takes for an input of this length, and whether it could read it.
fn counted(parser: &str, len: usize) -> (u64, String) {
    count("read_inputs", "counted_read", &[parser, &len.to_string()])
}

#[test]
fn each_parser_takes_no_more_than_its_input_has_bytes() {
    // As long as may be sent: a head, or a body.
    for (parsers, len) in [
        (
            &[
                "bearer",
                "api_key",
                "basic",
                "retry_key",
                "accept",
                "query",
                "forwarded",
            ][..],
            2 * 1024,
        ),
        (
            &[
                "object", "array", "nested", "digits", "escapes", "names", "broken", "form",
                "scopes", "repeated", "secret", "digest", "network",
            ],
            7 * 1024,
        ),
    ] {
        for parser in parsers {
            let (short, _) = counted(parser, len);
            let (long, _) = counted(parser, 8 * len);
            assert!(
                short > 0 && long <= 10 * short,
                "{parser}: {short}, then {long}"
            );
        }
    }
}

#[test]
fn eight_times_the_work_is_seen_as_such() {
    // The count counts: what has to be read to its end takes about eight times as long.
    let (short, said) = counted("names", 7 * 1024);
    assert_eq!(said, "true\n");
    let (long, said) = counted("names", 8 * 7 * 1024);
    assert_eq!(said, "true\n");
    assert!(long > 6 * short, "{short}, then {long}");
}
