//! Questions and answers. An answer has the topic of its question.

use super::sentences::{push_gap, push_sentences};
use crate::generate::random::Random;

/// Questions with common answers.
#[derive(Clone, Copy)]
pub(in crate::generate) struct Topic {
    questions: &'static [&'static str],
    answers: &'static [&'static str],
}

/// All topics. They are equally frequent.
pub(in crate::generate) static TOPICS: [Topic; 8] = [
    Topic {
        questions: &[
            "What fabric is this made of?",
            "Is it real leather, or something that looks like it?",
            "What is the outside made of?  I'm allergic to wool.",
            "Is the material thick, or can you see through it?",
        ],
        answers: &[
            "Something pretty durable, but I can't be sure.",
            "It's the softest material I've had, whatever they call it.",
            "The label says it's a blend, mostly cotton.",
            "It's all synthetic, and you can't tell.",
            "No wool in it, I checked with the shop.",
            "Supposedly suede, but I think it's synthetic.",
        ],
    },
    Topic {
        questions: &[
            "Does this run small?",
            "I'm between two sizes, which one should I take?",
            "How does it fit if you're tall (193 cm, 85 kg)?",
            "Is it true to size?",
            "Can I return it if it's too tight, and how long have I got?",
        ],
        answers: &[
            "It runs a bit small, I'd go one up.",
            "True to size for me, and I'm picky.",
            "I took my usual size and it's roomy, so you'll be fine.",
            "I returned mine for a larger one, no questions asked.",
            "It gives a little after a week, so take the smaller one.",
            "If you're between sizes, the larger one looks better.",
        ],
    },
    Topic {
        questions: &[
            "Can I wash it in the machine?",
            "Does the colour run in the wash?",
            "How do you get stains out of it?",
            "Does it shrink?",
        ],
        answers: &[
            "Cold wash, inside out, never a problem.",
            "I wouldn't put it in the dryer.",
            "Mine faded a little after a year, which I rather like.",
            "I only wipe it with a wet cloth, and that's enough.",
            "Washed it twenty times by now, and it looks like new.",
        ],
    },
    Topic {
        questions: &[
            "How long does it last?",
            "Does it hold up to daily use?",
            "Has anybody had trouble with the seams?",
            "Will it survive a toddler?",
        ],
        answers: &[
            "I've had mine for three years, and it won't die.",
            "It lasted a season, then the seams went.  They sent a new one.",
            "I wear it every day, rain or shine.",
            "Mine fell apart after the third time, so no.",
            "The zip is the weak point, the rest is solid.",
        ],
    },
    Topic {
        questions: &[
            "Is it warm enough for winter?",
            "Can you wear it in the rain?",
            "Is it too hot for summer?",
            "Would you take it to the mountains?",
        ],
        answers: &[
            "Down to freezing it's fine, below that you'll want a layer.",
            "A shower, yes.  A storm, no.",
            "I wore it in Zürich in January, and I wasn't cold once.",
            "It breathes well, even at 30 °C.",
            "Not on its own, but it's good under a shell.",
        ],
    },
    Topic {
        questions: &[
            "Does the colour look like the picture?",
            "Which green is it, more olive or more lime?",
            "Will there be other colours?",
            "Are the photos edited?  It looks so bright.",
        ],
        answers: &[
            "It's a shade darker than the photo, and better for it.",
            "Exactly like in the picture, in daylight at least.",
            "I wrote to them, and they said next spring.",
            "On my screen it looked brighter, but I kept it.",
        ],
    },
    Topic {
        questions: &[
            "How long does shipping take?",
            "Do you ship to Österreich?",
            "Does it come in a gift box?",
            "When will it be back in stock?",
        ],
        answers: &[
            "Four days, to the door.",
            "It took two weeks, but it was during the holidays.",
            "Mine came in a paper bag, so you'll need your own wrapping.",
            "They write to you as soon as it's back, so leave your address.",
            "It came faster than the pizza I'd ordered.",
        ],
    },
    Topic {
        questions: &[
            "Where is this product made?",
            "Why is this product cheaper here than other sites?",
            "Is it worth the price?",
            "What's the difference from last year's?",
        ],
        answers: &[
            "Mine says made in Portugal.",
            "It's the same as everywhere else, only they don't charge for the logo.",
            "At the sale price, yes.  At the full one, I'd think twice.",
            "The new one has better pockets, that's about it.",
            "Worth every cent, if you ask me.",
        ],
    },
];

const ASIDES: &[&str] = &[
    "Thank you for asking!",
    "Hope that helps.",
    "Let me know if you need a photo.",
    "I asked myself the same before I bought it.",
    "My sister has one too, and says the same.",
    "That said, it's a matter of taste.",
];

/// Appends a question.
pub(in crate::generate) fn push_question(text: &mut String, random: &mut Random, topic: Topic) {
    text.push_str(random.pick(topic.questions));
    if random.chance(1, 12) {
        push_gap(text, random);
        text.push_str(random.pick(&[
            "Thanks!",
            "Merci d'avance!",
            "Asking for a friend.",
            "Thanks in advance 🙏",
        ]));
    }
}

/// Appends an answer: one or two sentences of the topic, sometimes with an aside.
pub(in crate::generate) fn push_answer(text: &mut String, random: &mut Random, topic: Topic) {
    let sentences = random.between(1, 2);
    push_sentences(text, random, topic.answers, sentences);
    if random.chance(1, 3) {
        push_gap(text, random);
        text.push_str(random.pick(ASIDES));
    }
}
