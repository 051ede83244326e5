//! Addresses of clients: networks, lists of those that are allowed, and the address behind proxies.
//! Leaves which list applies, and what a refusal says, to who asks.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// One address, or a network of them: `192.0.2.7`, `2001:db8::/32`.
///
/// IPv4 addresses that are mapped into IPv6 (`::ffff:192.0.2.7`) are IPv4 addresses here, on both sides of every
/// comparison: `::/0` holds none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpNet);

/// Why a text names no network, as a sentence without its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The text has another form.
    #[error("must be an IP address or a network, for example 192.0.2.7 or 2001:db8::/32")]
    Form,
    /// The address is one within the network; the network is the one that was probably meant.
    #[error("must have zeros behind its prefix: {0} was probably meant")]
    HostBits(Network),
}

impl Network {
    /// Whether another network lies in this one.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether an address lies in the network.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Form)?;
        let network = match prefix {
            Some(prefix) => read_prefix(prefix).and_then(|len| IpNet::new(address, len).ok()),
            None => Some(address.into()),
        };
        let network = unmapped(network.ok_or(NetworkError::Form)?);
        if network != network.trunc() {
            return Err(NetworkError::HostBits(Self(network.trunc())));
        }
        Ok(Self(network))
    }
}

impl fmt::Display for Network {
    /// Canonical; a lone address without its prefix length.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            self.0.addr().fmt(formatter)
        } else {
            self.0.fmt(formatter)
        }
    }
}

/// Reads the length of a prefix: one to three digits, as a number is written.
fn read_prefix(text: &str) -> Option<u8> {
    let is_number = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_number)
}

/// The IPv4 network behind an IPv6 network of mapped addresses.
fn unmapped(network: IpNet) -> IpNet {
    const MAPPED_LEN: u8 = 96;
    let IpNet::V6(mapped) = network else {
        return network;
    };
    let behind = mapped.addr().to_ipv4_mapped().and_then(|address| {
        let len = mapped.prefix_len().checked_sub(MAPPED_LEN)?;
        Ipv4Net::new(address, len).ok()
    });
    behind.map_or(network, IpNet::V4)
}

/// Whether a list lets an address in: an empty one all, any other only whose address is known and on it.
#[must_use]
pub fn allows(networks: &[Network], address: Option<IpAddr>) -> bool {
    networks.is_empty() || address.is_some_and(|address| holds(networks, address))
}

fn holds(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

/// The address of the client behind the proxies that are trusted; `None` if it cannot be known.
///
/// `forwarded` are the values of `X-Forwarded-For` in the order of their lines, `None` where one is no text. Each
/// proxy adds the address that it was called from at the right, so what is true of them ends, from the right, with
/// the first address that is no trusted proxy's: that is the client. What stands left of it, anybody may have written.
/// An entry on the way that is no address, an empty one included, leaves the client unknown.
#[must_use]
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = Option<&'a str>>,
    trusted: &[Network],
) -> Option<IpAddr> {
    let mut client = peer.to_canonical();
    for line in forwarded.rev() {
        // Whether the line can be read matters only to who gets as far as that.
        for entry in line.unwrap_or_default().rsplit(',') {
            if !holds(trusted, client) {
                return Some(client);
            }
            client = read_address(entry.trim_matches([' ', '\t']))?.to_canonical();
        }
    }
    Some(client)
}

/// Reads one address, which may be in brackets and may have a port: `[2001:db8::1]:443`, `192.0.2.1:443`.
#[must_use]
pub fn read_address(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return is_whole.then_some(address.into());
    }
    text.parse().ok().or_else(|| {
        let (address, port) = text.split_once(':')?;
        let address: Ipv4Addr = address.parse().ok()?;
        is_port(port).then_some(address.into())
    })
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    /// Its form; what lies behind the prefix is left to the reader.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$",
            "patternErrorMessage": NetworkError::Form.to_string()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Network, allows, client_address};

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| network(text)).collect()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        text.parse::<Network>().unwrap_err().to_string()
    }

    /// Who a request from `peer` with these lines comes from, where `10.0.0.0/8` and `fd00::/8` are trusted;
    /// `unknown` if that cannot be known.
    fn client(peer: &str, lines: &[&str]) -> String {
        let trusted = networks(&["10.0.0.0/8", "fd00::/8"]);
        let lines = lines.iter().map(|line| Some(*line));
        client_address(address(peer), lines, &trusted)
            .map_or("unknown".to_owned(), |address| address.to_string())
    }

    #[test]
    fn a_network_is_written_in_one_way() {
        for (text, canonical) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("2001:db8::1/128", "2001:db8::1"),
            ("2001:0db8::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("::ffff:c000:200/120", "192.0.2.0/24"),
            ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
        ] {
            assert_eq!(network(text).to_string(), canonical, "{text}");
            assert_eq!(network(canonical), network(text));
        }
    }

    #[test]
    fn an_address_within_a_network_names_the_network_that_was_meant() {
        for (text, meant) in [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("192.0.2.7/31", "192.0.2.6/31"),
            ("192.0.2.7/0", "0.0.0.0/0"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
            ("::ffff:0.0.0.0/95", "::fffe:0:0/95"),
        ] {
            let words = format!("must have zeros behind its prefix: {meant} was probably meant");
            assert_eq!(refusal(text), words, "{text}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            " 10.0.0.0/8",
            "10.0.0.0/8 ",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0",
            "10.0.0",
            "10.0.0.010",
            "2001:db8::/129",
            "[2001:db8::1]",
            "fe80::1%eth0",
            "fe80::%1/64",
            "192.0.2.1:443",
            "localhost",
        ] {
            assert_eq!(
                refusal(text),
                "must be an IP address or a network, for example 192.0.2.7 or 2001:db8::/32",
                "{text}"
            );
        }
    }

    #[test]
    fn a_network_holds_its_first_and_last_address_and_none_beside_them() {
        for (text, first, last, before, after) in [
            (
                "192.0.2.8/29",
                "192.0.2.8",
                "192.0.2.15",
                "192.0.2.7",
                "192.0.2.16",
            ),
            (
                "192.0.2.8",
                "192.0.2.8",
                "192.0.2.8",
                "192.0.2.7",
                "192.0.2.9",
            ),
            (
                "2001:db8::/64",
                "2001:db8::",
                "2001:db8::ffff:ffff:ffff:ffff",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8:0:1::",
            ),
        ] {
            let network = network(text);
            assert!(network.contains(address(first)) && network.contains(address(last)));
            assert!(!network.contains(address(before)) && !network.contains(address(after)));
        }
    }

    #[test]
    fn a_network_holds_those_within_it_and_no_wider_one() {
        for (wide, narrow, is_held) in [
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "10.0.0.0/7", false),
            ("10.0.0.0/8", "11.0.0.0/8", false),
            ("0.0.0.0/0", "::/0", false),
            ("::/0", "192.0.2.0/24", false),
            ("::/0", "2001:db8::/32", true),
        ] {
            assert_eq!(
                network(wide).holds(network(narrow)),
                is_held,
                "{wide} {narrow}"
            );
        }
    }

    #[test]
    fn a_mapped_address_is_an_ipv4_address() {
        assert!(network("192.0.2.0/24").contains(address("::ffff:192.0.2.7")));
        assert!(network("::ffff:192.0.2.0/120").contains(address("192.0.2.7")));
        for all in ["::/0", "::ffff:0:0:0/80"] {
            assert!(!network(all).contains(address("::ffff:192.0.2.7")), "{all}");
        }
        assert!(!network("0.0.0.0/0").contains(address("::1")));
    }

    #[test]
    fn an_empty_list_allows_all_and_any_other_only_what_is_on_it() {
        assert!(allows(&[], Some(address("192.0.2.7"))));
        assert!(allows(&[], None));
        let list = networks(&["192.0.2.0/24", "2001:db8::1"]);
        assert!(allows(&list, Some(address("192.0.2.7"))));
        assert!(allows(&list, Some(address("::ffff:192.0.2.7"))));
        assert!(allows(&list, Some(address("2001:db8::1"))));
        assert!(!allows(&list, Some(address("192.0.3.0"))));
        assert!(!allows(&list, Some(address("2001:db8::2"))));
        assert!(!allows(&list, None));
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_is_the_client_whatever_it_sends() {
        for lines in [&[][..], &["192.0.2.1"], &["10.0.0.1"], &["nonsense"], &[""]] {
            assert_eq!(client("203.0.113.9", lines), "203.0.113.9", "{lines:?}");
        }
        let unreadable = client_address(address("203.0.113.9"), [None].into_iter(), &[]);
        assert_eq!(unreadable, Some(address("203.0.113.9")));
    }

    #[test]
    fn a_trusted_proxy_tells_who_its_client_is() {
        assert_eq!(client("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("fd00::1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(
            client("10.0.0.1", &["192.0.2.1,10.0.0.3", "10.0.0.2"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn what_the_client_itself_claims_is_not_believed() {
        assert_eq!(client("10.0.0.1", &["10.0.0.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(
            client("10.0.0.1", &["203.0.113.9", "192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            client("10.0.0.1", &["nonsense, , 192.0.2.1, 10.0.0.2"]),
            "192.0.2.1"
        );
        let lines = [None, Some("192.0.2.1")].into_iter();
        let found = client_address(address("10.0.0.1"), lines, &networks(&["10.0.0.0/8"]));
        assert_eq!(found, Some(address("192.0.2.1")));
    }

    #[test]
    fn where_all_are_trusted_the_first_is_the_client() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn mapped_addresses_are_ipv4_all_along_the_way() {
        let way = client(
            "::ffff:10.0.0.1",
            &["::ffff:192.0.2.1, [::ffff:10.0.0.2]:80"],
        );
        assert_eq!(way, "192.0.2.1");
        assert_eq!(client("::ffff:203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
    }

    #[test]
    fn an_entry_may_have_blanks_brackets_and_a_port() {
        for (entry, expected) in [
            (" \t192.0.2.1 ", "192.0.2.1"),
            ("192.0.2.1:443", "192.0.2.1"),
            ("192.0.2.1:0", "192.0.2.1"),
            ("192.0.2.1:65535", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
        ] {
            assert_eq!(client("10.0.0.1", &[entry]), expected, "{entry}");
        }
    }

    #[test]
    fn an_entry_that_is_no_address_leaves_the_client_unknown() {
        for entry in [
            "",
            " ",
            "unknown",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "192.0.2.1:+80",
            "192.0.2.1:80:80",
            "192.0.2.1 10.0.0.2",
            "192.0.2.01",
            "192.0.2.1/32",
            "[192.0.2.1]",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[]",
            "fe80::1%eth0",
            "[fe80::1%1]:80",
            "192.0.2.1,",
            "192.0.2.1,,10.0.0.2",
            "192.0.2.1, for=10.0.0.2",
            "\"192.0.2.1\"",
        ] {
            assert_eq!(client("10.0.0.1", &[entry]), "unknown", "{entry}");
        }
        let trusted = networks(&["10.0.0.0/8"]);
        let lines = [Some("192.0.2.1"), None].into_iter();
        assert_eq!(client_address(address("10.0.0.1"), lines, &trusted), None);
    }
}
