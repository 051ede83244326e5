//! Where the server is seen: its two listeners, the pages of its documents, and the pages of others.
//! Leaves what is answered to the contracts' own files.

mod cors;
mod heads;
mod listeners;
mod pages;

use crate::support::child::ROOT_KEY;
use crate::support::{Server, Site, until};

/// The second listener of a server that has one.
async fn second(server: &Server) -> Site {
    let url = until("the second listener's line", async || {
        let stdout = server.stdout();
        let mut lines = stdout.lines();
        lines.find_map(|line| Some(line.strip_prefix("the second listener is on ")?.to_owned()))
    })
    .await;
    let (_, address) = url.split_once("://").unwrap();
    Site::new(
        address.parse().unwrap(),
        ROOT_KEY,
        server.folder().secrets(),
    )
}
