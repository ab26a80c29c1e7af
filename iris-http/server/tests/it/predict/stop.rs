//! Signals: what is written are whole rows, and that is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use super::{Folder, HEADER, predicting, ran};

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_stop_while_rows_are_waited_for_leaves_whole_rows() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = predicting(&["-"]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // More than a block, so that one is answered while the next is waited for.
        stdin.write_all(format!("{HEADER}\n{}", "5.1,3.5,1.4,0.2\n".repeat(70_000)).as_bytes()).unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut out = String::new();
        stdout.read_line(&mut out).unwrap();
        stdout.read_line(&mut out).unwrap();
        assert_eq!(out, "prediction\nsetosa\n");
        signal(&child, name);
        stdout.read_to_string(&mut out).unwrap();
        let ended = ran(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(code), "{}", ended.log);
        assert!(ended.log.contains(&format!("stopped by SIG{name}")), "{}", ended.log);
        assert!(out.ends_with("setosa\n") && out.lines().skip(1).all(|line| line == "setosa"));
        drop(stdin);
    }
}

#[cfg(feature = "tables")]
#[test]
fn a_table_is_ended_so_that_it_can_be_read() {
    let folder = Folder::new();
    let output = folder.path("answers.parquet");
    let mut child = predicting(&["-", "--output", &output]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let rows = "5.1,3.5,1.4,0.2\n".repeat(70_000);
    stdin.write_all(format!("{HEADER}\nx,3.5,1.4,0.2\n{rows}").as_bytes()).unwrap();
    // The first block is answered once its first row is told to be rejected.
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.starts_with("rejected line 2"), "{line}");
    signal(&child, "INT");
    let ended = ran(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130));
    drop(stdin);
    let file = std::fs::File::open(&output).unwrap();
    let table = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert!(table.metadata().file_metadata().num_rows() > 60_000);
}
