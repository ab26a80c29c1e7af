//! `iris-server predict`: what goes in, what comes out, and what is said of what does not.

mod bad_input;
mod formats;
mod output;
mod stop;

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::command;

pub(crate) const HEADER: &str = "sepal_length,sepal_width,petal_length,petal_width";
pub(crate) const ROWS: &str =
    "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n5.9,3.0,4.2,1.5\n";
pub(crate) const ANSWERS: &str = "prediction\nsetosa\nvirginica\nversicolor\n";

/// A folder of a test's own, removed when dropped.
pub(crate) struct Folder(PathBuf);

/// What became of a run.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!("iris-predict-{}-{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub(crate) fn predicting(arguments: &[&str]) -> Command {
    command(&[&["predict"], arguments].concat())
}

/// Runs it on this standard input.
pub(crate) fn predict(arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let mut child = predicting(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.as_ref().to_vec());
    // It may end before it has read all, and then the pipe is closed.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ran(output)
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        log: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn testdata(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../iris-core/testdata").join(path);
    path.to_str().unwrap().to_owned()
}

#[test]
fn rows_of_standard_input_are_answered_on_standard_output() {
    let Ran { code, out, log } = predict(&["-"], ROWS);
    assert_eq!((code, out.as_str()), (Some(0), ANSWERS), "{log}");
    assert!(log.starts_with("3 rows answered in "), "{log}");
    let quiet = predict(&["-", "--quiet"], ROWS);
    assert_eq!((quiet.out.as_str(), quiet.log.as_str()), (ANSWERS, ""));
}

#[test]
fn columns_are_matched_by_name_and_others_kept_or_passed_over() {
    let rows = "note,petal_width,id,petal_length,sepal_length,sepal_width\n\"a, \"\"b\"\"\",0.2,1,1.4,5.1,3.5\n,2.5,2,6,6.3,3.3\n";
    let ran = predict(&["-", "--keep", "id,note,petal_width"], rows);
    let expected = "id,note,petal_width,prediction\n1,\"a, \"\"b\"\"\",0.2,setosa\n2,\"\",2.5,virginica\n";
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), expected), "{}", ran.log);
    let by_position = predict(&["-", "--by-position"], ROWS.replace("sepal", "stalk"));
    assert_eq!(by_position.out, ANSWERS, "{}", by_position.log);
    let no_header = predict(&["-", "--no-header"], "5.1,3.5,1.4,0.2\n");
    assert_eq!(no_header.out, "prediction\nsetosa\n", "{}", no_header.log);
}

#[test]
fn probabilities_and_contributions_are_the_models_own() {
    let ran = predict(&["-", "--probabilities", "--contributions"], ROWS);
    assert_eq!(ran.code, Some(0), "{}", ran.log);
    let mut lines = ran.out.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        names[..4],
        ["prediction", "probability_setosa", "probability_versicolor", "probability_virginica"]
    );
    assert_eq!((names[4], names[8]), ("contribution_setosa_sepal_length", "expected_value_setosa"));
    assert_eq!(names.len(), 1 + 3 + 15);
    let iris = iris_core::Predictor::iris();
    for (line, row) in lines.zip(ROWS.lines().skip(1)) {
        let row: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let (mut expected, mut contributions) = (vec![0.0; 3], vec![0.0; 15]);
        let prediction = iris.predict_proba_into(&row, &mut expected).unwrap();
        iris.contributions_with(&mut iris.scratch(), &row, &mut contributions).unwrap();
        expected.append(&mut contributions);
        let (label, numbers) = line.split_once(',').unwrap();
        assert_eq!(Some(label), prediction.label().unwrap().as_str());
        let numbers: Vec<f64> = numbers.split(',').map(|field| field.parse().unwrap()).collect();
        assert_eq!(numbers, expected);
    }
}

#[test]
fn what_the_model_cannot_say_is_not_asked_of_it() {
    let forest = testdata("pickles/refused_forest.joblib");
    let refused = predict(&["-", "--model", &forest], ROWS);
    assert_eq!(refused.code, Some(1));
    assert!(refused.log.contains("cannot read the model") && refused.log.contains("BalancedRandomForest"));
    let usage = predict(&["-", "--delimiter", "ab"], ROWS);
    assert_eq!(usage.code, Some(2));
    assert!(usage.log.contains("--delimiter"), "{}", usage.log);
}

#[test]
fn many_rows_keep_their_order_whatever_the_threads() {
    let n = 300_000;
    let row = |index: usize| match index % 3 {
        0 => ("5.1,3.5,1.4,0.2", "setosa"),
        1 => ("6.3,3.3,6,2.5", "virginica"),
        _ => ("5.9,3.0,4.2,1.5", "versicolor"),
    };
    let mut rows = format!("{HEADER},id\n");
    let mut expected = "id,prediction\n".to_owned();
    for index in 0..n {
        let (values, label) = row(index);
        // Now and then one that is rejected, and quotes, which blocks are cut around.
        match index % 1_000 {
            500 => writeln!(rows, "{values},{index},more").unwrap(),
            700 => {
                write!(rows, "{values},\"{index}\n\"\n").unwrap();
                write!(expected, "\"{index}\n\",{label}\n").unwrap();
            }
            _ => {
                writeln!(rows, "{values},{index}").unwrap();
                writeln!(expected, "{index},{label}").unwrap();
            }
        }
    }
    let folder = Folder::new();
    let file = folder.file("rows.csv", rows);
    for threads in ["1", "4"] {
        let ran = predict(&[&file, "--keep", "id", "--threads", threads], "");
        assert_eq!(ran.code, Some(4), "{}", ran.log);
        assert!(ran.out == expected, "{threads} threads");
        // The line after the header is the second, and quoted line ends count.
        assert!(ran.log.starts_with("rejected line 502: 6 fields; expected 5\n"), "{}", ran.log);
        assert!(ran.log.contains("rejected line 1503: "), "{}", ran.log);
        assert!(
            ran.log.contains("and more; --rejects FILE") && ran.log.contains("300 rejected"),
            "{}",
            ran.log
        );
    }
}
