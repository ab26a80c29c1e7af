//! What transports share, as a transport uses it.

mod tensors;
