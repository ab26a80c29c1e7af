//! Where answers cannot go, that is said, and nothing is lost.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{Folder, HEADER, ROWS, Ran, predict, predicting, ran};

#[test]
fn a_reader_that_has_enough_is_no_reason_to_complain() {
    let folder = Folder::new();
    let rows = format!("{HEADER}\n{}", "5.1,3.5,1.4,0.2\n".repeat(200_000));
    let file = folder.file("rows.csv", rows);
    let mut child = predicting(&[&file]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "prediction\n");
    drop(stdout);
    let ended = ran(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(141), "{}", ended.log);
    assert!(ended.log.lines().all(|line| line.contains("rows answered in")), "{}", ended.log);
}

#[test]
fn a_full_disk_is_told() {
    for arguments in [&["-", "--output", "/dev/full"][..], &["-", "--rejects", "/dev/full"]] {
        let Ran { code, log, .. } = predict(arguments, ROWS);
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("cannot write /dev/full: No space left on device"), "{log}");
    }
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let folder = Folder::new();
    let file = folder.file("rows.csv", ROWS);
    let Ran { code, log, .. } = ran(predicting(&[&file]).stdout(Stdio::from(full)).output().unwrap());
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("cannot write standard output: No space left on device"), "{log}");
}

#[test]
fn an_output_that_is_cut_off_is_told_to_be() {
    let folder = Folder::new();
    let file = folder.file("rows.csv", format!("{HEADER}\n{}", "5.1,3.5,1.4,0.2\n".repeat(2_000)));
    let output = folder.path("answers.csv");
    let mut limited = Command::new("/bin/sh");
    limited.env_clear().args([
        "-c",
        "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_iris-server"),
    ]);
    let ended = limited.args(["predict", &file, "--output", &output]).output().unwrap();
    let Ran { code, log, .. } = ran(ended);
    assert_eq!(code, Some(1), "{log}");
    assert!(log.starts_with("at least 0 rows answered in "), "{log}");
    assert!(log.ends_with("; it is incomplete, and may end within a row\n"), "{log}");
    assert!(folder.text("answers.csv").starts_with("prediction\nsetosa\n"), "{log}");
}

#[cfg(feature = "tables")]
#[test]
fn a_full_disk_is_told_of_tables_too() {
    for format in ["parquet", "arrow"] {
        let Ran { code, log, .. } = predict(&["-", "--output", "/dev/full", "--output-format", format], ROWS);
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("cannot write /dev/full: No space left on device"), "{log}");
    }
}

#[test]
fn the_input_is_not_written_over_and_mistakes_leave_the_output_alone() {
    let folder = Folder::new();
    let file = folder.file("rows.csv", ROWS);
    let Ran { code, log, .. } = predict(&[&file, "--output", &file], "");
    assert_eq!(code, Some(1));
    assert!(log.contains("is what is read; it would be lost"), "{log}");
    assert_eq!(folder.text("rows.csv"), ROWS);
    let Ran { code, log, .. } = predict(&[&file, "--rejects", &file], "");
    assert_eq!(code, Some(1));
    assert!(log.contains("is what is read; it would be lost"), "{log}");
    assert_eq!(folder.text("rows.csv"), ROWS);
    let output = folder.file("answers.csv", "as they were");
    let Ran { code, log, .. } = predict(&[&file, "--output", &output, "--rejects", &output], "");
    assert_eq!(code, Some(1));
    assert!(log.contains("cannot be --output and --rejects at once"), "{log}");
    assert_eq!(folder.text("answers.csv"), "as they were");
    let Ran { code, .. } = predict(&["-", "--output", &output], "no,such,columns\n1,2,3\n");
    assert_eq!(code, Some(1));
    assert_eq!(folder.text("answers.csv"), "as they were");
    let Ran { code, log, .. } = predict(&["-", "--output", &folder.path("no/where.csv")], ROWS);
    assert_eq!(code, Some(1));
    assert!(log.contains("cannot write") && log.contains("No such file"), "{log}");
}

#[test]
fn a_column_that_there_would_be_twice_is_told() {
    let rows = format!("prediction,{HEADER}\n1,5.1,3.5,1.4,0.2\n");
    let Ran { code, out, log } = predict(&["-", "--keep", "prediction"], rows);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(log.contains("two columns prediction"), "{log}");
}
