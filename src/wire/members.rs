//! JSON as it was written, including duplicate members of an object.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// How many values of a text are read. No server needs more, and each takes memory.
const MOST: usize = 10_000;

/// Why a text was not read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not JSON.
    NoJson,
    /// It has too many values.
    TooMuch,
}

/// A JSON value in which no member hides another of the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An object, with its members in order.
    Object(Vec<(String, Self)>),
    /// A list.
    List(Vec<Self>),
    /// A text, a number, true, false or null.
    Plain(Value),
}

impl Node {
    /// Parses a text.
    ///
    /// # Errors
    /// Why it cannot be parsed.
    pub(super) fn read(text: &str) -> Result<Self, Unread> {
        let count = Cell::new(0);
        let mut json = serde_json::Deserializer::from_str(text);
        let node = Reader(&count).deserialize(&mut json);
        let node = node.and_then(|node| json.end().map(|()| node));
        node.map_err(|_| if count.get() > MOST { Unread::TooMuch } else { Unread::NoJson })
    }

    /// Every value that the object has under this name.
    pub fn all(&self, name: &str) -> Vec<Value> {
        let Self::Object(members) = self else { return Vec::new() };
        let named = members.iter().filter(|(known, _)| known == name);
        named.map(|(_, node)| node.value()).collect()
    }

    /// What an ordinary parser returns: of duplicate members, the last one counts.
    pub fn value(&self) -> Value {
        match self {
            Self::Object(members) => {
                members.iter().map(|(name, node)| (name.clone(), node.value())).collect()
            }
            Self::List(nodes) => nodes.iter().map(Self::value).collect(),
            Self::Plain(value) => value.clone(),
        }
    }

    /// The last value of an object under this name, which is the one that counts for ordinary
    /// parsers.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// The members with matching names, at any depth: the path to each, its name and its value.
    pub fn named(&self, is_one: impl Fn(&str) -> bool) -> Vec<(String, &str, &Self)> {
        let mut found = Vec::new();
        self.collect(&is_one, &mut Vec::new(), &mut found);
        found
    }

    fn collect<'a>(
        &'a self,
        is_one: &impl Fn(&str) -> bool,
        path: &mut Vec<&'a str>,
        found: &mut Vec<(String, &'a str, &'a Self)>,
    ) {
        match self {
            Self::Object(members) => {
                for (name, node) in members {
                    path.push(name);
                    if is_one(name) {
                        found.push((path.join("."), name, node));
                    }
                    node.collect(is_one, path, found);
                    path.pop();
                }
            }
            Self::List(nodes) => nodes.iter().for_each(|node| node.collect(is_one, path, found)),
            Self::Plain(_) => {}
        }
    }
}

/// Parses values, and counts them.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > MOST {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Plain(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(self)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = object.next_key()? {
            members.push((name, object.next_value_seed(self)?));
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_members_are_all_there() {
        let node = Node::read(r#"{"a":1,"b":[{"c":null}],"a":"x"}"#).unwrap();
        assert_eq!(node.all("a"), [Value::from(1), Value::from("x")]);
        let paths: Vec<_> = node.named(|_| true).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(paths, ["a", "b", "b.c", "a"]);
        assert_eq!(node.value(), serde_json::json!({ "a": "x", "b": [{ "c": null }] }));
        assert_eq!(Node::read("{"), Err(Unread::NoJson));
    }
}
