//! Networks and forwarded addresses, against a plain model of each.

#![no_main]

use std::net::IpAddr;

use keywright_model::address::{Network, NetworkError, allows, client_address};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The first line is the connecting peer, the second the trusted networks, the rest is `X-Forwarded-For`.
    let mut lines = text.lines();
    let peer = lines.next().unwrap_or_default();
    let networks = lines.next().unwrap_or_default().split_whitespace();
    let trusted: Vec<Network> = networks.filter_map(read_network).collect();
    for word in text.split_whitespace() {
        read_network(word);
        if let Ok(address) = word.parse::<IpAddr>() {
            check_membership(&trusted, address);
        }
    }
    let Ok(peer) = peer.parse::<IpAddr>() else {
        return;
    };
    let forwarded: Vec<Option<&str>> = lines
        .map(|line| Some(line).filter(|line| *line != "?"))
        .collect();
    let found = client_address(peer, forwarded.iter().copied(), &trusted);
    assert_eq!(found, modelled(peer, &forwarded, &trusted), "{forwarded:?}");
});

/// Reads a network, which is written in one way only, or refused with the one that was meant.
fn read_network(word: &str) -> Option<Network> {
    match word.parse::<Network>() {
        Ok(network) => {
            assert_eq!(network.to_string().parse(), Ok(network));
            Some(network)
        }
        Err(NetworkError::HostBits(meant)) => {
            assert_eq!(meant.to_string().parse(), Ok(meant));
            None
        }
        Err(NetworkError::Form) => None,
    }
}

/// Compares membership with the bits of the texts, which know nothing of the library behind [`Network`].
fn check_membership(networks: &[Network], address: IpAddr) {
    let address = address.to_canonical();
    for network in networks {
        let text = network.to_string();
        let (base, len) = text.split_once('/').unwrap_or((&text, "128"));
        let expected = match (base.parse(), address) {
            (Ok(IpAddr::V4(base)), IpAddr::V4(address)) => {
                let len = len.parse::<u32>().map_or(32, |len| len.min(32));
                let differing = u32::from(base) ^ u32::from(address);
                differing.checked_shr(32 - len).unwrap_or(0) == 0
            }
            (Ok(IpAddr::V6(base)), IpAddr::V6(address)) => {
                let len = len.parse::<u32>().map_or(128, |len| len.min(128));
                let differing = u128::from(base) ^ u128::from(address);
                differing.checked_shr(128 - len).unwrap_or(0) == 0
            }
            _ => false,
        };
        assert_eq!(network.contains(address), expected, "{network} {address}");
    }
    let is_on = networks.iter().any(|network| network.contains(address));
    assert_eq!(
        allows(networks, Some(address)),
        is_on || networks.is_empty()
    );
}

/// The rule in one pass over one list: from the right, the first that is no trusted proxy's.
fn modelled(peer: IpAddr, lines: &[Option<&str>], trusted: &[Network]) -> Option<IpAddr> {
    let entries = lines.iter().flat_map(|line| match line {
        Some(line) => line.split(',').map(Some).collect(),
        None => vec![None],
    });
    let mut way: Vec<Option<&str>> = entries.collect();
    let mut client = peer.to_canonical();
    while trusted.iter().any(|network| network.contains(client)) {
        let Some(entry) = way.pop() else { break };
        client = entry.and_then(read_entry)?.to_canonical();
    }
    Some(client)
}

fn read_entry(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(address);
    }
    // What the standard library takes with a port is an address with a port. A bracket needs none.
    let with_port = match entry.strip_suffix(']') {
        Some(bare) => format!("{bare}]:0"),
        None => entry.to_owned(),
    };
    let address: std::net::SocketAddr = with_port.parse().ok()?;
    // It also takes a zone, which says something on one machine only.
    (!entry.contains('%')).then(|| address.ip())
}
