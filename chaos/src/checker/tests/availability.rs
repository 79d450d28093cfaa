//! GETs that fail.

use super::*;

const LOST: Outcome = Outcome::Lost("the connection was closed");
const REJECTED: Outcome = Outcome::Response(503);

/// Whether a GET that fails at 3 s is excused by a mark.
fn is_excused(target: Target, outcome: Outcome, effect: Effect, [started, ended]: [u64; 2]) -> bool {
    let failed = failed(Page::Reviews(1), target, [3000, 3010], outcome);
    match broken(&history(vec![failed]).with_mark(effect, started, ended))[..] {
        [] => true,
        [Promise::Available] => false,
        ref others => panic!("{others:?}"),
    }
}

#[test]
fn a_get_that_fails_without_a_fault_is_found() {
    for (target, outcome) in [(Target::Nginx, REJECTED), (Target::Nginx, LOST), (Target::Replica(1), LOST)] {
        let failed = failed(Page::Reviews(1), target, [3000, 3010], outcome);
        assert_eq!(broken(&history(vec![failed])), [Promise::Available]);
    }
}

#[test]
fn a_database_that_is_down_excuses_all_targets_for_two_seconds_more() {
    for target in [Target::Nginx, Target::Replica(1)] {
        assert!(is_excused(target, REJECTED, Effect::DatabaseDown, [1000, 3005]));
        assert!(is_excused(target, REJECTED, Effect::DatabaseDown, [500, 1001]));
        assert!(!is_excused(target, REJECTED, Effect::DatabaseDown, [500, 999]));
        assert!(!is_excused(target, REJECTED, Effect::DatabaseDown, [3011, 5000]));
    }
}

#[test]
fn a_replica_that_is_out_excuses_itself_but_not_nginx() {
    for effect in [Effect::ReplicaOut(1), Effect::CutOff(1)] {
        assert!(is_excused(Target::Replica(1), LOST, effect, [2000, 4000]));
        assert!(!is_excused(Target::Replica(2), LOST, effect, [2000, 4000]));
        assert!(!is_excused(Target::Nginx, LOST, effect, [2000, 4000]));
    }
    assert!(!is_excused(Target::Replica(1), LOST, Effect::Frozen(1), [2000, 4000]));
}

#[test]
fn a_stalled_replica_excuses_itself_and_what_nginx_rejects() {
    let stalled = Effect::Stalled(1);
    assert!(is_excused(Target::Replica(1), LOST, stalled, [2000, 4000]));
    assert!(is_excused(Target::Nginx, REJECTED, stalled, [2000, 4000]));
    assert!(!is_excused(Target::Nginx, LOST, stalled, [2000, 4000]));
    assert!(!is_excused(Target::Replica(2), REJECTED, stalled, [2000, 4000]));
}

#[test]
fn a_killed_worker_excuses_nginx_only() {
    assert!(is_excused(Target::Nginx, LOST, Effect::WorkerKilled, [3001, 3001]));
    assert!(!is_excused(Target::Replica(1), LOST, Effect::WorkerKilled, [3001, 3001]));
    assert!(!is_excused(Target::Nginx, LOST, Effect::WorkerKilled, [2990, 2999]));
}

#[test]
fn an_overload_excuses_rejections_only() {
    assert!(is_excused(Target::Nginx, REJECTED, Effect::Overload, [2000, 4000]));
    assert!(!is_excused(Target::Nginx, LOST, Effect::Overload, [2000, 4000]));
    assert!(!is_excused(Target::Nginx, Outcome::Response(504), Effect::Overload, [2000, 4000]));
}

#[test]
fn a_product_that_nginx_has_sent_once_never_fails_there() {
    let sent = read(Counter::Revisions(1), 0, Target::Nginx, [10, 20]);
    let fails = |product| failed(Page::Product(product), Target::Nginx, [3000, 3010], REJECTED);
    let down =
        |product| history(vec![sent.clone(), fails(product)]).with_mark(Effect::DatabaseDown, 2000, 4000);
    assert_eq!(broken(&down(1)), [Promise::Available]);
    assert_eq!(broken(&down(2)), []);
}
