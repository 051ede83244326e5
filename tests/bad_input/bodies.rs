//! Bodies that are no object with a good name, for whichever contract takes one.
//! Leaves what each contract answers to them to its own file.

/// Bodies that no contract with a body can read, each with what it is and what a refusal names.
pub(super) fn unreadable() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let brackets = [vec![b'['; 30_000], vec![b']'; 30_000]].concat();
    let nested = [br#"{"name":"#.as_slice(), &brackets, b"}"].concat();
    let objects = [br#"{"a":"#.repeat(9_000), b"1".to_vec(), vec![b'}'; 9_000]].concat();
    vec![
        ("no body", Vec::new(), "JSON"),
        ("an empty array", b"[]".to_vec(), "JSON"),
        ("an array that holds a name", br#"["x"]"#.to_vec(), "JSON"),
        ("null", b"null".to_vec(), "JSON"),
        ("a bare string", br#""x""#.to_vec(), "JSON"),
        ("truncated JSON", br#"{"name":"x""#.to_vec(), "JSON"),
        (
            "two values",
            br#"{"name":"x"} {"name":"y"}"#.to_vec(),
            "JSON",
        ),
        ("invalid UTF-8", b"{\"name\":\"\xff\"}".to_vec(), "JSON"),
        ("a lone surrogate", br#"{"name":"\ud800"}"#.to_vec(), "JSON"),
        ("brackets, 30,000 deep", brackets, "JSON"),
        ("a name of brackets, 30,000 deep", nested, "name"),
        ("objects, 9,000 deep", objects, "name"),
        (
            "duplicate members",
            br#"{"name":"x","name":"y"}"#.to_vec(),
            "name",
        ),
    ]
}

/// A body of 1 MiB that would be good if it were shorter.
pub(super) fn one_mebibyte() -> Vec<u8> {
    padded(1 << 20)
}

/// A body of just this length, good but for its length.
pub(super) fn padded(len: usize) -> Vec<u8> {
    let body = br#"{"name":"padded","#.to_vec();
    let tail = br#""padding":""}"#;
    let padding = vec![b'a'; len - body.len() - tail.len()];
    let (before, after) = tail.split_at(tail.len() - 2);
    [body.as_slice(), before, &padding, after].concat()
}

/// The longest body that is read, and one byte more.
pub(super) const BODY_LEN_MAX: usize = 64 * 1024;
