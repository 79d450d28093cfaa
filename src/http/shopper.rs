//! Shoppers, identified by a token or a session cookie. Neither is stored; their SHA-256 is.

use std::convert::Infallible;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::error::Error;
use super::proxies::Proxies;

/// The name of the session cookie. Shops have other cookies too.
const SESSION_COOKIE: &str = "atelier_session";
/// How long a browser stores the cookie: about the longest that browsers allow.
const SESSION_LIFETIME: Duration = Duration::days(400);
/// The length of a session: 128 bits in hexadecimal digits.
const SESSION_DIGITS: usize = 32;

/// A shopper, by the SHA-256 of the token or cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shopper([u8; 32]);

impl Shopper {
    /// The shopper of a request: by the whole of `Authorization`, or else by the session cookie.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let token = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).filter(|token| is_token(token));
        token.map(Self::hash).or_else(|| session(headers).map(|session| Self::hash(session.as_bytes())))
    }

    /// The SHA-256.
    #[must_use]
    pub fn id(&self) -> &[u8; 32] {
        &self.0
    }

    /// A number of the shopper, which few others share.
    #[must_use]
    pub fn number(&self) -> i64 {
        i64::from_ne_bytes(*self.0.first_chunk().expect("32 bytes are more than eight"))
    }

    fn hash(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

/// Pages without a token send `undefined`, `Bearer null` and the like: they must not share a cart.
fn is_token(header: &[u8]) -> bool {
    let last = header.trim_ascii().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    !matches!(last, b"" | b"undefined" | b"null")
}

/// The session cookie, if it has the form of those that this service sets.
fn session(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut values =
        lines.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == SESSION_COOKIE);
    let has_form =
        |value: &str| value.len() == SESSION_DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    values.find(|cookie| has_form(cookie.value())).map(|cookie| cookie.value().to_owned())
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Shopper {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The session of a shopper, which starts with this request if there is none yet.
pub struct Session {
    /// The shopper.
    pub shopper: Shopper,
    /// The cookie of a new session.
    cookie: Option<HeaderValue>,
}

impl Session {
    /// Sets the cookie of a new session.
    #[must_use]
    pub fn set_cookie(self, mut response: Response) -> Response {
        if let Some(cookie) = self.cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

impl<S> FromRequestParts<S> for Session
where
    S: Send + Sync,
    Proxies: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        if let Some(shopper) = Shopper::of(&parts.headers) {
            return Ok(Self { shopper, cookie: None });
        }
        let mut random = [0; SESSION_DIGITS / 2];
        getrandom::fill(&mut random).map_err(|err| Error::Internal(Box::new(err)))?;
        let session = format!("{:032x}", u128::from_ne_bytes(random));
        let shopper = Shopper::hash(session.as_bytes());
        let cookie = Cookie::build((SESSION_COOKIE, session))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(SESSION_LIFETIME)
            .secure(Proxies::from_ref(state).is_https(&parts.headers, &parts.extensions));
        let cookie = HeaderValue::try_from(cookie.to_string()).expect("digits and words of ours");
        Ok(Self { shopper, cookie: Some(cookie) })
    }
}
