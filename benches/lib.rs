//! Benchmarks of authspec: `cargo bench -p authspec-benches`.
