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
}
