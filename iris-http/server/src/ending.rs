//! How serving ended, for the log and for whoever started the process.

use std::process::ExitCode;

use iris_serving::net::Cuts;
use tracing::{info, warn};

use crate::exit::Exit;
use crate::workers::Ended;

/// Says it in the log; returns the exit code.
pub(crate) fn exit_code(ended: Ended) -> ExitCode {
    let Ended { cuts, is_broken } = ended;
    let Cuts { requests, answers, working } = cuts;
    if cuts.total() > 0 {
        warn!(
            unfinished_requests = requests,
            unread_answers = answers,
            unanswered_requests = working,
            "cut off what was still in flight"
        );
    }
    info!("stopped");
    match cuts.total() {
        _ if is_broken => Exit::Failure,
        0 => Exit::Success,
        _ => Exit::CutOff,
    }
    .into()
}
