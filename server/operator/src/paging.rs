//! Lists that come a page at a time, as one.
//! Leaves what is on a page to the nouns.

use std::num::NonZeroU32;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;

/// The most that the server answers at once.
const PAGE_LEN_MAX: u32 = 100;

/// How much of a list to show.
#[derive(Debug, Args)]
pub struct Paging {
    /// Show at most so many.
    #[arg(long, value_name = "COUNT", default_value = "20")]
    limit: NonZeroU32,
    /// Show all there are.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Begin where an earlier list ended: its `next_cursor`.
    #[arg(long)]
    cursor: Option<String>,
    /// Show every column, however narrow the terminal is.
    #[arg(long)]
    wide: bool,
}

/// Items of a list, and where the next ones are.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    /// Whether the list went on when enough of it was there.
    #[serde(skip)]
    pub(super) goes_on: bool,
    /// Whether every column is to be shown.
    #[serde(skip)]
    pub(super) is_wide: bool,
}

impl<T> Page<T> {
    /// One page as the server answered it.
    pub(super) fn new(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self {
            goes_on: next_cursor.is_some(),
            items,
            next_cursor,
            is_wide: false,
        }
    }

    /// Where there are more items, if there may be more.
    pub(super) fn more(&self) -> Option<&str> {
        self.next_cursor.as_deref().filter(|_| self.goes_on)
    }
}

impl Paging {
    /// Fetches pages, each of a bounded length and from a cursor on, until there are enough.
    pub(super) async fn collect<T>(
        self,
        mut fetch: impl AsyncFnMut(NonZeroU32, Option<String>) -> Result<Page<T>, Failure>,
    ) -> Result<Page<T>, Failure> {
        let wanted = if self.all { u32::MAX } else { self.limit.get() };
        let mut whole = Page::new(Vec::new(), self.cursor);
        whole.is_wide = self.wide;
        loop {
            let have = u32::try_from(whole.items.len()).unwrap_or(u32::MAX);
            let missing = wanted.saturating_sub(have).min(PAGE_LEN_MAX);
            let Some(missing) = NonZeroU32::new(missing) else {
                return Ok(whole);
            };
            let page = fetch(missing, whole.next_cursor.clone()).await?;
            whole.goes_on = page.goes_on && !page.items.is_empty();
            if page.items.is_empty() {
                // The end of a list that can grow: its last cursor stays good for what will come.
                return Ok(whole);
            }
            whole.items.extend(page.items);
            whole.next_cursor = page.next_cursor;
            if !whole.goes_on {
                return Ok(whole);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server with `len` items that answers a cursor with every page, or only where there are more.
    async fn collect(paging: Paging, len: u32, grows: bool) -> (Page<u32>, Vec<u32>) {
        let mut asked = Vec::new();
        let fetch = async |limit: NonZeroU32, cursor: Option<String>| {
            asked.push(limit.get());
            let start = cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let end = len.min(start + limit.get());
            let has_cursor = if grows { start < end } else { end < len };
            Ok(Page::new(
                (start..end).collect(),
                has_cursor.then(|| end.to_string()),
            ))
        };
        let page = paging.collect(fetch).await.unwrap();
        (page, asked)
    }

    fn paging(limit: u32, all: bool) -> Paging {
        Paging {
            limit: NonZeroU32::new(limit).unwrap(),
            all,
            cursor: None,
            wide: false,
        }
    }

    #[tokio::test]
    async fn a_limit_above_a_page_is_fetched_in_pages() {
        let (page, asked) = collect(paging(150, false), 1000, false).await;
        assert_eq!((page.items.len(), asked), (150, vec![100, 50]));
        assert_eq!(page.more(), Some("150"));
    }

    #[tokio::test]
    async fn all_are_fetched_to_the_last() {
        let (page, asked) = collect(paging(20, true), 250, false).await;
        assert_eq!((page.items.len(), asked.len()), (250, 3));
        assert_eq!((page.more(), page.next_cursor.as_deref()), (None, None));
    }

    #[tokio::test]
    async fn a_list_that_grows_ends_and_keeps_its_cursor() {
        let (page, _) = collect(paging(20, true), 250, true).await;
        assert_eq!(page.items.len(), 250);
        assert_eq!(
            (page.more(), page.next_cursor.as_deref()),
            (None, Some("250"))
        );
    }

    #[tokio::test]
    async fn a_cursor_begins_where_it_points() {
        let mut from_five = paging(2, false);
        from_five.cursor = Some("5".to_owned());
        let (page, _) = collect(from_five, 10, false).await;
        assert_eq!(
            (page.items, page.next_cursor),
            (vec![5, 6], Some("7".to_owned()))
        );
    }
}
