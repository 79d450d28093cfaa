//! Sequences of sentences.

use crate::generate::quirks::DOUBLE_SPACE_ONE_IN;
use crate::generate::random::Random;

/// Appends `count` different sentences out of `bank`, which has at most 64, with gaps between them.
pub(super) fn push_sentences(text: &mut String, random: &mut Random, bank: &[&str], count: u64) {
    let mut used = 0_u64;
    for place in 0..count.min(bank.len() as u64) {
        if place > 0 {
            push_gap(text, random);
        }
        let mut index = random.index(bank.len());
        while used & (1 << index) != 0 {
            index = random.index(bank.len());
        }
        used |= 1 << index;
        text.push_str(bank[index]);
    }
}

/// Appends the gap between two sentences: a space, sometimes two.
pub(super) fn push_gap(text: &mut String, random: &mut Random) {
    text.push_str(if random.chance(1, DOUBLE_SPACE_ONE_IN) { "  " } else { " " });
}
