//! The program as its users meet it: one test program for all that need nothing to themselves, as each has to be
//! linked with the whole library, and what waits in one test leaves the machine to another.
//!
//! `cargo test --test program verdicts::` runs those of one file.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "runs/bench.rs"]
mod bench;
#[path = "verdicts/built_in.rs"]
mod built_in;
#[path = "verdicts/command.rs"]
mod command;
#[path = "verdicts/fake.rs"]
mod fake;
#[path = "init/golden.rs"]
mod golden;
#[path = "report_page/inert.rs"]
mod inert;
#[path = "reports/valid.rs"]
mod valid;
#[path = "verdicts/written.rs"]
mod written;

mod audit;
mod besides;
mod book;
mod bound;
mod certification;
mod certified;
mod ci;
mod compare;
mod coverage;
mod doctor;
mod explain;
mod filters;
mod hostile;
mod init;
mod interrupted;
mod matrix;
mod network;
mod objects;
mod oidf;
mod own_suites;
mod pairs;
mod partition;
mod pausing;
mod postman;
mod pushed;
mod readme;
mod redaction;
mod report_html;
mod report_page;
mod report_postman;
mod reports;
mod resource;
mod response_mode;
mod runs;
mod schemas;
mod signing_in;
mod stumbling;
mod terminal;
mod trust;
mod verdicts;
