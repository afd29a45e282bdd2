//! Opens the server's address. An address that other machines can reach is refused while there is no admin key.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;

use jiff::Timestamp;

use super::gate::Gate;
use crate::config::ServerConfig;
use crate::shop::{Shop, StoreError};

/// The reason why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be opened.
    #[error("cannot listen on {listen}; choose another address with --listen, such as 127.0.0.1:8080: {source}")]
    Address {
        /// The address of the settings or the command line.
        listen: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Other machines can reach the address, and without a key every request would be allowed.
    #[error(
        "refusing to listen on {address}, which others can reach, without an admin key: create one with \
         `tastemaker keys create --data {} --role admin`, or listen on 127.0.0.1",
        data.display()
    )]
    Keyless {
        /// The address.
        address: SocketAddr,
        /// The data folder.
        data: PathBuf,
    },
    /// The threads that do the work of requests cannot be started.
    #[error("cannot start the threads of `server.load`: {0}")]
    Threads(io::Error),
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] StoreError),
}

/// Has the system close connections whose other end takes nothing for so long; accepted ones inherit it.
#[cfg(target_os = "linux")]
fn close_stalled(listener: &TcpListener, seconds: u32) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_tcp_user_timeout(listener, seconds.saturating_mul(1000))?)
}

/// Other systems have no such option.
#[cfg(not(target_os = "linux"))]
fn close_stalled(_: &TcpListener, _: u32) -> io::Result<()> {
    Ok(())
}

/// Listens on the address of the settings; returns the listener and the gate for the address. Logs the policy that is in force.
///
/// # Errors
/// See [`ListenError`].
pub(super) fn listen(config: &ServerConfig, shop: &Shop, now: Timestamp) -> Result<(TcpListener, Gate), ListenError> {
    let ServerConfig { listen, storefront, .. } = config;
    let keys = shop.keys()?;
    let wrong = |source| ListenError::Address { listen: listen.clone(), source };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(wrong)?.collect();
    let ring = keys.ring(std::time::Duration::ZERO)?;
    let has_admin = ring.as_ref().is_some_and(|ring| ring.has_admin(now));
    // A host name may have several addresses. If other machines can reach one of them, none is opened.
    if let Some(&address) = addresses.iter().find(|address| !address.ip().is_loopback() && !has_admin) {
        return Err(ListenError::Keyless { address, data: shop.folder().root().to_path_buf() });
    }
    let listener = TcpListener::bind(&addresses[..]).map_err(wrong)?;
    close_stalled(&listener, config.stalled_seconds).map_err(wrong)?;
    let proxies = config.proxies().map_err(|wrong_one| wrong(io::Error::other(wrong_one)))?;
    let loopback = listener.local_addr().map_err(wrong)?.ip().is_loopback();
    if *storefront && ring.is_some() {
        tracing::warn!("the demo shop's pages have no key: on a server with keys they stay empty");
    }
    if ring.is_none() {
        tracing::info!("there are no keys yet: every request from this machine is allowed");
    }
    Ok((listener, Gate::new(keys, loopback, config.visitor_percent, proxies)))
}
