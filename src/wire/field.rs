//! Header fields by their grammar (RFC9110 §5.6): lists whose elements may contain quoted strings.

use http_auth::parse_challenges;

use super::exchange::Answer;

impl Answer {
    /// Whether a field, whose name is in lower case, has this value or element: the name of a
    /// directive without argument, the scheme of a challenge, a media type without parameters.
    pub fn field_holds(&self, name: &str, wanted: &str) -> bool {
        self.headers(name).any(|value| {
            value.trim().eq_ignore_ascii_case(wanted)
                || words(name, value).iter().any(|word| word.eq_ignore_ascii_case(wanted))
        })
    }
}

/// The words that distinguish the elements of a field.
fn words(name: &str, value: &str) -> Vec<String> {
    match name {
        "www-authenticate" | "proxy-authenticate" => schemes(value),
        // A single value, not a list (RFC9110 §8.3).
        "content-type" => vec![first_word(value)],
        "cache-control" => elements(value).into_iter().flat_map(directive).collect(),
        _ => elements(value).into_iter().map(first_word).collect(),
    }
}

/// A directive: one with a number of seconds also by its name alone (RFC9111 §5.2).
fn directive(element: &str) -> Vec<String> {
    let whole = first_word(element);
    let name = whole.split_once('=').filter(|(_, value)| value.parse::<u64>().is_ok());
    let name = name.map(|(name, _)| name.to_owned());
    std::iter::once(whole).chain(name).collect()
}

/// The schemes of the challenges. A value that cannot be parsed as challenges is read as a list, in
/// which the parameters of a challenge contain an equals sign.
fn schemes(value: &str) -> Vec<String> {
    match parse_challenges(value) {
        Ok(challenges) => challenges.iter().map(|it| it.scheme.to_owned()).collect(),
        Err(_) => elements(value).into_iter().map(first_word).collect(),
    }
}

fn first_word(element: &str) -> String {
    element.trim().split([' ', '\t', ';']).next().unwrap_or_default().to_owned()
}

/// The elements of a list; a comma in a quoted string does not separate elements.
fn elements(value: &str) -> Vec<&str> {
    let (mut found, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in value.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&value[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, value: &str, wanted: &str) -> bool {
        let headers = vec![(name.to_owned(), value.to_owned())];
        Answer { status: 200, headers, body: crate::wire::Body::default(), cut: false }
            .field_holds(name, wanted)
    }

    #[test]
    fn what_is_quoted_is_no_element() {
        for (name, value, wanted, is_there) in [
            ("cache-control", "private, no-store", "no-store", true),
            ("cache-control", "No-Store", "no-store", true),
            ("cache-control", "x=\"no-store\"", "no-store", false),
            ("cache-control", "private=\"x, no-store, y\"", "no-store", false),
            ("cache-control", "private=\"x\\\", no-store, y\"", "no-store", false),
            ("cache-control", "public, max-age=60", "max-age", true),
            ("cache-control", "s-maxage=60", "max-age", false),
            ("cache-control", "no-cache=\"set-cookie\"", "no-cache", false),
            ("www-authenticate", "Basic realm=\"x\", Bearer", "bearer", true),
            ("www-authenticate", "Bearer", "Bearer", true),
            ("www-authenticate", "Digest realm=\"a, Bearer b\"", "Bearer", false),
            ("www-authenticate", "Digest realm=\"a, Bearer, b\", x", "Bearer", false),
            ("content-type", "application/json; charset=utf-8", "application/json", true),
            ("content-type", "application/json;charset=utf-8", "application/json", true),
            ("content-type", "text/html, application/json", "application/json", false),
        ] {
            assert_eq!(holds(name, value, wanted), is_there, "{name}: {value}");
        }
    }
}
