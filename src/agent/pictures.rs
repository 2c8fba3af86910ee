//! Pictures of pages: of two pages that are the same but for random values, one is taken.

use std::collections::HashMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::settled_pages::masked_for;
use super::visit::VisitRequest;

/// How much is kept, in bytes.
const MOST: usize = 8 << 20;

/// The pictures that a browser has taken.
#[derive(Default)]
pub(super) struct Pictures {
    taken: HashMap<Look, Vec<u8>>,
    size: usize,
}

/// What a page looks like, as far as its source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look([u8; 32]);

impl Look {
    /// The look of a page with this source, without what is new each time that it is shown.
    pub(super) fn of(html: &str, visit_request: &VisitRequest) -> Self {
        Self(Sha256::digest(masked_for(html, visit_request)).into())
    }
}

impl Pictures {
    /// The picture of a page that looks like this.
    pub(super) fn of(&self, look: Look) -> Option<Vec<u8>> {
        self.taken.get(&look).cloned()
    }

    /// Keeps a picture, if there is room for it.
    pub(super) fn keep(&mut self, look: Look, picture: &[u8]) {
        if self.size + picture.len() <= MOST {
            self.size += picture.len();
            self.taken.insert(look, picture.to_vec());
        }
    }
}

impl fmt::Debug for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pictures").field("taken", &self.taken.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let (one, other) = (Look([1; 32]), Look([2; 32]));
        let mut pictures = Pictures::default();
        pictures.keep(one, &[0; MOST]);
        pictures.keep(other, &[0]);
        assert_eq!(pictures.of(one).map(|picture| picture.len()), Some(MOST));
        assert_eq!(pictures.of(other), None);
    }
}
