//! Writes and what is stored of them.

use super::*;

const VOTES: Counter = Counter::ReviewVotes(1);
const REVIEWS: Counter = Counter::Reviews(101);

/// Two writes of a counter, with these outcomes.
fn two(counter: Counter, first: Outcome, second: Outcome) -> History {
    history(vec![
        write(1, counter, Target::Replica(1), [10, 20], first),
        write(2, counter, Target::Nginx, [30, 40], second),
    ])
}

#[test]
fn acknowledged_votes_are_stored() {
    let votes = two(VOTES, Outcome::Response(204), Outcome::Response(204));
    assert_eq!(broken(&votes.clone().with_count(VOTES, 2)), []);
    assert_eq!(broken(&votes.clone().with_count(VOTES, 1)), [Promise::Stored]);
    assert_eq!(broken(&votes.with_count(VOTES, 3)), [Promise::Stored]);
}

#[test]
fn votes_without_a_known_outcome_are_stored_or_not() {
    for outcome in [Outcome::Lost("timeout"), Outcome::Response(502), Outcome::Response(504)] {
        let votes = two(VOTES, Outcome::Response(204), outcome);
        assert_eq!(broken(&votes.clone().with_count(VOTES, 1)), []);
        assert_eq!(broken(&votes.clone().with_count(VOTES, 2)), []);
        assert_eq!(broken(&votes.with_count(VOTES, 3)), [Promise::Stored]);
    }
}

#[test]
fn rejected_votes_are_not_stored() {
    for outcome in [Outcome::Response(503), Outcome::Response(429), Outcome::NotSent] {
        let votes = two(VOTES, Outcome::Response(204), outcome);
        assert_eq!(broken(&votes.clone().with_count(VOTES, 1)), []);
        assert_eq!(broken(&votes.with_count(VOTES, 2)), [Promise::Stored]);
    }
}

#[test]
fn acknowledged_rows_are_stored_once() {
    let rows = two(REVIEWS, Outcome::Response(201), Outcome::Response(201)).with_rows(1, 1);
    assert_eq!(broken(&rows.clone().with_rows(2, 1)), []);
    assert_eq!(broken(&rows.clone()), [Promise::Stored]);
    assert_eq!(broken(&rows.with_rows(2, 2)), [Promise::Stored]);
}

#[test]
fn a_lost_row_is_found_although_an_unknown_one_is_stored() {
    let rows = two(REVIEWS, Outcome::Response(201), Outcome::Lost("timeout"));
    assert_eq!(broken(&rows.clone().with_rows(1, 1)), []);
    assert_eq!(broken(&rows.with_rows(2, 1)), [Promise::Stored]);
}

#[test]
fn rejected_rows_are_not_stored() {
    let rows = two(REVIEWS, Outcome::Lost("timeout"), Outcome::Response(503));
    assert_eq!(broken(&rows.clone().with_rows(1, 1)), []);
    assert_eq!(broken(&rows.with_rows(2, 1)), [Promise::Stored]);
}

#[test]
fn a_row_that_nobody_has_sent_is_found() {
    assert_eq!(broken(&history(Vec::new()).with_rows(7, 1)), [Promise::Stored]);
}

#[test]
fn attempts_with_one_key_are_one_write() {
    let attempts = |outcomes: [Outcome; 3]| {
        let attempt = |(number, outcome)| write(1, REVIEWS, Target::Nginx, [number, number + 1], outcome);
        history((0..).zip(outcomes).map(attempt).collect())
    };
    let acknowledged = attempts([Outcome::Lost("timeout"), Outcome::Response(409), Outcome::Response(201)]);
    let stored = |history: &History, rows| history.clone().with_rows(1, rows);
    assert_eq!(broken(&stored(&acknowledged, 1)), []);
    assert_eq!(broken(&acknowledged), [Promise::Stored]);
    assert_eq!(broken(&stored(&acknowledged, 2)), [Promise::Stored]);
    let unknown = attempts([Outcome::Lost("timeout"), Outcome::Response(503), Outcome::Response(503)]);
    assert_eq!(broken(&unknown), []);
    assert_eq!(broken(&stored(&unknown, 1)), []);
    assert_eq!(broken(&stored(&unknown, 2)), [Promise::Stored]);
}
