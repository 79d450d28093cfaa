//! What clients do, at random: mostly reads, on few keys, so that operations meet.

use std::sync::atomic::{AtomicU32, Ordering};

use fastrand::Rng;

use crate::history::{Counter, Page};
use crate::shop::{FIRST_PARENT, HOT_PRODUCTS, HOT_QUESTIONS, HOT_REVIEWS, PARENTS, SHOPPERS};

/// How many parents get rows at the same time.
const WINDOW: u32 = 4;
/// How many rows each of them gets, about. Then the next ones do, so that pages stay small.
const ROWS_PER_PARENT: u32 = 16;
/// How many of the last parents are read at the end of a run.
const LATEST: u32 = 20;

/// The products that get reviews and questions, and the questions that get answers: the same few for all clients, and
/// others after a while.
#[derive(Default)]
pub(super) struct Parents {
    rows: AtomicU32,
}

impl Parents {
    fn window(&self) -> u32 {
        self.rows.load(Ordering::Relaxed) / (WINDOW * ROWS_PER_PARENT)
    }

    /// A parent for a new row.
    fn next(&self, random: &mut Rng) -> u32 {
        self.rows.fetch_add(1, Ordering::Relaxed);
        self.any(random)
    }

    /// A parent that gets rows at the moment.
    fn any(&self, random: &mut Rng) -> u32 {
        parent(self.window() * WINDOW + random.u32(0..WINDOW))
    }

    /// The last parents that got rows.
    pub(super) fn latest(&self) -> impl Iterator<Item = u32> {
        let end = (self.window() + 1) * WINDOW;
        (end.saturating_sub(LATEST)..end).map(parent)
    }
}

fn parent(number: u32) -> u32 {
    FIRST_PARENT + number % PARENTS
}

/// What a client does next.
pub(super) enum Choice {
    Read(Page),
    Increment { counter: Counter, is_keyed: bool },
}

/// An operation at random: two of three are reads.
pub(super) fn choose(random: &mut Rng, parents: &Parents) -> Choice {
    match random.u32(0..100) {
        0..66 => Choice::Read(page(random, parents)),
        66..84 => Choice::Increment { counter: vote(random), is_keyed: false },
        84..97 => creation(random, parents),
        _ => Choice::Increment { counter: Counter::Interactions, is_keyed: random.bool() },
    }
}

/// A POST at random.
pub(super) fn creation(random: &mut Rng, parents: &Parents) -> Choice {
    let counter = match random.u32(0..13) {
        0..4 => Counter::Reviews(parents.next(random)),
        4..8 => Counter::Questions(parents.next(random)),
        8..10 => Counter::Answers(parents.next(random)),
        _ => Counter::CartUnits(random.u32(1..=SHOPPERS)),
    };
    Choice::Increment { counter, is_keyed: random.bool() }
}

fn vote(random: &mut Rng) -> Counter {
    match random.u32(0..3) {
        0 => Counter::ReviewVotes(random.u32(1..=HOT_PRODUCTS * HOT_REVIEWS)),
        1 => Counter::QuestionVotes(random.u32(1..=HOT_PRODUCTS * HOT_QUESTIONS)),
        _ => Counter::AnswerVotes(random.u32(1..=HOT_PRODUCTS * HOT_QUESTIONS)),
    }
}

fn page(random: &mut Rng, parents: &Parents) -> Page {
    match random.u32(0..8) {
        0 => Page::Reviews(random.u32(1..=HOT_PRODUCTS)),
        1 => Page::Questions(random.u32(1..=HOT_PRODUCTS)),
        2 => Page::Answers(random.u32(1..=HOT_PRODUCTS * HOT_QUESTIONS)),
        3 => Page::ReviewTotals(parents.any(random)),
        4 => Page::QuestionList(parents.any(random)),
        5 => Page::AnswerList(parents.any(random)),
        6 => Page::Product(random.u32(1..=HOT_PRODUCTS)),
        _ => Page::Cart(random.u32(1..=SHOPPERS)),
    }
}

/// The page that shows a counter; None if no page does.
pub(super) fn page_of(counter: Counter) -> Option<Page> {
    Some(match counter {
        Counter::ReviewVotes(id) => Page::Reviews(1 + (id - 1) / HOT_REVIEWS),
        Counter::QuestionVotes(id) => Page::Questions(1 + (id - 1) / HOT_QUESTIONS),
        Counter::AnswerVotes(id) => Page::Answers(id),
        Counter::Reviews(product) => Page::ReviewTotals(product),
        Counter::Questions(product) => Page::QuestionList(product),
        Counter::Answers(question) => Page::AnswerList(question),
        Counter::CartUnits(shopper) => Page::Cart(shopper),
        Counter::Revisions(product) => Page::Product(product),
        Counter::Interactions => return None,
    })
}
