//! The ids that were loaded from a file, and the owners of their rows.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::tables::MAX_OWNERS;

/// The number of ids in a page.
const PAGE_IDS: u64 = 64;

/// A set of ids, or a map from ids to the ids of their owners. Takes less than one byte per id, five with owners, if the
/// ids are dense; if they are sparse, as much as a hash table.
#[derive(Debug, Default)]
pub(super) struct KnownIds {
    /// By the number of the page: one bit per id.
    pages: PageMap<u64>,
    /// By the number of the page: the owners of its ids, in the order of the ids.
    owners: PageMap<OwnerPage>,
    /// The ids of the owners, if the owners have owners too.
    owner_ids: Option<Arc<KnownIds>>,
    /// The largest id, 0 without ids.
    pub(super) largest: u64,
}

/// The ids of the owners of a row, from the nearest outwards, 0 beyond the last: the question and the product of an
/// answer.
pub(super) type OwnerIds = [u64; MAX_OWNERS];

/// The standard hasher protects against chosen keys, which costs time and is not needed here.
type PageMap<T> = FxHashMap<u64, T>;

/// The owners of the ids of a page.
#[derive(Debug)]
enum OwnerPage {
    /// All owners fit into 32 bits, which is the common case.
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl KnownIds {
    /// An empty map. `owner_ids` are the ids of the owners, if the owners have owners too.
    pub(super) fn owned_by(owner_ids: Option<Arc<Self>>) -> Self {
        Self { owner_ids, ..Self::default() }
    }

    /// Adds an id, with its owner if rows of other files inherit it. False if the id is already known.
    pub(super) fn insert(&mut self, id: u64, owner: Option<u64>) -> bool {
        let (page, bit) = page_and_bit(id);
        let present = self.pages.entry(page).or_default();
        if *present & bit != 0 {
            return false;
        }
        if let Some(owner) = owner {
            let owners = self.owners.entry(page).or_insert(OwnerPage::Narrow(Vec::new()));
            owners.insert(rank(*present, bit), owner);
        }
        *present |= bit;
        self.largest = self.largest.max(id);
        true
    }

    /// Whether the id was added.
    pub(super) fn contains(&self, id: u64) -> bool {
        let (page, bit) = page_and_bit(id);
        self.pages.get(&page).is_some_and(|present| present & bit != 0)
    }

    /// The owners of an id that was added with an owner.
    pub(super) fn owners_of(&self, id: u64) -> Option<OwnerIds> {
        let mut owners = [0; MAX_OWNERS];
        let (nearest, further) = owners.split_at_mut(1);
        nearest[0] = self.owner_of(id)?;
        if let Some(owner_ids) = &self.owner_ids {
            further.copy_from_slice(&owner_ids.owners_of(nearest[0])?[..MAX_OWNERS - 1]);
        }
        Some(owners)
    }

    fn owner_of(&self, id: u64) -> Option<u64> {
        let (page, bit) = page_and_bit(id);
        let present = self.pages.get(&page).filter(|present| *present & bit != 0)?;
        match self.owners.get(&page)? {
            OwnerPage::Narrow(owners) => owners.get(rank(*present, bit)).map(|&owner| owner.into()),
            OwnerPage::Wide(owners) => owners.get(rank(*present, bit)).copied(),
        }
    }
}

/// The page of an id, and its bit in the page.
fn page_and_bit(id: u64) -> (u64, u64) {
    (id / PAGE_IDS, 1 << (id % PAGE_IDS))
}

/// The number of smaller ids in the page.
fn rank(present: u64, bit: u64) -> usize {
    (present & (bit - 1)).count_ones() as usize
}

impl OwnerPage {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_added_once() {
        let mut ids = KnownIds::default();
        for id in [8, 7, 1, 63, 64, 1 << 40, i64::MAX as u64] {
            assert!(!ids.contains(id));
            assert!(ids.insert(id, None));
            assert!(!ids.insert(id, None));
            assert!(ids.contains(id));
        }
        assert!(!ids.contains(2) && !ids.contains(65) && !ids.contains((1 << 40) + 1));
        assert_eq!(ids.owners_of(7), None);
        assert_eq!(ids.largest, i64::MAX as u64);
    }

    #[test]
    fn owners_are_found_in_any_order_and_of_any_size() {
        let mut ids = KnownIds::default();
        let wide = u64::from(u32::MAX) + 1;
        for (id, owner) in [(9, 90), (3, 30), (5, wide), (4, 40), (70, wide), (71, 710)] {
            assert!(ids.insert(id, Some(owner)));
        }
        let owners = [3, 4, 5, 6, 9, 70, 71].map(|id| ids.owners_of(id).map(|[owner, _]| owner));
        assert_eq!(owners, [Some(30), Some(40), Some(wide), None, Some(90), Some(wide), Some(710)]);
    }

    #[test]
    fn owners_have_owners() {
        let mut questions = KnownIds::default();
        questions.insert(7, Some(1));
        let mut answers = KnownIds::owned_by(Some(Arc::new(questions)));
        answers.insert(70, Some(7));
        assert_eq!(answers.owners_of(70), Some([7, 1]));
    }
}
