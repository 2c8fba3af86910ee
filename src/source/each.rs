//! Lists whose elements know their positions.

use serde::{Deserialize, Deserializer};

/// Deserialises a list so that a mistake in an element points at the element and not at the whole
/// list.
///
/// # Errors
/// The first mistake in an element, or that this is not a list.
pub fn each<'de, T: Deserialize<'de>, D: Deserializer<'de>>(list: D) -> Result<Vec<T>, D::Error> {
    // The parser only reports the position of optional elements; none is ever absent.
    let elements = Vec::<Option<T>>::deserialize(list)?;
    Ok(elements.into_iter().flatten().collect())
}
