//! Replicas that are killed, replaced and frozen while clients send requests.

use nix::sys::signal::Signal;

use super::deployment::{Deployment, LONG_TIMEOUT};
use super::load::{Answer, Answers, Load};

/// Requests that are answered before and after a fault.
const REQUESTS: usize = 100;
/// The statuses of writes that may have been done. 409: the first attempt is still in progress.
const UNKNOWN: &[u16] = &[409, 502, 504];

/// How many of the answers have one of these statuses.
fn count(answers: &[Answer], statuses: &[u16]) -> i64 {
    answers.iter().filter(|answer| statuses.contains(&answer.status)).count().try_into().unwrap()
}

/// Asserts that the statuses of all answers are these.
fn assert_statuses(answers: &[Answer], statuses: &[u16]) {
    let others: Vec<_> = answers.iter().filter(|answer| !statuses.contains(&answer.status)).collect();
    assert!(others.is_empty(), "{} of {} answers: {others:#?}", others.len(), answers.len());
}

/// Asserts that the database has what the answers say: once what succeeded, at most once what is not known, and nothing else.
async fn assert_nothing_is_lost_or_done_twice(deployment: &Deployment, answers: &Answers) {
    let created = count(&answers.creations, &[201]);
    let unknown = count(&answers.creations, UNKNOWN);
    let stored = deployment.number("select count(*) from interactions").await;
    assert!(
        (created..=created + unknown).contains(&stored),
        "{stored} stored, {created} 201, {unknown} unknown"
    );
    assert_eq!(deployment.number("select count(distinct time) from interactions").await, stored);

    let (cast, unknown) = (count(&answers.votes, &[204]), count(&answers.votes, UNKNOWN));
    let stored = deployment.number("select sum(helpfulness)::bigint from questions").await;
    assert!((cast..=cast + unknown).contains(&stored), "{stored} stored, {cast} 204, {unknown} unknown");
}

#[tokio::test]
async fn a_killed_replica_costs_no_read_and_no_write_that_can_be_repeated() {
    let mut deployment = Deployment::start(&[LONG_TIMEOUT], &[]).await;
    let load = Load::start(&deployment);
    for index in 0..deployment.members.len() {
        load.answered(REQUESTS).await;
        deployment.members[index].replica.signal(Signal::SIGKILL);
        load.answered(REQUESTS).await;
        deployment.members[index].replica.wait().await;
        deployment.members[index].restart().await;
        deployment.members[index].in_rotation().await;
    }
    load.answered(REQUESTS).await;

    let answers = load.stop().await;

    assert_statuses(&answers.reads, &[200]);
    assert_statuses(&answers.creations, &[201]);
    assert_statuses(&answers.votes, &[204, 502]);
    let unknown = answers.votes.iter().filter(|answer| answer.status == 502);
    for answer in unknown {
        assert!(answer.body.contains("whether this was done is not known"), "{answer:?}");
    }
    assert_nothing_is_lost_or_done_twice(&deployment, &answers).await;
}

#[tokio::test]
async fn a_rolling_restart_costs_no_request() {
    let mut deployment = Deployment::start(&[("ATELIER_DRAIN_MS", "300"), LONG_TIMEOUT], &[]).await;
    let load = Load::start(&deployment);
    for index in 0..deployment.members.len() {
        load.answered(REQUESTS).await;
        deployment.members[index].replica.signal(Signal::SIGTERM);
        deployment.members[index].not_ready().await;
        load.answered(REQUESTS).await;
        assert!(deployment.members[index].replica.wait().await.success());
        deployment.members[index].restart().await;
        deployment.members[index].in_rotation().await;
    }
    load.answered(REQUESTS).await;

    let answers = load.stop().await;

    assert_statuses(&answers.reads, &[200]);
    assert_statuses(&answers.creations, &[201]);
    assert_statuses(&answers.votes, &[204]);
    assert_nothing_is_lost_or_done_twice(&deployment, &answers).await;
}

#[tokio::test]
async fn a_frozen_replica_fails_no_read_and_loses_no_write() {
    let deployment = Deployment::start(&[LONG_TIMEOUT], &[]).await;
    let load = Load::start(&deployment);
    load.answered(REQUESTS).await;

    deployment.members[0].replica.signal(Signal::SIGSTOP);
    load.answered(2 * REQUESTS).await;
    deployment.members[0].replica.signal(Signal::SIGCONT);
    load.answered(REQUESTS).await;

    let answers = load.stop().await;

    assert_statuses(&answers.reads, &[200]);
    assert_nothing_is_lost_or_done_twice(&deployment, &answers).await;
}
