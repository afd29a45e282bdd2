//! Takes the address to listen on, and refuses one that others reach while there is no key.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;

use jiff::Timestamp;

use super::gate::Gate;
use crate::shop::{Shop, StoreError};

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be had.
    #[error("cannot listen on {listen}; choose another address with --listen: {source}")]
    Address {
        /// What was asked for.
        listen: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others reach the address, and nothing would keep them out.
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
    /// The keys cannot be read, so nobody knows whom to let in.
    #[error(transparent)]
    Keys(#[from] StoreError),
}

/// Listens on `listen`, with the gate that belongs to the address; warns where the demo shop's pages would stay empty.
pub(super) fn listen(
    listen: &str,
    storefront: bool,
    shop: &Shop,
    now: Timestamp,
) -> Result<(TcpListener, Gate), ListenError> {
    let keys = shop.keys()?;
    let wrong = |source| ListenError::Address { listen: listen.to_owned(), source };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(wrong)?.collect();
    let ring = keys.ring(std::time::Duration::ZERO)?;
    let has_admin = ring.as_ref().is_some_and(|ring| ring.has_admin(now));
    // A name may stand for several addresses: none of them is taken when one is open to others.
    if let Some(&address) = addresses.iter().find(|address| !address.ip().is_loopback() && !has_admin) {
        return Err(ListenError::Keyless { address, data: shop.folder().root().to_path_buf() });
    }
    let listener = TcpListener::bind(&addresses[..]).map_err(wrong)?;
    let loopback = listener.local_addr().map_err(wrong)?.ip().is_loopback();
    if storefront && ring.is_some() {
        tracing::warn!("the demo shop's pages have no key: on a server with keys they show nothing");
    }
    if ring.is_none() {
        tracing::info!("no key was ever made: whoever reaches this address from this machine may do everything");
    }
    Ok((listener, Gate::new(keys, loopback)))
}
