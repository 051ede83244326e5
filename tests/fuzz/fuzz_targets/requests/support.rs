//! What the integration tests judge answers by, as it stands there.

#[path = "../../../support/answer.rs"]
pub(crate) mod answer;
#[path = "../../../support/documents.rs"]
pub(crate) mod documents;

/// The root of the repository.
pub(crate) fn workspace() -> std::path::PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2);
    root.expect("it is a folder of the repository").to_owned()
}

/// What is fuzzed is judged at once, and nobody looks at it later.
pub(crate) mod recorder {
    use super::answer::Answer;
    use super::documents::Described;

    pub(crate) fn record(_: &Described, _: &Answer) {}
}
