//! What transports share, as a transport uses it.

#[cfg(feature = "loading")]
mod loading;
#[cfg(feature = "net")]
mod net;
mod tensors;
#[cfg(feature = "net")]
mod tls;
mod traffic;
