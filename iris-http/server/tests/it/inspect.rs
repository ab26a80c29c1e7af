//! `iris-server inspect`, and the models that it and `--model` take.

use std::path::Path;

use crate::process::{Process, command};

fn testdata(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../iris-core/testdata");
    folder.join(name).to_str().unwrap().to_owned()
}

fn inspect(arguments: &[&str]) -> (bool, String, String) {
    let output = command(&[&["inspect"], arguments].concat()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_file_or_a_folder_is_drawn_for_people_and_written_for_programs() {
    let (success, text, _) = inspect(&[&testdata("folders/mlflow_pickle")]);
    assert!(success, "{text}");
    for said in [
        "written by  scikit-learn 1.9.1",
        "└─ logisticregression: LogisticRegression(C=0.5)",
        "petal width (cm)",
    ] {
        assert!(text.contains(said), "{text}");
    }
    let (success, json, _) = inspect(&["--json", &testdata("folders/pair/model.pkl")]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(success);
    assert_eq!(json["outline"]["parameters"][0], serde_json::json!(["C", "0.5"]));
    assert_eq!(json["schema"]["task"]["kind"], "classify");
}

#[test]
fn a_file_that_is_refused_fails_and_is_drawn_all_the_same() {
    let (success, text, _) = inspect(&[&testdata("pickles/refused_own_class.pkl")]);
    assert!(!success);
    for said in ["OwnScaler(", "← not read", "__main__.OwnScaler, at: ownscaler", "refused     "] {
        assert!(text.contains(said), "{text}");
    }
    let (success, text, log) = inspect(&["/nowhere.pkl"]);
    assert!(!success && text.is_empty() && log.contains("/nowhere.pkl: the file cannot be read"), "{log}");
}

#[test]
fn folders_archives_and_pairs_are_served() {
    let pair = ["preprocessor.joblib", "model.pkl", "label_encoder.pkl"]
        .map(|file| testdata(&format!("folders/pair/{file}")));
    for model in [testdata("folders/mlflow_pickle"), testdata("folders/model.tar.gz"), pair.join(",")] {
        let model = format!("flowers={model}");
        let server = Process::start(command(&["--http", "127.0.0.1:0", "--model", &model]));
        let body = r#"{"inputs":[[5.1,3.5,1.4,0.2]]}"#;
        let request = format!(
            "POST /invocations HTTP/1.1\r\nhost: iris\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut server.send(&request), &mut answer).unwrap();
        assert!(answer.ends_with(r#"{"predictions":["setosa"]}"#), "{model}: {answer}");
    }
}

#[test]
fn colours_are_for_terminals_and_who_asks_for_them() {
    let file = testdata("pickles/refused_own_class.pkl");
    let printed = |variables: &[(&str, &str)]| {
        let mut command = command(&["inspect", &file]);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let plain = printed(&[]);
    assert!(!plain.contains('\x1b') && plain == printed(&[("NO_COLOR", "1")]), "{plain}");
    let coloured = printed(&[("CLICOLOR_FORCE", "1")]);
    assert!(coloured.contains("\x1b[") && coloured.contains("format"), "{coloured}");
}
