//! Every format in and out says the same.

use super::{Folder, ROWS, Ran, predict, predicting, ran};

/// The same rows as lines of JSON.
fn json_rows() -> String {
    let mut lines = ROWS.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let object = |line: &str| {
        let members = names.iter().zip(line.split(',')).map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
    };
    lines.map(object).collect()
}

#[test]
fn json_lines_are_answered_in_kind() {
    let Ran { code, out, log } = predict(&["-", "--keep", "petal_width,id"], json_rows());
    assert_eq!(code, Some(0), "{log}");
    let first = out.lines().next().unwrap();
    assert_eq!(first, r#"{"petal_width":0.2,"id":null,"prediction":"setosa"}"#);
    let as_csv = predict(&["-", "--output-format", "csv", "--keep", "petal_width,id"], json_rows());
    assert!(as_csv.out.starts_with("petal_width,id,prediction\n0.2,\"\",setosa\n"), "{}", as_csv.out);
    let to_json = predict(&["-", "--output-format", "jsonl", "--keep", "petal_width"], ROWS);
    assert!(
        to_json.out.starts_with("{\"petal_width\":\"0.2\",\"prediction\":\"setosa\"}\n"),
        "{}",
        to_json.out
    );
}

#[test]
fn endings_say_what_a_file_is() {
    let folder = Folder::new();
    let tabs = folder.file("rows.tsv", ROWS.replace(',', "\t"));
    let output = folder.path("answers.tsv");
    let Ran { code, out, log } =
        predict(&[&tabs, "--output", &output, "--keep", "petal_width,sepal_width"], "");
    assert_eq!((code, out.as_str()), (Some(0), ""), "{log}");
    assert!(
        folder.text("answers.tsv").starts_with("petal_width\tsepal_width\tprediction\n0.2\t3.5\tsetosa\n")
    );
}

#[cfg(feature = "tables")]
#[test]
fn tables_there_and_back_are_the_same_answers() {
    let folder = Folder::new();
    let rows = format!("{}\n", ROWS.trim_end()).replace("petal_width\n", "petal_width,id\n");
    let rows: String = rows
        .lines()
        .enumerate()
        .map(|(index, line)| match index {
            0 => format!("{line}\n"),
            _ => format!("{line},row {index}\n"),
        })
        .collect();
    let keep = "sepal_length,sepal_width,petal_length,petal_width,id";
    let straight = predict(&["-", "--probabilities", "--keep", "id"], &rows);
    for ending in ["parquet", "arrow", "arrows"] {
        // Kept as texts: these make no features, and that is said.
        let texts = folder.path(&format!("texts.{ending}"));
        let Ran { code, log, .. } = predict(&["-", "--keep", keep, "--output", &texts], &rows);
        assert_eq!(code, Some(0), "{log}");
        let Ran { code, log, .. } = predict(&[&texts], "");
        assert_eq!(code, Some(1));
        assert!(log.contains("sepal_length is of Utf8, where numbers belong"), "{log}");
        let back = predict(
            &[
                &folder.file(&format!("rows.{ending}"), typed(&rows, ending)),
                "--probabilities",
                "--keep",
                "id",
            ],
            "",
        );
        assert_eq!(
            (back.code, back.out.as_str()),
            (Some(0), straight.out.as_str()),
            "{ending}: {}",
            back.log
        );
    }
    let json =
        predict(&[&folder.path("rows.parquet"), "--output-format", "jsonl", "--keep", "id,sepal_length"], "");
    assert!(
        json.out.starts_with("{\"id\":\"row 1\",\"sepal_length\":5.1,\"prediction\":\"setosa\"}\n"),
        "{}",
        json.out
    );
}

#[cfg(feature = "tables")]
#[test]
fn rows_of_tables_are_rejected_by_their_number() {
    let folder = Folder::new();
    let rows = format!("{}\n5.1,,1.4,0.2\n", ROWS.replace("petal_width\n", "petal_width,id\n").trim_end());
    let rows: String = rows
        .lines()
        .enumerate()
        .map(|(index, line)| match index {
            0 => format!("{line}\n"),
            _ => format!("{line},{index}\n"),
        })
        .collect();
    let file = folder.file("rows.parquet", typed(&rows, "parquet"));
    let rejects = folder.path("rejects.csv");
    let Ran { code, out, log } = predict(&[&file, "--keep", "id", "--rejects", &rejects], "");
    assert_eq!(
        (code, out.as_str()),
        (Some(4), "id,prediction\n1,setosa\n2,virginica\n3,versicolor\n"),
        "{log}"
    );
    assert!(log.contains("rejected row 4: sepal_width is missing"), "{log}");
    let kept = folder.text("rejects.csv");
    assert!(kept.ends_with("\nrow 4: sepal_width is missing,5.1,\"\",1.4,0.2,4\n"), "{kept}");
}

#[cfg(feature = "tables")]
#[test]
fn what_cannot_be_sought_is_no_parquet_and_a_stream_of_arrow_is_read() {
    let folder = Folder::new();
    let parquet = typed(ROWS, "parquet");
    let Ran { code, log, .. } = predict(&["-"], &parquet);
    assert_eq!(code, Some(1));
    assert!(log.contains("no file that could be read from its end"), "{log}");
    let file = std::fs::File::open(folder.file("rows.parquet", &parquet)).unwrap();
    let from_file = ran(predicting(&["-"]).stdin(file).output().unwrap());
    assert_eq!((from_file.code, from_file.out.as_str()), (Some(0), super::ANSWERS), "{}", from_file.log);
    let stream = predict(&["-"], typed(ROWS, "arrows"));
    assert_eq!((stream.code, stream.out.as_str()), (Some(0), super::ANSWERS), "{}", stream.log);
    let torn = predict(&[&folder.file("torn.parquet", &parquet[..parquet.len() / 2])], "");
    assert_eq!(torn.code, Some(1));
    assert!(torn.log.contains("torn.parquet: "), "{}", torn.log);
}

#[cfg(feature = "tables")]
#[test]
fn a_table_without_rows_has_its_columns() {
    let folder = Folder::new();
    let output = folder.path("none.parquet");
    let header = format!("{}\n", super::HEADER);
    let Ran { code, log, .. } = predict(&["-", "--output", &output, "--probabilities"], header);
    assert_eq!(code, Some(0), "{log}");
    let table = std::fs::File::open(&output).unwrap();
    let table = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(table).unwrap();
    let names: Vec<&String> = table.schema().fields().iter().map(|field| field.name()).collect();
    assert_eq!(names[0], "prediction");
    assert_eq!((names.len(), table.metadata().file_metadata().num_rows()), (4, 0));
}

/// The rows of CSV as a table: the first four columns are numbers, one that follows texts.
#[cfg(feature = "tables")]
fn typed(rows: &str, ending: &str) -> Vec<u8> {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};

    let names: Vec<&str> = rows.lines().next().unwrap().split(',').collect();
    let column = |index: usize| rows.lines().skip(1).map(move |line| line.split(',').nth(index).unwrap());
    let columns = names.iter().enumerate().map(|(index, name)| {
        let numbers: Float64Array = column(index).map(|field| field.parse::<f64>().ok()).collect();
        let array: ArrayRef = match index {
            4 => Arc::new(StringArray::from_iter_values(column(index))),
            _ => Arc::new(numbers),
        };
        (*name, array)
    });
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
    let mut out = Vec::new();
    match ending {
        "parquet" => {
            let mut writer = parquet::arrow::ArrowWriter::try_new(&mut out, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        }
        "arrow" => {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut out, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        _ => {
            let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut out, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
    }
    out
}
