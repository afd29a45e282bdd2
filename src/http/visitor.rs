//! The visitor behind a request: the address that shares the rate of a public key with others.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::HeaderMap;

use crate::access::network::ProxyNetwork;

/// The header in which each proxy appends the address that it got the request from.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// The part of an IPv6 address that is one network, in bits; the rest is for its holder to choose.
const IPV6_NETWORK_BITS: u32 = 64;

/// The visitor of a request from `peer`: the last address in its header that is no trusted proxy, if the peer is one;
/// else the peer. Absent for a peer in a private network while no proxy is named: it may be a proxy, and all its
/// visitors would share what one gets.
pub(super) fn visitor(peer: IpAddr, headers: &HeaderMap, proxies: &[ProxyNetwork]) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if proxies.is_empty() && is_private(peer) {
        return None;
    }
    let is_trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut visitor = peer;
    let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).map(|line| line.to_str().unwrap_or_default()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    while is_trusted(visitor)
        && let Some(before) = hops.next().and_then(address_in)
    {
        visitor = before;
    }
    Some(network_of(visitor))
}

/// The address of one hop, which may have a port.
fn address_in(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    hop.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

/// An IPv6 address without the bits that its holder chooses.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - IPV6_NETWORK_BITS))).into(),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn behind(peer: &str, lines: &[&'static str], proxies: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for &line in lines {
            headers.append(HeaderName::from_static(FORWARDED_FOR), HeaderValue::from_static(line));
        }
        let proxies: Vec<ProxyNetwork> = proxies.iter().filter_map(|proxy| proxy.parse().ok()).collect();
        visitor(peer.parse().ok()?, &headers, &proxies).map(|visitor| visitor.to_string())
    }

    #[test]
    fn only_trusted_proxies_say_who_the_visitor_is() {
        let told = |peer, lines: &[&'static str], proxies: &[&str], visitor: &str| {
            assert_eq!(behind(peer, lines, proxies).as_deref(), Some(visitor), "{peer} {lines:?} {proxies:?}");
        };
        told("198.51.100.7", &["203.0.113.1"], &[], "198.51.100.7");
        told("198.51.100.7", &["203.0.113.1"], &["10.0.0.0/8"], "198.51.100.7");
        told("10.1.2.3", &["203.0.113.1"], &["10.0.0.0/8"], "203.0.113.1");
        told("10.1.2.3", &["192.0.2.66, 203.0.113.1, 10.9.9.9"], &["10.0.0.0/8"], "203.0.113.1");
        told("10.1.2.3", &["192.0.2.66", "203.0.113.1:4711"], &["10.0.0.0/8"], "203.0.113.1");
        told("10.1.2.3", &["192.0.2.66, nonsense"], &["10.0.0.0/8"], "10.1.2.3");
        told("::ffff:10.1.2.3", &["2001:db8:1:2:3:4:5:6"], &["10.0.0.0/8"], "2001:db8:1:2::");
        told("10.1.2.3", &[], &["10.1.2.3", "::1"], "10.1.2.3");
        told("10.1.2.3", &["192.0.2.66"], &["0.0.0.0/0"], "192.0.2.66");
        told("127.0.0.1", &["192.0.2.66"], &["10.0.0.1"], "127.0.0.1");
        assert_eq!(behind("127.0.0.1", &["192.0.2.66"], &[]), None, "it may be a proxy that nobody named");
    }
}
