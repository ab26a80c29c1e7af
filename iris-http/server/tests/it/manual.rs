//! What is printed to be put into files: completions and manual pages.

use std::process::Stdio;

use crate::process::command;

fn printed(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shell_completes_commands_and_flags() {
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        assert!(
            ["iris-server", "predict", "probabilities"].iter().all(|word| script.contains(word)),
            "{shell}"
        );
    }
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    let program = printed(&["man"]);
    assert!(program.contains(".TH iris-server 1") && program.contains("Exit codes:"), "{program}");
    let predict = printed(&["man", "predict"]);
    assert!(predict.contains("rejects") && !predict.contains("max\\-body"), "{predict}");
    let unknown = command(&["man", "garden"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(unknown.stderr, b"there is no command garden\n");
}

#[test]
fn a_full_disk_is_told_of_scripts_too() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = command(&["completions", "bash"]).stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.starts_with(b"cannot print: No space left"), "{:?}", ended.stderr);
}
