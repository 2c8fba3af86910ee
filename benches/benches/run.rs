//! Loading the suites, judging, redaction, reading answers, and a whole run against the built-in server.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use authspec::agent::Page;
use authspec::cli::{AgentArg, RunArgs, prepare};
use authspec::run::{CaseResult, ControlOutcome, PlanKind, judge};
use authspec::suite::load;
use authspec::wire::{Answer, Names};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

/// A run of all cases that these words choose, with the built-in server, over plain HTTP.
async fn run(words: &[&str]) -> Vec<Arc<CaseResult>> {
    let words = words.iter().map(|&word| word.to_owned()).collect();
    let args = RunArgs { words, agent: Some(AgentArg::Forms), ..RunArgs::default() };
    let prepared = prepare(&args).expect("the arguments are right");
    let count = prepared.plans().len();
    let started = prepared.start().await.expect("the built-in server starts");
    let mut results = Vec::new();
    for index in 0..count {
        results.push(started.run.result(index).await);
    }
    started.run.agent().stop().await;
    results
}

fn loading(criterion: &mut Criterion) {
    // The built-in ones are read once only.
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../suites"));
    criterion.bench_function("load the suites", |bench| {
        bench.iter(|| load(folder).expect("the suites load"));
    });
}

fn judging(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let results = runtime.block_on(run(&["pkce", "codes", "redirect-uri"]));
    let judged = || {
        for result in &results {
            if let (PlanKind::Case { case, .. }, Some(values)) = (&result.plan.what, &result.values)
            {
                let control = ControlOutcome::Works;
                black_box(judge(&result.plan, case, &control, &result.transcript, values));
            }
        }
    };
    criterion.bench_function("judge three suites", |bench| bench.iter(judged));
}

fn redaction(criterion: &mut Criterion) {
    let mut names = Names::default();
    for number in 0..200 {
        names.add(&format!("a-secret-of-some-length-{number:05}"), "token");
    }
    let page = "<p>text with a-secret-of-some-length-00042 in it</p>\n".repeat(1300);
    criterion.bench_function("redact a page of 64 KiB", |bench| bench.iter(|| names.hide(&page)));
}

fn answers(criterion: &mut Criterion) {
    let html = "<form action='/login' method='post'><input name='username'><input name='password' \
                type='password'><button>Sign in</button></form>"
        .repeat(100);
    criterion.bench_function("read a page", |bench| bench.iter(|| Page::read(&html)));
    // Just below the number of values from which on JSON counts as cut.
    let dense = format!("[{}]", vec!["1"; 9_990].join(","));
    let answer = || Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: dense.clone().into(),
        cut: false,
    };
    criterion.bench_function("read dense JSON", |bench| {
        bench.iter_batched(answer, |answer| answer.members().is_some(), BatchSize::SmallInput);
    });
}

fn whole_run(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("run");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("all cases", |bench| bench.iter(|| runtime.block_on(run(&[]))));
    group.finish();
}

criterion_group!(benches, loading, judging, redaction, answers, whole_run);
criterion_main!(benches);
