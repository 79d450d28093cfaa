//! What reads show.

use super::*;

const VOTES: Counter = Counter::ReviewVotes(1);
const REVISIONS: Counter = Counter::Revisions(1);
const UNITS: Counter = Counter::CartUnits(1);

/// A write that replica 1 acknowledges at 20 ms, and reads.
fn after_write(counter: Counter, reads: impl IntoIterator<Item = Operation>) -> History {
    let write = write(1, counter, Target::Replica(1), [10, 20], Outcome::Response(204));
    history([write].into_iter().chain(reads).collect()).with_count(counter, 1)
}

fn is_fresh(history: &History) -> bool {
    match broken(history)[..] {
        [] => true,
        [Promise::Fresh] => false,
        ref others => panic!("{others:?}"),
    }
}

#[test]
fn a_replica_shows_what_it_has_acknowledged_at_once() {
    assert!(is_fresh(&after_write(VOTES, [read(VOTES, 1, Target::Replica(1), [21, 22])])));
    assert!(!is_fresh(&after_write(VOTES, [read(VOTES, 0, Target::Replica(1), [21, 22])])));
    // Not acknowledged yet when the read began.
    assert!(is_fresh(&after_write(VOTES, [read(VOTES, 0, Target::Replica(1), [19, 30])])));
}

#[test]
fn others_show_it_after_a_second() {
    for target in [Target::Replica(2), Target::Nginx] {
        assert!(is_fresh(&after_write(VOTES, [read(VOTES, 0, target, [1010, 1012])])));
        assert!(!is_fresh(&after_write(VOTES, [read(VOTES, 0, target, [1030, 1031])])));
        assert!(is_fresh(&after_write(VOTES, [read(VOTES, 1, target, [1030, 1031])])));
    }
}

#[test]
fn nginx_may_cache_products_for_another_second() {
    assert!(is_fresh(&after_write(REVISIONS, [read(REVISIONS, 0, Target::Nginx, [2010, 2011])])));
    assert!(!is_fresh(&after_write(REVISIONS, [read(REVISIONS, 0, Target::Nginx, [2030, 2031])])));
    assert!(!is_fresh(&after_write(REVISIONS, [read(REVISIONS, 0, Target::Replica(2), [1030, 1031])])));
}

#[test]
fn carts_show_everything_at_once() {
    assert!(is_fresh(&after_write(UNITS, [read(UNITS, 1, Target::Nginx, [21, 22])])));
    assert!(!is_fresh(&after_write(UNITS, [read(UNITS, 0, Target::Nginx, [21, 22])])));
}

#[test]
fn what_was_shown_once_is_shown_again() {
    let lost = || write(1, VOTES, Target::Replica(1), [10, 20], Outcome::Lost("timeout"));
    let reads = |target, time| {
        let operations =
            vec![lost(), read(VOTES, 1, Target::Replica(2), [30, 40]), read(VOTES, 0, target, time)];
        history(operations).with_count(VOTES, 1)
    };
    // The same replica never shows less than before; others may for a second.
    assert!(!is_fresh(&reads(Target::Replica(2), [41, 42])));
    assert!(is_fresh(&reads(Target::Replica(3), [41, 42])));
    assert!(!is_fresh(&reads(Target::Replica(3), [1041, 1042])));
    assert!(!is_fresh(&reads(Target::Nginx, [1041, 1042])));
}

#[test]
fn nobody_shows_more_than_was_written() {
    assert!(!is_fresh(&after_write(VOTES, [read(VOTES, 2, Target::Nginx, [21, 22])])));
    // The write may be shown before it is acknowledged, but not before it began.
    assert!(is_fresh(&after_write(VOTES, [read(VOTES, 1, Target::Nginx, [5, 11])])));
    assert!(!is_fresh(&after_write(VOTES, [read(VOTES, 1, Target::Nginx, [5, 9])])));
}

#[test]
fn old_responses_are_allowed_while_the_database_is_down() {
    let stale = |time| after_write(VOTES, [read(VOTES, 0, Target::Replica(2), time)]);
    for effect in [Effect::DatabaseDown, Effect::CutOff(2)] {
        assert!(is_fresh(&stale([6000, 6001]).with_mark(effect, 500, 5000)));
        // Later than the aftermath.
        assert!(!is_fresh(&stale([7001, 7002]).with_mark(effect, 500, 5000)));
        // The write was known a second before the outage.
        assert!(!is_fresh(&stale([3000, 3001]).with_mark(effect, 1100, 5000)));
    }
    assert!(!is_fresh(&stale([3000, 3001]).with_mark(Effect::CutOff(3), 500, 5000)));
    assert!(!is_fresh(&stale([3000, 3001]).with_mark(Effect::Overload, 500, 5000)));
}

#[test]
fn outages_in_a_row_are_one() {
    let stale = after_write(VOTES, [read(VOTES, 0, Target::Replica(2), [8000, 8001])]);
    let outages = stale.with_mark(Effect::DatabaseDown, 500, 5000).with_mark(Effect::CutOff(2), 6500, 7000);
    assert!(is_fresh(&outages));
}

#[test]
fn own_writes_are_shown_even_while_the_database_is_down() {
    let stale = after_write(VOTES, [read(VOTES, 0, Target::Replica(1), [30, 31])]);
    assert!(!is_fresh(&stale.with_mark(Effect::DatabaseDown, 5, 5000)));
}

#[test]
fn in_the_end_every_target_shows_what_is_stored() {
    let lost = write(1, VOTES, Target::Replica(1), [10, 20], Outcome::Lost("timeout"));
    let at_the_end = |value| read(VOTES, value, Target::Replica(2), [200_001, 200_002]);
    let stored = |value| history(vec![lost.clone(), at_the_end(value)]).with_count(VOTES, 1);
    assert!(is_fresh(&stored(1)));
    assert!(!is_fresh(&stored(0)));
}
