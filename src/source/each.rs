//! Lists whose elements know where they stand.

use serde::{Deserialize, Deserializer};

/// Reads a list so that a mistake in an element points at the element and not at the whole list.
///
/// # Errors
/// The first mistake in an element, or that this is no list.
pub fn each<'de, T: Deserialize<'de>, D: Deserializer<'de>>(list: D) -> Result<Vec<T>, D::Error> {
    // It is an element that may be absent which the parser reads with its place; none ever is.
    let elements = Vec::<Option<T>>::deserialize(list)?;
    Ok(elements.into_iter().flatten().collect())
}
