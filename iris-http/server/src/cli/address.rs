//! Where HTTP is served, for who serves it and for who asks.

use std::net::IpAddr;

use clap::Args;
use iris_serving::net;

/// Where HTTP is, or will be, served.
#[derive(Debug, Args)]
pub(crate) struct Address {
    /// Address to serve HTTP on, or a path as unix:PATH; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "IRIS_HTTP_ADDR", value_name = "ADDR:PORT")]
    http: Option<net::Address>,

    /// Port to serve HTTP on, on every interface, where no address is given; Cloud Run sets it.
    #[arg(long, env = "PORT", value_name = "PORT", hide = true)]
    port: Option<u16>,

    /// The port by which Vertex AI reaches HTTP, as --port, and before it.
    #[arg(long, env = "AIP_HTTP_PORT", value_name = "PORT", hide = true)]
    vertex_port: Option<u16>,
}

impl Address {
    /// The address, or that of the platform's port, or the default.
    pub(crate) fn get(&self) -> net::Address {
        match (&self.http, self.vertex_port.or(self.port)) {
            (Some(address), _) => address.clone(),
            (None, Some(port)) => net::Address::Tcp((IpAddr::from([0, 0, 0, 0]), port).into()),
            (None, None) => net::Address::Tcp(([127, 0, 0, 1], 8080).into()),
        }
    }
}
