//! `iris-server predict`: answers for all rows of a file, block by block.

mod answers;
mod columns;
mod csv;
mod failure;
mod fields;
mod input;
mod interrupt;
mod json;
mod output;
mod pipeline;
mod progress;
mod rejects;
mod rows;
mod source;
#[cfg(feature = "tables")]
mod tables;
mod text;

use std::fs::Metadata;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;

use iris_core::Schema;

use crate::cli::{Format, Predict};
use crate::exit::Exit;
use crate::{cli, model};
use answers::{Answers, Asked};
use columns::Wanted;
use failure::Failure;
use input::{Feed, Input};
use output::{Layout, Output};
use pipeline::{End, Event, Work};
use progress::Progress;
use rejects::Rejects;
use source::Source;

/// Answers the rows, and says how it went on standard error.
pub(crate) fn predict(flags: &Predict) -> ExitCode {
    let exit = match run(flags) {
        Ok(exit) => exit,
        Err(Failure::NobodyReads) => Exit::PipeClosed,
        Err(Failure::Told(reason)) => {
            say(&reason);
            Exit::Failure
        }
    };
    exit.into()
}

fn run(flags: &Predict) -> Result<Exit, Failure> {
    let predictor = model::predictor(flags.model.as_ref()).map_err(Failure::Told)?;
    let asked = asked(flags, predictor.schema())?;
    let source = Source::open(&flags.input).map_err(Failure::Told)?;
    let (name, len) = (source.name.clone(), source.len);
    let of_input = |reason: String| Failure::Told(format!("{name}: {reason}"));
    let format = flags.format.map_or_else(|| source.format(&flags.input), Ok).map_err(Failure::Told)?;
    let by_ending = source::ending(&flags.input).map(|(_, delimiter)| delimiter);
    let delimiter = flags.delimiter.or(by_ending).unwrap_or(b',');
    let opened = source.file.try_clone().map_err(|error| of_input(error.to_string()))?;
    let wanted = Wanted { keep: flags.keep.clone(), by_position: flags.by_position };
    let (input, feed) =
        Input::open(source, format, predictor.schema(), &wanted, (delimiter, !flags.no_header))
            .map_err(of_input)?;
    // Nothing is written before all that can be known to be wrong is known.
    let form = output::format(&flags.output, flags.output_format, (format, flags.delimiter));
    let layout = Layout::new(&predictor, &flags.keep, asked, form).map_err(Failure::Told)?;
    check_files(flags, opened.metadata())?;
    let output = Output::open(&flags.output, &layout)?;
    let rejects = Rejects::open(flags.rejects.as_deref(), &input)?;
    let work = Work { predictor, name, input, layout, asked, keeps_rejects: flags.rejects.is_some() };
    let progress = Progress::new(feed.end(len), flags.quiet);
    let n_threads = flags.threads.unwrap_or_else(cli::n_cpus).get();
    finish(work, feed, n_threads, (output, rejects, progress), flags.quiet)
}

/// Runs it, and ends the output properly whatever became of it.
fn finish(
    work: Work,
    feed: Feed,
    n_threads: usize,
    (mut output, mut rejects, mut progress): (Output, Rejects, Progress),
    is_quiet: bool,
) -> Result<Exit, Failure> {
    let work = Arc::new(work);
    let channel = channel();
    let events = channel.0.clone();
    interrupt::watch(move |signal| events.send(Event::Stop(signal)).is_ok())
        .map_err(|error| Failure::Told(format!("cannot wait for signals: {error}")))?;
    let mut is_written = true;
    let mut n_before = work.input.n_lines_before;
    let end = pipeline::run(&work, feed, n_threads, channel, |block| {
        if !block.rejects.is_empty() {
            progress.hide();
        }
        rejects.take(&block.rejects, n_before, &work.input)?;
        output.write(&block.encoded).inspect_err(|_| is_written = false)?;
        n_before += block.n_lines;
        progress.n_rows += block.n_rows;
        progress.n_blank += block.n_blank;
        progress.show(block.position);
        Ok(())
    });
    progress.clear();
    let kept = rejects.finish();
    let closed = if is_written { close(&work, &mut output) } else { Ok(()) };
    if !is_quiet || !matches!(end, Ok(End::Whole)) {
        // Of the block that was not written whole, some rows may be there.
        let least = if is_written { "" } else { "at least " };
        say(&format!("{least}{}", progress.summary(rejects.n)));
    }
    let end = end?;
    kept.and(closed)?;
    Ok(match end {
        End::Stopped(signal) => {
            say(&format!(
                "stopped by {} before the end of the input; what is written are whole rows",
                signal.name()
            ));
            signal.exit()
        }
        End::Whole if rejects.n > 0 => Exit::Rejected,
        End::Whole => Exit::Success,
    })
}

/// Refuses to write over what is read, or two things into one file; before a file is opened, which empties it.
fn check_files(flags: &Predict, input: io::Result<Metadata>) -> Result<(), Failure> {
    let is_input = |path: &Path| input.as_ref().is_ok_and(|input| is_same(path, input));
    let output = (flags.output.as_os_str() != "-").then_some(flags.output.as_path());
    if let Some(path) = output.into_iter().chain(flags.rejects.as_deref()).find(|path| is_input(path)) {
        return Err(Failure::Told(format!("{} is what is read; it would be lost", path.display())));
    }
    if let (Some(output), Some(rejects)) = (output, flags.rejects.as_deref())
        && (output == rejects || output.metadata().is_ok_and(|output| is_same(rejects, &output)))
    {
        return Err(Failure::Told(format!("{} cannot be --output and --rejects at once", output.display())));
    }
    Ok(())
}

/// Whether the path leads to this file, of those that keep what is written.
fn is_same(path: &Path, file: &Metadata) -> bool {
    let place = |file: &Metadata| file.is_file().then(|| (file.dev(), file.ino()));
    path.metadata().is_ok_and(|found| place(&found).is_some() && place(&found) == place(file))
}

/// Ends the output; a table without rows has its columns all the same.
fn close(work: &Work, output: &mut Output) -> Result<(), Failure> {
    if matches!(work.layout.format(), Format::Parquet | Format::Arrow) {
        let (mut rows, mut answers) = (work.input.room(), Answers::default());
        work.asked.of(&work.predictor, &mut work.predictor.scratch(), &mut rows, &mut answers);
        output.write(&work.layout.encode(&rows, &answers).map_err(Failure::Told)?)?;
    }
    output.finish()
}

/// What is asked of the model, if it can say so.
fn asked(flags: &Predict, schema: &Schema) -> Result<Asked, Failure> {
    if flags.probabilities && !schema.has_probabilities() {
        return Err(Failure::Told("--probabilities: the model gives none".to_owned()));
    }
    if let (true, Err(why)) = (flags.contributions, schema.contributions()) {
        return Err(Failure::Told(format!("--contributions: {why}")));
    }
    Ok(Asked { probabilities: flags.probabilities, contributions: flags.contributions })
}

fn say(line: &str) {
    // Where nobody can be told, the exit code still tells.
    let _ = writeln!(io::stderr(), "{line}");
}
