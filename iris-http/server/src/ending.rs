//! How serving ended, for the log and for whoever started the process.

use std::process::ExitCode;

use iris_serving::net::Cuts;
use tracing::{info, warn};

use crate::workers::Ended;

/// The exit code of a stop that cut requests off. Of the others 0 is a clean
/// stop, 1 a server that could not go on, and 2 a mistake in the command line.
const CUT_OFF: u8 = 3;

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
        _ if is_broken => ExitCode::FAILURE,
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(CUT_OFF),
    }
}
