//! The filter language: what expressions and words choose, and that every example in the docs is right.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use authspec::filter::{Catalogue, fits, parse};
use authspec::run::{Plan, Verdict, select};
use authspec::source::Source;
use authspec::suite::{self, Suites};
use authspec::target::{self, Target};

struct Bench {
    suites: Arc<Suites>,
    target: Target,
    plans: Vec<Plan>,
}

impl Bench {
    fn new() -> Self {
        let suites = suite::embedded().unwrap();
        let file = Source::new("target.toml", honest::target_file(1, 2));
        let target = target::parse(&file, None).unwrap();
        let plans = select(&suites, &target, &suites.rulesets["oauth2.1"]);
        Self { suites, target, plans }
    }

    fn catalogue(&self) -> Catalogue<'_> {
        // As if each verdict had been met in an earlier run.
        let verdicts = Verdict::ALL.iter().cycle();
        let earlier: BTreeMap<_, _> =
            self.plans.iter().zip(verdicts).map(|(plan, it)| (plan.id.clone(), *it)).collect();
        Catalogue::new(&self.suites, &self.target, Box::new(|| Ok(earlier)))
    }

    /// The ids of the cases that an expression chooses; what is wrong with it where it is.
    fn chosen(&self, text: &str) -> Result<Vec<&str>, String> {
        let catalogue = self.catalogue();
        let read = parse(text).map_err(|mistake| mistake.what)?;
        if let Some(mistake) = read.mistakes(&catalogue).first() {
            return Err(mistake.what.clone());
        }
        let chosen = self.plans.iter().filter(|plan| read.fits(plan, &catalogue));
        Ok(chosen.map(|plan| plan.id.as_str()).collect())
    }

    fn by_word(&self, word: &str) -> Vec<&str> {
        let chosen = self.plans.iter().filter(|plan| fits(plan, word));
        chosen.map(|plan| plan.id.as_str()).collect()
    }
}

#[test]
fn every_example_in_the_docs_chooses_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FILTERS.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let examples = docs.split("-E '").skip(1).map(|rest| rest.split('\'').next().unwrap());
    // In tables, each row begins with a predicate, or ends with an example.
    let quoted = docs.split('`').skip(1).step_by(2).filter(|code| code.ends_with(')'));
    let known = quoted.filter(|code| {
        !code.contains("name)") && !["none()", "suite(pcke)"].contains(code) && code.len() > 1
    });
    let examples: Vec<_> = examples.chain(known).map(|it| it.replace("\\|", "|")).collect();
    assert!(examples.len() > 10, "{examples:?}");
    let bench = Bench::new();
    for example in examples {
        let chosen = bench.chosen(&example).unwrap_or_else(|why| panic!("{example}: {why}"));
        assert!(!chosen.is_empty(), "{example} chooses nothing");
    }
}

#[test]
fn operators_bind_as_documented() {
    let bench = Bench::new();
    let same = |one: &str, other: &str| {
        let (one_of, other_of) = (bench.chosen(one).unwrap(), bench.chosen(other).unwrap());
        assert_eq!(one_of, other_of, "{one} is not {other}");
        assert!(one == "none()" || !one_of.is_empty(), "{one} chooses nothing");
    };
    same("suite(pkce) | suite(codes) & level(must)", "suite(pkce) | (suite(codes) & level(must))");
    same("suite(pkce) - client(web) - client(native)", "suite(pkce) & !client(#{web,native})");
    same("! suite(pkce) & level(must)", "level(must) - suite(pkce)");
    same("not suite(pkce) and level(must)", "!suite(pkce)&level(must)");
    same("suite(pkce) + suite(codes)", "suite(pkce) or suite(codes)");
    same("!!suite(pkce)", "suite(#pkce)");
    same("none()", "all() - all()");
    same("case(=wrong-verifier)", "case(=pkce/wrong-verifier)");
    same("case( wrong-verifier@web )", "case(=pkce/wrong-verifier@web)");
    same("section(4.6) & spec(RFC7636)", "section(rfc 7636 §4.6)");
    same("level(MUST)", "all() - level(should) - level(may)");
    let all = Verdict::ALL.iter().map(|it| format!("status({it})")).collect::<Vec<_>>().join(" | ");
    same(&all, "all()");
    assert_eq!(
        bench.chosen("case(=wrong-verifier) & client(web)").unwrap(),
        ["pkce/wrong-verifier@web"]
    );
}

#[test]
fn whatever_is_written_is_read_or_refused() {
    let bench = Bench::new();
    let parts = ["suite(", "pkce", ")", "(", "&", "|", "-", "!", "not ", "=", "/", "\\", "é§", " "];
    // All strings of up to four of these.
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        let longer =
            texts.iter().flat_map(|text| parts.iter().map(move |it| format!("{text}{it}")));
        texts = longer.collect();
        for text in &texts {
            if let Err(mistake) = parse(text) {
                assert!(mistake.span.end <= text.len() && !mistake.right.is_empty(), "{text}");
                assert!(text.is_char_boundary(mistake.span.start), "{text}");
            }
        }
    }
    for wrong in ["!".repeat(1999), "(".repeat(5000), "(".repeat(1000) + "all()"] {
        assert!(parse(&wrong).is_err());
    }
    assert_eq!(bench.chosen(&("!".repeat(40) + "suite(pkce)")), bench.chosen("suite(pkce)"));
}

#[test]
fn words_find_what_people_mean() {
    let bench = Bench::new();
    for (word, expression) in [
        ("RFC 7636", "spec(RFC7636)"),
        ("rfc7636", "spec(RFC7636)"),
        ("RFC7636 §4.6", "section(RFC7636 §4.6)"),
        ("rfc 7636 section 4.6", "section(RFC7636 §4.6)"),
        ("§4.6", "section(4.6)"),
        ("wrong-verifier", "case(wrong-verifier)"),
        ("pkce/", "suite(pkce)"),
    ] {
        assert_eq!(bench.by_word(word), bench.chosen(expression).unwrap(), "{word}");
    }
    let must = bench.by_word("must");
    assert!(bench.chosen("level(must)").unwrap().iter().all(|id| must.contains(id)));
    assert_eq!(must, bench.by_word("MUST"));
    assert!(bench.by_word("RFC7636 §4.6 SHOULD").is_empty());
}
