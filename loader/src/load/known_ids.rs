//! The ids that were loaded from a file: which there are, and the products of their rows.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Ids that share a page.
const PAGE_IDS: u64 = 64;

/// A set of ids, or a map from ids to the products they belong to. Takes less than a byte an id, five with products,
/// where ids lie close together; where they lie far apart, as much as any hash table.
#[derive(Debug, Default)]
pub(super) struct KnownIds {
    /// By the number of the page: a bit for each id that is known.
    pages: Pages<u64>,
    /// By the number of the page: the products of its ids, in the order of the ids.
    products: Pages<Products>,
    /// The largest id, 0 if there is none.
    pub(super) largest: u64,
}

type Pages<T> = HashMap<u64, T, BuildHasherDefault<PageHasher>>;

/// Products of neighbours. Wide ones take twice the memory.
#[derive(Debug)]
enum Products {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl KnownIds {
    /// Adds an id, and where rows of other files will ask for it, its product. False if the id is known already.
    pub(super) fn insert(&mut self, id: u64, product: Option<u64>) -> bool {
        let (page, bit) = place(id);
        let present = self.pages.entry(page).or_default();
        if *present & bit != 0 {
            return false;
        }
        if let Some(product) = product {
            let products = self.products.entry(page).or_insert(Products::Narrow(Vec::new()));
            products.insert(rank(*present, bit), product);
        }
        *present |= bit;
        self.largest = self.largest.max(id);
        true
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        let (page, bit) = place(id);
        self.pages.get(&page).is_some_and(|present| present & bit != 0)
    }

    /// The product of a known id that was added with one.
    pub(super) fn product_of(&self, id: u64) -> Option<u64> {
        let (page, bit) = place(id);
        let present = self.pages.get(&page).filter(|present| *present & bit != 0)?;
        match self.products.get(&page)? {
            Products::Narrow(products) => products.get(rank(*present, bit)).map(|&product| product.into()),
            Products::Wide(products) => products.get(rank(*present, bit)).copied(),
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

impl Products {
    fn insert(&mut self, rank: usize, product: u64) {
        match (&mut *self, u32::try_from(product)) {
            (Self::Narrow(products), Ok(narrow)) => products.insert(rank, narrow),
            (Self::Wide(products), _) => products.insert(rank, product),
            (Self::Narrow(products), Err(_)) => {
                *self = Self::Wide(products.iter().map(|&narrow| narrow.into()).collect());
                self.insert(rank, product);
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
        assert_eq!(ids.product_of(7), None);
        assert_eq!(ids.largest, i64::MAX as u64);
    }

    #[test]
    fn products_are_found_in_any_order_and_of_any_size() {
        let mut ids = KnownIds::default();
        let wide = u64::from(u32::MAX) + 1;
        for (id, product) in [(9, 90), (3, 30), (5, wide), (4, 40), (70, wide), (71, 710)] {
            assert!(ids.insert(id, Some(product)));
        }
        let products = [3, 4, 5, 6, 9, 70, 71].map(|id| ids.product_of(id));
        assert_eq!(products, [Some(30), Some(40), Some(wide), None, Some(90), Some(wide), Some(710)]);
    }
}
