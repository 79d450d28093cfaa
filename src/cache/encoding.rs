//! Content negotiation: which encoding a client gets, and how a body is encoded.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A content coding of HTTP that bodies are cached in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip, for clients without brotli.
    Gzip,
    /// brotli, the smallest.
    Brotli,
}

/// Brotli's quality, of 0 to 11, and window: 5 is where its ratio passes gzip's best at gzip's speed.
const BROTLI: (u32, u32) = (5, 22);

const SMALLEST_FIRST: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

impl Encoding {
    /// The best encoding for a client that sends these Accept-Encoding headers: the one it weighs highest, the
    /// smallest where it has no preference.
    pub fn accepted<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut named, mut others) = ([None; SMALLEST_FIRST.len()], None);
        for element in headers.into_iter().flat_map(|header| header.split(',')) {
            let (coding, weight) = element.split_once(';').unwrap_or((element, "q=1"));
            let weight: f32 =
                weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            let coding = coding.trim();
            let is_named = |it: &Self| coding.eq_ignore_ascii_case(it.name().unwrap_or("identity"));
            match SMALLEST_FIRST.iter().position(is_named) {
                Some(position) => named[position] = Some(weight),
                None if coding == "*" => others = Some(weight),
                None => {}
            }
        }
        let mut best = (0.0, Self::Identity);
        for (encoding, weight) in SMALLEST_FIRST.into_iter().zip(named) {
            // The star stands for all that is not named.
            let weight = weight.or(others).unwrap_or(0.0);
            if weight > best.0 {
                best = (weight, encoding);
            }
        }
        best.1
    }

    /// Its name in Content-Encoding; None for identity, which has no such header.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// The bytes in this encoding.
    pub(super) fn encode(self, bytes: &[u8]) -> Vec<u8> {
        const MEMORY: &str = "writing to memory can't fail";
        match self {
            Self::Identity => bytes.to_vec(),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::default());
                encoder.write_all(bytes).expect(MEMORY);
                encoder.finish().expect(MEMORY)
            }
            Self::Brotli => {
                let mut output = Vec::with_capacity(bytes.len() / 2);
                let (quality, window) = BROTLI;
                let mut encoder = brotli::CompressorWriter::new(&mut output, 4096, quality, window);
                encoder.write_all(bytes).expect(MEMORY);
                drop(encoder);
                output
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::Encoding;

    #[test]
    fn the_client_s_preference_decides_and_then_the_size() {
        for (header, expected) in [
            ("", Encoding::Identity),
            ("identity", Encoding::Identity),
            ("gzip", Encoding::Gzip),
            ("GZIP", Encoding::Gzip),
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("br, gzip", Encoding::Brotli),
            ("br;q=0.5, gzip;q=0.8", Encoding::Gzip),
            ("gzip;q=0, br;q=0", Encoding::Identity),
            ("gzip;q=0", Encoding::Identity),
            ("br; q=1.0, gzip; q=1.0", Encoding::Brotli),
            ("*", Encoding::Brotli),
            ("*, br;q=0", Encoding::Gzip),
            ("gzip;q=0.5, identity", Encoding::Identity),
            ("gzip;q=0.5, identity;q=0.5", Encoding::Gzip),
            ("br;q=0, gzip;q=0, *", Encoding::Identity),
            ("gzip;q=abc", Encoding::Identity),
            (";;;,,,=", Encoding::Identity),
        ] {
            assert_eq!(Encoding::accepted([header]), expected, "{header:?}");
        }
    }

    fn decoded(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        let read = match encoding {
            Encoding::Identity => return bytes.to_vec(),
            Encoding::Gzip => GzDecoder::new(bytes).read_to_end(&mut decoded),
            Encoding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut decoded),
        };
        assert_eq!(read.unwrap(), decoded.len());
        decoded
    }

    /// Codings with their weights in thousandths.
    fn weights() -> impl Strategy<Value = HashMap<&'static str, u16>> {
        let weight = prop_oneof![Just(0), Just(1000), 0..=1000_u16];
        hash_map(select(vec!["br", "gzip", "identity", "*", "deflate", "zstd"]), weight, 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_encoded_is_decoded_to_the_same(bytes in vec(any::<u8>(), 0..3_000), repeated in 1..40_usize) {
            let bytes = bytes.repeat(repeated);
            for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Brotli] {
                prop_assert!(decoded(encoding, &encoding.encode(&bytes)) == bytes, "{:?}", encoding);
            }
        }

        #[test]
        fn no_encoding_that_is_used_has_the_weight_0_or_less_than_another(weights in weights()) {
            let header: Vec<String> = weights
                .iter()
                .map(|(name, weight)| format!("{name};q={}.{:03}", weight / 1000, weight % 1000))
                .collect();
            let weight = |name| weights.get(name).or(weights.get("*")).copied().unwrap_or(0);
            let best = weight("br").max(weight("gzip"));
            match Encoding::accepted([&*header.join(", ")]).name() {
                Some(name) => prop_assert!(weight(name) == best && best > 0 && best >= weight("identity")),
                None => prop_assert!(best == 0 || best < weight("identity")),
            }
        }

        #[test]
        fn any_header_is_accepted(headers in vec("[a-z*;=,. \"0-9]{0,40}|.{0,20}", 0..4)) {
            let accepted = Encoding::accepted(headers.iter().map(String::as_str));
            let is_named = |name| headers.iter().any(|it| it.to_ascii_lowercase().contains(name));
            prop_assert!(accepted.name().is_none_or(|name| is_named(name) || is_named("*")));
        }
    }
}
