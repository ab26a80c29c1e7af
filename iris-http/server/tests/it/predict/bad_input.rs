//! Files as they should not be: each is refused or answered in part, and said what of it.

use super::{ANSWERS, Folder, HEADER, ROWS, Ran, predict};

#[test]
fn a_row_that_is_wrong_is_rejected_with_its_line_and_kept() {
    let folder = Folder::new();
    let rows = format!(
        "id,{HEADER}\n1,5.1,3.5,1.4,0.2\n2,5.1,3.5\n3,wide,3.5,1.4,0.2\n4,,3.5,1.4,0.2\n\n5,\"6.3\",3.3,6,2.5\n6,\"6.3,3.3,6,2.5\n7,6.3,3.3,inf,2.5\n"
    );
    let rejects = folder.path("rejects.csv");
    let Ran { code, out, log } = predict(&["-", "--rejects", &rejects, "--keep", "id"], rows);
    assert_eq!((code, out.as_str()), (Some(4), "id,prediction\n1,setosa\n5,virginica\n"), "{log}");
    let reasons = [
        "line 3: 3 fields; expected 5",
        "line 4: sepal_length is the text 'wide', where a number belongs",
        "line 5: sepal_length is missing",
        "line 8: a quote is opened and not closed",
        "line 9: ",
    ];
    for reason in reasons {
        assert!(log.contains(&format!("rejected {reason}")), "{reason}: {log}");
    }
    assert!(
        log.contains("2 rows answered") && log.contains("5 rejected, 1 blank lines passed over"),
        "{log}"
    );
    let kept = folder.text("rejects.csv");
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines[0], format!("reason,id,{HEADER}"));
    assert_eq!(lines[1], "line 3: 3 fields; expected 5,2,5.1,3.5");
    assert_eq!(
        lines[2],
        "\"line 4: sepal_length is the text 'wide', where a number belongs\",3,wide,3.5,1.4,0.2"
    );
    assert_eq!(lines[4], "line 8: a quote is opened and not closed,\"6,\"\"6.3,3.3,6,2.5\"");
    assert_eq!(lines.len(), 6);
    // What is put right can be given again as it is.
    let again = predict(&["-", "--keep", "id"], kept.replace("wide", "5.1"));
    assert!(again.out.contains("3,setosa"), "{}{}", again.out, again.log);
}

#[test]
fn lines_may_end_in_any_way_and_begin_with_a_mark() {
    let mixed = ROWS.replacen('\n', "\r\n", 2).replacen("2.5\n", "2.5\r", 1);
    for rows in [mixed, ROWS.replace('\n', "\r"), format!("\u{feff}{ROWS}"), ROWS.trim_end().to_owned()] {
        let Ran { code, out, log } = predict(&["-"], &rows);
        assert_eq!((code, out.as_str()), (Some(0), ANSWERS), "{rows:?}: {log}");
    }
}

#[test]
fn a_header_that_is_none_is_told_with_what_to_do() {
    let (_, values) = ROWS.split_once('\n').unwrap();
    for (rows, arguments, said) in [
        (values.to_owned(), &[][..], &["numbers where names belong", "--no-header"][..]),
        (ROWS.replace("petal_width", "width"), &[], &["no column petal_width", "--by-position"]),
        (ROWS.replace("petal_width", "Petal width"), &[], &["did you mean Petal width?"]),
        (ROWS.replace("petal_width", "sepal_width"), &[], &["two columns sepal_width"]),
        (ROWS.replace(',', ";"), &[], &["--delimiter", "';'"]),
        (ROWS.to_owned(), &["--keep", "id"], &["--keep", "no column id"]),
        (ROWS.replace("sepal_length", "\"sepal_length"), &[], &["line 1, the header: a quote"]),
        (String::new(), &[], &["nothing in it"]),
        (ROWS.to_owned(), &["--no-header", "--keep", "id"], &["--keep", "--no-header"]),
    ] {
        let Ran { code, out, log } = predict(&[&["-"], arguments].concat(), &rows);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{log}");
        assert!(said.iter().all(|said| log.contains(said)), "{log}");
    }
    let semicolons = predict(&["-", "--delimiter", ";", "--probabilities"], ROWS.replace(',', ";"));
    assert!(semicolons.out.starts_with("prediction;probability_setosa;"), "{}", semicolons.log);
}

#[test]
fn other_encodings_are_called_by_their_names() {
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| ROWS.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for (bytes, said) in [
        ([b"\xff\xfe".to_vec(), utf_16(u16::to_le_bytes)].concat(), "UTF-16, the lower byte first; iconv"),
        (utf_16(u16::to_be_bytes), "UTF-16, the higher byte first; iconv"),
        (b"\x1f\x8b\x08\0\0".to_vec(), "compressed by gzip"),
        (b"PK\x03\x04\0\0".to_vec(), "zip archive"),
    ] {
        let Ran { code, out, log } = predict(&["-"], bytes);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{log}");
        assert!(log.contains(said), "{log}");
    }
    let latin = [ROWS.as_bytes(), b"5.1,3.5,1.4,\xe4\n"].concat();
    let Ran { code, out, log } = predict(&["-"], latin);
    assert_eq!((code, out.as_str()), (Some(4), ANSWERS));
    assert!(log.contains("line 5: petal_width is no text of UTF-8"), "{log}");
}

#[test]
fn lines_of_json_are_rejected_like_others() {
    let folder = Folder::new();
    let good = r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;
    let rows = format!("{good}\n{}\n{{\"id\":1\n[1,2]\n\n", good.replace("0.2", "\"x\""));
    let rejects = folder.path("rejects.jsonl");
    let Ran { code, out, log } = predict(&["-", "--rejects", &rejects], rows);
    assert_eq!((code, out.as_str()), (Some(4), "{\"prediction\":\"setosa\"}\n"), "{log}");
    let kept = folder.text("rejects.jsonl");
    let lines: Vec<serde_json::Value> =
        kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0]["reason"].as_str().unwrap().starts_with("line 2: petal_width is the text 'x'"),
        "{kept}"
    );
    assert_eq!(lines[0]["sepal_length"], 5.1);
    assert_eq!((&lines[1]["line"], &lines[2]["line"]), (&"{\"id\":1".into(), &"[1,2]".into()));
}

#[test]
fn a_file_that_is_not_there_or_no_file_is_named() {
    let folder = Folder::new();
    let Ran { code, log, .. } = predict(&["/nowhere.csv"], "");
    assert_eq!(code, Some(1));
    assert!(log.contains("/nowhere.csv: No such file"), "{log}");
    let Ran { code, log, .. } = predict(&[&folder.path("")], "");
    assert_eq!(code, Some(1));
    assert!(log.contains("Is a directory"), "{log}");
}
