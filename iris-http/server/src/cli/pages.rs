//! The flags of what browsers are shown.

use clap::Args;
use iris_http::CorsOrigins;

use super::Switch;

/// What browsers are shown.
#[derive(Debug, Args)]
pub(crate) struct PageFlags {
    /// The live page that browsers are shown at /, with /models, /stats and /traces.
    #[arg(long, env = "IRIS_PAGE", value_enum, default_value_t = Switch::On)]
    pub(crate) page: Switch,

    /// The page at /docs, of every route to read and to try.
    #[arg(long, env = "IRIS_DOCS", value_enum, default_value_t = Switch::On)]
    pub(crate) docs: Switch,

    /// Origin whose pages may read answers in a browser, or * for any; may be repeated.
    #[arg(
        long,
        env = "IRIS_CORS_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ',',
        hide_short_help = true
    )]
    cors_origin: Vec<String>,
}

impl PageFlags {
    /// Whose pages may read answers, if any.
    pub(crate) fn cors_origins(&self) -> Result<Option<CorsOrigins>, String> {
        let origins = CorsOrigins::new(self.cors_origin.iter().map(String::as_str));
        let origins = origins.map_err(|error| format!("--cors-origin: {error}"))?;
        Ok((!self.cors_origin.is_empty()).then_some(origins))
    }
}
