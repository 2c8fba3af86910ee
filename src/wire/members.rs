//! JSON as it was written, with the members that stand in an object more than once.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A value of JSON in which no member hides another of the same name.
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
    /// Reads a text; nothing where it is no JSON.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Every value that the object has under this name.
    pub fn all(&self, name: &str) -> Vec<Value> {
        let Self::Object(members) = self else { return Vec::new() };
        let named = members.iter().filter(|(known, _)| known == name);
        named.map(|(_, node)| node.value()).collect()
    }

    /// What an ordinary reader makes of it: of doubled members, the last one counts.
    pub fn value(&self) -> Value {
        match self {
            Self::Object(members) => {
                members.iter().map(|(name, node)| (name.clone(), node.value())).collect()
            }
            Self::List(nodes) => nodes.iter().map(Self::value).collect(),
            Self::Plain(value) => value.clone(),
        }
    }

    /// All members, at whatever depth: the path to each, its name and its value.
    pub fn members(&self) -> Vec<(String, &str, &Self)> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    fn collect<'a>(&'a self, path: &str, found: &mut Vec<(String, &'a str, &'a Self)>) {
        match self {
            Self::Object(members) => {
                for (name, node) in members {
                    let path = format!("{path}{name}");
                    found.push((path.clone(), name, node));
                    node.collect(&format!("{path}."), found);
                }
            }
            Self::List(nodes) => nodes.iter().for_each(|node| node.collect(path, found)),
            Self::Plain(_) => {}
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
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
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
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
        let paths: Vec<_> = node.members().into_iter().map(|(path, ..)| path).collect();
        assert_eq!(paths, ["a", "b", "b.c", "a"]);
        assert_eq!(node.value(), serde_json::json!({ "a": "x", "b": [{ "c": null }] }));
        assert_eq!(Node::read("{"), None);
    }
}
