//! Addresses under which this machine can be opened, for the greeting and for the check of hosts.

use std::net::{IpAddr, SocketAddr};

/// What people on the local network can open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalNetwork {
    /// Hosts as they stand in a URL, best first.
    pub hosts: Vec<String>,
}

/// Addresses of this machine that `listen` answers on, then its names.
pub fn local_network(listen: SocketAddr, extra: &[String]) -> LocalNetwork {
    let mut hosts: Vec<String> =
        extra.iter().map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect();
    if listen.ip().is_unspecified() {
        let mut found: Vec<IpAddr> = if_addrs::get_if_addrs()
            .unwrap_or_default()
            .into_iter()
            .map(|interface| interface.ip())
            .filter(|address| usable(*address) && (address.is_ipv4() || listen.is_ipv6()))
            .collect();
        // IPv4 first: it is what people can type.
        found.sort_by_key(|address| (address.is_ipv6(), !private(*address)));
        found.dedup();
        hosts.extend(found.into_iter().map(host));
        hosts.extend(machine_names());
    } else if !listen.ip().is_loopback() {
        hosts.push(host(listen.ip()));
    }
    LocalNetwork { hosts }
}

/// The address as it stands in a URL.
pub fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn usable(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !address.is_loopback() && !link_local
}

fn private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// The machine's own name, alone and as multicast DNS announces it.
fn machine_names() -> Vec<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim().to_ascii_lowercase();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if plain && name != "localhost" { vec![name.clone(), format!("{name}.local")] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_no_local_network_but_the_names_given() {
        let loopback = "127.0.0.1:8080".parse().expect("an address");
        assert_eq!(local_network(loopback, &[]).hosts, Vec::<String>::new());
        assert_eq!(local_network(loopback, &[" Film.Test ".into()]).hosts, ["film.test"]);
        let one = "192.168.1.7:8080".parse().expect("an address");
        assert_eq!(local_network(one, &[]).hosts, ["192.168.1.7"]);
        let six = "[fd00::7]:8080".parse().expect("an address");
        assert_eq!(local_network(six, &[]).hosts, ["[fd00::7]"]);
    }
}
