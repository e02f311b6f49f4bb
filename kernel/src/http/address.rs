//! Where a request comes from: the peer, or what a trusted proxy says.

use crate::App;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// The address that limits count, in a request's extensions: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClientAddress(pub(super) IpAddr);

/// The right-most address of `X-Forwarded-For` that is not a trusted proxy, if the peer is one; else the peer.
pub(super) fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut address = peer.ip().to_canonical();
    if is_trusted(&address) {
        let values: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
        for hop in values.iter().rev().flat_map(|v| v.rsplit(',')) {
            let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
            address = ip.to_canonical();
            if !is_trusted(&address) {
                break;
            }
        }
    }
    ClientAddress(match address {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Net::new_assert(v6, 64).network()),
        v4 @ IpAddr::V4(_) => v4,
    })
}

/// Where a request comes from, coarsely enough to be kept: a network of 24 bits, or 48 of IPv6.
#[derive(Debug, Clone)]
pub struct Network(pub String);

impl FromRequestParts<App> for Network {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |a| a.0);
        Ok(Self(match address {
            IpAddr::V4(v4) => Ipv4Net::new_assert(v4, 24).trunc().to_string(),
            IpAddr::V6(v6) => Ipv6Net::new_assert(v6, 48).trunc().to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client(SocketAddr::new(peer.parse().unwrap(), 1), &headers, &trusted).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.2.2"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::");
    }
}
