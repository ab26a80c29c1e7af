//! Counts and histograms derived from records.

mod asked;
mod exposition;
mod families;
mod histogram;
mod process;
mod usage;
mod writer;

use std::collections::BTreeMap;

use super::models::Models;
use super::view::View;
use crate::origin::{Endpoint, Protocol};
use crate::record::{Kind, Record, Stage};
pub(crate) use asked::Asked;
pub(super) use exposition::{Page, write_page};
pub(super) use families::Kept;
pub use families::{Families, Figure};
use histogram::{Exemplar, Histogram, REQUEST_BOUNDS, STAGE_BOUNDS};
use iris_core::ErrorClass;
pub(crate) use process::{MachineTime, figures, machine_time, process_use};
pub use usage::Total;
use usage::Usage;
pub use writer::Format;

/// What has been counted.
#[derive(Debug)]
pub(super) struct Metrics {
    requests: Vec<Requests>,
    stages: [Histogram; 3],
    /// By number of the model.
    usage: Vec<Usage>,
    faults: [u64; ErrorClass::ALL.len()],
    /// Records that became spans.
    pub(super) recorded: u64,
}

/// Endpoints and statuses of refusals that are told apart; a client can bring
/// about as many as there are routes, methods and mistakes, and those beyond are
/// counted by their status alone. What is answered, or fails by our doing, is
/// always told apart.
const MAX_REFUSALS: usize = 16;

/// Where refusals beyond that are counted.
static OTHER_HTTP: Endpoint = Endpoint::http("_OTHER", "");
static OTHER_GRPC: Endpoint = Endpoint::grpc("");

/// The requests to one endpoint that ended alike.
#[derive(Debug, Clone)]
struct Requests {
    endpoint: &'static Endpoint,
    status: u16,
    is_refusal: bool,
    durations: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            stages: [const { Histogram::new(&STAGE_BOUNDS) }; 3],
            usage: Vec::new(),
            faults: [0; ErrorClass::ALL.len()],
            recorded: 0,
        }
    }
}

impl Metrics {
    /// Counts one record. If it is sampled, its trace is an example of what it was
    /// counted as; `epoch` is when the records' clock stood at 0, if there are any.
    pub(super) fn observe(&mut self, view: &View<'_>, epoch: Option<u64>) {
        let record = view.record;
        // Loading a model is no request.
        if record.kind == Kind::ModelLoading {
            return;
        }
        let is_refusal = record.fault.is_some_and(|fault| !fault.is_servers());
        let exemplar = || epoch.filter(|_| record.sampled).map(|epoch| Exemplar::of(record, epoch));
        self.durations(record.endpoint, record.status, is_refusal).observe(record.duration(), exemplar);
        if let Some(fault) = record.fault {
            self.faults[fault as usize] += 1;
        }
        if record.kind == Kind::Prediction {
            self.observe_prediction(record, view, exemplar);
        }
    }

    fn observe_prediction(
        &mut self,
        record: &Record,
        view: &View<'_>,
        exemplar: impl Fn() -> Option<Exemplar>,
    ) {
        for stage in Stage::ALL {
            let Some((start, end)) = record.stage(stage) else { break };
            self.stages[stage as usize].observe(end.since(start), &exemplar);
        }
        self.usage(record.model).observe(record, view.counts());
    }

    fn durations(&mut self, endpoint: &'static Endpoint, status: u16, is_refusal: bool) -> &mut Histogram {
        let mut index = self.find(endpoint, status);
        if index == self.requests.len() {
            let n_refusals = self.requests.iter().filter(|known| known.is_refusal).count();
            let endpoint = match endpoint.protocol {
                Protocol::Http if is_refusal && n_refusals >= MAX_REFUSALS => &OTHER_HTTP,
                Protocol::Grpc if is_refusal && n_refusals >= MAX_REFUSALS => &OTHER_GRPC,
                _ => endpoint,
            };
            index = self.find(endpoint, status);
            if index == self.requests.len() {
                let durations = Histogram::new(&REQUEST_BOUNDS);
                self.requests.push(Requests { endpoint, status, is_refusal, durations });
            }
        }
        &mut self.requests[index].durations
    }

    /// Where these requests are, or would come to be.
    fn find(&self, endpoint: &'static Endpoint, status: u16) -> usize {
        let is_it = |known: &Requests| {
            // Two constants of one route are one endpoint.
            let same = std::ptr::eq(known.endpoint, endpoint) || known.endpoint == endpoint;
            known.status == status && same
        };
        self.requests.iter().position(is_it).unwrap_or(self.requests.len())
    }

    #[cfg(test)]
    pub(super) fn n_requests(&self) -> u64 {
        self.requests.iter().map(|known| known.durations.count()).sum()
    }

    fn usage(&mut self, model: u32) -> &mut Usage {
        let model = model as usize;
        if self.usage.len() <= model {
            self.usage.resize_with(model + 1, Usage::default);
        }
        &mut self.usage[model]
    }

    /// Asks for a newer exemplar in each bucket.
    pub(super) fn renew_exemplars(&mut self) {
        let requests = self.requests.iter_mut().map(|requests| &mut requests.durations);
        requests.chain(&mut self.stages).for_each(Histogram::renew_exemplars);
    }

    /// How long those took that asked a model.
    pub(super) fn asked(&self) -> Asked {
        let mut asked = Asked::default();
        let of_models = self.requests.iter().filter(|known| known.endpoint.asks_a_model());
        of_models.for_each(|known| asked.count_in(&known.durations));
        asked
    }

    /// Requests that were refused or failed so.
    pub(super) fn faults_of(&self, class: ErrorClass) -> u64 {
        self.faults[class as usize]
    }

    /// Adds what another has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        for requests in &other.requests {
            self.durations(requests.endpoint, requests.status, requests.is_refusal)
                .merge(&requests.durations);
        }
        for (mine, theirs) in self.stages.iter_mut().zip(&other.stages) {
            mine.merge(theirs);
        }
        for (model, usage) in (0..).zip(&other.usage) {
            self.usage(model).merge(usage);
        }
        for (mine, theirs) in self.faults.iter_mut().zip(other.faults) {
            *mine += theirs;
        }
        self.recorded += other.recorded;
    }

    /// What each name and version of a model was used for, also those not used yet.
    pub(super) fn by_version(&self, models: &Models) -> BTreeMap<(String, String), Usage> {
        let mut all: BTreeMap<_, Usage> = BTreeMap::new();
        for number in 1.. {
            if models.get(number).is_none() {
                break;
            }
            let Some(model) = models.served(number) else { continue };
            let usage = all.entry((model.name.clone(), model.version.clone())).or_default();
            usage.merge(self.usage.get(number as usize).unwrap_or(&Usage::default()));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;

    /// A client that tries everything makes the page no longer than this.
    #[test]
    fn refusals_beyond_the_limit_are_counted_by_their_status() {
        let mut metrics = Metrics::default();
        let mut count = |endpoint, status, fault| {
            let mut record = Record::new(Kind::Other, endpoint, Tick::now());
            (record.status, record.fault) = (status, fault);
            metrics.observe(&View::new(&record, &[]), None);
        };
        let endpoints: Vec<&'static Endpoint> =
            (0..200).map(|n| &*Box::leak(Box::new(Endpoint::http("GET", format!("/{n}").leak())))).collect();
        for _ in 0..2 {
            for endpoint in &endpoints {
                count(endpoint, 404, Some(ErrorClass::NotFound));
                count(endpoint, 405, Some(ErrorClass::MethodNotAllowed));
            }
        }
        assert_eq!(metrics.requests.len(), MAX_REFUSALS + 2);
        assert_eq!(metrics.n_requests(), 800);
        let other = metrics.requests.iter().filter(|known| *known.endpoint == OTHER_HTTP);
        assert_eq!(other.map(|known| known.durations.count()).sum::<u64>(), 800 - 2 * MAX_REFUSALS as u64);
        let mut merged = Metrics::default();
        merged.merge(&metrics);
        merged.merge(&metrics);
        assert_eq!(merged.requests.len(), MAX_REFUSALS + 2);
        // What is answered, or our fault, always has a place.
        let mut count = |endpoint, status, fault| {
            let mut record = Record::new(Kind::Other, endpoint, Tick::now());
            (record.status, record.fault) = (status, fault);
            merged.observe(&View::new(&record, &[]), None);
        };
        for endpoint in &endpoints[..50] {
            count(endpoint, 200, None);
            count(endpoint, 500, Some(ErrorClass::Internal));
        }
        assert_eq!(merged.requests.len(), MAX_REFUSALS + 2 + 100);
    }
}
