//! Pages with configurations of proxies, and what is cut out of them.
//! Leaves what is done with a configuration to `kind`.

use crate::support::workspace;

/// The one block in this language on the page about proxies that ask.
///
/// # Panics
/// When there is none, or there are several.
pub(crate) fn page_block(language: &str) -> String {
    block_of("forward-auth.md", language)
}

/// The one block in this language on a page of the documentation.
///
/// # Panics
/// When there is none, or there are several.
pub(super) fn block_of(page: &str, language: &str) -> String {
    let path = workspace().join("server/docs").join(page);
    let page = std::fs::read_to_string(path).unwrap();
    let opening = format!("```{language}\n");
    let mut blocks = page.split(&opening).skip(1);
    let (block, other) = (blocks.next(), blocks.next());
    assert!(other.is_none(), "several blocks of {language}");
    let block = block.unwrap_or_else(|| panic!("no block of {language}"));
    block.split("```").next().unwrap().to_owned()
}

/// Puts what is true here in the place of what the page has.
pub(crate) fn put(page: &str, there: &str, here: &str) -> String {
    assert!(page.contains(there), "the page has no {there}");
    page.replace(there, here)
}
