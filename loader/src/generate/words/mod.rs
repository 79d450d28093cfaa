//! The text of the set: phrases, and how they are put together.

pub(super) mod articles;
pub(super) mod catalogue;
pub(super) mod kinds;
pub(super) mod links;
pub(super) mod people;
pub(super) mod questions;
pub(super) mod reviews;

use super::quirks::DOUBLE_SPACE_ONE_IN;
use super::random::Random;

/// Appends `count` different sentences of a bank, of at most 64, parted by a space or, now and then, by two.
fn push_sentences(text: &mut String, random: &mut Random, bank: &[&str], count: u64) {
    let mut said = 0_u64;
    for place in 0..count.min(bank.len() as u64) {
        if place > 0 {
            push_gap(text, random);
        }
        let mut index = random.index(bank.len());
        while said & (1 << index) != 0 {
            index = random.index(bank.len());
        }
        said |= 1 << index;
        text.push_str(bank[index]);
    }
}

/// Appends what stands between two sentences.
fn push_gap(text: &mut String, random: &mut Random) {
    text.push_str(if random.chance(1, DOUBLE_SPACE_ONE_IN) { "  " } else { " " });
}
