//! The texts of reviews, which match the rating.

use super::sentences::push_sentences;
use crate::generate::random::Random;

/// The summaries and sentences for some ratings. Two sentences are long enough for a body.
struct Mood {
    summaries: &'static [&'static str],
    sentences: &'static [&'static str],
}

const HAPPY: Mood = Mood {
    summaries: &[
        "This product was great!",
        "Love it, love it, love it",
        "Exactly what I hoped for",
        "Five stars, and I don't give many",
        "My new favourite, by far",
        "Worth the wait, and worth the price",
        "Très chic!",
        "Bought a second one 😍",
    ],
    sentences: &[
        "I really did or did not like this product based on whether it was sustainably sourced; it was.",
        "It's the first thing I put on in the morning, and the last I take off.",
        "I've had three strangers ask me where I got it, and I told all of them.",
        "The stitching is neat, the colour is deep, and nothing itches.",
        "After forty washes it's as good as on the first day.",
        "I was sceptical at first, but it won me over within an hour.",
        "It fits as if somebody had measured me in my sleep.",
        "Shipping was quick, and it came wrapped better than most presents.",
        "My husband hates shopping, and he asked me to order two more.",
        "I wore it at my cousin's wedding in Málaga, then hiked in it the day after.",
        "You get what you pay for, and here you get a bit more than that.",
        "Finally pockets that hold a phone, keys, and half a sandwich!",
    ],
};

const MIXED: Mood = Mood {
    summaries: &[
        "It's OK",
        "Good, but not great",
        "Nice idea, so-so quality",
        "Fine for the price, I guess",
        "Almost there",
        "Runs small, looks good",
    ],
    sentences: &[
        "It's fine, though I had expected a little more for the money.",
        "The colour is lovely, but the cut isn't made for my shoulders.",
        "I like how it looks; I don't like how it sounds when I walk.",
        "It took a week of wear until it was comfortable, now it's all right.",
        "The left side is perfect, the right side has a loose thread.",
        "I'd buy it again in a sale, but not at the full price.",
        "Runs a size small, so I gave mine to my daughter, who loves it.",
        "Good enough for the garden, not quite good enough for the office.",
    ],
};

const SAD: Mood = Mood {
    summaries: &[
        "Don't buy it",
        "Not what's in the picture",
        "Fell apart within a month",
        "Disappointed, to say the least",
        "Sent it back the same day",
    ],
    sentences: &[
        "The seam went on the second day, and I hadn't even sat down.",
        "It smells of glue, and no amount of washing gets it out.",
        "The picture shows a deep blue; what came is a tired grey.",
        "I've written to them twice, and I'm still waiting for an answer.",
        "It's two sizes too small, and I'm not a large person.",
        "My dog likes to lie on it, which is the best I can say.",
        "For that price I'd expect a zip that closes all the way.",
        "I wanted to love it, I really did, but it's going back.",
    ],
};

const RESPONSES: &[&str] = &[
    "Thank you for your review, we're glad you took the time!",
    "We're sorry to hear that.  Please write to us, and we'll put it right.",
    "Glad you're enjoying it! Wait until you see next season's.",
    "Thank you, we've passed it on to the people who sew it.",
];

fn mood(rating: u64) -> &'static Mood {
    match rating {
        4.. => &HAPPY,
        3 => &MIXED,
        _ => &SAD,
    }
}

/// Appends a summary, of at most 60 characters.
pub(in crate::generate) fn push_summary(text: &mut String, random: &mut Random, rating: u64) {
    text.push_str(random.pick(mood(rating).summaries));
}

/// Appends a body, of 50 to 1000 characters.
pub(in crate::generate) fn push_body(text: &mut String, random: &mut Random, rating: u64) {
    let sentences = 2 + random.small(5);
    push_sentences(text, random, mood(rating).sentences, sentences);
}

/// The shop's response to a review.
pub(in crate::generate) fn response(random: &mut Random) -> &'static str {
    random.pick(RESPONSES)
}

#[cfg(test)]
mod tests {
    use super::{HAPPY, MIXED, SAD};

    #[test]
    fn summaries_and_bodies_have_valid_lengths() {
        for mood in [HAPPY, MIXED, SAD] {
            assert!(mood.summaries.iter().all(|summary| summary.chars().count() <= 60));
            assert!(mood.sentences.iter().all(|sentence| (25..=150).contains(&sentence.chars().count())));
        }
    }
}
