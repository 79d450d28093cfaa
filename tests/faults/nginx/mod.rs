//! Replicas behind the real NGINX, as `nginx/start` starts it: what clients see while replicas fail.

mod bodies;
mod deployment;
mod errors;
mod load;
mod problem;
mod proxy;
mod readiness;
mod replacements;
