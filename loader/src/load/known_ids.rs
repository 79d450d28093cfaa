//! The ids that were loaded from a file: which there are, and what their rows belong to.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::tables::MAX_OWNERS;

/// Ids that share a page.
const PAGE_IDS: u64 = 64;

/// A set of ids, or a map from ids to their owners. Takes less than a byte an id, five with owners, where ids lie close
/// together; where they lie far apart, as much as any hash table.
#[derive(Debug, Default)]
pub(super) struct KnownIds {
    /// By the number of the page: a bit for each id that is known.
    pages: Pages<u64>,
    /// By the number of the page: the owners of its ids, in the order of the ids.
    owners: Pages<Owners>,
    /// The ids that the owners are among, where they have owners themselves.
    above: Option<Arc<KnownIds>>,
    /// The largest id, 0 if there is none.
    pub(super) largest: u64,
}

/// What a row belongs to, from the nearest owner outwards; 0 beyond the last. An answer's are a question and a product.
pub(super) type Lineage = [u64; MAX_OWNERS];

type Pages<T> = HashMap<u64, T, BuildHasherDefault<PageHasher>>;

/// Owners of neighbours. Wide ones take twice the memory.
#[derive(Debug)]
enum Owners {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl KnownIds {
    /// No ids, of rows whose owners are among the ids `above`, if those have owners too.
    pub(super) fn below(above: Option<Arc<Self>>) -> Self {
        Self { above, ..Self::default() }
    }

    /// Adds an id, and where rows of other files will ask for it, its owner. False if the id is known already.
    pub(super) fn insert(&mut self, id: u64, owner: Option<u64>) -> bool {
        let (page, bit) = place(id);
        let present = self.pages.entry(page).or_default();
        if *present & bit != 0 {
            return false;
        }
        if let Some(owner) = owner {
            let owners = self.owners.entry(page).or_insert(Owners::Narrow(Vec::new()));
            owners.insert(rank(*present, bit), owner);
        }
        *present |= bit;
        self.largest = self.largest.max(id);
        true
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        let (page, bit) = place(id);
        self.pages.get(&page).is_some_and(|present| present & bit != 0)
    }

    /// The owners of a known id that was added with one.
    pub(super) fn lineage_of(&self, id: u64) -> Option<Lineage> {
        let mut lineage = [0; MAX_OWNERS];
        let (nearest, beyond) = lineage.split_at_mut(1);
        nearest[0] = self.owner_of(id)?;
        if let Some(above) = &self.above {
            beyond.copy_from_slice(&above.lineage_of(nearest[0])?[..MAX_OWNERS - 1]);
        }
        Some(lineage)
    }

    fn owner_of(&self, id: u64) -> Option<u64> {
        let (page, bit) = place(id);
        let present = self.pages.get(&page).filter(|present| *present & bit != 0)?;
        match self.owners.get(&page)? {
            Owners::Narrow(owners) => owners.get(rank(*present, bit)).map(|&owner| owner.into()),
            Owners::Wide(owners) => owners.get(rank(*present, bit)).copied(),
        }
    }
}

/// The page of an id, and its bit there.
fn place(id: u64) -> (u64, u64) {
    (id / PAGE_IDS, 1 << (id % PAGE_IDS))
}

/// How many smaller ids the page has.
fn rank(present: u64, bit: u64) -> usize {
    (present & (bit - 1)).count_ones() as usize
}

impl Owners {
    fn insert(&mut self, rank: usize, owner: u64) {
        match (&mut *self, u32::try_from(owner)) {
            (Self::Narrow(owners), Ok(narrow)) => owners.insert(rank, narrow),
            (Self::Wide(owners), _) => owners.insert(rank, owner),
            (Self::Narrow(owners), Err(_)) => {
                *self = Self::Wide(owners.iter().map(|&narrow| narrow.into()).collect());
                self.insert(rank, owner);
            }
        }
    }
}

/// Spreads the numbers of pages, which mostly follow each other. Cheaper than the standard hasher, whose protection
/// against chosen keys a loader does not need.
#[derive(Debug, Default)]
struct PageHasher(u64);

impl Hasher for PageHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("pages are numbered by u64");
    }

    fn write_u64(&mut self, page: u64) {
        self.0 = page.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_once_wherever_they_lie() {
        let mut ids = KnownIds::default();
        for id in [8, 7, 1, 63, 64, 1 << 40, i64::MAX as u64] {
            assert!(!ids.contains(id));
            assert!(ids.insert(id, None));
            assert!(!ids.insert(id, None));
            assert!(ids.contains(id));
        }
        assert!(!ids.contains(2) && !ids.contains(65) && !ids.contains((1 << 40) + 1));
        assert_eq!(ids.lineage_of(7), None);
        assert_eq!(ids.largest, i64::MAX as u64);
    }

    #[test]
    fn owners_are_found_in_any_order_and_of_any_size() {
        let mut ids = KnownIds::default();
        let wide = u64::from(u32::MAX) + 1;
        for (id, owner) in [(9, 90), (3, 30), (5, wide), (4, 40), (70, wide), (71, 710)] {
            assert!(ids.insert(id, Some(owner)));
        }
        let owners = [3, 4, 5, 6, 9, 70, 71].map(|id| ids.lineage_of(id).map(|[owner, _]| owner));
        assert_eq!(owners, [Some(30), Some(40), Some(wide), None, Some(90), Some(wide), Some(710)]);
    }

    #[test]
    fn owners_have_owners() {
        let mut questions = KnownIds::default();
        questions.insert(7, Some(1));
        let mut answers = KnownIds::below(Some(Arc::new(questions)));
        answers.insert(70, Some(7));
        assert_eq!(answers.lineage_of(70), Some([7, 1]));
    }
}
