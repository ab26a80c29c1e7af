//! What is to be recorded, and where it goes: the `OTEL_*` variables.
//!
//! Every variable is honoured, refused with an error that names it, or reported
//! in [`Settings::warnings`]; none is passed over in silence.

mod otlp;
mod resource;
pub(super) mod vars;

use std::time::Duration;

use super::sampler::{Root, Sampler};
pub(super) use otlp::{Compression, OtlpProtocol, OtlpSettings, TlsFiles};
pub use vars::SettingsError;
use vars::Vars;

/// How telemetry works.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) disabled: bool,
    pub(super) console: bool,
    pub(super) access_log: bool,
    pub(super) otlp: Option<OtlpSettings>,
    /// The longest that one message may take, over whichever way.
    pub(super) export_timeout: Duration,
    pub(super) sampler: Sampler,
    pub(super) propagators: Propagators,
    pub(super) resource: Vec<(String, String)>,
    pub(super) buffer: usize,
    pub(super) delay: Duration,
    warnings: Vec<String>,
}

/// Which headers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Propagators {
    pub(super) tracecontext: bool,
    pub(super) cloud_trace: bool,
}

impl Propagators {
    /// All there are: the default.
    pub(super) const ALL: Self = Self { tracecontext: true, cloud_trace: true };
}

impl Settings {
    /// The buffer of traces that wait for a collector, unless
    /// [`with_buffer`](Self::with_buffer) says otherwise: 64 MiB.
    pub const DEFAULT_BUFFER: usize = 64 << 20;

    /// How long a trace waits for others, to be sent with them.
    const DEFAULT_DELAY: Duration = Duration::from_millis(200);

    /// What this process's environment says.
    ///
    /// # Errors
    ///
    /// A variable whose value cannot be honoured.
    pub fn from_env(service_name: &str) -> Result<Self, SettingsError> {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self::from_vars(service_name, std::env::vars_os().map(|(name, value)| (text(name), text(value))))
    }

    /// The same from any variables. `service_name` is what the service is
    /// called if they do not say.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars(
        service_name: &str,
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut vars = Vars::new(vars);
        let disabled = vars.boolean("OTEL_SDK_DISABLED")?.unwrap_or(false);
        if disabled {
            // What the others say does not matter then.
            vars = Vars::new([]);
        }
        let exporters = exporters(&mut vars)?;
        let otlp = otlp::read(&mut vars)?;
        let delay = vars.milliseconds("OTEL_BSP_SCHEDULE_DELAY")?.unwrap_or(Self::DEFAULT_DELAY);
        let mut settings = Self {
            disabled,
            console: exporters.console,
            access_log: false,
            export_timeout: otlp.settings.timeout,
            otlp: exporters.otlp.unwrap_or(otlp.is_asked_for).then_some(otlp.settings),
            sampler: sampler(&mut vars)?,
            propagators: propagators(&mut vars)?,
            resource: resource::attributes(service_name, &mut vars)?,
            buffer: Self::DEFAULT_BUFFER,
            delay,
            warnings: Vec::new(),
        };
        settings.warnings = vars.unused();
        Ok(settings)
    }

    /// The same with another limit of the buffer, in bytes.
    #[must_use]
    pub fn with_buffer(self, bytes: usize) -> Self {
        Self { buffer: bytes, ..self }
    }

    /// The same with a log line for each request, written aside.
    #[must_use]
    pub fn with_access_log(self, access_log: bool) -> Self {
        Self { access_log, ..self }
    }

    /// Whether nothing is to be recorded at all.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// What was set and has no effect here.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Where traces go, in words.
    #[must_use]
    pub fn destination(&self) -> String {
        let otlp = self.otlp.as_ref().map(OtlpSettings::place);
        let console = self.console.then(|| "console".to_owned());
        let places: Vec<String> = otlp.into_iter().chain(console).collect();
        if places.is_empty() { "memory".to_owned() } else { places.join(", ") }
    }
}

struct Exporters {
    /// `None` if nothing was said.
    otlp: Option<bool>,
    console: bool,
}

fn exporters(vars: &mut Vars) -> Result<Exporters, SettingsError> {
    const NAME: &str = "OTEL_TRACES_EXPORTER";
    let Some(value) = vars.take_word(NAME) else { return Ok(Exporters { otlp: None, console: false }) };
    let mut exporters = Exporters { otlp: Some(false), console: false };
    for name in vars::list(&value) {
        match name {
            "otlp" => exporters.otlp = Some(true),
            "console" => exporters.console = true,
            "none" => {}
            _ => return Err(SettingsError::new(NAME, &value, "expected otlp, console or none")),
        }
    }
    Ok(exporters)
}

fn sampler(vars: &mut Vars) -> Result<Sampler, SettingsError> {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
    let Some(name) = vars.take_word(NAME) else { return Ok(Sampler::ALWAYS_ON) };
    let (parent_based, root) = name.strip_prefix("parentbased_").map_or((false, &*name), |root| (true, root));
    let root = match root {
        "always_on" => Root::AlwaysOn,
        "always_off" => Root::AlwaysOff,
        "traceidratio" => {
            let value = vars.take(ARG).unwrap_or_else(|| "1.0".to_owned());
            let ratio = value.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
            Root::Ratio(
                ratio.ok_or_else(|| SettingsError::new(ARG, &value, "expected a number from 0 to 1"))?,
            )
        }
        _ => {
            let expected =
                "expected always_on, always_off or traceidratio, alone or with parentbased_ before it";
            return Err(SettingsError::new(NAME, &name, expected));
        }
    };
    Ok(Sampler { root, parent_based })
}

fn propagators(vars: &mut Vars) -> Result<Propagators, SettingsError> {
    const NAME: &str = "OTEL_PROPAGATORS";
    let Some(value) = vars.take_word(NAME) else {
        return Ok(Propagators::ALL);
    };
    let mut propagators = Propagators { tracecontext: false, cloud_trace: false };
    for name in vars::list(&value) {
        match name {
            "tracecontext" => propagators.tracecontext = true,
            "gcp" | "gcp_trace_propagator" | "xcloudtrace" => propagators.cloud_trace = true,
            // Baggage is for what calls on; nothing is called from here.
            "baggage" | "none" => {}
            _ => {
                let expected = "expected tracecontext, baggage, gcp or none, separated by commas";
                return Err(SettingsError::new(NAME, &value, expected));
            }
        }
    }
    Ok(propagators)
}

#[cfg(test)]
mod tests;
