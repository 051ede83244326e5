//! Lists in parts: each is read only when it is asked for, and none waits for a slow reader of the list: backpressure.
//! Leaves what a part costs to the store.

use futures_util::stream::{self, Stream};

use keywright_model::error::Error;
use keywright_store::Part;

/// The most that is asked of the store at once.
const PART_LEN_MAX: u32 = 256;

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// How the list ends, if this is its last part.
    pub end: Option<End>,
}

/// How a list ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How many items it had.
    pub count: u32,
    /// Where it ended.
    cursor: Option<String>,
    /// Whether there are more behind.
    has_more: bool,
}

impl End {
    /// The end of a list that was whole.
    #[must_use]
    pub fn of_all(count: u32) -> Self {
        Self {
            count,
            cursor: None,
            has_more: false,
        }
    }

    /// Where the next page begins, if there is one.
    #[must_use]
    pub fn next_cursor(self) -> Option<String> {
        self.cursor.filter(|_| self.has_more)
    }

    /// Where what comes later will stand, unless nothing was listed.
    #[must_use]
    pub fn cursor_behind(self) -> Option<String> {
        self.cursor.filter(|_| self.count > 0)
    }
}

/// Where a list that is being read has come to.
#[derive(Clone, Debug)]
struct Progress<F> {
    /// What is read next, but for how much of it.
    filter: F,
    /// How many items were read.
    count: u32,
    /// How many may still be.
    left: u32,
    is_over: bool,
}

/// The first `limit` items that a filter lets through, in parts.
///
/// `read` reads as many as it is told behind what the filter says; `pass` moves the filter behind an item; `cursor`
/// names the place where the filter stands then.
pub(super) fn list<F, T, R>(
    filter: F,
    limit: u32,
    read: impl Fn(F, u32) -> R + Clone + Send + 'static,
    pass: impl Fn(&mut F, &T) + Clone + Send + 'static,
    cursor: impl Fn(&F) -> Option<String> + Clone + Send + 'static,
) -> impl Stream<Item = Result<Listed<T>, Error>> + Send + 'static
where
    F: Clone + Send + 'static,
    T: Send + 'static,
    R: Future<Output = Result<Part<T>, Error>> + Send + 'static,
{
    let start = Progress {
        filter,
        count: 0,
        left: limit,
        is_over: false,
    };
    stream::try_unfold(start, move |mut progress| {
        let (read, pass, cursor) = (read.clone(), pass.clone(), cursor.clone());
        async move {
            if progress.is_over {
                return Ok(None);
            }
            // One more tells whether there is more.
            let len_max = progress.left.saturating_add(1).min(PART_LEN_MAX);
            let mut part = read(progress.filter.clone(), len_max).await?;
            let has_more = part.items.len() > progress.left as usize;
            part.items.truncate(progress.left as usize);
            progress.is_over = has_more || !part.is_cut;
            let len = u32::try_from(part.items.len()).unwrap_or(u32::MAX);
            progress.count += len;
            progress.left -= len;
            if let Some(last) = part.items.last() {
                pass(&mut progress.filter, last);
            }
            let end = progress.is_over.then(|| End {
                count: progress.count,
                cursor: cursor(&progress.filter),
                has_more,
            });
            let listed = Listed {
                items: part.items,
                end,
            };
            Ok(Some((listed, progress)))
        }
    })
}
