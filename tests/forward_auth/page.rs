//! What of the page about proxies no proxy runs here.
//! Leaves the configurations that do run to `nginx` and `caddy`.

use serde_json::Value;

use crate::support::proxy::page_blocks;

#[test]
fn a_configuration_that_is_not_run_can_be_read_and_hands_every_header_on() {
    let blocks = page_blocks("yaml");
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        serde_norway::from_str::<Value>(&block).unwrap();
        let block = block.to_ascii_lowercase();
        for header in [
            "x-key-id",
            "x-key-owner",
            "x-key-scopes",
            "x-key-expires-at",
        ] {
            assert!(block.contains(header), "no {header} in {block}");
        }
    }
}
