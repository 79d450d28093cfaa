//! Request bodies at the limit and over it: the client reads the response, although it sends all of the body first.

use super::deployment::Deployment;
use super::problem::{assert_problem, exchange};

const LIMIT: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_that_the_client_reads() {
    let deployment = Deployment::start(&[], &[]).await;
    let address = deployment.nginx.address;
    for size in [LIMIT + 1, 256 * 1024, MIB, 3 * MIB, 10 * MIB] {
        for target in ["POST /interactions", "PUT /cart/1", "GET /products", "POST /nowhere", "PUT /products"]
        {
            let head = format!("{target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n");
            assert_problem(&exchange(address, &head, &vec![b' '; size]).await, 413, &head);
        }
        let head = "POST /cart HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = [format!("{size:x}\r\n").as_bytes(), &vec![b' '; size], b"\r\n0\r\n\r\n"].concat();
        assert_problem(&exchange(address, head, &chunk).await, 413, head);
    }
}

#[tokio::test]
async fn a_body_at_the_limit_reaches_the_service() {
    let deployment = Deployment::start(&[], &[]).await;
    let json = "host: localhost\r\ncontent-type: application/json";
    let head = format!("POST /interactions HTTP/1.1\r\n{json}\r\ncontent-length: {LIMIT}\r\n\r\n");
    let response = exchange(deployment.nginx.address, &head, &vec![b' '; LIMIT]).await;
    assert_problem(&response, 400, &head);
}
