//! Against a real NATS server: a process that is killed, a broker that goes away, messages that can never be answered.
//!
//! `IRIS_STREAM_EVENTS` says how many messages there are; the release build takes a million.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, Context, stream};
use futures_util::StreamExt;

const FLOWERS: [(&str, &str); 3] = [
    (r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#, "setosa"),
    (r"[[5.9,3.0,4.2,1.5]]", "versicolor"),
    (r#"{"instances":[[6.3,3.3,6.0,2.5]]}"#, "virginica"),
];

/// A broker with a folder of its own, on a port that was free.
struct Broker {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    fn start(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        let child = Self::spawn(&folder, "-1");
        let mut broker = Self { child, folder, port: 0 };
        broker.port = broker.told_port();
        broker
    }

    fn spawn(folder: &Path, port: &str) -> Child {
        let program = env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
        Command::new(program)
            .args(["-a", "127.0.0.1", "-p", port, "-js", "-sd"])
            .arg(folder)
            .arg("--ports_file_dir")
            .arg(folder)
            .stderr(Stdio::null())
            .spawn()
            .expect("needs nats-server: apt-get install nats-server")
    }

    /// The broker writes a file with its port once it listens.
    fn told_port(&self) -> u16 {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let files = fs::read_dir(&self.folder).unwrap().filter_map(Result::ok).map(|entry| entry.path());
            for file in files.filter(|path| path.extension().is_some_and(|extension| extension == "ports")) {
                let text = fs::read_to_string(&file).unwrap();
                let digits = text.split("nats://127.0.0.1:").nth(1).unwrap_or_default();
                let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(port) = digits.parse() {
                    return port;
                }
            }
            assert!(Instant::now() < until, "nats-server did not say where it listens");
            std::thread::yield_now();
        }
    }

    /// Ends it without a word, and starts it again on what it had stored.
    fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(&self.folder, &self.port.to_string());
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    async fn connect(&self) -> Context {
        let mut context = jetstream::new(async_nats::connect(self.url()).await.unwrap());
        context.set_timeout(Duration::from_secs(60));
        for (name, subject) in [("flowers", "flowers"), ("answers", "answers.>")] {
            let config = stream::Config {
                name: name.to_owned(),
                subjects: vec![subject.to_owned()],
                duplicate_window: Duration::from_secs(600),
                ..stream::Config::default()
            };
            context.get_or_create_stream(config).await.unwrap();
        }
        context
    }

    fn bridge(&self, more: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_iris-stream"))
            .args(["--nats", &self.url(), "--from", "flowers", "--to", "answers.iris", "--ack-wait", "2"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn publish(context: &Context, n: usize) {
    for first in (0..n).step_by(1000) {
        let mut sent = Vec::new();
        for index in first..n.min(first + 1000) {
            sent.push(context.publish("flowers", FLOWERS[index % 3].0.into()).await.unwrap());
        }
        for stored in sent {
            stored.await.unwrap();
        }
    }
}

async fn stored(context: &Context) -> u64 {
    let Ok(mut answers) = context.get_stream("answers").await else { return 0 };
    answers.info().await.map_or(0, |info| info.state.messages)
}

async fn until(context: &Context, n: u64) {
    let end = Instant::now() + Duration::from_secs(300);
    while stored(context).await < n {
        assert!(Instant::now() < end, "{} of {n} answers", stored(context).await);
        tokio::task::yield_now().await;
    }
}

/// How often each message was answered, by its number, and which labels there are.
async fn answers(context: &Context) -> HashMap<u64, Vec<String>> {
    let n = stored(context).await;
    let stream = context.get_stream("answers").await.unwrap();
    let config = pull::Config {
        ack_policy: AckPolicy::None,
        deliver_policy: DeliverPolicy::All,
        ..pull::Config::default()
    };
    let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
    let mut found: HashMap<u64, Vec<String>> = HashMap::new();
    for _ in 0..n {
        let message = messages.next().await.unwrap().unwrap();
        let sequence =
            message.headers.as_ref().unwrap().get("Iris-Sequence").unwrap().as_str().parse().unwrap();
        found.entry(sequence).or_default().push(String::from_utf8(message.payload.to_vec()).unwrap());
    }
    found
}

fn check(found: &HashMap<u64, Vec<String>>, n: usize) {
    assert_eq!(found.len(), n, "messages without an answer");
    for (sequence, answers) in found {
        let (_, label) = FLOWERS[usize::try_from(sequence - 1).unwrap() % 3];
        assert!(
            answers[0].contains(&format!("\"predicted_species\":\"{label}\"")),
            "{sequence}: {answers:?}"
        );
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}

fn events() -> usize {
    env::var("IRIS_STREAM_EVENTS").map_or(6000, |n| n.parse().unwrap())
}

#[tokio::test]
async fn a_process_that_is_killed_loses_nothing() {
    let (broker, n) = (Broker::start("killed"), events());
    let context = broker.connect().await;
    publish(&context, n).await;
    let began = Instant::now();
    let (mut one, mut other) = (broker.bridge(&[]), broker.bridge(&[]));
    until(&context, n as u64 / 4).await;
    one.kill().unwrap();
    one.wait().unwrap();
    until(&context, n as u64).await;
    let took = began.elapsed();
    other.kill().unwrap();
    other.wait().unwrap();
    let found = answers(&context).await;
    check(&found, n);
    let twice = found.values().filter(|answers| answers.len() > 1).count();
    println!("{n} messages, two processes, one killed: all answered in {took:.1?}, {twice} of them twice");
}

#[tokio::test]
async fn a_broker_that_goes_away_is_waited_for() {
    let mut broker = Broker::start("away");
    let context = broker.connect().await;
    let n = events();
    publish(&context, n).await;
    let mut bridge = broker.bridge(&[]);
    until(&context, n as u64 / 4).await;
    broker.crash();
    let context = loop {
        if async_nats::connect(broker.url()).await.is_ok() {
            break broker.connect().await;
        }
    };
    until(&context, n as u64).await;
    bridge.kill().unwrap();
    bridge.wait().unwrap();
    check(&answers(&context).await, n);
}

#[tokio::test]
async fn what_can_never_be_answered_is_set_aside_with_why() {
    let broker = Broker::start("refused");
    let context = broker.connect().await;
    for message in [FLOWERS[0].0, "no JSON", r#"{"sepal_length":"long"}"#, FLOWERS[1].0] {
        context.publish("flowers", message.into()).await.unwrap().await.unwrap();
    }
    let output = broker.bridge(&["--once"]).wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "answered=2 refused=2 again=0 left=0");
    let found = answers(&context).await;
    assert_eq!(found[&2], ["no JSON"]);
    let refused = context.get_stream("answers").await.unwrap();
    let message = refused.get_last_raw_message_by_subject("answers.iris.refused").await.unwrap();
    assert_eq!(message.headers.get("Iris-Status").unwrap().as_str(), "422");
    assert!(message.headers.get("Iris-Reason").unwrap().as_str().contains("valid number"));
    // Nothing is left to be delivered again.
    let output = broker.bridge(&["--once"]).wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "answered=0 refused=0 again=0 left=0");
}

#[test]
fn without_a_broker_or_a_stream_it_ends_with_why() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_iris-stream")).args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let nowhere = ["--nats", "nats://127.0.0.1:1", "--from", "a", "--to", "b"];
    assert!(run(&nowhere).contains("NATS cannot be reached"));
    let broker = Broker::start("nothing");
    let url = broker.url();
    assert!(run(&["--nats", &url, "--from", "a", "--to", "b"]).contains("the stream a cannot be read"));
    assert!(run(&["--nats", &url, "--from", "a", "--to", "b", "--model", "/dev/null"]).contains("the model"));
}
