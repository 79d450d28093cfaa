//! The format of responses, and recovery.

use super::*;

const VOTES: Counter = Counter::ReviewVotes(1);

#[test]
fn a_flaw_of_a_response_is_found() {
    let mut flawed = write(1, VOTES, Target::Nginx, [10, 20], Outcome::Response(503));
    assert_eq!(broken(&history(vec![flawed.clone()])), []);
    flawed.flaw = Some("no X-Request-Id");
    assert_eq!(broken(&history(vec![flawed])), [Promise::Format]);
}

#[test]
fn a_status_that_no_fault_explains_is_found() {
    for status in [400, 404, 405, 408, 413, 422] {
        let rejected = write(1, VOTES, Target::Nginx, [10, 20], Outcome::Response(status));
        assert_eq!(broken(&history(vec![rejected])), [Promise::Format], "{status}");
    }
    let internal = write(1, VOTES, Target::Nginx, [10, 20], Outcome::Response(500));
    assert_eq!(broken(&history(vec![internal])), [Promise::Format]);
    let conflict = write(1, VOTES, Target::Nginx, [10, 20], Outcome::Response(409));
    assert_eq!(broken(&history(vec![conflict])), []);
}

#[test]
fn everything_succeeds_five_seconds_after_the_last_fault() {
    let rejected = |at| write(1, VOTES, Target::Nginx, [at, at + 10], Outcome::Response(503));
    assert_eq!(broken(&history(vec![rejected(104_999)])), []);
    assert_eq!(broken(&history(vec![rejected(105_001)])), [Promise::Recovered]);
}

#[test]
fn all_replicas_are_ready_five_seconds_after_the_last_fault() {
    let ready_at = |ready_at| History { ready_at, ..history(Vec::new()) };
    assert_eq!(broken(&ready_at(Some(ms(105_000)))), []);
    assert_eq!(broken(&ready_at(Some(ms(105_001)))), [Promise::Recovered]);
    assert_eq!(broken(&ready_at(None)), [Promise::Recovered]);
}

#[test]
fn patience_multiplies_the_bounds() {
    let late = History { ready_at: Some(ms(105_001)), ..history(Vec::new()) };
    assert_eq!(broken(&History { bounds: Bounds::default().times(2), ..late }), []);
}

#[test]
fn the_time_of_a_check_is_not_quadratic() {
    let votes = (0..100_000).flat_map(|number| {
        let time = [number, number + 1];
        let value = i64::try_from(number).unwrap() + 1;
        [
            write(number + 1, VOTES, Target::Replica(1), time, Outcome::Response(204)),
            read(VOTES, value, Target::Replica(1), [number + 1, number + 1]),
        ]
    });
    let mut history = history(votes.collect()).with_count(VOTES, 100_000);
    (history.healed_at, history.ready_at) = (ms(150_000), Some(ms(150_000)));
    history.settled_at = ms(170_000);
    let started = std::time::Instant::now();
    assert_eq!(broken(&history), []);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}
