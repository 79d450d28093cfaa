//! Hot reads through NGINX as shipped, against NGINX and the service measured each alone.

use super::document;
use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::row::{Figure, Row};
use crate::sample::{in_turn, server_us};
use crate::servers::Server;
use crate::service::{STYLES, path};
use crate::wrk::Load;

const CPU: Figure =
    Figure::at_most("11", "hot read through nginx / (nginx return + the app direct)", 1.8, 1.5);
pub(super) const GROUP: Group = Group { figures: &[CPU], measure, writes: false };

const KEYS: u64 = 1_000;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let servers = [Server::atelier(bench, "proxied", &[])?];
    let [server] = &servers;
    let (id, body) = document::of_mean_size(server, KEYS.min(bench.data.products))?;
    let nginx = Server::nginx(bench, &servers)?;
    let nginx_return = Server::nginx_return(bench, body.len())?;
    let load = Load::new(bench, &path(STYLES, id), (1, 1));
    load.clone().seconds(1).run(bench, &nginx)?;
    let [proxied, direct, alone] = in_turn(
        bench,
        [
            ("through nginx", Box::new(|| load.measure_all(bench, &nginx, &[nginx.pid(), server.pid()]))),
            ("the app direct", Box::new(|| load.measure(bench, server))),
            ("nginx return", Box::new(|| load.measure(bench, &nginx_return))),
        ],
    )?;
    let (direct_us, alone_us) = (server_us(&direct), server_us(&alone));
    let sum = alone_us.plus(&direct_us);
    let note = format!(
        "nginx return {:.1} µs, the app {:.1} µs; nginx with its cache, which revalidates with the app (304); access logs off",
        alone_us.median(),
        direct_us.median()
    );
    let row = CPU.compared("µs", &server_us(&proxied), "nginx return + the app direct", &sum);
    Ok(vec![row.from(&[&proxied, &direct, &alone]).note(note)])
}
