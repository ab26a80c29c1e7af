//! A process that answers flowers.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::broker::Broker;
use crate::process::command;

/// Killed when dropped.
pub(super) struct Bridge {
    child: Child,
    lines: Receiver<String>,
    log: String,
}

impl Bridge {
    pub(super) fn start(broker: &Broker, more: &[&str]) -> Self {
        Self::between(&broker.at("flowers"), &broker.at("answers"), more)
    }

    pub(super) fn between(from: &str, to: &str, more: &[&str]) -> Self {
        let mut command = command(&["stream", "--from", from, "--to", to]);
        let mut child = command.args(more).spawn().unwrap();
        let (tell, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // Whoever logs waits for nobody.
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                drop(tell.send(line));
            }
        });
        Self { child, lines, log: String::new() }
    }

    /// Whether the log has said it by now.
    pub(super) fn has_said(&mut self, text: &str) -> bool {
        for line in self.lines.try_iter() {
            self.log.push_str(&line);
            self.log.push('\n');
        }
        self.log.contains(text)
    }

    pub(super) fn await_in_log(&mut self, text: &str) {
        while !self.has_said(text) {
            match self.lines.recv_timeout(Duration::from_secs(120)) {
                Ok(line) => self.log = format!("{}{line}\n", self.log),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{text:?} is not in the log:\n{}", self.log)
                }
            }
        }
    }

    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The line that it prints at its end, and what it logs.
    pub(super) fn ended(self) -> (String, String) {
        let (code, counts, log) = self.ended_with();
        assert_eq!(code, Some(0), "{log}");
        (counts, log)
    }

    /// The same with its exit code.
    pub(super) fn ended_with(mut self) -> (Option<i32>, String, String) {
        let mut counts = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut counts).unwrap();
        let code = self.child.wait().unwrap().code();
        // Until the log is closed.
        for line in &self.lines {
            self.log.push_str(&line);
            self.log.push('\n');
        }
        (code, counts.trim_end().to_owned(), std::mem::take(&mut self.log))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
