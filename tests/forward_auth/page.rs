//! What is true of the page about proxies as a whole.
//! Leaves the configurations that run to the files of the proxies.

use crate::support::proxy::page_block;

#[test]
fn every_configuration_hands_on_every_header_of_an_identity() {
    for language in [
        "nginx",
        "nginx fastcgi",
        "nginx grpc",
        "caddy",
        "yaml traefik-dynamic",
        "yaml envoy",
        "lua",
    ] {
        let block = page_block(language).to_ascii_lowercase().replace('_', "-");
        for header in ["id", "owner", "scopes", "kind", "expires-at"] {
            let header = format!("x-key-{header}");
            assert!(block.contains(&header), "no {header} in {language}");
        }
    }
}
