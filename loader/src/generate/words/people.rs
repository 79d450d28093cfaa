//! The nicknames and e-mail addresses of shoppers.

use crate::generate::csv_writer::push_number;
use crate::generate::random::Random;

const FIRST_NAMES: &[&str] = &[
    "ada", "amelie", "bjorn", "carmen", "chidi", "dmitri", "elena", "emeka", "farah", "fiona", "george",
    "grace", "hana", "ines", "jamal", "joon", "julia", "kai", "lena", "luca", "marco", "maya", "mei",
    "nadia", "noah", "olga", "omar", "paula", "priya", "quinn", "rosa", "sam", "sofia", "tariq", "theo",
    "uma", "vera", "wanda", "yusuf", "zoe",
];

const LAST_NAMES: &[&str] = &[
    "abara", "baker", "bianchi", "castro", "chen", "costa", "dubois", "eriksen", "fischer", "garcia",
    "haddad", "hansen", "ito", "ivanova", "jensen", "kaya", "kim", "kowalski", "larsen", "lopez", "meyer",
    "moreau", "nguyen", "novak", "okafor", "olsen", "patel", "petrov", "quist", "rossi", "sato", "schmidt",
    "silva", "singh", "tanaka", "torres", "umar", "vega", "weber", "young",
];

/// Domains that RFC 2606 reserves for examples: nobody receives this mail.
const DOMAINS: &[&str] = &["example.com", "example.net", "example.org", "mail.example", "post.example"];

const TRAITS: &[&str] = &[
    "brisk", "cosy", "dizzy", "eager", "fun", "grumpy", "happy", "jazzy", "keen", "lucky", "mellow",
    "nimble", "picky", "quiet", "rusty", "shiny", "sleepy", "thrifty", "urban", "witty", "yankee", "zesty",
    "café", "naïve", "süße",
];

const CREATURES: &[&str] = &[
    "badger", "biker", "buyer", "cat", "dancer", "dresser", "fox", "gardener", "heron", "hiker", "lover",
    "mum", "otter", "owl", "panda", "runner", "sailor", "shopper", "skater", "time", "walker", "wren",
    "señora", "zoë",
];

/// Appends a nickname: `yankeelover`, `sleepyotter77`.
pub(in crate::generate) fn push_nickname(text: &mut String, random: &mut Random) {
    text.push_str(random.pick(TRAITS));
    text.push_str(random.pick(CREATURES));
    if random.chance(1, 2) {
        push_number(text, random.below(1_000));
    }
}

/// Appends an e-mail address: `first.last@example.com`.
pub(in crate::generate) fn push_email(text: &mut String, random: &mut Random) {
    text.push_str(random.pick(FIRST_NAMES));
    text.push('.');
    text.push_str(random.pick(LAST_NAMES));
    if random.chance(2, 3) {
        push_number(text, random.below(1_000));
    }
    text.push('@');
    text.push_str(random.pick(DOMAINS));
}
