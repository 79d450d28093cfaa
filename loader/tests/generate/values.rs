//! The cells are within the bounds of the API.

use std::collections::HashMap;

use crate::support::Set;

/// The number of characters of a quoted cell.
fn length(cell: &str) -> usize {
    let text = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).expect("quotes on both sides");
    text.chars().count()
}

#[test]
fn reviews_are_within_their_bounds() {
    for row in Set::clean(1_000, 1).rows("reviews.csv") {
        assert!(["1", "2", "3", "4", "5"].contains(&row[2].as_str()), "{row:?}");
        assert!((1..=60).contains(&length(&row[4])), "{row:?}");
        assert!((50..=1_000).contains(&length(&row[5])), "{row:?}");
        assert!(["true", "false"].contains(&row[6].as_str()), "{row:?}");
        assert!(["true", "false"].contains(&row[7].as_str()), "{row:?}");
        assert!(length(&row[8]) <= 60 && length(&row[9]) <= 60, "{row:?}");
    }
}

#[test]
fn questions_and_answers_are_within_their_bounds() {
    let set = Set::clean(1_000, 1);
    for file in ["questions.csv", "answers.csv"] {
        for row in set.rows(file) {
            assert!((1..=1_000).contains(&length(&row[2])), "{row:?}");
            assert!(length(&row[4]) <= 60 && length(&row[5]) <= 60, "{row:?}");
            assert!(["0", "1"].contains(&row[6].as_str()), "{row:?}");
        }
    }
}

#[test]
fn answers_are_later_than_their_question() {
    let set = Set::clean(1_000, 1);
    let dates = set.numbers("questions.csv", 3);
    let asked: HashMap<u64, u64> = set.numbers("questions.csv", 0).into_iter().zip(dates).collect();
    let answered = set.numbers("answers.csv", 1).into_iter().zip(set.numbers("answers.csv", 3));
    for (question, date) in answered {
        assert!(date > asked[&question], "question {question}");
    }
}

#[test]
fn a_sale_is_cheaper() {
    let rows = Set::clean(1_000, 1).rows("styles.csv");
    let price = |cell: &str| cell.parse::<u64>().expect("a price");
    let sales: Vec<_> = rows.iter().filter(|row| row[3] != "null").collect();
    assert!(sales.iter().all(|row| price(&row[3]) < price(&row[4])));
    assert!(!sales.is_empty());
}

#[test]
fn descriptions_are_as_long_as_the_real_ones() {
    for row in Set::clean(1_000, 1).rows("product.csv") {
        assert!((190..=360).contains(&length(&row[3])), "{row:?}");
    }
}

#[test]
fn photos_have_the_format_of_the_real_ones() {
    let rows = Set::clean(10, 1).rows("photos.csv");
    let (url, thumbnail) = (&rows[0][2], &rows[0][3]);
    assert!(url.starts_with("\"https://images.unsplash.com/photo-1"), "{url}");
    let tail = "?ixlib=rb-1.2.1&ixid=eyJhcHBfaWQiOjEyMDd9&auto=format&fit=crop&w=300&q=80\"";
    assert!(thumbnail.ends_with(tail), "{thumbnail}");
}
