//! HTTP as features use it: routes, parameters and bodies, responses, errors. Knows no feature, and no server.

pub mod body;
pub mod cached_get;
pub mod creation;
pub mod error;
pub mod input;
pub mod paging;
pub mod proxies;
pub mod response;
pub mod routes;
pub mod shopper;
pub mod target;
pub mod values;
pub mod vote;
