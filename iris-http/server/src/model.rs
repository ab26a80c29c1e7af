//! The models to serve, from their files or from the binary itself.

use iris_core::Predictor;
use iris_serving::{Catalog, Library, Loader, Model};
use iris_telemetry::{Recorder, Telemetry, model_loading};
use tracing::warn;

use crate::cli::{Cli, ModelSource};

/// The model alone, for who serves nothing.
pub(crate) fn predictor(source: Option<&ModelSource>) -> Result<Predictor, String> {
    let Some(source) = source else { return Ok(Predictor::iris()) };
    source.read().map_err(|error| format!("cannot read the model {}: {error}", source.path.display()))
}

/// The models that the command line names, or else the embedded one; with what goes on loading them.
pub(crate) fn catalog(cli: &Cli, telemetry: Option<&Telemetry>) -> Result<Catalog, String> {
    let recorder = telemetry.map(Telemetry::recorder).unwrap_or_default();
    let (models, max_rows) = (&cli.models, cli.limits.max_rows.get());
    let sources = models.sources(max_rows);
    let is_embedded = sources.files.is_empty() && sources.folder.is_none();
    let traffic = cli
        .traffic
        .traffic()
        .map_err(|error| format!("cannot start a thread beside the workers: {error}"))?;
    if is_embedded && !models.allow_loading {
        let catalog = Catalog::new(embedded(&recorder, max_rows)?).with_recorder(&recorder);
        return Ok(told(catalog.with_traffic(traffic), cli, telemetry));
    }
    let catalog = if is_embedded {
        Catalog::new(embedded(&recorder, max_rows)?)
    } else {
        // Nobody asks it: it only stands where something is said of a model and there is none.
        Catalog::empty(embedded(&Recorder::default(), max_rows)?)
    };
    let catalog = catalog.with_recorder(&recorder).with_traffic(traffic);
    if let Some(default) = &models.default_model {
        catalog.change(|served| served.set_default(default));
    }
    let library = Library::open(&catalog, sources)?;
    let loader = Loader::start(library, models.watch)
        .map_err(|error| format!("cannot start a thread that loads models: {error}"))?;
    let loader = if models.allow_loading { loader.for_clients() } else { loader };
    if let Some(telemetry) = telemetry {
        loader.told_by(telemetry, &catalog);
    }
    Ok(told(catalog.with_loader(loader), cli, telemetry))
}

/// The same with what is seen of its traffic told.
fn told(catalog: Catalog, cli: &Cli, telemetry: Option<&Telemetry>) -> Catalog {
    if let (Some(telemetry), Some(shadows)) = (telemetry, catalog.traffic().shadows()) {
        shadows.told_by(telemetry, &catalog);
    }
    if let (Some(telemetry), Some(drift)) = (telemetry, catalog.traffic().drift()) {
        drift.told_by(telemetry, &catalog);
    }
    for name in cli.traffic.names() {
        if catalog.snapshot().versions_of(name).next().is_none() {
            warn!(name, "there is a rule for the traffic of a model that is not served");
        }
    }
    if let Some(feature) = catalog.traffic().split_feature() {
        let lacks = |model: &Model| model.schema().feature_index(feature).is_none();
        for name in cli.traffic.split().filter(|name| catalog.snapshot().versions_of(name).any(lacks)) {
            warn!(name, feature, "the model has no such feature, so its requests are split by chance");
        }
    }
    catalog
}

fn embedded(recorder: &Recorder, max_rows: usize) -> Result<Model, String> {
    let iris = model_loading(recorder, || Predictor::read(Predictor::IRIS));
    let iris = iris.map_err(|error| format!("cannot serve the embedded model: {error}"))?;
    let schema = iris.schema();
    let name = schema.name().unwrap_or("iris").to_owned();
    let version = schema.version().unwrap_or("1").to_owned();
    Ok(Model::new(name, version, iris).with_max_rows(max_rows))
}
