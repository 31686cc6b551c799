//! The address policy: which addresses a source may make us connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address belongs to the public internet. Loopback, private, link-local, shared,
/// multicast, documentation and reserved ranges do not, nor IPv6 forms that carry such an IPv4
/// address (mapped, NAT64, 6to4), nor tunnels whose end we cannot see (Teredo).
///
/// # Example
/// ```
/// use passerelle::fetch::address::is_public;
/// assert!(is_public("193.51.208.1".parse().unwrap()));
/// assert!(!is_public("169.254.169.254".parse().unwrap()));
/// assert!(!is_public("::ffff:10.0.0.1".parse().unwrap()));
/// ```
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The first private address of a host, when it has one.
///
/// # Errors
/// When the name is not known.
pub async fn private_address_of(host: &str, port: u16) -> std::io::Result<Option<IpAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = tokio::net::lookup_host((bare, port)).await?;
    Ok(addresses.find(|address| !is_public(address.ip())).map(|address| address.ip()))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 224
        || shared
        || protocol
        || benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |bytes: &[u8]| {
        <[u8; 4]>::try_from(bytes).is_ok_and(|octets| is_public_v4(Ipv4Addr::from(octets)))
    };
    match &address.octets() {
        // IPv4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96, RFC 6052).
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, rest @ ..]
        | [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, rest @ ..] => v4(rest),
        // Teredo (2001::/32, RFC 4380) and documentation (2001:db8::/32, RFC 3849).
        [0x20, 0x01, 0, 0, ..] | [0x20, 0x01, 0x0d, 0xb8, ..] => false,
        // 6to4 (2002::/16, RFC 3056).
        [0x20, 0x02, rest @ ..] => v4(rest.get(..4).unwrap_or_default()),
        // Global unicast is 2000::/3; unspecified, loopback, unique local, link-local, site-local
        // and multicast are not.
        [first, ..] => first & 0xe0 == 0x20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.0.1",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for text in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "193.51.208.1",
            "223.255.255.1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:660:3003::1",
            "2002:808:808::1",
            "2a01::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
